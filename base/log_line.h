/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One log line in the making, logfmt or JSON: fields in the order they are put. Private to log.
 *
 * It never grows beyond what a pipe takes in one piece. What does not fit is dropped at a character
 * border, quotes and braces are closed all the same, and the last field says truncated=true.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum { LOG_LINE_SIZE = 4096 }; /* PIPE_BUF */

struct log_line {
    size_t size;
    size_t open_at; /* the opening quote of the value being written */
    bool is_json;
    bool is_full;
    char data[LOG_LINE_SIZE];
};

void log_line_init(struct log_line *line, bool is_json);
void log_line_field(struct log_line *line, struct text key, struct text value);

/* The same in pieces: open, any number of put, close. False: no room, so do not put and close. */
bool log_line_open(struct log_line *line, struct text key);
void log_line_put_value(struct log_line *line, struct text value);
/* A value without need loses its quotes: a JSON number, a logfmt word. */
void log_line_close(struct log_line *line, bool is_number);

struct text log_line_finish(struct log_line *line); /* with the newline */
