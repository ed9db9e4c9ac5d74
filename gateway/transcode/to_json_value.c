/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "base/base64.h"
#include "gateway/transcode/json_text.h"
#include "gateway/transcode/number.h"
#include "gateway/transcode/to_json.h"

static void print_unsigned(struct to_json *to, uint64_t value, bool is_negative, bool is_quoted) {
    char *at = buffer_reserve(to->out, NUMBER_SIZE_MAX + 3), *end = at;
    if (is_quoted)
        *end++ = '"';
    if (is_negative)
        *end++ = '-';
    end += number_print_u64(value, end);
    if (is_quoted)
        *end++ = '"';
    to->out->size += (size_t)(end - at);
}

static int print_signed(struct to_json *to, int64_t value, bool is_quoted) {
    print_unsigned(to, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0, is_quoted);
    return 0;
}

/* True when it was one of the three that JSON has no number for. */
static bool print_special(struct to_json *to, double value) {
    if (isfinite(value))
        return false;
    to_json_raw(to, isnan(value) ? TEXT("\"NaN\"")
                    : value < 0  ? TEXT("\"-Infinity\"")
                                 : TEXT("\"Infinity\""));
    return true;
}

int to_json_double(struct to_json *to, double value) {
    if (!print_special(to, value))
        to->out->size += number_print_double(value, buffer_reserve(to->out, NUMBER_SIZE_MAX));
    return 0;
}

static int print_float(struct to_json *to, uint64_t bits) {
    float value;
    uint32_t narrow = (uint32_t)bits;
    memcpy(&value, &narrow, sizeof(value));
    if (!print_special(to, (double)value))
        to->out->size += number_print_float(value, buffer_reserve(to->out, NUMBER_SIZE_MAX));
    return 0;
}

static int print_double_bits(struct to_json *to, uint64_t bits) {
    double value;
    memcpy(&value, &bits, sizeof(value));
    return to_json_double(to, value);
}

static int print_enum(struct to_json *to, const struct schema_enum *enumeration, int32_t number) {
    const struct schema_enum_value *value = schema_enum_value(enumeration, number);
    if (enumeration->is_null_value)
        to_json_raw(to, TEXT("null"));
    else if (value)
        to_json_raw(to, value->quoted);
    else
        return print_signed(to, number, false);
    return 0;
}

int to_json_string(struct to_json *to, const struct step *step, struct text text) {
    if (json_append_string(to->out, text))
        return 0;
    return error_at(to->error, to->arena, step, 0, "is no valid UTF-8");
}

/* "event.start_time" as callers of the REST API know it. */
static int print_field_path(struct to_json *to, const struct step *step, struct text path) {
    char *camel = arena_alloc(to->arena, path.size), *end = camel;
    for (size_t i = 0; i < path.size; i++) {
        bool is_hump = path.data[i] == '_' && i + 1 < path.size && path.data[i + 1] >= 'a' &&
                       path.data[i + 1] <= 'z';
        if (is_hump)
            i++;
        *end++ = is_hump ? (char)(path.data[i] - 'a' + 'A') : path.data[i];
    }
    return to_json_string(to, step, (struct text){camel, (size_t)(end - camel)});
}

static int print_bytes(struct to_json *to, struct text bytes) {
    buffer_append_char(to->out, '"');
    base64_append(to->out, bytes);
    buffer_append_char(to->out, '"');
    return 0;
}

int to_json_value(struct to_json *to, const struct step *step, const struct schema_field *field,
    const struct wire_field *value) {
    switch (field->kind) {
    case KIND_STRING:
        return field->is_field_path ? print_field_path(to, step, value->bytes)
                                    : to_json_string(to, step, value->bytes);
    case KIND_MESSAGE:
    case KIND_GROUP:
        return to_json_message(to, step, field->message, value->bytes);
    case KIND_BYTES:
        return print_bytes(to, value->bytes);
    case KIND_ENUM:
        return print_enum(to, field->enumeration, (int32_t)value->value);
    case KIND_BOOL:
        to_json_raw(to, value->value ? TEXT("true") : TEXT("false"));
        return 0;
    case KIND_INT32:
    case KIND_SFIXED32:
        return print_signed(to, (int32_t)value->value, false);
    case KIND_SINT32:
        return print_signed(to, (int32_t)wire_unzigzag((uint32_t)value->value), false);
    case KIND_INT64:
    case KIND_SFIXED64:
        return print_signed(to, (int64_t)value->value, true);
    case KIND_SINT64:
        return print_signed(to, wire_unzigzag(value->value), true);
    case KIND_UINT32:
    case KIND_FIXED32:
        print_unsigned(to, (uint32_t)value->value, false, false);
        return 0;
    case KIND_UINT64:
    case KIND_FIXED64:
        print_unsigned(to, value->value, false, true);
        return 0;
    case KIND_FLOAT:
        return print_float(to, value->value);
    case KIND_DOUBLE:
        return print_double_bits(to, value->value);
    }
    return error_at(to->error, to->arena, step, 0, "has a type that is unknown");
}
