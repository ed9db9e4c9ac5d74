/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>

#include "gateway/transcode/key_set.h"
#include "gateway/transcode/scalar.h"
#include "gateway/transcode/to_wire.h"
#include "gateway/transcode/well_known.h"

/* Field numbers of google/protobuf/struct.proto and any.proto. */
enum {
    STRUCT_FIELDS = 1,
    ENTRY_KEY = 1,
    ENTRY_VALUE = 2,
    VALUE_NULL = 1,
    VALUE_NUMBER = 2,
    VALUE_STRING = 3,
    VALUE_BOOL = 4,
    VALUE_STRUCT = 5,
    VALUE_LIST = 6,
    LIST_VALUES = 1,
    ANY_TYPE = 1,
    ANY_VALUE = 2,
};

/* Texts: times, durations, masks. */

static void append_instant(struct buffer *out, int64_t seconds, int32_t nanos) {
    if (seconds != 0) {
        wire_append_tag(out, 1, WIRE_VARINT);
        wire_append_varint(out, (uint64_t)seconds);
    }
    if (nanos != 0) {
        wire_append_tag(out, 2, WIRE_VARINT);
        wire_append_varint(out, (uint64_t)(int64_t)nanos);
    }
}

/* A name as protos spell it. Not each can be printed as JSON ("line_1"), but services know it. */
static bool append_proto_path(struct buffer *out, struct text path) {
    for (size_t i = 0; i < path.size; i++)
        if (!isalnum((unsigned char)path.data[i]) && path.data[i] != '_' && path.data[i] != '.')
            return false;
    buffer_append_text(out, path);
    return true;
}

/* People write proto names in queries; in JSON only what reads back the same is right. */
static bool append_mask_path(struct buffer *out, struct text path, bool is_lenient) {
    bool is_snake = is_lenient && path.size > 0 && memchr(path.data, '_', path.size);
    wire_append_tag(out, 1, WIRE_BYTES);
    size_t mark = wire_open_length(out);
    if (!(is_snake ? append_proto_path(out, path) : mask_path_to_snake(path, out)))
        return false;
    wire_close_length(out, mark);
    return true;
}

static bool append_mask(struct buffer *out, struct text text, bool is_lenient) {
    bool is_more = text.size > 0;
    while (is_more) {
        const char *end = text.data + text.size;
        struct text path = text_cut(&text, ',');
        is_more = path.data + path.size != end;
        if (!append_mask_path(out, path, is_lenient))
            return false;
    }
    return true;
}

bool to_wire_special_text(
    struct to_wire *to, const struct schema_message *message, struct text text, bool is_lenient) {
    int64_t seconds;
    int32_t nanos;
    if (message->shape == SHAPE_FIELD_MASK)
        return append_mask(to->out, text, is_lenient);
    bool is_time = message->shape == SHAPE_TIMESTAMP;
    if (!(is_time ? timestamp_parse : duration_parse)(text, &seconds, &nanos))
        return false;
    append_instant(to->out, seconds, nanos);
    return true;
}

/* The sentence of a field of this type. */
static int refuse_message(struct to_wire *to, const struct step *step,
    const struct schema_message *message, const char *begin) {
    struct schema_field field = {.kind = KIND_MESSAGE, .message = message};
    return to_wire_mismatch(to, step, &field, begin);
}

static int write_text(
    struct to_wire *to, const struct step *step, const struct schema_message *message) {
    bool is_string = json_peek(&to->reader) == '"';
    const char *begin = to->reader.at;
    struct json_string string;
    if (!is_string)
        return refuse_message(to, step, message, begin);
    if (!json_read_string(&to->reader, &string))
        return to_wire_syntax(to, step);
    if (!to_wire_special_text(to, message, to_wire_string(to, string), false))
        return refuse_message(to, step, message, begin);
    return 0;
}

/* Struct, Value and ListValue: JSON as it is. */

static int write_json_value(struct to_wire *to, const struct step *step);

static int write_struct_entry(struct to_wire *to, const struct step *step, struct text key) {
    wire_append_tag(to->out, STRUCT_FIELDS, WIRE_BYTES);
    size_t entry = wire_open_length(to->out);
    wire_append_bytes(to->out, ENTRY_KEY, key);
    wire_append_tag(to->out, ENTRY_VALUE, WIRE_BYTES);
    size_t value = wire_open_length(to->out);
    int r = write_json_value(to, step);
    if (r != 0)
        return r;
    wire_close_length(to->out, value);
    wire_close_length(to->out, entry);
    return 0;
}

