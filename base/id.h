/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Ids are UUIDv7 (RFC 9562): text, and time-ordered, because a store appends ordered keys ten times
 * faster than it inserts random ones. Within one process every id is greater than the one before,
 * also within a millisecond and when the wall clock steps back. Any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { ID_SIZE = 36, ID_BYTES = 16 };

struct id {
    char text[ID_SIZE + 1];
};

struct id id_new(void);
/* As if the clock stood there: carries that time unless an id with a later one was made before. */
struct id id_new_at(int64_t wall_ms);
bool id_is_valid(struct text text); /* any UUID in lower-case text form */

/* The 16 bytes, whose memcmp order is the text's order: what stores use as key. -EINVAL when not
 * valid. */
_must_check_ int id_to_bytes(struct text text, uint8_t ret_bytes[static ID_BYTES]);
void id_from_bytes(const uint8_t bytes[static ID_BYTES], char ret_text[static ID_SIZE + 1]);

/* From the kernel, drawn in bulk: nobody can guess them. Any thread. */
void random_bytes(void *ret_bytes, size_t size);
