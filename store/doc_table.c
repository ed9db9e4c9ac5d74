/* SPDX-License-Identifier: Apache-2.0 */
#include "store/doc_table.h"

#include <assert.h>
#include <bson/bson.h>
#include <errno.h>
#include <string.h>

#include "store/doc.h"

static uint32_t count_of(const struct doc_field *field, const void *record) {
    uint32_t count;
    memcpy(&count, (const char *)record + field->count_offset, sizeof(count));
    assert(count <= field->count_max);
    return count;
}

/* --- writing --- */

static void encode_text(const struct doc_field *field, struct text value, struct buffer *buffer) {
    if (value.size > 0 || field->required)
        doc_add_text(buffer, field->name, value);
}

static void encode_fields(const struct doc_table *table, const void *record, struct buffer *buffer);

static void encode_items(
    const struct doc_field *field, const char *items, uint32_t count, struct buffer *buffer) {
    if (count == 0 && !field->required)
        return;
    size_t array = doc_begin_array(buffer, field->name);
    for (uint32_t i = 0; i < count; i++) {
        size_t item = doc_begin_item(buffer, i);
        encode_fields(field->items, items + i * field->items->size, buffer);
        doc_end(buffer, item);
    }
    doc_end(buffer, array);
}

static void encode_field(const struct doc_field *field, const void *record, struct buffer *buffer) {
    const void *member = (const char *)record + field->offset;
    switch (field->kind) {
    case DOC_KIND_INT32:
        doc_add_int32(buffer, field->name, *(const int32_t *)member);
        break;
    case DOC_KIND_INT64:
        doc_add_int64(buffer, field->name, *(const int64_t *)member);
        break;
    case DOC_KIND_BOOL:
        doc_add_bool(buffer, field->name, *(const bool *)member);
        break;
    case DOC_KIND_BYTES:
        doc_add_bytes(buffer, field->name, member, field->size);
        break;
    case DOC_KIND_CHARS:
        encode_text(field, (struct text){member, strnlen(member, field->size)}, buffer);
        break;
    case DOC_KIND_STRING:
        encode_text(field, text_from(*(const char *const *)member), buffer);
        break;
    case DOC_KIND_TEXT:
        encode_text(field, *(const struct text *)member, buffer);
        break;
    case DOC_KIND_ITEMS:
        encode_items(field, member, count_of(field, record), buffer);
        break;
    case DOC_KIND_LIST:
        encode_items(field, *(const char *const *)member, count_of(field, record), buffer);
        break;
    }
}

static void encode_fields(
    const struct doc_table *table, const void *record, struct buffer *buffer) {
    for (size_t i = 0; i < table->field_count; i++)
        encode_field(&table->fields[i], record, buffer);
}

void doc_encode(const struct doc_table *table, const void *record, struct buffer *buffer) {
    size_t start = doc_begin(buffer);
    encode_fields(table, record, buffer);
    doc_end(buffer, start);
}

/* --- reading --- */

static int decode_bytes(const struct doc_field *field, bson_iter_t *value, void *member) {
    uint32_t size;
    const uint8_t *data;
    bson_iter_binary(value, NULL, &size, &data);
    if (size != field->size)
        return -EBADMSG;
    memcpy(member, data, size);
    return 0;
}

static struct text utf8_of(bson_iter_t *value) {
    uint32_t size;
    const char *data = bson_iter_utf8(value, &size);
    return (struct text){data, size};
}

/* For C strings: a NUL within would hide what follows. */
static bool has_nul(struct text text) {
    return memchr(text.data, '\0', text.size) != NULL;
}

static int decode_chars(const struct doc_field *field, struct text text, char *member) {
    if (text.size >= field->size || has_nul(text))
        return -EBADMSG;
    memcpy(member, text.data, text.size); /* the record was zeroed */
    return 0;
}

static int decode_string(struct text text, struct arena *arena, const char **member) {
    if (has_nul(text))
        return -EBADMSG;
    *member = arena_copy_text(arena, text);
    return 0;
}

static int decode_text(struct text text, struct arena *arena, struct text *member) {
    *member = arena ? (struct text){arena_copy_text(arena, text), text.size} : text;
    return 0;
}

static int decode_fields(
    const struct doc_table *table, bson_iter_t *fields, struct arena *arena, void *ret_record);

static int count_items(const struct doc_field *field, bson_iter_t *value, uint32_t *ret_count) {
    bson_iter_t item;
    uint32_t count = 0;
    if (!bson_iter_recurse(value, &item))
        return -EBADMSG;
    for (; bson_iter_next(&item); count++)
        if (count == field->count_max || !BSON_ITER_HOLDS_DOCUMENT(&item))
            return -EBADMSG;
    if (item.err_off)
        return -EBADMSG;
    *ret_count = count;
    return 0;
}

