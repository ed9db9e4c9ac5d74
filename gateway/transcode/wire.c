/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/wire.h"

bool wire_read_long_varint(struct wire_reader *reader, uint64_t *ret_value) {
    uint64_t value = 0;
    const uint8_t *at = reader->at;
    for (unsigned shift = 0; shift < 70 && at < reader->end; shift += 7) {
        uint8_t byte = *at++;
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            reader->at = at;
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool read_tag(struct wire_reader *reader, struct wire_field *ret_field) {
    uint64_t tag;
    if (!wire_read_varint(reader, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
        return false;
    ret_field->number = (uint32_t)(tag >> 3);
    ret_field->type = (enum wire_type)(tag & 7);
    return true;
}

static bool read_bytes(struct wire_reader *reader, struct text *ret_bytes) {
    uint64_t size;
    if (!wire_read_varint(reader, &size) || size > (uint64_t)(reader->end - reader->at))
        return false;
    *ret_bytes = (struct text){(const char *)reader->at, (size_t)size};
    reader->at += size;
    return true;
}

static bool read_group(
    struct wire_reader *reader, uint32_t number, unsigned depth, struct text *ret_bytes);

static bool read_value(struct wire_reader *reader, struct wire_field *field, unsigned depth) {
    switch (field->type) {
    case WIRE_VARINT:
        return wire_read_varint(reader, &field->value);
    case WIRE_FIXED64:
        return wire_read_fixed(reader, 8, &field->value);
    case WIRE_FIXED32:
        return wire_read_fixed(reader, 4, &field->value);
    case WIRE_BYTES:
        return read_bytes(reader, &field->bytes);
    case WIRE_GROUP:
        return depth > 0 && read_group(reader, field->number, depth - 1, &field->bytes);
    default:
        return false;
    }
}

static bool read_group(
    struct wire_reader *reader, uint32_t number, unsigned depth, struct text *ret_bytes) {
    const uint8_t *begin = reader->at;
    for (;;) {
        const uint8_t *end = reader->at;
        struct wire_field field;
        if (!read_tag(reader, &field))
            return false;
        if (field.type == WIRE_GROUP_END) {
            *ret_bytes = (struct text){(const char *)begin, (size_t)(end - begin)};
            return field.number == number;
        }
        if (!read_value(reader, &field, depth))
            return false;
    }
}

bool wire_read_long_field(struct wire_reader *reader, struct wire_field *ret_field) {
    return read_tag(reader, ret_field) && read_value(reader, ret_field, WIRE_DEPTH_MAX);
}

void wire_append_varint(struct buffer *buffer, uint64_t value) {
    char *end = wire_put_varint(buffer_reserve(buffer, WIRE_VARINT_SIZE_MAX), value);
    buffer->size = (size_t)(end - buffer->data);
}

void wire_append_tag(struct buffer *buffer, uint32_t number, enum wire_type type) {
    wire_append_varint(buffer, (uint64_t)number << 3 | type);
}

void wire_append_bytes(struct buffer *buffer, uint32_t number, struct text bytes) {
    wire_append_tag(buffer, number, WIRE_BYTES);
    wire_append_varint(buffer, bytes.size);
    buffer_append_text(buffer, bytes);
}

size_t wire_open_length(struct buffer *buffer) {
    buffer_append_char(buffer, 0);
    return buffer->size;
}

void wire_close_length(struct buffer *buffer, size_t mark) {
    size_t size = buffer->size - mark;
    char length[WIRE_VARINT_SIZE_MAX];
    size_t length_size = (size_t)(wire_put_varint(length, size) - length);
    if (length_size > 1) {
        buffer_reserve(buffer, length_size - 1);
        memmove(buffer->data + mark + length_size - 1, buffer->data + mark, size);
        buffer->size += length_size - 1;
    }
    memcpy(buffer->data + mark - 1, length, length_size);
}
