/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The loop that reading and writing strings spend their time in. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Is any of the eight bytes a quote, a backslash, a control character or not ASCII? */
static inline bool json_has_special(uint64_t word) {
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    uint64_t special = (quote - ones) | (backslash - ones) | (word - ones * 0x20) | word;
    return special & highs;
}

/* The first byte that cannot stand in a JSON string as it is, or is not ASCII. */
static inline const char *json_skip_plain(const char *at, const char *end) {
    for (uint64_t word; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        if (json_has_special(word))
            break;
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20 &&
           (unsigned char)*at < 0x80)
        at++;
    return at;
}
