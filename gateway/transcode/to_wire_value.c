/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "gateway/transcode/scalar.h"
#include "gateway/transcode/to_wire.h"

static bool is_bytes(const struct schema_field *field) {
    return field->kind == KIND_STRING || field->kind == KIND_BYTES;
}

static bool is_null_value(const struct schema_field *field) {
    return field->kind == KIND_ENUM && field->enumeration->is_null_value;
}

bool to_wire_takes_null(const struct schema_field *field) {
    return is_null_value(field) ||
           (field->kind == KIND_MESSAGE && field->message->shape == SHAPE_VALUE);
}

/* Numbers, bools and enums. */

static void append_bits(struct to_wire *to, const struct schema_field *field, uint64_t bits) {
    char *at = buffer_reserve(to->out, WIRE_VARINT_SIZE_MAX), *end;
    if (field->wire_type == WIRE_VARINT)
        end = wire_put_varint(at, bits);
    else
        end = wire_put_fixed(at, bits, field->wire_type == WIRE_FIXED64 ? 8 : 4);
    to->out->size += (size_t)(end - at);
}

/* In a packed list the tag stands before all values. */
static int append_scalar(
    struct to_wire *to, const struct schema_field *field, uint64_t bits, bool keeps_zero) {
    if (bits == 0 && !keeps_zero)
        return 0;
    if (!field->is_packed)
        to_wire_tag(to, field);
    append_bits(to, field, bits);
    return 0;
}

static int scalar_from_string(struct to_wire *to, const struct step *step,
    const struct schema_field *field, uint64_t *ret_bits) {
    const char *begin = to->reader.at;
    struct json_string string;
    if (!json_read_string(&to->reader, &string))
        return to_wire_syntax(to, step);
    struct text text = to_wire_string(to, string);
    bool is_enum = field->kind == KIND_ENUM;
    if (is_enum && !names_get(&field->enumeration->names, text))
        return to->request->ignores_unknown ? VALUE_DROPPED
                                            : to_wire_mismatch(to, step, field, begin);
    if (field->kind == KIND_BOOL || !scalar_from_text(field, text, ret_bits))
        return to_wire_mismatch(to, step, field, begin);
    return 0;
}

static int scalar_from_json(struct to_wire *to, const struct step *step,
    const struct schema_field *field, uint64_t *ret_bits) {
    char c = json_peek(&to->reader);
    const char *begin = to->reader.at;
    if (c == '"')
        return scalar_from_string(to, step, field, ret_bits);
    if (c == '-' || (c >= '0' && c <= '9')) {
        struct number number;
        if (!json_read_number(&to->reader, &number))
            return to_wire_syntax(to, step);
        return scalar_from_number(field, &number, ret_bits)
                   ? 0
                   : to_wire_mismatch(to, step, field, begin);
    }
    *ret_bits = 0;
    if (field->kind == KIND_BOOL && json_take_word(&to->reader, TEXT("false")))
        return 0;
    *ret_bits = 1;
    if (field->kind == KIND_BOOL && json_take_word(&to->reader, TEXT("true")))
        return 0;
    *ret_bits = 0;
    if (is_null_value(field) && json_take_word(&to->reader, TEXT("null")))
        return 0;
    return to_wire_mismatch(to, step, field, begin);
}

static int write_scalar(struct to_wire *to, const struct step *step,
    const struct schema_field *field, bool keeps_zero) {
    uint64_t bits;
    int r = scalar_from_json(to, step, field, &bits);
    return r != 0 ? r : append_scalar(to, field, bits, keeps_zero);
}

/* Strings and bytes. */

static int append_bytes(struct to_wire *to, const struct schema_field *field, struct text bytes) {
    char *at = buffer_reserve(to->out, sizeof(field->tag) + WIRE_VARINT_SIZE_MAX + bytes.size);
    char *end = at;
    for (size_t i = 0; i < field->tag_size; i++)
        *end++ = field->tag[i];
    end = wire_put_varint(end, bytes.size);
    if (bytes.size > 0)
        memcpy(end, bytes.data, bytes.size);
    to->out->size += (size_t)(end - at) + bytes.size;
    return 0;
}

static int append_base64(struct to_wire *to, const struct step *step,
    const struct schema_field *field, struct text text, const char *begin) {
    to_wire_tag(to, field);
    size_t mark = wire_open_length(to->out), size;
    if (!base64_decode(text, buffer_reserve(to->out, base64_decoded_max(text.size)), &size))
        return to_wire_mismatch(to, step, field, begin);
    to->out->size += size;
    wire_close_length(to->out, mark);
    return 0;
}

