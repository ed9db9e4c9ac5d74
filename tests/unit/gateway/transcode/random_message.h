/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages of any type with any content, in the wire format, the same for the same seed. */

#include <stdint.h>

#include "base/buffer.h"
#include "gateway/transcode/schema.h"

struct random_source {
    uint64_t state;
};

uint32_t random_below(struct random_source *random, uint32_t limit);

/*
 * Fields in any order, lists scattered and packed or not, extreme numbers, texts that need escapes.
 * Only what JSON can carry and protobuf-c keeps: one member of a oneof, map entries complete and
 * with distinct keys, times within range.
 */
void random_message(struct random_source *random, const struct schema_message *message,
    unsigned depth, struct buffer *ret_wire);
