/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/wire_to_json.h"

#include "gateway/transcode/to_json.h"

/*
 * Encoders write fields by number and lists in one go. As long as that holds, fields are printed as
 * they are read; a message where it does not is started over with an index of its fields.
 */

enum { OUT_OF_ORDER = 2, ONEOF_BITS = 64 }; /* OUT_OF_ORDER stands next to 0, TRANSCODE_INVALID */

/* Parts that were merged stand elsewhere and have no offset. */
int to_json_malformed(struct to_json *to, const struct step *step, const uint8_t *at) {
    uintptr_t begin = (uintptr_t)to->wire.data, place = (uintptr_t)at;
    bool is_inside = place >= begin && place - begin <= to->wire.size;
    size_t offset = is_inside ? place - begin : 0;
    return error_at(to->error, to->arena, step, offset, "is no valid protobuf message");
}

static void print_text_after_comma(struct to_json *to, struct text text, bool *is_first) {
    char *at = buffer_reserve(to->out, text.size + 1), *end = at;
    if (!*is_first)
        *end++ = ',';
    *is_first = false;
    memcpy(end, text.data, text.size);
    to->out->size += (size_t)(end - at) + text.size;
}

/* Fields that are not set, from one index up to another. */
static void print_absent(struct to_json *to, const struct schema_message *message, size_t from,
    size_t before, bool *is_first) {
    if (to->zeros == JSON_ZEROS_OMITTED)
        return;
    for (size_t i = from; i < before; i++) {
        const struct schema_field *field = &message->fields[i];
        if (field->zero.size > 0) {
            print_text_after_comma(to, field->zero, is_first);
        } else if (to->zeros == JSON_ZEROS_ALL && field_is_message(field) && field->oneof < 0) {
            print_text_after_comma(to, field->key, is_first);
            to_json_raw(to, TEXT("null"));
        }
    }
}

static bool is_packed_value(const struct schema_field *field, const struct wire_field *value) {
    return value->type == WIRE_BYTES && field->wire_type != WIRE_BYTES;
}

/* The field that bytes belong to; NULL when it is unknown or of another type. */
static const struct schema_field *known_field(
    const struct schema_message *message, const struct wire_field *value) {
    const struct schema_field *field = schema_field_numbered(message, value->number);
    if (!field || value->type == field->wire_type)
        return field;
    bool is_packable = field->wire_type != WIRE_BYTES && field->wire_type != WIRE_GROUP;
    return field->is_repeated && is_packable && value->type == WIRE_BYTES ? field : NULL;
}

/* Lists. `item` counts along. */

static int print_packed(struct to_json *to, struct step *item, const struct schema_field *field,
    const struct wire_field *packed) {
    struct wire_reader reader = wire_reader(packed->bytes);
    struct wire_field value = {.number = field->number, .type = field->wire_type};
    while (reader.at < reader.end) {
        bool is_read = field->wire_type == WIRE_VARINT
                           ? wire_read_varint(&reader, &value.value)
                           : wire_read_fixed(
                                 &reader, field->wire_type == WIRE_FIXED64 ? 8 : 4, &value.value);
        if (!is_read)
            return to_json_malformed(to, item, reader.at);
        if (item->index++ > 0)
            buffer_append_char(to->out, ',');
        int r = to_json_value(to, item, field, &value);
        if (r != 0)
            return r;
    }
    return 0;
}

static int print_item(struct to_json *to, struct step *item, const struct schema_field *field,
    const struct wire_field *value) {
    if (is_packed_value(field, value))
        return print_packed(to, item, field, value);
    if (item->index > 0)
        buffer_append_char(to->out, ',');
    int r = to_json_value(to, item, field, value);
    item->index++;
    return r;
}

static int print_list(struct to_json *to, const struct step *step, const struct schema_field *field,
    const struct occurrence *first) {
    struct step item = *step;
    item.index = 0;
    buffer_append_char(to->out, '[');
    for (; first; first = first->next) {
        int r = print_item(to, &item, field, &first->field);
        if (r != 0)
            return r;
    }
    buffer_append_char(to->out, ']');
    return 0;
}

/* The way without an index. */

/* Fields as they are read. */
struct in_order {
    struct wire_reader reader;
    struct wire_field value; /* read and, while is_pending, not yet printed */
    bool is_pending;
    bool is_checked; /* the order of those to come is known to be right */
    size_t next;     /* index of the first field that may come */
    uint64_t oneofs; /* those with a member */
};

/* 0 at the end. */
static int next_value(struct to_json *to, const struct step *step, struct in_order *fields) {
    const uint8_t *at = fields->reader.at;
    if (fields->is_pending || at == fields->reader.end)
        return 0;
    fields->is_pending = wire_read_field(&fields->reader, &fields->value);
    return fields->is_pending ? 0 : to_json_malformed(to, step, at);
}

