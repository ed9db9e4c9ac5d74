/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A struct as a document: its fields are listed once, in a table that serves both ways.
 *
 *     static const struct doc_field hall_fields[] = {
 *         DOC_STRING(struct hall, name, "name", .required = true),
 *         DOC_INT32(struct hall, capacity, "capacity"),
 *     };
 *     static const struct doc_table halls = DOC_TABLE(struct hall, hall_fields);
 *     static const struct doc_field place_fields[] = {
 *         DOC_BYTES(struct place, id, "id", .required = true),
 *         DOC_LIST(struct place, halls, hall_count, &halls, HALLS_MAX, "halls"),
 *     };
 *     static const struct doc_table places = DOC_TABLE(struct place, place_fields);
 *
 *     doc_encode(&places, &place, &buffer);
 *     r = doc_decode(&places, document, &arena, &place);
 *
 * Names are stored, so they never change; a member may. Writing leaves out empty texts and lists.
 * Reading gives zero to a field that is not there, unless it is required, so a field can be added;
 * and passes over names that it does not know, so one can be dropped.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/buffer.h"
#include "base/text.h"

enum doc_kind {
    DOC_KIND_INT32,
    DOC_KIND_INT64,
    DOC_KIND_BOOL,
    DOC_KIND_BYTES,
    DOC_KIND_CHARS,
    DOC_KIND_STRING,
    DOC_KIND_TEXT,
    DOC_KIND_ITEMS,
    DOC_KIND_LIST,
};

struct doc_table;

struct doc_field {
    const char *name;
    enum doc_kind kind;
    bool required;
    uint32_t offset;
    uint32_t size; /* of the member */
    const struct doc_table *items;
    uint32_t count_offset;
    uint32_t count_max;
};

enum { DOC_FIELDS_MAX = 64 };

struct doc_table {
    const struct doc_field *fields;
    size_t field_count;
    size_t size; /* of the struct */
};

/* Appends the document. */
void doc_encode(const struct doc_table *table, const void *record, struct buffer *buffer);
/*
 * 0, or -EBADMSG: not BSON, a field of another type or size, a required field missing, more items
 * than fit. *ret_record is then of no use. Strings and lists are put into the arena; texts too, or
 * with no arena they point into the document. Without such fields the arena may be NULL.
 */
_must_check_ int doc_decode(
    const struct doc_table *table, struct text doc, struct arena *arena, void *ret_record);

/* Every field ends with its name, then `.required = true` if it is. */
#define DOC_TABLE(type, fields)                                                                    \
    { fields, ARRAY_SIZE(fields), sizeof(type) }

/* int32_t, or an enum */
#define DOC_INT32(type, member, ...)                                                               \
    DOC_FIELD(INT32, type, member, sizeof(DOC_OF(type, member)) == 4, .name = __VA_ARGS__)
/* int64_t or uint64_t */
#define DOC_INT64(type, member, ...)                                                               \
    DOC_FIELD(INT64, type, member,                                                                 \
        DOC_IS(type, member, int64_t) || DOC_IS(type, member, uint64_t), .name = __VA_ARGS__)
#define DOC_BOOL(type, member, ...)                                                                \
    DOC_FIELD(BOOL, type, member, DOC_IS(type, member, bool), .name = __VA_ARGS__)
/* exactly these bytes: an array or a struct without padding, such as a binary id */
#define DOC_BYTES(type, member, ...) DOC_FIELD(BYTES, type, member, true, .name = __VA_ARGS__)
/* char [N], NUL-terminated */
#define DOC_CHARS(type, member, ...)                                                               \
    DOC_FIELD(CHARS, type, member, DOC_IS(type, member, char[sizeof(DOC_OF(type, member))]),       \
        .name = __VA_ARGS__)
/* const char *, NULL when absent */
#define DOC_STRING(type, member, ...)                                                              \
    DOC_FIELD(STRING, type, member,                                                                \
        DOC_IS(type, member, const char *) || DOC_IS(type, member, char *), .name = __VA_ARGS__)
/* struct text */
#define DOC_TEXT(type, member, ...)                                                                \
    DOC_FIELD(TEXT, type, member, DOC_IS(type, member, struct text), .name = __VA_ARGS__)
/* item[N] within the struct and a uint32_t count */
#define DOC_ITEMS(type, member, count, table, ...)                                                 \
    DOC_FIELD(ITEMS, type, member, DOC_IS(type, count, uint32_t), .items = table,                  \
        .count_offset = offsetof(type, count),                                                     \
        .count_max = sizeof(DOC_OF(type, member)) / sizeof(DOC_OF(type, member)[0]),               \
        .name = __VA_ARGS__)
/* item *, in the arena, at most `max` of them, and a uint32_t count */
#define DOC_LIST(type, member, count, table, max, ...)                                             \
    DOC_FIELD(LIST, type, member, DOC_IS(type, count, uint32_t), .items = table,                   \
        .count_offset = offsetof(type, count), .count_max = max, .name = __VA_ARGS__)

/* --- the parts of the above --- */

#define DOC_OF(type, member) (((type *)0)->member)
#define DOC_IS(type, member, expected)                                                             \
    __builtin_types_compatible_p(__typeof__(DOC_OF(type, member)), expected)
/* The kind; does not compile when the member is not of that kind. */
#define DOC_KIND(name, is_right)                                                                   \
    (DOC_KIND_##name + 0 * sizeof(struct { int member_fits_kind : (is_right) ? 1 : -1; }))
#define DOC_FIELD(name, type, member, is_right, ...)                                               \
    {                                                                                              \
        .kind = DOC_KIND(name, is_right), .offset = offsetof(type, member),                        \
        .size = sizeof(DOC_OF(type, member)), __VA_ARGS__                                          \
    }