static int decode_items(const struct doc_field *field, bson_iter_t *value, struct arena *arena,
    char *items, uint32_t count) {
    bson_iter_t item, fields;
    bson_iter_recurse(value, &item);
    for (uint32_t i = 0; i < count; i++) {
        if (!bson_iter_next(&item) || !bson_iter_recurse(&item, &fields))
            return -EBADMSG;
        int r = decode_fields(field->items, &fields, arena, items + i * field->items->size);
        if (r < 0)
            return r;
    }
    return 0;
}

static int decode_list(
    const struct doc_field *field, bson_iter_t *value, struct arena *arena, void *record) {
    uint32_t count;
    int r = count_items(field, value, &count);
    if (r < 0)
        return r;
    char *items = (char *)record + field->offset;
    if (field->kind == DOC_KIND_LIST) {
        items = count > 0 ? arena_alloc(arena, count * field->items->size) : NULL;
        memcpy((char *)record + field->offset, &items, sizeof(items));
    }
    memcpy((char *)record + field->count_offset, &count, sizeof(count));
    return decode_items(field, value, arena, items, count);
}

static int decode_field(
    const struct doc_field *field, bson_iter_t *value, struct arena *arena, void *record) {
    static const bson_type_t types[] = {
        [DOC_KIND_INT32] = BSON_TYPE_INT32,
        [DOC_KIND_INT64] = BSON_TYPE_INT64,
        [DOC_KIND_BOOL] = BSON_TYPE_BOOL,
        [DOC_KIND_BYTES] = BSON_TYPE_BINARY,
        [DOC_KIND_CHARS] = BSON_TYPE_UTF8,
        [DOC_KIND_STRING] = BSON_TYPE_UTF8,
        [DOC_KIND_TEXT] = BSON_TYPE_UTF8,
        [DOC_KIND_ITEMS] = BSON_TYPE_ARRAY,
        [DOC_KIND_LIST] = BSON_TYPE_ARRAY,
    };
    if (bson_iter_type(value) != types[field->kind])
        return -EBADMSG;
    void *member = (char *)record + field->offset;
    switch (field->kind) {
    case DOC_KIND_INT32:
        *(int32_t *)member = bson_iter_int32_unsafe(value);
        return 0;
    case DOC_KIND_INT64:
        *(int64_t *)member = bson_iter_int64_unsafe(value);
        return 0;
    case DOC_KIND_BOOL:
        *(bool *)member = bson_iter_bool(value);
        return 0;
    case DOC_KIND_BYTES:
        return decode_bytes(field, value, member);
    case DOC_KIND_CHARS:
        return decode_chars(field, utf8_of(value), member);
    case DOC_KIND_STRING:
        return decode_string(utf8_of(value), arena, member);
    case DOC_KIND_TEXT:
        return decode_text(utf8_of(value), arena, member);
    case DOC_KIND_ITEMS:
    case DOC_KIND_LIST:
        return decode_list(field, value, arena, record);
    }
    return -EBADMSG;
}

/* Documents are written in the table's order, so the field looked for is mostly the next one. */
static size_t field_named(const struct doc_table *table, const char *name, size_t next) {
    for (size_t i = 0; i < table->field_count; i++) {
        size_t index = next + i < table->field_count ? next + i : next + i - table->field_count;
        if (strcmp(table->fields[index].name, name) == 0)
            return index;
    }
    return table->field_count;
}

static bool has_required(const struct doc_table *table, uint64_t seen) {
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i].required && !(seen >> i & 1))
            return false;
    return true;
}

static int decode_fields(
    const struct doc_table *table, bson_iter_t *fields, struct arena *arena, void *ret_record) {
    assert(table->field_count <= DOC_FIELDS_MAX);
    memset(ret_record, 0, table->size);
    uint64_t seen = 0;
    for (size_t next = 0; bson_iter_next(fields);) {
        size_t index = field_named(table, bson_iter_key(fields), next);
        if (index == table->field_count)
            continue;
        if (seen >> index & 1) /* twice is not what anybody wrote */
            return -EBADMSG;
        int r = decode_field(&table->fields[index], fields, arena, ret_record);
        if (r < 0)
            return r;
        seen |= UINT64_C(1) << index;
        next = index + 1;
    }
    return fields->err_off || !has_required(table, seen) ? -EBADMSG : 0;
}

int doc_decode(
    const struct doc_table *table, struct text doc, struct arena *arena, void *ret_record) {
    bson_iter_t fields;
    if (!bson_iter_init_from_data(&fields, (const uint8_t *)doc.data, doc.size))
        return -EBADMSG;
    return decode_fields(table, &fields, arena, ret_record);
}
