/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Messages, enums and services as tables made for transcoding, built from serialized
 * FileDescriptorSets. Read-only once built: any number of threads may use one schema. All pointers
 * in it live as long as the schema.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "gateway/transcode/names.h"
#include "gateway/transcode/wire.h"

struct buffer;

/* The numbers of FieldDescriptorProto.Type. */
enum field_kind {
    KIND_DOUBLE = 1,
    KIND_FLOAT = 2,
    KIND_INT64 = 3,
    KIND_UINT64 = 4,
    KIND_INT32 = 5,
    KIND_FIXED64 = 6,
    KIND_FIXED32 = 7,
    KIND_BOOL = 8,
    KIND_STRING = 9,
    KIND_GROUP = 10,
    KIND_MESSAGE = 11,
    KIND_BYTES = 12,
    KIND_UINT32 = 13,
    KIND_ENUM = 14,
    KIND_SFIXED32 = 15,
    KIND_SFIXED64 = 16,
    KIND_SINT32 = 17,
    KIND_SINT64 = 18,
};

/* Messages whose JSON is not an object of their fields. */
enum message_shape {
    SHAPE_PLAIN,
    SHAPE_ANY,
    SHAPE_TIMESTAMP,
    SHAPE_DURATION,
    SHAPE_FIELD_MASK,
    SHAPE_STRUCT,
    SHAPE_VALUE,
    SHAPE_LIST_VALUE,
    SHAPE_WRAPPER,
};

struct schema_message;
struct schema_enum;

struct schema_field {
    struct text name;
    struct text json_name;
    struct text key;  /* "\"jsonName\":" */
    struct text zero; /* "\"jsonName\":0"; empty when unset is not zero */
    uint32_t number;
    uint16_t index; /* in its message's fields, which stand by number */
    int16_t oneof;  /* index of its oneof in the message, -1 */
    enum field_kind kind;
    enum wire_type wire_type; /* of one value, not of a packed list */
    uint8_t tag_size;
    char tag[5]; /* what precedes its value, or the list when packed */
    bool is_repeated;
    bool is_map;
    bool is_packed;
    bool has_presence;
    bool is_field_path; /* a string that names a field; shown in JSON names */
    const struct schema_message *message;
    const struct schema_enum *enumeration;
    struct text comment;
};

struct schema_message {
    struct text full_name; /* "myevents.v1.Event" */
    struct text name;      /* without the package: "Event", "Outer.Inner" */
    struct text comment;
    enum message_shape shape;
    bool is_map_entry;
    struct schema_field *fields; /* by number */
    size_t field_count;
    const struct schema_field **declared; /* without extensions, in the order of the proto file */
    size_t declared_count;
    size_t oneof_count;
    const struct text *oneof_names;
    const struct schema_field **dense; /* by number; NULL where none is */
    size_t dense_count;
    struct names names; /* JSON names and proto names */
};

struct schema_enum_value {
    struct text name;
    struct text quoted; /* "\"NAME\"" */
    int32_t number;
    struct text comment;
};

struct schema_enum {
    struct text full_name;
    struct text name;
    struct text comment;
    struct text zero;                       /* name of the first value */
    bool is_null_value;                     /* google.protobuf.NullValue, whose JSON is null */
    const struct schema_enum_value *values; /* in the order of the proto file */
    size_t value_count;
    const struct schema_enum_value **by_number; /* ascending, aliases left out */
    size_t number_count;
    struct names names;
};

/* One REST mapping of a method, as written in its google.api.http option. */
struct schema_rule {
    struct text verb; /* "GET"; "*": any */
    struct text pattern;
    struct text body;
    struct text response_body;
};

enum method_effect { EFFECT_UNKNOWN, EFFECT_NONE, EFFECT_IDEMPOTENT };

struct schema_method {
    struct text name;
    struct text path;      /* "/myevents.v1.EventService/GetEvent" */
    struct text full_name; /* "myevents.v1.EventService.GetEvent" */
    struct text comment;
    const struct schema_service *service;
    const struct schema_message *input;
    const struct schema_message *output;
    bool is_client_streaming;
    bool is_server_streaming;
    enum method_effect effect;
    const struct schema_rule *rules;
    size_t rule_count;
};

struct schema_service {
    struct text name; /* "EventService" */
    struct text full_name;
    struct text comment;
    const struct schema_method *methods;
    size_t method_count;
};

struct schema {
    struct schema_service *services;
    size_t service_count;
    const struct schema_message **messages; /* map entries too, in the order of the files */
    size_t message_count;
};

/*
 * Files that several sets share are read once. NULL when a set is malformed, refers to something it
 * lacks, or uses what we cannot transcode; a sentence about it is appended to `ret_error`.
 */
struct schema *schema_new(const struct text *sets, size_t set_count, struct buffer *ret_error);
void schema_free(struct schema *schema);

/* NULL when there is none. */
const struct schema_message *schema_message(const struct schema *schema, struct text full_name);
const struct schema_enum *schema_enum(const struct schema *schema, struct text full_name);
const struct schema_method *schema_method(const struct schema *schema, struct text path);

/* By JSON name or proto name. */
const struct schema_field *schema_field(const struct schema_message *message, struct text name);
const struct schema_field *schema_field_far(const struct schema_message *message, uint32_t number);
const struct schema_enum_value *schema_enum_value(
    const struct schema_enum *enumeration, int32_t number);

static inline const struct schema_field *schema_field_numbered(
    const struct schema_message *message, uint32_t number) {
    return number < message->dense_count ? message->dense[number]
                                         : schema_field_far(message, number);
}

static inline bool field_is_message(const struct schema_field *field) {
    return field->kind == KIND_MESSAGE || field->kind == KIND_GROUP;
}
