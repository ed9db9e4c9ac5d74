/* SPDX-License-Identifier: Apache-2.0 */
#include "store/doc.h"

#include <assert.h>
#include <bson/bson.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { LENGTH_SIZE = 4, ITEM_NAME_SIZE = 11 };

/* --- writing --- */

/* Type, name and room for the value, whose place is returned. */
static char *add(struct buffer *buffer, bson_type_t type, const char *name, size_t value_size) {
    size_t name_size = strlen(name) + 1;
    char *at = buffer_reserve(buffer, 1 + name_size + value_size);
    *at++ = (char)type;
    memcpy(at, name, name_size);
    buffer->size += 1 + name_size + value_size;
    return at + name_size;
}

static void write_length(char *to, size_t length) {
    assert(length <= INT32_MAX);
    uint32_t little = htole32((uint32_t)length);
    memcpy(to, &little, sizeof(little));
}

size_t doc_begin(struct buffer *buffer) {
    buffer_reserve(buffer, LENGTH_SIZE);
    buffer->size += LENGTH_SIZE;
    return buffer->size - LENGTH_SIZE;
}

size_t doc_begin_document(struct buffer *buffer, const char *name) {
    add(buffer, BSON_TYPE_DOCUMENT, name, LENGTH_SIZE);
    return buffer->size - LENGTH_SIZE;
}

size_t doc_begin_array(struct buffer *buffer, const char *name) {
    add(buffer, BSON_TYPE_ARRAY, name, LENGTH_SIZE);
    return buffer->size - LENGTH_SIZE;
}

size_t doc_begin_item(struct buffer *buffer, uint32_t index) {
    char name[ITEM_NAME_SIZE] = {0};
    if (index < 10)
        name[0] = (char)('0' + index);
    else
        snprintf(name, sizeof(name), "%u", index);
    return doc_begin_document(buffer, name);
}

void doc_end(struct buffer *buffer, size_t start) {
    buffer_append_char(buffer, '\0');
    write_length(buffer->data + start, buffer->size - start);
}

void doc_add_int32(struct buffer *buffer, const char *name, int32_t value) {
    uint32_t little = htole32((uint32_t)value);
    memcpy(add(buffer, BSON_TYPE_INT32, name, sizeof(little)), &little, sizeof(little));
}

void doc_add_int64(struct buffer *buffer, const char *name, int64_t value) {
    uint64_t little = htole64((uint64_t)value);
    memcpy(add(buffer, BSON_TYPE_INT64, name, sizeof(little)), &little, sizeof(little));
}

void doc_add_bool(struct buffer *buffer, const char *name, bool value) {
    *add(buffer, BSON_TYPE_BOOL, name, 1) = value;
}

void doc_add_text(struct buffer *buffer, const char *name, struct text value) {
    char *at = add(buffer, BSON_TYPE_UTF8, name, LENGTH_SIZE + value.size + 1);
    write_length(at, value.size + 1);
    if (value.size > 0)
        memcpy(at + LENGTH_SIZE, value.data, value.size);
    at[LENGTH_SIZE + value.size] = '\0';
}

void doc_add_bytes(struct buffer *buffer, const char *name, const void *data, size_t size) {
    char *at = add(buffer, BSON_TYPE_BINARY, name, LENGTH_SIZE + 1 + size);
    write_length(at, size);
    at[LENGTH_SIZE] = BSON_SUBTYPE_BINARY;
    if (size > 0)
        memcpy(at + LENGTH_SIZE + 1, data, size);
}

/* --- reading --- */

static int find(struct text doc, const char *name, bson_type_t type, bson_iter_t *ret_field) {
    if (!bson_iter_init_from_data(ret_field, (const uint8_t *)doc.data, doc.size))
        return -EBADMSG;
    if (!bson_iter_find(ret_field, name))
        return ret_field->err_off ? -EBADMSG : DOC_ABSENT;
    return bson_iter_type(ret_field) == type ? 0 : -EBADMSG;
}

int doc_get_int32(struct text doc, const char *name, int32_t *ret_value) {
    bson_iter_t field;
    int r = find(doc, name, BSON_TYPE_INT32, &field);
    if (r == 0)
        *ret_value = bson_iter_int32_unsafe(&field);
    return r;
}

int doc_get_int64(struct text doc, const char *name, int64_t *ret_value) {
    bson_iter_t field;
    int r = find(doc, name, BSON_TYPE_INT64, &field);
    if (r == 0)
        *ret_value = bson_iter_int64_unsafe(&field);
    return r;
}

int doc_get_bool(struct text doc, const char *name, bool *ret_value) {
    bson_iter_t field;
    int r = find(doc, name, BSON_TYPE_BOOL, &field);
    if (r == 0)
        *ret_value = bson_iter_bool(&field);
    return r;
}

int doc_get_text(struct text doc, const char *name, struct text *ret_value) {
    bson_iter_t field;
    int r = find(doc, name, BSON_TYPE_UTF8, &field);
    if (r != 0)
        return r;
    uint32_t size;
    const char *data = bson_iter_utf8(&field, &size);
    *ret_value = (struct text){data, size};
    return 0;
}

int doc_get_bytes(struct text doc, const char *name, struct text *ret_value) {
    bson_iter_t field;
    int r = find(doc, name, BSON_TYPE_BINARY, &field);
    if (r != 0)
        return r;
    uint32_t size;
    const uint8_t *data;
    bson_iter_binary(&field, NULL, &size, &data);
    *ret_value = (struct text){(const char *)data, size};
    return 0;
}

int doc_to_json(struct text doc, struct buffer *json) {
    bson_t bson;
    size_t size;
    if (!bson_init_static(&bson, (const uint8_t *)doc.data, doc.size))
        return -EBADMSG;
    char *string = bson_as_relaxed_extended_json(&bson, &size);
    if (!string)
        return -EBADMSG;
    buffer_append(json, string, size);
    bson_free(string);
    return 0;
}
