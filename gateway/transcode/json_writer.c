/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/json_writer.h"

void json_key(struct json_writer *writer, struct text key) {
    if (writer->needs_comma)
        buffer_append_char(writer->out, ',');
    writer->needs_comma = false;
    if (!key.data)
        return;
    buffer_append_json_string(writer->out, key);
    buffer_append_char(writer->out, ':');
}

static void begin_value(struct json_writer *writer, const char *key) {
    json_key(writer, key ? text_from(key) : (struct text){0});
}

void json_open(struct json_writer *writer, const char *key, char mark) {
    begin_value(writer, key);
    buffer_append_char(writer->out, mark);
}

void json_close(struct json_writer *writer, char mark) {
    buffer_append_char(writer->out, mark);
    writer->needs_comma = true;
}

void json_text(struct json_writer *writer, const char *key, struct text value) {
    begin_value(writer, key);
    buffer_append_json_string(writer->out, value);
    writer->needs_comma = true;
}

void json_string(struct json_writer *writer, const char *key, const char *value) {
    json_text(writer, key, text_from(value));
}

void json_raw(struct json_writer *writer, const char *key, const char *value) {
    begin_value(writer, key);
    buffer_append_string(writer->out, value);
    writer->needs_comma = true;
}

void json_bool(struct json_writer *writer, const char *key, bool value) {
    json_raw(writer, key, value ? "true" : "false");
}