static int append_unescaped(
    struct to_wire *to, const struct schema_field *field, struct json_string string) {
    to_wire_tag(to, field);
    size_t mark = wire_open_length(to->out);
    to->out->size += json_unescape(string, buffer_reserve(to->out, string.raw.size));
    wire_close_length(to->out, mark);
    return 0;
}

static int write_bytes(struct to_wire *to, const struct step *step,
    const struct schema_field *field, bool keeps_zero) {
    struct json_string string;
    bool is_string = json_peek(&to->reader) == '"';
    const char *begin = to->reader.at;
    if (!is_string)
        return to_wire_mismatch(to, step, field, begin);
    if (!json_read_string(&to->reader, &string))
        return to_wire_syntax(to, step);
    if (string.raw.size == 0 && !keeps_zero)
        return 0;
    if (field->kind == KIND_BYTES)
        return append_base64(to, step, field, to_wire_string(to, string), begin);
    return string.is_escaped ? append_unescaped(to, field, string)
                             : append_bytes(to, field, string.raw);
}

/* Messages. */

static int write_message(struct to_wire *to, const struct step *step,
    const struct schema_field *field, struct binding *parts) {
    to_wire_tag(to, field);
    if (field->kind == KIND_GROUP) {
        int r = to_wire_message(to, step, field->message, parts);
        if (r == 0)
            wire_append_tag(to->out, field->number, WIRE_GROUP_END);
        return r;
    }
    size_t mark = wire_open_length(to->out);
    int r = to_wire_message(to, step, field->message, parts);
    if (r == 0)
        wire_close_length(to->out, mark);
    return r;
}

int to_wire_value(struct to_wire *to, const struct step *step, const struct schema_field *field,
    struct binding *parts, bool keeps_zero) {
    if (field_is_message(field))
        return write_message(to, step, field, parts);
    return is_bytes(field) ? write_bytes(to, step, field, keeps_zero)
                           : write_scalar(to, step, field, keeps_zero);
}

/* From a text. */

static int refuse_text(struct to_wire *to, const struct step *step,
    const struct schema_field *field, struct text text) {
    return error_at(to->error, to->arena, step, 0, "%s, not \"%s\"",
        scalar_expectation(to->arena, field), error_excerpt(to->arena, text));
}

static int text_to_message(struct to_wire *to, const struct step *step,
    const struct schema_field *field, struct text text) {
    to_wire_tag(to, field);
    size_t mark = wire_open_length(to->out);
    if (field->message->shape == SHAPE_WRAPPER) {
        int r = to_wire_text(to, step, &field->message->fields[0], text, false);
        if (r != 0)
            return r;
    } else if (!to_wire_special_text(to, field->message, text, true)) {
        return refuse_text(to, step, field, text);
    }
    wire_close_length(to->out, mark);
    return 0;
}

static int text_to_bytes(struct to_wire *to, const struct step *step,
    const struct schema_field *field, struct text text, bool keeps_zero) {
    size_t size;
    if (text.size == 0 && !keeps_zero)
        return 0;
    if (field->kind == KIND_STRING)
        return text_is_utf8(text) ? append_bytes(to, field, text)
                                  : error_at(to->error, to->arena, step, 0, "must be valid UTF-8");
    char *decoded = arena_alloc(to->arena, base64_decoded_max(text.size));
    if (!base64_decode(text, decoded, &size))
        return refuse_text(to, step, field, text);
    return append_bytes(to, field, (struct text){decoded, size});
}

int to_wire_text(struct to_wire *to, const struct step *step, const struct schema_field *field,
    struct text text, bool keeps_zero) {
    uint64_t bits;
    if (field_is_message(field))
        return text_to_message(to, step, field, text);
    if (is_bytes(field))
        return text_to_bytes(to, step, field, text, keeps_zero);
    if (!scalar_from_text(field, text, &bits))
        return refuse_text(to, step, field, text);
    return append_scalar(to, field, bits, keeps_zero);
}

int to_wire_texts(struct to_wire *to, const struct step *step, const struct schema_field *field,
    const struct binding_value *values) {
    struct step item = *step;
    size_t mark = 0;
    item.index = 0;
    if (field->is_packed) {
        to_wire_tag(to, field);
        mark = wire_open_length(to->out);
    }
    for (; values; values = values->next, item.index++) {
        int r = to_wire_text(to, &item, field, values->text, true);
        if (r != 0)
            return r;
    }
    if (field->is_packed)
        wire_close_length(to->out, mark);
    return 0;
}
