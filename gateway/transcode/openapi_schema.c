/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/openapi_schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Which types the document needs. */

static struct openapi_type *add_type(
    struct openapi_types *types, struct text full_name, struct text name) {
    struct openapi_type *type = arena_zalloc(types->arena, sizeof(*type));
    bool is_taken = map_get(&types->by_name, name);
    type->name = is_taken ? full_name : name;
    map_put(&types->by_name, type->name, type);
    map_put(&types->by_full_name, full_name, type);
    if (types->count == types->capacity) {
        types->capacity = types->capacity * 2 + 16;
        types->types = memory_resize(types->types, types->capacity * sizeof(types->types[0]));
    }
    types->types[types->count++] = type;
    return type;
}

static void add_enum(struct openapi_types *types, const struct schema_enum *enumeration) {
    if (enumeration->is_null_value || map_get(&types->by_full_name, enumeration->full_name))
        return;
    struct openapi_type *type = add_type(types, enumeration->full_name, enumeration->name);
    type->enumeration = enumeration;
}

static void add_fields(
    struct openapi_types *types, const struct schema_message *message, bool is_in_request) {
    for (size_t i = 0; i < message->declared_count; i++) {
        const struct schema_field *field = message->declared[i];
        if (field_is_message(field))
            openapi_types_add(types, field->message, is_in_request);
        else if (field->kind == KIND_ENUM)
            add_enum(types, field->enumeration);
    }
}

void openapi_types_add(
    struct openapi_types *types, const struct schema_message *message, bool is_in_request) {
    if (message->is_map_entry) {
        add_fields(types, message, is_in_request);
        return;
    }
    if (message->shape != SHAPE_PLAIN)
        return;
    struct openapi_type *type = map_get(&types->by_full_name, message->full_name);
    if (type && (type->is_in_request || !is_in_request))
        return;
    if (!type)
        type = add_type(types, message->full_name, message->name);
    type->message = message;
    type->is_in_request = is_in_request;
    add_fields(types, message, is_in_request);
}

void openapi_types_deinit(struct openapi_types *types) {
    free(types->types);
    map_deinit(&types->by_full_name);
    map_deinit(&types->by_name);
}

/* Schemas. */

static void reference(
    struct json_writer *writer, const struct openapi_types *types, struct text full_name) {
    struct openapi_type *type = map_get(&types->by_full_name, full_name);
    type->is_mentioned = true;
    json_key(writer, TEXT("$ref"));
    buffer_printf(writer->out, "\"#/components/schemas/%.*s\"", TEXT_ARG(type->name));
    writer->needs_comma = true;
}

static const char *scalar_members(enum field_kind kind) {
    switch (kind) {
    case KIND_BOOL:
        return "\"type\":\"boolean\"";
    case KIND_INT32:
    case KIND_SINT32:
    case KIND_SFIXED32:
        return "\"type\":\"integer\",\"format\":\"int32\"";
    case KIND_UINT32:
    case KIND_FIXED32:
        return "\"type\":\"integer\",\"format\":\"uint32\",\"minimum\":0,\"maximum\":4294967295";
    case KIND_INT64:
    case KIND_SINT64:
    case KIND_SFIXED64:
        return "\"type\":\"string\",\"format\":\"int64\"";
    case KIND_UINT64:
    case KIND_FIXED64:
        return "\"type\":\"string\",\"format\":\"uint64\"";
    case KIND_FLOAT:
        return "\"type\":\"number\",\"format\":\"float\"";
    case KIND_DOUBLE:
        return "\"type\":\"number\",\"format\":\"double\"";
    case KIND_BYTES:
        return "\"type\":\"string\",\"contentEncoding\":\"base64\"";
    default:
        return "\"type\":\"string\"";
    }
}

/* Raw members, one or more. */
static void members(struct json_writer *writer, const char *raw) {
    json_raw(writer, NULL, raw);
}

void openapi_message_members(struct json_writer *writer, const struct openapi_types *types,
    const struct schema_message *message) {
    switch (message->shape) {
    case SHAPE_PLAIN:
        reference(writer, types, message->full_name);
        break;
    case SHAPE_TIMESTAMP:
        members(writer, "\"type\":\"string\",\"format\":\"date-time\"");
        break;
    case SHAPE_DURATION:
        members(writer, "\"type\":\"string\",\"pattern\":\"^-?[0-9]+(\\\\.[0-9]{1,9})?s$\"");
        break;
    case SHAPE_STRUCT:
        members(writer, "\"type\":\"object\",\"additionalProperties\":true");
        break;
    case SHAPE_LIST_VALUE:
        members(writer, "\"type\":\"array\",\"items\":{}");
        break;
    case SHAPE_ANY:
        members(writer, "\"type\":\"object\",\"properties\":{\"@type\":{\"type\":\"string\"}},"
                        "\"required\":[\"@type\"],\"additionalProperties\":true");
        break;
    case SHAPE_WRAPPER:
        members(writer, scalar_members(message->fields[0].kind));
        break;
    case SHAPE_FIELD_MASK:
        members(writer, "\"type\":\"string\"");
        break;
    case SHAPE_VALUE:
        break; /* anything */
    }
}

