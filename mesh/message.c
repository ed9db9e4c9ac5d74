/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/message.h"

#include <string.h>

#include "base/arena.h"

/* What a message may grow to: a tree of empty submessages is 30 times its wire size. */
enum { GROWTH_MAX = 16, GROWTH_SLACK = 64 * 1024 };

enum wire_type { WIRE_VARINT = 0, WIRE_64BIT = 1, WIRE_LENGTH = 2, WIRE_32BIT = 5 };

/* Advances `bytes` past a varint. False at the end of the bytes or beyond 64 bits. */
static bool wire_varint(struct text *bytes, uint64_t *ret_value) {
    uint64_t value = 0;
    for (unsigned i = 0; i < 10 && i < bytes->size; i++) {
        uint8_t byte = (uint8_t)bytes->data[i];
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *bytes = (struct text){bytes->data + i + 1, bytes->size - i - 1};
            *ret_value = value;
            return true;
        }
    }
    return false;
}

static bool wire_take(struct text *bytes, uint64_t size, struct text *ret_taken) {
    if (size > bytes->size)
        return false;
    *ret_taken = (struct text){bytes->data, size};
    *bytes = (struct text){bytes->data + size, bytes->size - size};
    return true;
}

/* The value of one field; its text is empty unless it is of variable length. */
static bool wire_value(struct text *bytes, enum wire_type type, struct text *ret_value) {
    uint64_t number;
    switch (type) {
    case WIRE_VARINT:
        *ret_value = (struct text){"", 0};
        return wire_varint(bytes, &number);
    case WIRE_64BIT:
        return wire_take(bytes, 8, ret_value);
    case WIRE_32BIT:
        return wire_take(bytes, 4, ret_value);
    case WIRE_LENGTH:
        return wire_varint(bytes, &number) && wire_take(bytes, number, ret_value);
    }
    return false; /* groups, and what never was a wire type */
}

/* Peers write fields in order, so the next one is nearly always where the cursor stands. */
static const ProtobufCFieldDescriptor *field_find(
    const ProtobufCMessageDescriptor *message, uint64_t id, unsigned *cursor) {
    for (unsigned i = *cursor; i < message->n_fields && message->fields[i].id <= id; i++) {
        if (message->fields[i].id == id) {
            *cursor = i;
            return &message->fields[i];
        }
    }
    *cursor = 0;
    return protobuf_c_message_descriptor_get_field(message, (unsigned)id);
}

static bool text_is_proto_string(struct text text) {
    return !memchr(text.data, '\0', text.size) && text_is_utf8(text);
}

/* protobuf-c recurses once per level without a limit, copies strings unseen and cuts them at a NUL.
 * So the bytes are walked before it sees them. */
static bool wire_is_acceptable(
    const ProtobufCMessageDescriptor *message, struct text bytes, unsigned depth) {
    if (depth > MESSAGE_DEPTH_MAX)
        return false;
    unsigned cursor = 0;
    while (bytes.size > 0) {
        uint64_t key;
        struct text value;
        if (!wire_varint(&bytes, &key) || key > UINT32_MAX || key >> 3 == 0 ||
            !wire_value(&bytes, (enum wire_type)(key & 7), &value))
            return false;
        if ((key & 7) != WIRE_LENGTH)
            continue;
        const ProtobufCFieldDescriptor *field = field_find(message, key >> 3, &cursor);
        if (!field)
            continue;
        if (field->type == PROTOBUF_C_TYPE_STRING && !text_is_proto_string(value))
            return false;
        if (field->type == PROTOBUF_C_TYPE_MESSAGE &&
            !wire_is_acceptable(field->descriptor, value, depth + 1))
            return false;
    }
    return true;
}

struct growth {
    struct arena *arena;
    size_t left;
};

static void *growth_alloc(void *data, size_t size) {
    struct growth *growth = data;
    if (size > growth->left)
        return NULL;
    growth->left -= size;
    return arena_try_alloc(growth->arena, size);
}

static void growth_free(void *data, void *pointer) {
}

ProtobufCMessage *message_unpack(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct text bytes) {
    if (!wire_is_acceptable(descriptor, bytes, 1))
        return NULL;
    struct growth growth = {arena, bytes.size * GROWTH_MAX + GROWTH_SLACK};
    ProtobufCAllocator allocator = {growth_alloc, growth_free, &growth};
    return protobuf_c_message_unpack(
        descriptor, &allocator, bytes.size, (const uint8_t *)bytes.data);
}

struct text message_pack(struct arena *arena, const ProtobufCMessage *message) {
    size_t size = protobuf_c_message_get_packed_size(message);
    char *data = arena_alloc(arena, size);
    protobuf_c_message_pack(message, (uint8_t *)data);
    return (struct text){data, size};
}