static int write_struct(struct to_wire *to, const struct step *step) {
    struct key_set keys = {0};
    struct json_string key;
    bool is_first = true;
    if (!json_enter(&to->reader, '{'))
        return to_wire_syntax(to, step);
    while (json_next_key(&to->reader, &is_first, &key)) {
        struct step member = {
            .parent = step, .key = to_wire_string(to, key), .index = STEP_NO_INDEX};
        if (!key_set_add(&keys, to->arena, member.key))
            return to_wire_refuse(to, &member, to->reader.at, "stands in the object twice");
        int r = write_struct_entry(to, &member, member.key);
        if (r != 0)
            return r;
    }
    return to->reader.problem ? to_wire_syntax(to, step) : 0;
}

static int write_list(struct to_wire *to, const struct step *step) {
    bool is_first = true;
    struct step item = step ? *step : (struct step){.index = STEP_NO_INDEX};
    if (!json_enter(&to->reader, '['))
        return to_wire_syntax(to, step);
    for (item.index = 0; json_next_item(&to->reader, &is_first); item.index++) {
        wire_append_tag(to->out, LIST_VALUES, WIRE_BYTES);
        size_t mark = wire_open_length(to->out);
        int r = write_json_value(to, &item);
        if (r != 0)
            return r;
        wire_close_length(to->out, mark);
    }
    return to->reader.problem ? to_wire_syntax(to, step) : 0;
}

static int write_nested(struct to_wire *to, const struct step *step, uint32_t number) {
    wire_append_tag(to->out, number, WIRE_BYTES);
    size_t mark = wire_open_length(to->out);
    int r = number == VALUE_STRUCT ? write_struct(to, step) : write_list(to, step);
    if (r == 0)
        wire_close_length(to->out, mark);
    return r;
}

static int write_json_string(struct to_wire *to, const struct step *step) {
    struct json_string string;
    if (!json_read_string(&to->reader, &string))
        return to_wire_syntax(to, step);
    wire_append_bytes(to->out, VALUE_STRING, to_wire_string(to, string));
    return 0;
}

static int write_json_number(struct to_wire *to, const struct step *step) {
    const char *begin = to->reader.at;
    struct number number;
    double value;
    if (!json_read_number(&to->reader, &number))
        return to_wire_syntax(to, step);
    if (!number_to_double(&number, &value))
        return to_wire_refuse(to, step, begin, "must be a number of at most 1.8e308");
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    wire_append_tag(to->out, VALUE_NUMBER, WIRE_FIXED64);
    to->out->size += (size_t)(wire_put_fixed(buffer_reserve(to->out, 8), bits, 8) -
                              (to->out->data + to->out->size));
    return 0;
}

static int write_json_word(struct to_wire *to, const struct step *step) {
    struct text value;
    if (!json_skip(&to->reader, &value))
        return to_wire_syntax(to, step);
    bool is_null = value.data[0] == 'n';
    wire_append_tag(to->out, is_null ? VALUE_NULL : VALUE_BOOL, WIRE_VARINT);
    wire_append_varint(to->out, value.data[0] == 't');
    return 0;
}

static int write_json_value(struct to_wire *to, const struct step *step) {
    switch (json_peek(&to->reader)) {
    case '{':
        return write_nested(to, step, VALUE_STRUCT);
    case '[':
        return write_nested(to, step, VALUE_LIST);
    case '"':
        return write_json_string(to, step);
    case 't':
    case 'f':
    case 'n':
        return write_json_word(to, step);
    default:
        return write_json_number(to, step);
    }
}

static int write_shape(
    struct to_wire *to, const struct step *step, const struct schema_message *message, char open) {
    if (json_peek(&to->reader) != open)
        return refuse_message(to, step, message, to->reader.at);
    return open == '{' ? write_struct(to, step) : write_list(to, step);
}

/* Any: its type may stand anywhere in the object, so it is looked for first. */

