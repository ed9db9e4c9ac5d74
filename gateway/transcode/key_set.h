/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The keys of one map or object so far. A peer chooses them, so the hash is keyed. */

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct arena;

/* Zeroed memory is a valid empty set. */
struct key_set {
    struct text *slots;
    size_t count;
    size_t capacity;
};

/* Copies the key into the arena. False when it is in the set already. */
bool key_set_add(struct key_set *set, struct arena *arena, struct text key);
