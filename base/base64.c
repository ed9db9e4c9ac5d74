/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>

#include "base/buffer.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_append(struct buffer *buffer, struct text bytes) {
    char *to = buffer_reserve(buffer, (bytes.size + 2) / 3 * 4);
    const unsigned char *from = (const unsigned char *)bytes.data;
    for (size_t left = bytes.size; left > 0;) {
        size_t taken = left < 3 ? left : 3;
        uint32_t bits = (uint32_t)from[0] << 16;
        bits |= taken > 1 ? (uint32_t)from[1] << 8 : 0;
        bits |= taken > 2 ? from[2] : 0;
        *to++ = alphabet[bits >> 18];
        *to++ = alphabet[bits >> 12 & 63];
        *to++ = taken > 1 ? alphabet[bits >> 6 & 63] : '=';
        *to++ = taken > 2 ? alphabet[bits & 63] : '=';
        from += taken;
        left -= taken;
    }
    buffer->size += (bytes.size + 2) / 3 * 4;
}

static int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Padding is right when it fills the last four; none is right too. */
static bool cut_padding(struct text *text) {
    size_t size = text->size;
    while (size > 0 && text->size - size < 2 && text->data[size - 1] == '=')
        size--;
    bool is_right = size == text->size || text->size % 4 == 0;
    text->size = size;
    return is_right && size % 4 != 1;
}

bool base64_decode(struct text text, char *to, size_t *ret_size) {
    char *begin = to;
    uint32_t bits = 0;
    if (!cut_padding(&text))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        int digit = base64_digit(text.data[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 != 0)
            *to++ = (char)(bits >> (6 - i % 4 * 2));
    }
    *ret_size = (size_t)(to - begin);
    return true;
}
