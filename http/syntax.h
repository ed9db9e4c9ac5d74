/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The character classes of RFC 9110 and RFC 9112, as far as we accept them. */

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum {
    HTTP_CHAR_VALUE = 1,  /* field values: visible, space, tab, and bytes above 127 */
    HTTP_CHAR_TARGET = 2, /* request targets: visible ASCII but  " # < > \  */
    HTTP_CHAR_TOKEN = 4,  /* methods and field names */
    HTTP_CHAR_HOST = 8,   /* letters, digits and  - . _ ~  */
};

extern const uint8_t http_char_kinds[256];

static inline bool http_char_is(char c, uint8_t kind) {
    return http_char_kinds[(uint8_t)c] & kind;
}

static inline bool http_is_digit(char c) {
    return c >= '0' && c <= '9';
}

int http_hex_digit(char c);           /* 0..15, or -1 */
bool http_is_token(struct text text); /* false when empty */
