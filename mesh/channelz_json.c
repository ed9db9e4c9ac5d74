/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/channelz_json.h"

#include <assert.h>
#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/base64.h"
#include "mesh/channelz_known.h"

enum { DEPTH_MAX = 100 }; /* of messages; channelz.proto nests six */

struct reader {
    struct arena *arena;
    unsigned depth;
};

static struct text json_text(const json_t *json) {
    return (struct text){json_string_value(json), json_string_length(json)};
}

static bool read_integer(const json_t *json, int64_t min, int64_t max, int64_t *ret_value) {
    int64_t value;
    if (json_is_integer(json))
        value = json_integer_value(json);
    else if (!json_is_string(json) || text_to_i64(json_text(json), &value) < 0)
        return false;
    *ret_value = value;
    return value >= min && value <= max;
}

static bool read_int32(struct reader *reader, const json_t *json, const void *type, void *at) {
    int64_t value;
    bool fits = read_integer(json, INT32_MIN, INT32_MAX, &value);
    *(int32_t *)at = fits ? (int32_t)value : 0;
    return fits;
}

static bool read_uint32(struct reader *reader, const json_t *json, const void *type, void *at) {
    int64_t value;
    bool fits = read_integer(json, 0, UINT32_MAX, &value);
    *(uint32_t *)at = fits ? (uint32_t)value : 0;
    return fits;
}

static bool read_int64(struct reader *reader, const json_t *json, const void *type, void *at) {
    return read_integer(json, INT64_MIN, INT64_MAX, at);
}

static bool read_bool(struct reader *reader, const json_t *json, const void *type, void *at) {
    *(protobuf_c_boolean *)at = json_is_true(json);
    return json_is_boolean(json);
}

static bool read_string(struct reader *reader, const json_t *json, const void *type, void *at) {
    if (!json_is_string(json))
        return false;
    *(char **)at = arena_copy_text(reader->arena, json_text(json));
    return true;
}

static bool read_bytes(struct reader *reader, const json_t *json, const void *type, void *at) {
    ProtobufCBinaryData *bytes = at;
    if (!json_is_string(json))
        return false;
    bytes->data = arena_alloc(reader->arena, base64_decoded_max(json_string_length(json)));
    return base64_decode(json_text(json), (char *)bytes->data, &bytes->len);
}

/* By name; a number stands also where a newer enum has more names than ours. */
static bool read_enum(struct reader *reader, const json_t *json, const void *type, void *at) {
    if (!json_is_string(json))
        return read_int32(reader, json, type, at);
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(
        type, json_string_value(json));
    *(int32_t *)at = value ? value->value : 0;
    return value;
}

static bool read_message(struct reader *reader, const json_t *json, const void *type, void *at);

static const struct kind {
    size_t size;
    bool (*read)(struct reader *reader, const json_t *json, const void *type, void *at);
} kinds[] = {
    [PROTOBUF_C_TYPE_INT32] = {sizeof(int32_t), read_int32},
    [PROTOBUF_C_TYPE_INT64] = {sizeof(int64_t), read_int64},
    [PROTOBUF_C_TYPE_UINT32] = {sizeof(uint32_t), read_uint32},
    [PROTOBUF_C_TYPE_BOOL] = {sizeof(protobuf_c_boolean), read_bool},
    [PROTOBUF_C_TYPE_ENUM] = {sizeof(int32_t), read_enum},
    [PROTOBUF_C_TYPE_STRING] = {sizeof(char *), read_string},
    [PROTOBUF_C_TYPE_BYTES] = {sizeof(ProtobufCBinaryData), read_bytes},
    [PROTOBUF_C_TYPE_MESSAGE] = {sizeof(ProtobufCMessage *), read_message},
};

static bool read_list(struct reader *reader, const json_t *json,
    const ProtobufCFieldDescriptor *field, ProtobufCMessage *message) {
    const struct kind *kind = &kinds[field->type];
    if (!json_is_array(json))
        return false;
    size_t count = json_array_size(json);
    char *items = arena_zalloc(reader->arena, count * kind->size);
    for (size_t i = 0; i < count; i++)
        if (!kind->read(reader, json_array_get(json, i), field->descriptor, items + i * kind->size))
            return false;
    *(size_t *)((char *)message + field->quantifier_offset) = count;
    *(void **)((char *)message + field->offset) = items;
    return true;
}

