/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/json_reader.h"

#include <string.h>

#include "gateway/transcode/json_plain.h"

void json_reader_init(struct json_reader *reader, struct text json) {
    const char *begin = json.data ? json.data : "";
    *reader = (struct json_reader){.at = begin, .begin = begin, .end = begin + json.size};
}

bool json_refuse(struct json_reader *reader, const char *problem) {
    if (!reader->problem)
        reader->problem = problem;
    return false;
}

bool json_enter(struct json_reader *reader, char open) {
    if (json_peek(reader) != open)
        return json_refuse(reader, open == '{' ? "expected '{'" : "expected '['");
    if (reader->depth == JSON_DEPTH_MAX)
        return json_refuse(reader, "nested more than 100 levels deep");
    reader->at++;
    reader->depth++;
    return true;
}

/* Takes the closing mark, or the comma between two members. */
static bool next_member(struct json_reader *reader, bool *is_first, char close) {
    char c = json_peek(reader);
    if (c == close) {
        reader->at++;
        reader->depth--;
        return false;
    }
    if (*is_first) {
        *is_first = false;
        return true;
    }
    if (c != ',')
        return json_refuse(reader, close == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
    reader->at++;
    return true;
}

bool json_next_key(struct json_reader *reader, bool *is_first, struct json_string *ret_key) {
    if (reader->problem || !next_member(reader, is_first, '}'))
        return false;
    if (json_peek(reader) != '"')
        return json_refuse(reader, "expected a name in double quotes");
    if (!json_read_string(reader, ret_key))
        return false;
    if (json_peek(reader) != ':')
        return json_refuse(reader, "expected ':'");
    reader->at++;
    return true;
}

bool json_next_item(struct json_reader *reader, bool *is_first) {
    return !reader->problem && next_member(reader, is_first, ']');
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* The four digits of \uXXXX, -1 when they are none. */
static int32_t read_unit(const char *at, const char *end) {
    int32_t unit = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

static bool is_high_surrogate(int32_t unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low_surrogate(int32_t unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

/* The code point of an escape that stands at a backslash, and its end; -1 when it is unsound. */
static int32_t read_escape(const char *at, const char *end, const char **ret_end) {
    static const char escapes[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (end - at < 2)
        return -1;
    for (const char *pair = escapes; *pair; pair += 2)
        if (pair[0] == at[1]) {
            *ret_end = at + 2;
            return pair[1];
        }
    int32_t unit = at[1] == 'u' ? read_unit(at + 2, end) : -1;
    *ret_end = at + 6;
    if (!is_high_surrogate(unit))
        return is_low_surrogate(unit) ? -1 : unit;
    const char *pair = at + 6;
    int32_t low = end - pair >= 6 && pair[0] == '\\' && pair[1] == 'u' ? read_unit(pair + 2, end)
                                                                       : -1;
    *ret_end = at + 12;
    return is_low_surrogate(low) ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : -1;
}

static bool check_special(struct json_reader *reader, struct json_string *string) {
    if (reader->at == reader->end)
        return json_refuse(reader, "the string does not end");
    unsigned char c = (unsigned char)*reader->at;
    if (c == '\\') {
        const char *end;
        if (read_escape(reader->at, reader->end, &end) < 0)
            return json_refuse(reader, "unsound escape in a string");
        string->is_escaped = true;
        reader->at = end;
        return true;
    }
    if (c < 0x20)
        return json_refuse(reader, "unescaped control character in a string");
    size_t size = text_utf8_next((struct text){reader->at, (size_t)(reader->end - reader->at)});
    if (size == 0)
        return json_refuse(reader, "a string is no valid UTF-8");
    reader->at += size;
    return true;
}

bool json_read_string(struct json_reader *reader, struct json_string *ret_string) {
    if (json_peek(reader) != '"')
        return json_refuse(reader, "expected a string");
    const char *begin = ++reader->at;
    ret_string->is_escaped = false;
    for (;;) {
        reader->at = json_skip_plain(reader->at, reader->end);
        if (reader->at < reader->end && *reader->at == '"')
            break;
        if (!check_special(reader, ret_string))
            return false;
    }
    ret_string->raw = (struct text){begin, (size_t)(reader->at - begin)};
    reader->at++;
    return true;
}

static size_t put_utf8(int32_t point, char *to) {
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (char)(0xc0 | point >> 6);
        to[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        to[0] = (char)(0xe0 | point >> 12);
        to[1] = (char)(0x80 | (point >> 6 & 0x3f));
        to[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | point >> 18);
    to[1] = (char)(0x80 | (point >> 12 & 0x3f));
    to[2] = (char)(0x80 | (point >> 6 & 0x3f));
    to[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

size_t json_unescape(struct json_string string, char *to) {
    const char *at = string.raw.data, *end = at + string.raw.size;
    char *out = to;
    while (at < end) {
        if (*at == '\\')
            out += put_utf8(read_escape(at, end, &at), out);
        else
            *out++ = *at++;
    }
    return (size_t)(out - to);
}

bool json_read_number(struct json_reader *reader, struct number *ret_number) {
    json_peek(reader);
    struct text rest = {reader->at, (size_t)(reader->end - reader->at)};
    if (!number_scan(rest, ret_number))
        return json_refuse(reader, "expected a value");
    reader->at += ret_number->text.size;
    return true;
}

bool json_take_word(struct json_reader *reader, struct text word) {
    json_peek(reader);
    if ((size_t)(reader->end - reader->at) < word.size ||
        memcmp(reader->at, word.data, word.size) != 0)
        return false;
    reader->at += word.size;
    return true;
}

static bool skip_value(struct json_reader *reader);

static bool skip_object(struct json_reader *reader) {
    struct json_string key;
    bool is_first = true;
    if (!json_enter(reader, '{'))
        return false;
    while (json_next_key(reader, &is_first, &key))
        if (!skip_value(reader))
            return false;
    return !reader->problem;
}

static bool skip_list(struct json_reader *reader) {
    bool is_first = true;
    if (!json_enter(reader, '['))
        return false;
    while (json_next_item(reader, &is_first))
        if (!skip_value(reader))
            return false;
    return !reader->problem;
}

static bool skip_value(struct json_reader *reader) {
    struct json_string string;
    struct number number;
    switch (json_peek(reader)) {
    case '{':
        return skip_object(reader);
    case '[':
        return skip_list(reader);
    case '"':
        return json_read_string(reader, &string);
    case 't':
        return json_take_word(reader, TEXT("true")) || json_refuse(reader, "expected a value");
    case 'f':
        return json_take_word(reader, TEXT("false")) || json_refuse(reader, "expected a value");
    case 'n':
        return json_take_word(reader, TEXT("null")) || json_refuse(reader, "expected a value");
    default:
        return json_read_number(reader, &number);
    }
}

bool json_skip(struct json_reader *reader, struct text *ret_value) {
    json_peek(reader);
    const char *begin = reader->at;
    if (!skip_value(reader))
        return false;
    *ret_value = (struct text){begin, (size_t)(reader->at - begin)};
    return true;
}

bool json_finish(struct json_reader *reader) {
    json_peek(reader);
    return reader->at == reader->end || json_refuse(reader, "unexpected text after the value");
}