static int print_list_in_order(struct to_json *to, const struct step *step,
    const struct schema_field *field, struct in_order *fields) {
    struct step item = *step;
    item.index = 0;
    buffer_append_char(to->out, '[');
    while (fields->is_pending && fields->value.number == field->number) {
        if (field->wire_type != fields->value.type && !is_packed_value(field, &fields->value))
            return OUT_OF_ORDER;
        fields->is_pending = false;
        int r = print_item(to, &item, field, &fields->value);
        if (r == 0)
            r = next_value(to, step, fields);
        if (r != 0)
            return r;
    }
    buffer_append_char(to->out, ']');
    return 0;
}

static struct occurrence *occurrence_new(struct arena *arena, const struct wire_field *value) {
    struct occurrence *one = arena_alloc(arena, sizeof(*one));
    *one = (struct occurrence){.field = *value};
    return one;
}

static int print_map_in_order(struct to_json *to, const struct step *step,
    const struct schema_field *field, struct in_order *fields) {
    struct occurrence *first = NULL, **last = &first;
    while (fields->is_pending && fields->value.number == field->number) {
        if (fields->value.type != WIRE_BYTES)
            return OUT_OF_ORDER;
        *last = occurrence_new(to->arena, &fields->value);
        last = &(*last)->next;
        fields->is_pending = false;
        int r = next_value(to, step, fields);
        if (r != 0)
            return r;
    }
    return to_json_map(to, step, field, first);
}

static int print_field_in_order(struct to_json *to, const struct step *parent,
    const struct schema_field *field, struct in_order *fields) {
    struct step step = {.parent = parent, .field = field, .index = STEP_NO_INDEX};
    if (field->is_map)
        return print_map_in_order(to, &step, field, fields);
    if (field->is_repeated)
        return print_list_in_order(to, &step, field, fields);
    fields->is_pending = false;
    return to_json_value(to, &step, field, &fields->value);
}

/* Whether the field may come now. */
static bool take_place(struct in_order *fields, const struct schema_field *field) {
    uint64_t oneof = field->oneof < 0 ? 0 : UINT64_C(1) << field->oneof % ONEOF_BITS;
    bool is_next = field->index >= fields->next && !(fields->oneofs & oneof);
    fields->oneofs |= oneof;
    fields->next = (size_t)field->index + 1;
    return is_next;
}

/* The same for all that follow. What is malformed is found when it is printed. */
static bool is_rest_in_order(
    const struct schema_message *message, struct in_order fields, const struct schema_field *last) {
    while (fields.reader.at < fields.reader.end) {
        if (!wire_read_field(&fields.reader, &fields.value))
            return true;
        const struct schema_field *field = known_field(message, &fields.value);
        if (!field || (field == last && field->is_repeated))
            continue;
        if (!take_place(&fields, field))
            return false;
        last = field;
    }
    return true;
}

static bool has_messages(const struct schema_field *field) {
    return field_is_message(field) && field->message->shape != SHAPE_TIMESTAMP;
}

/*
 * Before a message inside is printed the rest is looked at: if the outer one had to start over
 * behind it, the inner one would be printed twice, and at a hundred levels that doubles for ever.
 */
static bool check_rest(const struct schema_message *message, struct in_order *fields,
    const struct schema_field *field) {
    if (fields->is_checked || !has_messages(field))
        return true;
    fields->is_checked = true;
    return is_rest_in_order(message, *fields, field);
}

static int print_in_order(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire, bool *is_first) {
    struct in_order fields = {.reader = wire_reader(wire)};
    for (;;) {
        int r = next_value(to, step, &fields);
        if (r != 0)
            return r;
        if (!fields.is_pending)
            break;
        const struct schema_field *field = known_field(message, &fields.value);
        if (!field) {
            fields.is_pending = false;
            continue;
        }
        size_t before = fields.next;
        if (!take_place(&fields, field) || !check_rest(message, &fields, field))
            return OUT_OF_ORDER;
        print_absent(to, message, before, field->index, is_first);
        print_text_after_comma(to, field->key, is_first);
        r = print_field_in_order(to, step, field, &fields);
        if (r != 0)
            return r;
    }
    print_absent(to, message, fields.next, message->field_count, is_first);
    return 0;
}

/* The way with an index: for each field its occurrences in the order of the wire. */

struct index {
    struct occurrence **first;
    struct occurrence **last;
    const struct schema_field **oneofs; /* the member that was set last */
};

