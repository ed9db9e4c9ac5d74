/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/scalar.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"

enum { NAMES_SHOWN_MAX = 24 };

static uint64_t float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static uint64_t double_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static bool signed_bits(const struct schema_field *field, const struct number *number, int64_t min,
    int64_t max, uint64_t *ret_bits) {
    int64_t value;
    if (!number_to_i64(number, min, max, &value))
        return false;
    bool is_zigzag = field->kind == KIND_SINT32 || field->kind == KIND_SINT64;
    *ret_bits = is_zigzag ? wire_zigzag(value) : (uint64_t)value;
    return true;
}

bool scalar_from_number(
    const struct schema_field *field, const struct number *number, uint64_t *ret_bits) {
    float narrow;
    double wide;
    switch (field->kind) {
    case KIND_INT32:
    case KIND_SINT32:
    case KIND_SFIXED32:
    case KIND_ENUM:
        return signed_bits(field, number, INT32_MIN, INT32_MAX, ret_bits);
    case KIND_INT64:
    case KIND_SINT64:
    case KIND_SFIXED64:
        return signed_bits(field, number, INT64_MIN, INT64_MAX, ret_bits);
    case KIND_UINT32:
    case KIND_FIXED32:
        return number_to_u64(number, UINT32_MAX, ret_bits);
    case KIND_UINT64:
    case KIND_FIXED64:
        return number_to_u64(number, UINT64_MAX, ret_bits);
    case KIND_FLOAT:
        if (!number_to_float(number, &narrow))
            return false;
        *ret_bits = float_bits(narrow);
        return true;
    case KIND_DOUBLE:
        if (!number_to_double(number, &wide))
            return false;
        *ret_bits = double_bits(wide);
        return true;
    default:
        return false;
    }
}

static bool special_from_text(enum field_kind kind, struct text text, uint64_t *ret_bits) {
    double value;
    if (text_equal(text, TEXT("NaN")))
        value = (double)NAN;
    else if (text_equal(text, TEXT("Infinity")))
        value = (double)INFINITY;
    else if (text_equal(text, TEXT("-Infinity")))
        value = -(double)INFINITY;
    else
        return false;
    *ret_bits = kind == KIND_FLOAT ? float_bits((float)value) : double_bits(value);
    return true;
}

static bool bool_from_text(struct text text, uint64_t *ret_bits) {
    *ret_bits = text_equal(text, TEXT("true"));
    return *ret_bits || text_equal(text, TEXT("false"));
}

static bool enum_from_text(
    const struct schema_enum *enumeration, struct text text, uint64_t *ret_bits) {
    const struct schema_enum_value *value = names_get(&enumeration->names, text);
    if (!value)
        return false;
    *ret_bits = (uint64_t)(int64_t)value->number;
    return true;
}

bool scalar_from_text(const struct schema_field *field, struct text text, uint64_t *ret_bits) {
    struct number number;
    if (field->kind == KIND_BOOL)
        return bool_from_text(text, ret_bits);
    if (field->kind == KIND_ENUM && enum_from_text(field->enumeration, text, ret_bits))
        return true;
    bool is_float = field->kind == KIND_FLOAT || field->kind == KIND_DOUBLE;
    if (is_float && special_from_text(field->kind, text, ret_bits))
        return true;
    return number_parse(text, &number) && scalar_from_number(field, &number, ret_bits);
}

static const char *enum_expectation(struct arena *arena, const struct schema_enum *enumeration) {
    _cleanup_(buffer_deinit) struct buffer text = {0};
    buffer_append_string(&text, "must be one of ");
    for (size_t i = 0; i < enumeration->value_count && i < NAMES_SHOWN_MAX; i++) {
        buffer_append_string(&text, i ? ", " : "");
        buffer_append_text(&text, enumeration->values[i].name);
    }
    if (enumeration->value_count > NAMES_SHOWN_MAX)
        buffer_append_string(&text, ", ...");
    return arena_copy_text(arena, buffer_text(&text));
}

static const char *message_expectation(const struct schema_message *message) {
    switch (message->shape) {
    case SHAPE_TIMESTAMP:
        return "must be a time like \"2026-11-22T20:15:00Z\"";
    case SHAPE_DURATION:
        return "must be a duration in seconds like \"1.5s\"";
    case SHAPE_FIELD_MASK:
        return "must be field names with commas between like \"name,startTime\"";
    case SHAPE_LIST_VALUE:
        return "must be a list";
    default:
        return "must be an object";
    }
}

const char *scalar_expectation(struct arena *arena, const struct schema_field *field) {
    switch (field->kind) {
    case KIND_INT32:
    case KIND_SINT32:
    case KIND_SFIXED32:
        return "must be a whole number from -2147483648 to 2147483647";
    case KIND_INT64:
    case KIND_SINT64:
    case KIND_SFIXED64:
        return "must be a whole number from -9223372036854775808 to 9223372036854775807";
    case KIND_UINT32:
    case KIND_FIXED32:
        return "must be a whole number from 0 to 4294967295";
    case KIND_UINT64:
    case KIND_FIXED64:
        return "must be a whole number from 0 to 18446744073709551615";
    case KIND_FLOAT:
        return "must be a number of at most 3.4e38, \"NaN\", \"Infinity\" or \"-Infinity\"";
    case KIND_DOUBLE:
        return "must be a number of at most 1.8e308, \"NaN\", \"Infinity\" or \"-Infinity\"";
    case KIND_BOOL:
        return "must be true or false";
    case KIND_STRING:
        return "must be a string";
    case KIND_BYTES:
        return "must be a string in base64";
    case KIND_ENUM:
        return enum_expectation(arena, field->enumeration);
    default:
        return field->message->shape == SHAPE_WRAPPER
                   ? scalar_expectation(arena, &field->message->fields[0])
                   : message_expectation(field->message);
    }
}
