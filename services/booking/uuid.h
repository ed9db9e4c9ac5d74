/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An id as 16 bytes: what rules compare and documents carry. At the rim it is text (base/id.h). */

#include <string.h>

#include "base/id.h"

struct uuid {
    uint8_t bytes[ID_BYTES];
};

enum { UUID_TEXT_SIZE = ID_SIZE + 1 };

_must_check_ static inline int uuid_parse(struct text text, struct uuid *ret_uuid) {
    return id_to_bytes(text, ret_uuid->bytes);
}

static inline void uuid_format(const struct uuid *uuid, char ret_text[static UUID_TEXT_SIZE]) {
    id_from_bytes(uuid->bytes, ret_text);
}

static inline bool uuid_equal(const struct uuid *a, const struct uuid *b) {
    return memcmp(a->bytes, b->bytes, ID_BYTES) == 0;
}

/* The bytes, borrowed: a key of a map or a store. */
static inline struct text uuid_key(const struct uuid *uuid) {
    return (struct text){(const char *)uuid->bytes, ID_BYTES};
}
