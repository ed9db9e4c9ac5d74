/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/percent.h"

#include <string.h>

#include "base/arena.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The byte of an escape, -1 when there is none. */
static int escaped_byte(const char *at, const char *end) {
    if (end - at < 3 || hex_digit(at[1]) < 0 || hex_digit(at[2]) < 0)
        return -1;
    return hex_digit(at[1]) << 4 | hex_digit(at[2]);
}

bool percent_is_sound(struct text text) {
    const char *end = text.data + text.size, *at = text.data;
    while (at < end && (at = memchr(at, '%', (size_t)(end - at)))) {
        if (escaped_byte(at, end) <= 0)
            return false;
        at += 3;
    }
    return true;
}

static bool has_char(struct text text, char c) {
    return text.size > 0 && memchr(text.data, c, text.size);
}

struct text percent_decode(struct arena *arena, struct text text, enum percent_mode mode) {
    bool has_plus = mode == PERCENT_QUERY && has_char(text, '+');
    if (!has_char(text, '%') && !has_plus)
        return text;
    char *decoded = arena_alloc(arena, text.size), *to = decoded;
    for (const char *at = text.data, *end = at + text.size; at < end;) {
        int byte = *at == '%' ? escaped_byte(at, end) : -1;
        if (byte < 0 || (byte == '/' && mode == PERCENT_SEGMENTS)) {
            *to++ = has_plus && *at == '+' ? ' ' : *at;
            at++;
        } else {
            *to++ = (char)byte;
            at += 3;
        }
    }
    return (struct text){decoded, (size_t)(to - decoded)};
}
