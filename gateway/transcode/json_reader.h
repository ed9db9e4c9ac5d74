/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Strict RFC 8259, read once from front to back, as the caller asks for it. Nothing is allocated:
 * strings and numbers are shown where they stand. Every function that returns false has set
 * `problem`, a sentence, and `at` stands where it is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "gateway/transcode/number.h"

enum { JSON_DEPTH_MAX = 100 };

struct json_reader {
    const char *at;
    const char *begin;
    const char *end;
    const char *problem;
    unsigned depth; /* of objects and lists entered */
};

/* Between the quotes, checked: valid UTF-8, sound escapes with surrogates in pairs. */
struct json_string {
    struct text raw;
    bool is_escaped;
};

void json_reader_init(struct json_reader *reader, struct text json);

/* The first character of the next value or mark, white space skipped; 0 at the end. */
static inline char json_peek(struct json_reader *reader) {
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                           *reader->at == '\t' || *reader->at == '\r'))
        reader->at++;
    return reader->at < reader->end ? *reader->at : '\0';
}

/* Sets the problem; returns false. */
bool json_refuse(struct json_reader *reader, const char *problem);

/*
 * Objects: enter, then for each member take the key and the value, until there is none.
 *
 *     if (!json_enter(reader, '{')) ...
 *     while (json_next_key(reader, &is_first, &key)) { read the value }
 *     if (reader->problem) ...
 *
 * Lists the same with json_next_item. The closing mark is taken when there is no further member.
 */
_must_check_ bool json_enter(struct json_reader *reader, char open);
bool json_next_key(struct json_reader *reader, bool *is_first, struct json_string *ret_key);
bool json_next_item(struct json_reader *reader, bool *is_first);

_must_check_ bool json_read_string(struct json_reader *reader, struct json_string *ret_string);
_must_check_ bool json_read_number(struct json_reader *reader, struct number *ret_number);
/* "true", "false", "null" when `word` stands here; false otherwise, without a problem. */
bool json_take_word(struct json_reader *reader, struct text word);
/* Any value, checked as strictly; the text of it. */
_must_check_ bool json_skip(struct json_reader *reader, struct text *ret_value);
/* True when nothing but white space is left. */
_must_check_ bool json_finish(struct json_reader *reader);

/* Writes at most raw.size bytes, returns how many. */
size_t json_unescape(struct json_string string, char *to);
