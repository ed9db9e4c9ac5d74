/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Names of a schema to what they name. Built once, read without locks ever after. The hash has no
 * secret: a peer can only look names up, never add one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct arena;

struct names_slot {
    struct text name;
    const void *value;
};

struct names {
    struct names_slot *slots;
    size_t mask;
};

void names_init(struct names *names, struct arena *arena, size_t count_max);
/* False when the name is taken; the first value stays. The name is borrowed. */
bool names_put(struct names *names, struct text name, const void *value);
const void *names_get(const struct names *names, struct text name); /* NULL when absent */
