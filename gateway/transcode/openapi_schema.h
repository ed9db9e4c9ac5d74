/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* JSON Schemas of fields, messages and enums. */

#include "base/arena.h"
#include "base/map.h"
#include "gateway/transcode/json_writer.h"
#include "gateway/transcode/schema.h"

/* A message or an enum that the document describes once and refers to by name. */
struct openapi_type {
    const struct schema_message *message; /* or: */
    const struct schema_enum *enumeration;
    struct text name;   /* "Event"; the full name when another has that */
    bool is_in_request; /* callers may leave out what replies always carry */
    /* While the document is written: */
    bool is_mentioned;
    bool is_written;
};

/* All that a document may refer to. */
struct openapi_types {
    struct arena *arena;
    struct openapi_type **types;
    size_t count;
    size_t capacity;
    struct map by_full_name;
    struct map by_name;
};

void openapi_types_deinit(struct openapi_types *types);
/* With everything that it reaches. */
void openapi_types_add(
    struct openapi_types *types, const struct schema_message *message, bool is_in_request);

/* One field's value, a list or map as a whole. Writes an object. */
void openapi_field_schema(struct json_writer *writer, const struct openapi_types *types,
    const char *key, const struct schema_field *field);
/* Members of an object that is open: a reference, or what stands for a well-known message. */
void openapi_message_members(struct json_writer *writer, const struct openapi_types *types,
    const struct schema_message *message);
/* components.schemas: what was mentioned so far and what that mentions. */
void openapi_schemas(struct json_writer *writer, const struct openapi_types *types);
