/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "gateway/transcode/schema_load.h"

static enum wire_type wire_type_of(enum field_kind kind) {
    switch (kind) {
    case KIND_DOUBLE:
    case KIND_FIXED64:
    case KIND_SFIXED64:
        return WIRE_FIXED64;
    case KIND_FLOAT:
    case KIND_FIXED32:
    case KIND_SFIXED32:
        return WIRE_FIXED32;
    case KIND_STRING:
    case KIND_BYTES:
    case KIND_MESSAGE:
        return WIRE_BYTES;
    case KIND_GROUP:
        return WIRE_GROUP;
    default:
        return WIRE_VARINT;
    }
}

static bool is_packable(enum field_kind kind) {
    enum wire_type type = wire_type_of(kind);
    return type != WIRE_BYTES && type != WIRE_GROUP;
}

/* "start_time" to "startTime", as protoc does it. */
static struct text camel_name(struct loader *loader, const char *name) {
    char *camel = arena_copy_string(loader->arena, name), *end = camel;
    for (; *name; name++) {
        if (*name != '_')
            *end++ = *name;
        else if (name[1] >= 'a' && name[1] <= 'z')
            *end++ = (char)(*++name - 'a' + 'A');
    }
    *end = '\0';
    return (struct text){camel, (size_t)(end - camel)};
}

static void fill_tag(struct schema_field *field) {
    char tag[WIRE_VARINT_SIZE_MAX];
    enum wire_type type = field->is_packed ? WIRE_BYTES : field->wire_type;
    char *end = wire_put_varint(tag, (uint64_t)field->number << 3 | type);
    field->tag_size = (uint8_t)(end - tag);
    memcpy(field->tag, tag, field->tag_size);
}

/* What JSON shows for a field that is not set; NULL when there is nothing to show. */
static const char *zero_of(struct loader *loader, const struct schema_field *field) {
    if (field->is_repeated)
        return field->is_map ? "{}" : "[]";
    if (field->has_presence)
        return NULL;
    switch (field->kind) {
    case KIND_BOOL:
        return "false";
    case KIND_STRING:
    case KIND_BYTES:
        return "\"\"";
    case KIND_INT64:
    case KIND_UINT64:
    case KIND_SINT64:
    case KIND_FIXED64:
    case KIND_SFIXED64:
        return "\"0\"";
    case KIND_ENUM:
        return field->enumeration->is_null_value
                   ? "null"
                   : arena_printf(loader->arena, "\"%s\"", field->enumeration->zero.data);
    default:
        return "0";
    }
}

void schema_fill_texts(struct loader *loader, struct schema_field *field) {
    const char *zero = zero_of(loader, field);
    field->key = text_from(arena_printf(loader->arena, "\"%s\":", field->json_name.data));
    if (zero)
        field->zero = text_from(arena_printf(loader->arena, "%s%s", field->key.data, zero));
}

static bool fill_type(struct loader *loader, const struct schema_message *message,
    struct schema_field *field, const field_proto *proto) {
    struct text type = loader_type_name(proto->type_name);
    field->kind = (enum field_kind)proto->type;
    field->wire_type = wire_type_of(field->kind);
    if (field_is_message(field))
        field->message = loader_message(loader, type);
    else if (field->kind == KIND_ENUM)
        field->enumeration = loader_enum(loader, type);
    else
        return true;
    if (!field->message && !field->enumeration)
        return loader_refuse(loader,
            "field %s of %s has the type %.*s, which no file of the set declares", proto->name,
            message->full_name.data, TEXT_ARG(type));
    return true;
}

static bool is_packed(const struct loader *loader, const field_proto *proto) {
    bool is_said = proto->options && proto->options->has_packed;
    return is_packable((enum field_kind)proto->type) &&
           (is_said ? proto->options->packed : loader->is_proto3);
}

bool schema_fill_field(struct loader *loader, const struct schema_message *message,
    struct schema_field *field, const field_proto *proto) {
    if (!proto->name || proto->number < 1 || proto->number > WIRE_NUMBER_MAX)
        return loader_refuse(loader, "message %s has a field without a name or with a bad number",
            message->full_name.data);
    if (!fill_type(loader, message, field, proto))
        return false;
    field->name = loader_keep(loader, proto->name);
    field->json_name = proto->json_name ? loader_keep(loader, proto->json_name)
                                        : camel_name(loader, proto->name);
    field->number = (uint32_t)proto->number;
    field->is_repeated = proto->label ==
                         GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
    field->is_map = field->is_repeated && field->message && field->message->is_map_entry;
    field->is_packed = field->is_repeated && is_packed(loader, proto);
    field->oneof = proto->has_oneof_index && !proto->proto3_optional && proto->oneof_index >= 0 &&
                           (size_t)proto->oneof_index < message->oneof_count
                       ? (int16_t)proto->oneof_index
                       : -1;
    field->has_presence = !field->is_repeated &&
                          (field->message || proto->has_oneof_index || !loader->is_proto3);
    field->is_field_path = text_equal(field->name, TEXT("field")) &&
                           text_equal(
                               message->full_name, TEXT("google.rpc.BadRequest.FieldViolation"));
    fill_tag(field);
    schema_fill_texts(loader, field);
    return true;
}
