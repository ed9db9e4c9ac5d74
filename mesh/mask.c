/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/mask.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool is_updatable(const char *const *updatable, const char *path) {
    for (; *updatable; updatable++)
        if (strcmp(*updatable, path) == 0)
            return true;
    return false;
}

static size_t field_size(const ProtobufCFieldDescriptor *field) {
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return sizeof(void *);
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(int64_t);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    default:
        return sizeof(int32_t);
    }
}

static bool is_carried(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message) {
    static const char nothing[sizeof(ProtobufCBinaryData)];
    const char *base = (const char *)message;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(base + field->quantifier_offset) > 0;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return (*(char *const *)(base + field->offset))[0] != '\0';
    return memcmp(base + field->offset, nothing, field_size(field)) != 0;
}

static void copy_field(
    const ProtobufCFieldDescriptor *field, const ProtobufCMessage *from, ProtobufCMessage *to) {
    memcpy((char *)to + field->offset, (const char *)from + field->offset, field_size(field));
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        memcpy((char *)to + field->quantifier_offset, (const char *)from + field->quantifier_offset,
            sizeof(size_t));
}

static void copy_carried(
    const char *const *updatable, const ProtobufCMessage *from, ProtobufCMessage *to) {
    for (; *updatable; updatable++) {
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
            from->descriptor, *updatable);
        if (is_carried(field, from))
            copy_field(field, from, to);
    }
}

int mask_apply(char *const *paths, size_t path_count, const char *const *updatable,
    const ProtobufCMessage *from, ProtobufCMessage *to, const char **ret_bad_path) {
    for (size_t i = 0; i < path_count; i++)
        if (!is_updatable(updatable, paths[i])) {
            *ret_bad_path = paths[i];
            return MASK_UNKNOWN_PATH;
        }
    if (path_count == 0)
        copy_carried(updatable, from, to);
    for (size_t i = 0; i < path_count; i++)
        copy_field(
            protobuf_c_message_descriptor_get_field_by_name(from->descriptor, paths[i]), from, to);
    return 0;
}
