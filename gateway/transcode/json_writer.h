/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON written piece by piece with its commas. For documents that are built once; replies are not
 * written this way. Keys are NULL inside lists.
 */

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

struct json_writer {
    struct buffer *out;
    bool needs_comma;
};

void json_open(struct json_writer *writer, const char *key, char mark); /* '{' or '[' */
void json_close(struct json_writer *writer, char mark);
void json_key(struct json_writer *writer, struct text key); /* the value follows */
void json_text(struct json_writer *writer, const char *key, struct text value);
void json_string(struct json_writer *writer, const char *key, const char *value);
void json_bool(struct json_writer *writer, const char *key, bool value);
/* Any JSON, as it is. */
void json_raw(struct json_writer *writer, const char *key, const char *value);
