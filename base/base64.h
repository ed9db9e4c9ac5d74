/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes as base64 and back. */

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct buffer;

void base64_append(struct buffer *buffer, struct text bytes); /* standard alphabet, padded */

/* Decoded bytes are never more than this. */
static inline size_t base64_decoded_max(size_t size) {
    return size / 4 * 3 + 3;
}

/* Standard or URL alphabet, padded or not. False when it is neither. */
bool base64_decode(struct text text, char *to, size_t *ret_size);
