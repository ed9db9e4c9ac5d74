/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The comments of one proto file, found by the place of what they describe. */

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/text.h"
#include "google/protobuf/descriptor.pb-c.h"

struct arena;

enum { PLACE_DEPTH_MAX = 64 };

/* Field number, index, field number, index ...: the way from the file to an element. */
struct place {
    int32_t steps[PLACE_DEPTH_MAX];
    size_t count;
};

struct place place_inside(const struct place *place, int32_t number, size_t index);

struct comments {
    struct map by_place; /* of SourceCodeInfo.Location, borrowed */
};

void comments_init(struct comments *comments, const Google__Protobuf__SourceCodeInfo *info);
void comments_deinit(struct comments *comments);

/* Trimmed, lines joined by one space within a paragraph; empty when there is none. In the arena. */
struct text comments_here(
    const struct comments *comments, struct arena *arena, const struct place *place);
struct text comments_get(const struct comments *comments, struct arena *arena,
    const struct place *place, int32_t number, size_t index);