static void value_members(struct json_writer *writer, const struct openapi_types *types,
    const struct schema_field *field) {
    if (field_is_message(field))
        openapi_message_members(writer, types, field->message);
    else if (field->kind != KIND_ENUM)
        members(writer, scalar_members(field->kind));
    else if (field->enumeration->is_null_value)
        members(writer, "\"type\":\"null\"");
    else
        reference(writer, types, field->enumeration->full_name);
}

static void describe(struct json_writer *writer, struct text comment) {
    if (comment.size > 0)
        json_text(writer, "description", comment);
}

void openapi_field_schema(struct json_writer *writer, const struct openapi_types *types,
    const char *key, const struct schema_field *field) {
    json_open(writer, key, '{');
    if (field->is_map) {
        json_string(writer, "type", "object");
        json_open(writer, "additionalProperties", '{');
        value_members(writer, types, schema_field_numbered(field->message, 2));
        json_close(writer, '}');
    } else if (field->is_repeated) {
        json_string(writer, "type", "array");
        json_open(writer, "items", '{');
        value_members(writer, types, field);
        json_close(writer, '}');
    } else {
        value_members(writer, types, field);
    }
    describe(writer, field->comment);
    if (text_starts_with(field->comment, TEXT("Output only")))
        json_bool(writer, "readOnly", true);
    json_close(writer, '}');
}

/* Replies carry every field that has a zero; requests need none. */
static void required(struct json_writer *writer, const struct schema_message *message) {
    bool is_any = false;
    for (size_t i = 0; i < message->declared_count; i++) {
        if (message->declared[i]->zero.size == 0)
            continue;
        if (!is_any)
            json_open(writer, "required", '[');
        is_any = true;
        json_text(writer, NULL, message->declared[i]->json_name);
    }
    if (is_any)
        json_close(writer, ']');
}

static void message_schema(struct json_writer *writer, const struct openapi_types *types,
    const struct openapi_type *type) {
    json_string(writer, "type", "object");
    describe(writer, type->message->comment);
    json_open(writer, "properties", '{');
    for (size_t i = 0; i < type->message->declared_count; i++) {
        const struct schema_field *field = type->message->declared[i];
        openapi_field_schema(writer, types, field->json_name.data, field);
    }
    json_close(writer, '}');
    if (!type->is_in_request)
        required(writer, type->message);
}

static void enum_schema(struct json_writer *writer, const struct schema_enum *enumeration) {
    _cleanup_(buffer_deinit) struct buffer comment = {0};
    json_string(writer, "type", "string");
    json_open(writer, "enum", '[');
    for (size_t i = 0; i < enumeration->value_count; i++)
        json_text(writer, NULL, enumeration->values[i].name);
    json_close(writer, ']');
    buffer_append_text(&comment, enumeration->comment);
    for (size_t i = 0; i < enumeration->value_count; i++)
        if (enumeration->values[i].comment.size > 0)
            buffer_printf(&comment, "%s- `%.*s`: %.*s", comment.size ? "\n" : "",
                TEXT_ARG(enumeration->values[i].name), TEXT_ARG(enumeration->values[i].comment));
    describe(writer, buffer_text(&comment));
}

static struct openapi_type *next_mentioned(const struct openapi_types *types) {
    for (size_t i = 0; i < types->count; i++)
        if (types->types[i]->is_mentioned && !types->types[i]->is_written)
            return types->types[i];
    return NULL;
}

void openapi_schemas(struct json_writer *writer, const struct openapi_types *types) {
    json_open(writer, "schemas", '{');
    for (struct openapi_type *type; (type = next_mentioned(types));) {
        type->is_written = true;
        json_key(writer, type->name);
        json_open(writer, NULL, '{');
        if (type->message)
            message_schema(writer, types, type);
        else
            enum_schema(writer, type->enumeration);
        json_close(writer, '}');
    }
    json_close(writer, '}');
}
