/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/key_set.h"
#include "gateway/transcode/to_json.h"

struct entry {
    struct wire_field key;
    struct occurrence *values;
    bool is_replaced; /* by a later entry of the same key */
};

/* Bits beyond the key's type do not tell keys apart. */
static uint64_t key_value(const struct schema_field *key, uint64_t bits) {
    switch (key->kind) {
    case KIND_BOOL:
        return bits != 0;
    case KIND_INT32:
    case KIND_UINT32:
    case KIND_SINT32:
        return (uint32_t)bits;
    default:
        return bits;
    }
}

static int read_entry(struct to_json *to, const struct step *step, const struct schema_field *key,
    const struct schema_field *value, struct text wire, struct entry *ret_entry) {
    struct wire_reader reader = wire_reader(wire);
    struct wire_field one;
    struct occurrence **last = &ret_entry->values;
    ret_entry->key = (struct wire_field){.bytes = TEXT("")};
    while (reader.at < reader.end) {
        const uint8_t *at = reader.at;
        if (!wire_read_field(&reader, &one))
            return to_json_malformed(to, step, at);
        if (one.number == key->number && one.type == key->wire_type)
            ret_entry->key = one;
        if (one.number != value->number || one.type != value->wire_type)
            continue;
        if (!field_is_message(value))
            last = &ret_entry->values; /* the last one counts; messages are merged */
        *last = arena_zalloc(to->arena, sizeof(**last));
        (*last)->field = one;
        last = &(*last)->next;
    }
    ret_entry->key.value = key_value(key, ret_entry->key.value);
    return 0;
}

static struct text key_bytes(const struct schema_field *key, const struct entry *entry) {
    if (key->kind == KIND_STRING)
        return entry->key.bytes;
    return (struct text){(const char *)&entry->key.value, sizeof(entry->key.value)};
}

static void mark_replaced(
    struct to_json *to, const struct schema_field *key, struct entry *entries, size_t count) {
    struct key_set keys = {0};
    for (size_t i = count; count > 1 && i-- > 0;)
        entries[i].is_replaced = !key_set_add(&keys, to->arena, key_bytes(key, &entries[i]));
}

static int print_key(struct to_json *to, const struct step *step, const struct schema_field *key,
    const struct wire_field *value) {
    size_t start = to->out->size;
    int r = to_json_value(to, step, key, value);
    if (r != 0)
        return r;
    if (to->out->data[start] != '"') { /* names are strings whatever the key is */
        buffer_append_string(to->out, "\"\"");
        size_t size = to->out->size - start - 2;
        memmove(to->out->data + start + 1, to->out->data + start, size);
        to->out->data[start] = '"';
        to->out->data[start + 1 + size] = '"';
    }
    buffer_append_char(to->out, ':');
    return 0;
}

static int print_entry(struct to_json *to, const struct step *step, const struct schema_field *key,
    const struct schema_field *value, const struct entry *entry) {
    struct wire_field absent = {.number = value->number, .bytes = TEXT("")};
    int r = print_key(to, step, key, &entry->key);
    if (r != 0)
        return r;
    if (field_is_message(value) && entry->values)
        return to_json_message(to, step, value->message, to_json_merged(to, entry->values));
    return to_json_value(to, step, value, entry->values ? &entry->values->field : &absent);
}

int to_json_map(struct to_json *to, const struct step *step, const struct schema_field *field,
    const struct occurrence *first) {
    const struct schema_field *key = schema_field_numbered(field->message, 1);
    const struct schema_field *value = schema_field_numbered(field->message, 2);
    struct step member = *step;
    size_t count = 0, printed = 0;
    for (const struct occurrence *one = first; one; one = one->next)
        count++;
    struct entry *entries = arena_zalloc(to->arena, count * sizeof(entries[0])), *entry = entries;
    for (; first; first = first->next) {
        int r = read_entry(to, step, key, value, first->field.bytes, entry++);
        if (r != 0)
            return r;
    }
    mark_replaced(to, key, entries, count);
    buffer_append_char(to->out, '{');
    for (size_t i = 0; i < count; i++) {
        if (entries[i].is_replaced)
            continue;
        if (printed++ > 0)
            buffer_append_char(to->out, ',');
        member.key = key->kind == KIND_STRING ? entries[i].key.bytes : (struct text){0};
        int r = print_entry(to, &member, key, value, &entries[i]);
        if (r != 0)
            return r;
    }
    buffer_append_char(to->out, '}');
    return 0;
}