static void index_add(struct to_json *to, struct index *index, const struct schema_field *field,
    const struct wire_field *value) {
    struct occurrence *one = occurrence_new(to->arena, value);
    if (field->oneof >= 0) {
        const struct schema_field *before = index->oneofs[field->oneof];
        if (before && before != field)
            index->first[before->index] = NULL;
        index->oneofs[field->oneof] = field;
    }
    if (index->first[field->index])
        index->last[field->index]->next = one;
    else
        index->first[field->index] = one;
    index->last[field->index] = one;
}

static int index_fields(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire, struct index *ret_index) {
    size_t count = message->field_count;
    *ret_index = (struct index){
        .first = arena_zalloc(to->arena, count * sizeof(struct occurrence *)),
        .last = arena_zalloc(to->arena, count * sizeof(struct occurrence *)),
        .oneofs = arena_zalloc(to->arena, message->oneof_count * sizeof(struct schema_field *)),
    };
    struct wire_reader reader = wire_reader(wire);
    struct wire_field value;
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &value))
            return to_json_malformed(to, step, at);
        const struct schema_field *field = known_field(message, &value);
        if (field)
            index_add(to, ret_index, field, &value);
    }
    return 0;
}

struct text to_json_merged(struct to_json *to, const struct occurrence *first) {
    size_t size = 0;
    if (!first->next)
        return first->field.bytes;
    for (const struct occurrence *one = first; one; one = one->next)
        size += one->field.bytes.size;
    char *merged = arena_alloc(to->arena, size), *end = merged;
    for (const struct occurrence *one = first; one; one = one->next) {
        memcpy(end, one->field.bytes.data, one->field.bytes.size);
        end += one->field.bytes.size;
    }
    return (struct text){merged, size};
}

static int print_indexed_field(struct to_json *to, const struct step *parent,
    const struct schema_field *field, const struct occurrence *first,
    const struct occurrence *last) {
    struct step step = {.parent = parent, .field = field, .index = STEP_NO_INDEX};
    if (field->is_map)
        return to_json_map(to, &step, field, first);
    if (field->is_repeated)
        return print_list(to, &step, field, first);
    if (field_is_message(field))
        return to_json_message(to, &step, field->message, to_json_merged(to, first));
    return to_json_value(to, &step, field, &last->field);
}

static int print_indexed(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire, bool *is_first) {
    struct index index;
    int r = index_fields(to, step, message, wire, &index);
    for (size_t i = 0; r == 0 && i < message->field_count; i++) {
        const struct schema_field *field = &message->fields[i];
        if (!index.first[i]) {
            print_absent(to, message, i, i + 1, is_first);
            continue;
        }
        print_text_after_comma(to, field->key, is_first);
        r = print_indexed_field(to, step, field, index.first[i], index.last[i]);
    }
    return r;
}

int to_json_members(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire, bool *is_first) {
    size_t start = to->out->size;
    bool was_first = *is_first;
    int r = print_in_order(to, step, message, wire, is_first);
    if (r != OUT_OF_ORDER)
        return r;
    to->out->size = start;
    *is_first = was_first;
    return print_indexed(to, step, message, wire, is_first);
}

int to_json_message(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire) {
    if (to->depth == WIRE_DEPTH_MAX)
        return error_at(to->error, to->arena, step, 0, "is nested more than 100 levels deep");
    to->depth++;
    int r;
    if (message->shape != SHAPE_PLAIN) {
        r = to_json_special(to, step, message, wire);
    } else {
        bool is_first = true;
        buffer_append_char(to->out, '{');
        r = to_json_members(to, step, message, wire, &is_first);
        buffer_append_char(to->out, '}');
    }
    to->depth--;
    return r;
}

/* A field that is not set, alone. */
static void print_zero(struct to_json *to, const struct schema_field *field) {
    struct text zero = {field->zero.data + field->key.size, field->zero.size - field->key.size};
    to_json_raw(to, field->zero.size > 0 ? zero : TEXT("null"));
}

static int print_only(
    struct to_json *to, const struct schema_message *message, struct text wire, size_t only) {
    struct index index;
    int r = index_fields(to, NULL, message, wire, &index);
    if (r != 0)
        return r;
    const struct schema_field *field = &message->fields[only];
    if (index.first[only])
        return print_indexed_field(to, NULL, field, index.first[only], index.last[only]);
    print_zero(to, field);
    return 0;
}

int wire_to_json(const struct json_reply *reply, struct arena *arena, struct buffer *json,
    struct transcode_error *ret_error) {
    struct to_json to = {
        .out = json,
        .arena = arena,
        .error = ret_error,
        .schema = reply->schema,
        .zeros = reply->zeros,
        .wire = reply->wire,
    };
    if (reply->only)
        return print_only(&to, reply->message, reply->wire, reply->only->index);
    return to_json_message(&to, NULL, reply->message, reply->wire);
}
