/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

static const char digits[] = "0123456789abcdef";

/* A digit's value plus one; all else is 0. */
static const uint8_t values[256] = {
    ['0'] = 1,
    ['1'] = 2,
    ['2'] = 3,
    ['3'] = 4,
    ['4'] = 5,
    ['5'] = 6,
    ['6'] = 7,
    ['7'] = 8,
    ['8'] = 9,
    ['9'] = 10,
    ['a'] = 11,
    ['b'] = 12,
    ['c'] = 13,
    ['d'] = 14,
    ['e'] = 15,
    ['f'] = 16,
};

static int value_of(char c) {
    return values[(unsigned char)c] - 1;
}

bool hex_read(const char *hex, size_t size, uint8_t *ret_bytes) {
    int wrong = 0; /* negative once a digit was */
    for (size_t i = 0; i < size; i++) {
        int high = value_of(hex[2 * i]), low = value_of(hex[2 * i + 1]);
        wrong |= high | low;
        ret_bytes[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    return wrong >= 0;
}

void hex_write(const uint8_t *bytes, size_t size, char *ret_hex) {
    for (size_t i = 0; i < size; i++) {
        ret_hex[2 * i] = digits[bytes[i] >> 4];
        ret_hex[2 * i + 1] = digits[bytes[i] & 15];
    }
}
