/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <errno.h>
#include <string.h>

struct text text_from(const char *string) {
    return string ? (struct text){string, strlen(string)} : (struct text){"", 0};
}

bool text_equal(struct text a, struct text b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* The C library folds by locale; names on the wire do not. */
static char ascii_fold(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool bytes_equal_ignore_case(const char *a, const char *b, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (ascii_fold(a[i]) != ascii_fold(b[i]))
            return false;
    return true;
}

bool text_equal_ignore_case(struct text a, struct text b) {
    return a.size == b.size && bytes_equal_ignore_case(a.data, b.data, a.size);
}

int text_compare(struct text a, struct text b) {
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.data, b.data, size) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool text_starts_with(struct text text, struct text prefix) {
    return text.size >= prefix.size && text_equal((struct text){text.data, prefix.size}, prefix);
}

bool text_ends_with(struct text text, struct text suffix) {
    if (text.size < suffix.size)
        return false;
    return text_equal((struct text){text.data + text.size - suffix.size, suffix.size}, suffix);
}

bool text_contains_ignore_case(struct text text, struct text part) {
    if (part.size == 0)
        return true;
    for (size_t i = 0; i + part.size <= text.size; i++)
        if (bytes_equal_ignore_case(text.data + i, part.data, part.size))
            return true;
    return false;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

struct text text_trim(struct text text) {
    while (text.size > 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

static struct text text_take(struct text *text, size_t size) {
    struct text head = {text->data, size};
    text->data += size;
    text->size -= size;
    return head;
}

struct text text_cut(struct text *text, char separator) {
    const char *at = text->size ? memchr(text->data, separator, text->size) : NULL;
    if (!at)
        return text_take(text, text->size);
    struct text head = text_take(text, (size_t)(at - text->data));
    text_take(text, 1);
    return head;
}

size_t text_utf8_next(struct text text) {
    const unsigned char *bytes = (const unsigned char *)text.data;
    if (text.size == 0)
        return 0;
    unsigned char lead = bytes[0];
    if (lead < 0x80)
        return 1;
    size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (size == 0 || text.size < size)
        return 0;
    /* The second byte alone tells overlong forms, surrogates and what lies beyond U+10FFFF. */
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

static size_t ascii_prefix(const char *data, size_t size) {
    size_t i = 0;
    for (uint64_t word; i + sizeof(word) <= size; i += sizeof(word)) {
        memcpy(&word, data + i, sizeof(word));
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < size && (unsigned char)data[i] < 0x80)
        i++;
    return i;
}

bool text_is_utf8(struct text text) {
    for (;;) {
        text_take(&text, ascii_prefix(text.data, text.size));
        if (text.size == 0)
            return true;
        size_t size = text_utf8_next(text);
        if (size == 0)
            return false;
        text_take(&text, size);
    }
}

size_t text_utf8_length(struct text text) {
    size_t length = 0;
    for (size_t i = 0; i < text.size; i++)
        length += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return length;
}

static bool is_plain_ascii(unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static bool is_c1_control(const char *data) {
    return (unsigned char)data[0] == 0xc2 && (unsigned char)data[1] < 0xa0;
}

/* Eight bytes at once: the high bit of a byte stays set when it is zero in `bytes ^ wanted`. */
#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

static uint64_t mark_equal(uint64_t bytes, unsigned char wanted) {
    uint64_t difference = bytes ^ EACH_BYTE(wanted);
    return (difference - EACH_BYTE(1)) & ~difference;
}

static bool is_plain_word(uint64_t bytes) {
    uint64_t below_space = (bytes - EACH_BYTE(0x20)) & ~bytes;
    uint64_t marks = bytes | below_space | mark_equal(bytes, '"') | mark_equal(bytes, '\\') |
                     mark_equal(bytes, 0x7f);
    return (marks & EACH_BYTE(0x80)) == 0;
}

static size_t plain_words(struct text text) {
    size_t i = 0;
    for (uint64_t word; i + sizeof(word) <= text.size; i += sizeof(word)) {
        memcpy(&word, text.data + i, sizeof(word));
        if (!is_plain_word(word))
            break;
    }
    return i;
}

static size_t plain_prefix(struct text text) {
    size_t i = plain_words(text);
    while (i < text.size) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x80 && !is_plain_ascii(c))
            break;
        size_t size = c < 0x80 ? 1 : text_utf8_next((struct text){text.data + i, text.size - i});
        if (size == 0 || (size == 2 && is_c1_control(text.data + i)))
            break;
        i += size;
    }
    return i;
}

static struct text escape_control(unsigned char c, char scratch[static TEXT_ESCAPE_SIZE]) {
    static const char digits[] = "0123456789abcdef", shorts[] = "\"\"\\\\\nn\rr\tt\bb\ff";
    scratch[0] = '\\';
    for (const char *pair = shorts; *pair; pair += 2)
        if ((unsigned char)pair[0] == c) {
            scratch[1] = pair[1];
            return (struct text){scratch, 2};
        }
    memcpy(scratch + 1, "u00", 3);
    scratch[4] = digits[c >> 4];
    scratch[5] = digits[c & 15];
    return (struct text){scratch, 6};
}

struct text text_cut_escaped(struct text *text, char scratch[static TEXT_ESCAPE_SIZE]) {
    size_t plain = plain_prefix(*text);
    if (plain > 0 || text->size == 0)
        return text_take(text, plain);
    size_t size = text_utf8_next(*text);
    struct text head = text_take(text, size ? size : 1);
    if (size == 0)
        return TEXT("\xef\xbf\xbd");
    return escape_control((unsigned char)head.data[size - 1], scratch);
}

static bool is_digits(struct text text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size > 0;
}

int text_to_u64(struct text text, uint64_t *ret_value) {
    if (!is_digits(text))
        return -EINVAL;
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++)
        if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value))
            return -ERANGE;
    *ret_value = value;
    return 0;
}

int text_to_i64(struct text text, int64_t *ret_value) {
    bool is_negative = text.size > 0 && text.data[0] == '-';
    if (is_negative)
        text_take(&text, 1);
    uint64_t magnitude;
    int r = text_to_u64(text, &magnitude);
    if (r < 0)
        return r;
    if (magnitude > (uint64_t)INT64_MAX + is_negative)
        return -ERANGE;
    *ret_value = (int64_t)(is_negative ? -magnitude : magnitude);
    return 0;
}
