/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The protobuf wire format: fields are read one by one where they stand, and appended. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "base/text.h"

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_GROUP = 3,
    WIRE_GROUP_END = 4,
    WIRE_FIXED32 = 5,
};

enum {
    WIRE_VARINT_SIZE_MAX = 10,
    WIRE_NUMBER_MAX = (1 << 29) - 1,
    WIRE_DEPTH_MAX = 100,
};

struct wire_field {
    uint32_t number;
    enum wire_type type;
    uint64_t value;    /* of a varint or a fixed number */
    struct text bytes; /* of WIRE_BYTES; what stands inside a WIRE_GROUP */
};

struct wire_reader {
    const uint8_t *at;
    const uint8_t *end;
};

static inline struct wire_reader wire_reader(struct text bytes) {
    const uint8_t *at = (const uint8_t *)(bytes.data ? bytes.data : "");
    return (struct wire_reader){at, at + bytes.size};
}

bool wire_read_long_varint(struct wire_reader *reader, uint64_t *ret_value);
bool wire_read_long_field(struct wire_reader *reader, struct wire_field *ret_field);

static inline bool wire_read_varint(struct wire_reader *reader, uint64_t *ret_value) {
    if (reader->at < reader->end && *reader->at < 0x80) {
        *ret_value = *reader->at++;
        return true;
    }
    return wire_read_long_varint(reader, ret_value);
}

static inline bool wire_read_fixed(struct wire_reader *reader, size_t size, uint64_t *ret_value) {
    if ((size_t)(reader->end - reader->at) < size)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)reader->at[i] << (8 * i);
    *ret_value = value;
    reader->at += size;
    return true;
}

/* One field; false when it is malformed. There must be bytes left. */
static inline bool wire_read_field(struct wire_reader *reader, struct wire_field *ret_field) {
    /* Nearly all are of a low number, and short or a small number. */
    const uint8_t *at = reader->at;
    bool is_short = reader->end - at >= 2 && at[0] >= 8 && at[0] < 0x80 && at[1] < 0x80;
    enum wire_type type = (enum wire_type)(at[0] & 7);
    if (!is_short || (type != WIRE_VARINT && type != WIRE_BYTES) ||
        (type == WIRE_BYTES && reader->end - at - 2 < at[1]))
        return wire_read_long_field(reader, ret_field);
    ret_field->number = at[0] >> 3;
    ret_field->type = type;
    ret_field->value = at[1];
    ret_field->bytes = (struct text){(const char *)at + 2, at[1]};
    reader->at = at + 2 + (type == WIRE_BYTES ? at[1] : 0);
    return true;
}

/* Returns the end of what was written at `to`, which has room for WIRE_VARINT_SIZE_MAX bytes. */
static inline char *wire_put_varint(char *to, uint64_t value) {
    while (value >= 0x80) {
        *to++ = (char)(value | 0x80);
        value >>= 7;
    }
    *to++ = (char)value;
    return to;
}

static inline char *wire_put_fixed(char *to, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++)
        to[i] = (char)(value >> (8 * i));
    return to + size;
}

static inline uint64_t wire_zigzag(int64_t value) {
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static inline int64_t wire_unzigzag(uint64_t value) {
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

void wire_append_varint(struct buffer *buffer, uint64_t value);
void wire_append_tag(struct buffer *buffer, uint32_t number, enum wire_type type);
void wire_append_bytes(struct buffer *buffer, uint32_t number, struct text bytes);

/*
 * A length that is known only when what it counts has been written. Opening returns a mark for
 * closing; one byte is reserved, more are made room for at the end when needed.
 */
size_t wire_open_length(struct buffer *buffer);
void wire_close_length(struct buffer *buffer, size_t mark);