/* False for the second one of a oneof. */
static bool choose(const ProtobufCFieldDescriptor *field, ProtobufCMessage *message) {
    uint32_t *chosen = (uint32_t *)((char *)message + field->quantifier_offset);
    if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
        return true;
    if (*chosen != 0)
        return false;
    *chosen = field->id;
    return true;
}

static bool read_field(struct reader *reader, const json_t *json,
    const ProtobufCFieldDescriptor *field, ProtobufCMessage *message) {
    const struct kind *kind = &kinds[field->type];
    assert(kind->read && "a type that channelz.proto does not use");
    if (json_is_null(json))
        return true;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return read_list(reader, json, field, message);
    return choose(field, message) &&
           kind->read(reader, json, field->descriptor, (char *)message + field->offset);
}

/* "tcpip_address" and "tcpipAddress" are names of the same field. */
static bool is_named(const ProtobufCFieldDescriptor *field, const char *key) {
    if (strcmp(field->name, key) == 0)
        return true;
    for (const char *c = field->name; *c; c++) {
        bool is_upper = *c == '_' && c[1];
        c += is_upper;
        if (*key++ != (is_upper ? (char)toupper((unsigned char)*c) : *c))
            return false;
    }
    return !*key;
}

static const ProtobufCFieldDescriptor *find_field(
    const ProtobufCMessageDescriptor *descriptor, const char *key) {
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (is_named(&descriptor->fields[i], key))
            return &descriptor->fields[i];
    return NULL;
}

static bool read_fields(struct reader *reader, const json_t *json, ProtobufCMessage *message) {
    const char *key;
    json_t *value;
    if (!json_is_object(json))
        return false;
    json_object_foreach((json_t *)json, key, value) {
        const ProtobufCFieldDescriptor *field = find_field(message->descriptor, key);
        if (field && !read_field(reader, value, field, message))
            return false;
    }
    return true;
}

static bool read_any(struct reader *reader, const json_t *json, ProtobufCMessage *message) {
    const char *url = json_string_value(json_object_get(json, "@type"));
    const ProtobufCMessageDescriptor *type = channelz_any_type(url);
    ProtobufCMessage *content = NULL;
    if (!type || !read_message(reader, json, type, &content))
        return false;
    channelz_any_fill(reader->arena, message, url, content);
    return true;
}

static bool read_contents(struct reader *reader, const json_t *json, ProtobufCMessage *message) {
    switch (channelz_known(message->descriptor)) {
    case KNOWN_TIMESTAMP:
        return json_is_string(json) && channelz_timestamp_read(json_text(json), message);
    case KNOWN_DURATION:
        return json_is_string(json) && channelz_duration_read(json_text(json), message);
    case KNOWN_WRAPPER:
        return read_field(reader, json, &message->descriptor->fields[0], message);
    case KNOWN_ANY:
        return read_any(reader, json, message);
    case KNOWN_NONE:
        break;
    }
    return read_fields(reader, json, message);
}

static bool read_message(struct reader *reader, const json_t *json, const void *type, void *at) {
    const ProtobufCMessageDescriptor *descriptor = type;
    ProtobufCMessage *message = arena_alloc(reader->arena, descriptor->sizeof_message);
    descriptor->message_init(message);
    *(ProtobufCMessage **)at = message;
    if (++reader->depth > DEPTH_MAX || !read_contents(reader, json, message))
        return false;
    reader->depth--;
    return true;
}

ProtobufCMessage *channelz_json_read(
    struct arena *arena, const ProtobufCMessageDescriptor *descriptor, struct text json) {
    struct reader reader = {arena, 0};
    ProtobufCMessage *message = NULL;
    json_error_t error;
    json_t *tree = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &error);
    bool is_read = tree && read_message(&reader, tree, descriptor, &message);
    json_decref(tree);
    return is_read ? message : NULL;
}
