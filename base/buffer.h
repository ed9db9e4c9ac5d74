/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes that grow. Zeroed memory is a valid empty buffer. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

struct buffer {
    char *data;
    size_t size;
    size_t capacity;
};

void buffer_deinit(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory */
char *buffer_reserve(
    struct buffer *buffer, size_t size); /* room for `size` more bytes; the place to write them */
void buffer_append(struct buffer *buffer, const void *data, size_t size);
void buffer_append_text(struct buffer *buffer, struct text text);
void buffer_append_string(struct buffer *buffer, const char *string);
void buffer_append_char(struct buffer *buffer, char c);
void buffer_append_u64(struct buffer *buffer, uint64_t value); /* decimal */
void buffer_append_i64(struct buffer *buffer, int64_t value);
_printf_(2, 3) void buffer_printf(struct buffer *buffer, const char *format, ...);
_printf_(2, 0) void buffer_vprintf(struct buffer *buffer, const char *format, va_list args);
/* Quoted and escaped as a JSON string. Bytes that are no UTF-8 become U+FFFD. */
void buffer_append_json_string(struct buffer *buffer, struct text text);
void buffer_consume(struct buffer *buffer, size_t size); /* drops bytes at the front */
struct text buffer_text(const struct buffer *buffer);    /* borrowed until the next append */