static int find_type(
    struct to_wire *to, const struct step *step, struct text *ret_type, bool *ret_is_empty) {
    struct json_string key, type;
    struct text value;
    bool is_first = true;
    *ret_is_empty = true;
    *ret_type = (struct text){0};
    if (!json_enter(&to->reader, '{'))
        return to_wire_syntax(to, step);
    while (json_next_key(&to->reader, &is_first, &key)) {
        *ret_is_empty = false;
        if (!text_equal(key.raw, TEXT("@type"))) {
            if (!json_skip(&to->reader, &value))
                return to_wire_syntax(to, step);
            continue;
        }
        if (ret_type->data)
            return to_wire_refuse(to, step, to->reader.at, "has @type twice");
        if (!json_read_string(&to->reader, &type))
            return to_wire_syntax(to, step);
        *ret_type = to_wire_string(to, type);
    }
    return to->reader.problem ? to_wire_syntax(to, step) : 0;
}

static const struct schema_message *resolve_type(struct to_wire *to, struct text type) {
    const char *slash = type.size ? memrchr(type.data, '/', type.size) : NULL;
    if (!slash)
        return NULL;
    size_t skipped = (size_t)(slash + 1 - type.data);
    return schema_message(to->request->schema, (struct text){slash + 1, type.size - skipped});
}

/* {"@type": ..., "value": ...} of a message whose JSON is no object of its fields. */
static int write_any_special(
    struct to_wire *to, const struct step *step, const struct schema_message *message) {
    struct json_string key;
    struct text ignored;
    bool is_first = true, has_value = false;
    if (!json_enter(&to->reader, '{'))
        return to_wire_syntax(to, step);
    while (json_next_key(&to->reader, &is_first, &key)) {
        struct step member = {
            .parent = step, .key = to_wire_string(to, key), .index = STEP_NO_INDEX};
        bool is_value = text_equal(key.raw, TEXT("value"));
        if (is_value && has_value)
            return to_wire_refuse(to, &member, to->reader.at, "stands in the object twice");
        if (!is_value && !text_equal(key.raw, TEXT("@type")) && !to->request->ignores_unknown)
            return to_wire_refuse(
                to, &member, to->reader.at, "may not stand here; allowed are: @type, value");
        has_value = has_value || is_value;
        int r = is_value                           ? to_wire_message(to, &member, message, NULL)
                : json_skip(&to->reader, &ignored) ? 0
                                                   : to_wire_syntax(to, &member);
        if (r != 0)
            return r;
    }
    if (!to->reader.problem && !has_value)
        return to_wire_refuse(to, step, to->reader.at, "lacks its \"value\"");
    return to->reader.problem ? to_wire_syntax(to, step) : 0;
}

static int write_any(
    struct to_wire *to, const struct step *step, const struct schema_message *message) {
    struct text type;
    bool is_empty;
    if (json_peek(&to->reader) != '{')
        return refuse_message(to, step, message, to->reader.at);
    struct json_reader start = to->reader;
    int r = find_type(to, step, &type, &is_empty);
    if (r != 0 || is_empty)
        return r;
    const struct schema_message *inner = resolve_type(to, type);
    if (!inner)
        return to_wire_refuse(to, step, start.at,
            "needs an \"@type\" like \"type.googleapis.com/package.Message\" that is known here");
    to->reader = start;
    wire_append_bytes(to->out, ANY_TYPE, type);
    wire_append_tag(to->out, ANY_VALUE, WIRE_BYTES);
    size_t mark = wire_open_length(to->out);
    r = inner->shape == SHAPE_PLAIN ? to_wire_members(to, step, inner, NULL, true)
                                    : write_any_special(to, step, inner);
    if (r == 0)
        wire_close_length(to->out, mark);
    return r;
}

/* A wrapper is its bare value. */
static int write_wrapper(
    struct to_wire *to, const struct step *step, const struct schema_message *message) {
    int r = to_wire_value(to, step, &message->fields[0], NULL, false);
    return r == VALUE_DROPPED ? 0 : r;
}

int to_wire_special(
    struct to_wire *to, const struct step *step, const struct schema_message *message) {
    switch (message->shape) {
    case SHAPE_ANY:
        return write_any(to, step, message);
    case SHAPE_STRUCT:
        return write_shape(to, step, message, '{');
    case SHAPE_LIST_VALUE:
        return write_shape(to, step, message, '[');
    case SHAPE_VALUE:
        return write_json_value(to, step);
    case SHAPE_WRAPPER:
        return write_wrapper(to, step, message);
    default:
        return write_text(to, step, message);
    }
}
