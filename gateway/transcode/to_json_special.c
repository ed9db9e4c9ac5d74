/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "base/base64.h"
#include "gateway/transcode/json_text.h"
#include "gateway/transcode/to_json.h"
#include "gateway/transcode/well_known.h"

/* Field numbers of google/protobuf/struct.proto and any.proto. */
enum {
    STRUCT_FIELDS = 1,
    VALUE_NULL = 1,
    VALUE_NUMBER = 2,
    VALUE_STRING = 3,
    VALUE_BOOL = 4,
    VALUE_STRUCT = 5,
    VALUE_LIST = 6,
    ANY_TYPE = 1,
    ANY_VALUE = 2,
};

/* Times and durations. */

static int read_instant(struct to_json *to, const struct step *step, struct text wire,
    int64_t *ret_seconds, int32_t *ret_nanos) {
    struct wire_reader reader = wire_reader(wire);
    struct wire_field field;
    *ret_seconds = *ret_nanos = 0;
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &field))
            return to_json_malformed(to, step, at);
        if (field.number == 1 && field.type == WIRE_VARINT)
            *ret_seconds = (int64_t)field.value;
        if (field.number == 2 && field.type == WIRE_VARINT)
            *ret_nanos = (int32_t)field.value;
    }
    return 0;
}

static int print_instant(
    struct to_json *to, const struct step *step, enum message_shape shape, struct text wire) {
    int64_t seconds;
    int32_t nanos;
    int r = read_instant(to, step, wire, &seconds, &nanos);
    if (r != 0)
        return r;
    bool is_time = shape == SHAPE_TIMESTAMP;
    char *at = buffer_reserve(to->out, INSTANT_TEXT_SIZE + 2);
    size_t size = is_time ? timestamp_print(seconds, nanos, at + 1)
                          : duration_print(seconds, nanos, at + 1);
    if (size == 0)
        return error_at(to->error, to->arena, step, 0, "is out of range for a %s",
            is_time ? "time" : "duration");
    at[0] = at[size + 1] = '"';
    to->out->size += size + 2;
    return 0;
}

/* Masks. */

static int print_mask(struct to_json *to, const struct step *step, struct text wire) {
    struct wire_reader reader = wire_reader(wire);
    struct wire_field field;
    bool is_first = true;
    buffer_append_char(to->out, '"');
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &field))
            return to_json_malformed(to, step, at);
        if (field.number != 1 || field.type != WIRE_BYTES)
            continue;
        if (!is_first)
            buffer_append_char(to->out, ',');
        is_first = false;
        if (!mask_path_to_camel(field.bytes, to->out))
            return error_at(to->error, to->arena, step, 0,
                "has the path \"%s\", which JSON cannot carry",
                error_excerpt(to->arena, field.bytes));
    }
    buffer_append_char(to->out, '"');
    return 0;
}

/* Struct, Value, ListValue. */

static int print_list(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire) {
    struct wire_reader reader = wire_reader(wire);
    const struct schema_field *values = schema_field_numbered(message, 1);
    struct step item = step ? *step : (struct step){.field = values};
    struct wire_field field;
    item.index = 0;
    buffer_append_char(to->out, '[');
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &field))
            return to_json_malformed(to, step, at);
        if (field.number != values->number || field.type != WIRE_BYTES)
            continue;
        if (item.index > 0)
            buffer_append_char(to->out, ',');
        int r = to_json_message(to, &item, values->message, field.bytes);
        if (r != 0)
            return r;
        item.index++;
    }
    buffer_append_char(to->out, ']');
    return 0;
}

static int print_struct(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire) {
    struct wire_reader reader = wire_reader(wire);
    const struct schema_field *fields = schema_field_numbered(message, STRUCT_FIELDS);
    struct step member = step ? *step : (struct step){.field = fields, .index = STEP_NO_INDEX};
    struct occurrence *first = NULL, **last = &first;
    struct wire_field field;
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &field))
            return to_json_malformed(to, step, at);
        if (field.number != fields->number || field.type != WIRE_BYTES)
            continue;
        *last = arena_zalloc(to->arena, sizeof(**last));
        (*last)->field = field;
        last = &(*last)->next;
    }
    return to_json_map(to, &member, fields, first);
}

