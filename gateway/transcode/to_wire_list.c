/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/key_set.h"
#include "gateway/transcode/scalar.h"
#include "gateway/transcode/to_wire.h"

static int write_items(struct to_wire *to, struct step *step, const struct schema_field *field) {
    bool is_first = true;
    for (step->index = 0; json_next_item(&to->reader, &is_first); step->index++) {
        bool is_null = json_peek(&to->reader) == 'n' && !to_wire_takes_null(field);
        if (is_null && json_take_word(&to->reader, TEXT("null")))
            return to_wire_refuse(
                to, step, to->reader.at, "%s, not null", scalar_expectation(to->arena, field));
        size_t mark = to->out->size;
        int r = to_wire_value(to, step, field, NULL, true);
        if (r == VALUE_DROPPED)
            to->out->size = mark;
        else if (r != 0)
            return r;
    }
    return to->reader.problem ? to_wire_syntax(to, step) : 0;
}

int to_wire_list(struct to_wire *to, const struct step *step, const struct schema_field *field) {
    struct step item = *step;
    if (json_peek(&to->reader) != '[')
        return to_wire_refuse_shape(to, step, "must be a list");
    if (!json_enter(&to->reader, '['))
        return to_wire_syntax(to, step);
    if (!field->is_packed)
        return write_items(to, &item, field);
    size_t start = to->out->size;
    to_wire_tag(to, field);
    size_t mark = wire_open_length(to->out);
    int r = write_items(to, &item, field);
    if (r == 0 && to->out->size == mark)
        to->out->size = start; /* an empty list is no field */
    else if (r == 0)
        wire_close_length(to->out, mark);
    return r;
}

static int write_entry(
    struct to_wire *to, struct step *step, const struct schema_field *field, struct key_set *keys) {
    const struct schema_field *key = schema_field_numbered(field->message, 1);
    const struct schema_field *value = schema_field_numbered(field->message, 2);
    size_t start = to->out->size;
    to_wire_tag(to, field);
    size_t mark = wire_open_length(to->out);
    int r = to_wire_text(to, step, key, step->key, true);
    if (r != 0)
        return r;
    struct text written = {to->out->data + mark, to->out->size - mark};
    if (!key_set_add(keys, to->arena, written))
        return to_wire_refuse(to, step, to->reader.at, "stands in the object twice");
    bool is_null = json_peek(&to->reader) == 'n' && !to_wire_takes_null(value);
    if (is_null && json_take_word(&to->reader, TEXT("null")))
        return to_wire_refuse(
            to, step, to->reader.at, "%s, not null", scalar_expectation(to->arena, value));
    r = to_wire_value(to, step, value, NULL, true);
    if (r == VALUE_DROPPED)
        to->out->size = start;
    else if (r == 0)
        wire_close_length(to->out, mark);
    return r == VALUE_DROPPED ? 0 : r;
}

int to_wire_map(struct to_wire *to, const struct step *step, const struct schema_field *field) {
    struct step entry = *step;
    struct key_set keys = {0};
    struct json_string key;
    bool is_first = true;
    if (json_peek(&to->reader) != '{')
        return to_wire_refuse_shape(to, step, "must be an object");
    if (!json_enter(&to->reader, '{'))
        return to_wire_syntax(to, step);
    while (json_next_key(&to->reader, &is_first, &key)) {
        entry.key = to_wire_string(to, key);
        int r = write_entry(to, &entry, field, &keys);
        if (r != 0)
            return r;
    }
    return to->reader.problem ? to_wire_syntax(to, step) : 0;
}
