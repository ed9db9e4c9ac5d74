/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { BUFFER_CAPACITY_MIN = 256, DECIMAL_SIZE_MAX = 20 };

void buffer_deinit(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

void buffer_clear(struct buffer *buffer) {
    buffer->size = 0;
}

char *buffer_reserve(struct buffer *buffer, size_t size) {
    if (buffer->capacity - buffer->size < size || !buffer->data) {
        size_t capacity;
        if (__builtin_add_overflow(buffer->size, size, &capacity))
            capacity = SIZE_MAX; /* more than there is: the allocation ends the process */
        if (capacity / 2 < buffer->capacity)
            capacity = buffer->capacity * 2;
        if (capacity < BUFFER_CAPACITY_MIN)
            capacity = BUFFER_CAPACITY_MIN;
        buffer->data = memory_resize(buffer->data, capacity);
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

void buffer_append(struct buffer *buffer, const void *data, size_t size) {
    if (size == 0)
        return;
    memcpy(buffer_reserve(buffer, size), data, size);
    buffer->size += size;
}

void buffer_append_text(struct buffer *buffer, struct text text) {
    buffer_append(buffer, text.data, text.size);
}

void buffer_append_string(struct buffer *buffer, const char *string) {
    buffer_append(buffer, string, strlen(string));
}

void buffer_append_char(struct buffer *buffer, char c) {
    *buffer_reserve(buffer, 1) = c;
    buffer->size++;
}

void buffer_append_u64(struct buffer *buffer, uint64_t value) {
    char digits[DECIMAL_SIZE_MAX], *first = digits + sizeof(digits);
    do
        *--first = (char)('0' + value % 10);
    while (value /= 10);
    buffer_append(buffer, first, (size_t)(digits + sizeof(digits) - first));
}

void buffer_append_i64(struct buffer *buffer, int64_t value) {
    if (value < 0)
        buffer_append_char(buffer, '-');
    buffer_append_u64(buffer, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void buffer_printf(struct buffer *buffer, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buffer_vprintf(buffer, format, args);
    va_end(args);
}

void buffer_vprintf(struct buffer *buffer, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    char *end = buffer_reserve(buffer, 1);
    size_t room = buffer->capacity - buffer->size;
    int size = vsnprintf(end, room, format, args);
    assert(size >= 0);
    if ((size_t)size >= room)
        vsnprintf(buffer_reserve(buffer, (size_t)size + 1), (size_t)size + 1, format, again);
    va_end(again);
    buffer->size += (size_t)size;
}

void buffer_append_json_string(struct buffer *buffer, struct text text) {
    char scratch[TEXT_ESCAPE_SIZE];
    buffer_append_char(buffer, '"');
    while (text.size > 0)
        buffer_append_text(buffer, text_cut_escaped(&text, scratch));
    buffer_append_char(buffer, '"');
}

void buffer_consume(struct buffer *buffer, size_t size) {
    assert(size <= buffer->size);
    buffer->size -= size;
    if (size > 0 && buffer->size > 0)
        memmove(buffer->data, buffer->data + size, buffer->size);
}

struct text buffer_text(const struct buffer *buffer) {
    return buffer->data ? (struct text){buffer->data, buffer->size} : (struct text){"", 0};
}
