/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The loop that reading and writing strings spend their time in. */

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A high bit in the first of eight bytes, counted from the low end, that is a quote, a backslash, a
 * control character or not ASCII; above it bits mean nothing, as a borrow may have passed. A byte
 * that is not ASCII keeps its high bit in at least one of the first two differences.
 */
static inline uint64_t json_special_bits(uint64_t word) {
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return ((quote - ones) | (backslash - ones) | (word - ones * 0x20)) & highs;
}

/* The first byte that cannot stand in a JSON string as it is, or is not ASCII. */
static inline const char *json_skip_plain(const char *at, const char *end) {
    for (uint64_t word, special; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        special = json_special_bits(le64toh(word));
        if (special)
            return at + __builtin_ctzll(special) / 8;
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20 &&
           (unsigned char)*at < 0x80)
        at++;
    return at;
}
