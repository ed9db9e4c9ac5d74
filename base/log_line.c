/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log_line.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

/* What is left free for the closing quote and the end of the line. */
enum { TAIL_SIZE = 32, CONTENT_SIZE_MAX = LOG_LINE_SIZE - TAIL_SIZE };
static_assert(LOG_LINE_SIZE <= PIPE_BUF, "a longer write could be torn");

void log_line_init(struct log_line *line, bool is_json) {
    line->size = line->open_at = 0;
    line->is_json = is_json;
    line->is_full = false;
}

static void put(struct log_line *line, struct text text) {
    memcpy(line->data + line->size, text.data, text.size);
    line->size += text.size;
}

static size_t room(const struct log_line *line) {
    /* A closing quote may already stand in the tail. */
    return line->is_full || line->size > CONTENT_SIZE_MAX ? 0 : CONTENT_SIZE_MAX - line->size;
}

static struct text separator(const struct log_line *line) {
    if (line->size == 0)
        return line->is_json ? TEXT("{\"") : TEXT("");
    return line->is_json ? TEXT(",\"") : TEXT(" ");
}

bool log_line_open(struct log_line *line, struct text key) {
    enum { PUNCTUATION_SIZE = 5 }; /* ,"key":" */
    if (room(line) < key.size + PUNCTUATION_SIZE) {
        line->is_full = true;
        return false;
    }
    put(line, separator(line));
    put(line, key);
    put(line, line->is_json ? TEXT("\":\"") : TEXT("=\""));
    line->open_at = line->size - 1;
    return true;
}

/* An escape goes in whole or not at all, a run of characters as far as it fits. */
static struct text cut_to_fit(struct text piece, size_t size) {
    if (piece.size <= size)
        return piece;
    if (piece.data[0] == '\\')
        return TEXT("");
    while (size > 0 && ((unsigned char)piece.data[size] & 0xc0) == 0x80)
        size--;
    return (struct text){piece.data, size};
}

void log_line_put_value(struct log_line *line, struct text value) {
    char scratch[TEXT_ESCAPE_SIZE];
    while (value.size > 0 && !line->is_full) {
        struct text piece = text_cut_escaped(&value, scratch);
        struct text fitting = cut_to_fit(piece, room(line));
        put(line, fitting);
        line->is_full = fitting.size < piece.size;
    }
}

/* A logfmt value that reads the same without quotes. */
static bool is_word(const char *data, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (data[i] == ' ' || data[i] == '=' || data[i] == '\\')
            return false;
    return size > 0;
}

void log_line_close(struct log_line *line, bool is_number) {
    char *value = line->data + line->open_at + 1;
    size_t size = line->size - line->open_at - 1;
    bool is_bare = !line->is_full && (line->is_json ? is_number : is_word(value, size));
    if (is_bare) {
        memmove(value - 1, value, size);
        line->size--;
    } else {
        put(line, TEXT("\""));
    }
}

void log_line_field(struct log_line *line, struct text key, struct text value) {
    if (!log_line_open(line, key))
        return;
    log_line_put_value(line, value);
    log_line_close(line, false);
}

struct text log_line_finish(struct log_line *line) {
    if (line->is_full)
        put(line, line->is_json ? TEXT(",\"truncated\":true") : TEXT(" truncated=true"));
    put(line, line->is_json ? TEXT("}\n") : TEXT("\n"));
    return (struct text){line->data, line->size};
}