static int print_number(struct to_json *to, const struct step *step, uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof(value));
    if (!isfinite(value))
        return error_at(to->error, to->arena, step, 0, "is a number that JSON cannot carry");
    return to_json_double(to, value);
}

/* The last member of the oneof is the value; none at all is null. */
static int print_value(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire) {
    struct wire_reader reader = wire_reader(wire);
    struct wire_field field, value = {.number = VALUE_NULL};
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &field))
            return to_json_malformed(to, step, at);
        const struct schema_field *known = schema_field_numbered(message, field.number);
        if (known && known->wire_type == field.type)
            value = field;
    }
    if (value.number == VALUE_NULL)
        to_json_raw(to, TEXT("null"));
    else if (value.number == VALUE_NUMBER)
        return print_number(to, step, value.value);
    else
        return to_json_value(to, step, schema_field_numbered(message, value.number), &value);
    return 0;
}

/* Wrappers. */

static int print_wrapper(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire) {
    const struct schema_field *inner = &message->fields[0];
    struct wire_reader reader = wire_reader(wire);
    struct wire_field field, value = {.number = inner->number, .bytes = TEXT("")};
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &field))
            return to_json_malformed(to, step, at);
        if (field.number == inner->number && field.type == inner->wire_type)
            value = field;
    }
    return to_json_value(to, step, inner, &value);
}

/* Any. */

static int read_any(struct to_json *to, const struct step *step, struct text wire,
    struct text *ret_type, struct text *ret_value) {
    struct wire_reader reader = wire_reader(wire);
    struct wire_field field;
    *ret_type = *ret_value = TEXT("");
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &field))
            return to_json_malformed(to, step, at);
        if (field.number == ANY_TYPE && field.type == WIRE_BYTES)
            *ret_type = field.bytes;
        if (field.number == ANY_VALUE && field.type == WIRE_BYTES)
            *ret_value = field.bytes;
    }
    return 0;
}

static const struct schema_message *any_message(const struct to_json *to, struct text type) {
    const char *slash = memrchr(type.data, '/', type.size);
    if (!slash)
        return NULL;
    return schema_message(
        to->schema, (struct text){slash + 1, type.size - (size_t)(slash + 1 - type.data)});
}

static int print_any_value(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text value) {
    bool is_first = false;
    if (message && message->shape == SHAPE_PLAIN)
        return to_json_members(to, step, message, value, &is_first);
    to_json_raw(to, TEXT(",\"value\":"));
    if (message)
        return to_json_message(to, step, message, value);
    buffer_append_char(to->out, '"');
    base64_append(to->out, value);
    buffer_append_char(to->out, '"');
    return 0;
}

static int print_any(struct to_json *to, const struct step *step, struct text wire) {
    struct text type, value;
    int r = read_any(to, step, wire, &type, &value);
    if (r != 0)
        return r;
    if (type.size == 0 && value.size == 0) {
        to_json_raw(to, TEXT("{}"));
        return 0;
    }
    to_json_raw(to, TEXT("{\"@type\":"));
    r = to_json_string(to, step, type);
    if (r == 0)
        r = print_any_value(to, step, any_message(to, type), value);
    buffer_append_char(to->out, '}');
    return r;
}

int to_json_special(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire) {
    switch (message->shape) {
    case SHAPE_TIMESTAMP:
    case SHAPE_DURATION:
        return print_instant(to, step, message->shape, wire);
    case SHAPE_FIELD_MASK:
        return print_mask(to, step, wire);
    case SHAPE_STRUCT:
        return print_struct(to, step, message, wire);
    case SHAPE_LIST_VALUE:
        return print_list(to, step, message, wire);
    case SHAPE_VALUE:
        return print_value(to, step, message, wire);
    case SHAPE_WRAPPER:
        return print_wrapper(to, step, message, wire);
    default:
        return print_any(to, step, wire);
    }
}
