/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cmocka with what it needs, and what these tests check again and again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* As strings, so that both are printed. For texts without NUL. */
static inline void assert_text_equal(struct text text, const char *expected) {
    char *copy = strndup(text.size ? text.data : "", text.size);
    assert_string_equal(copy, expected);
    free(copy);
}

/* The same numbers in every run: a failure can be repeated. */
static inline uint32_t next_number(uint32_t *state) {
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* What is written to file descriptor `fd` between start and end: not more than a pipe holds. */
struct capture {
    int fd;
    int saved;
    int reader;
};

static inline void capture_start(struct capture *capture, int fd) {
    int ends[2];
    fflush(NULL);
    assert_int_equal(pipe(ends), 0);
    *capture = (struct capture){fd, dup(fd), ends[0]};
    dup2(ends[1], fd);
    close(ends[1]);
}

static inline struct text capture_end(struct capture *capture, char *text, size_t size) {
    fflush(NULL);
    dup2(capture->saved, capture->fd);
    close(capture->saved);
    size_t used = 0;
    for (ssize_t got; (got = read(capture->reader, text + used, size - 1 - used)) > 0;)
        used += (size_t)got;
    close(capture->reader);
    text[used] = '\0';
    return (struct text){text, used};
}
