/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a path, a query and headers say about a request, as a tree along its fields: a node has
 * either values or parts. One request, one tree, in its arena.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "gateway/transcode/error.h"
#include "gateway/transcode/schema.h"

struct arena;

struct binding_value {
    struct binding_value *next;
    struct text text;   /* decoded */
    const char *source; /* "the path", "the query", "the Idempotency-Key header" */
};

/* True when one text says it: scalars, enums, lists of them, times, durations, masks, wrappers. */
bool field_is_text(const struct schema_field *field);

struct binding {
    struct binding *next;
    const struct schema_field *field;
    struct binding *parts; /* set field by field; else: */
    struct binding_value *values;
    struct binding_value *last_value;
    bool is_body; /* its value is the request's body, in addition to its parts */
    /* While it is written: */
    bool is_written;
    size_t at; /* where in the output, to compare with what the body says */
    size_t size;
};

struct bindings {
    struct arena *arena;
    struct transcode_error *error;
    struct binding *first;
};

struct binding *bindings_find(struct binding *first, const struct schema_field *field);

/* "id, name, startTime", for sentences. In the arena. */
const char *bindings_names(struct arena *arena, const struct schema_message *message);

/* The node of a field of the request itself, made when it is missing. */
struct binding *bindings_field(struct bindings *bindings, const struct schema_field *field);

/* Along `fields`, all but the last of which are messages; both texts are borrowed. */
void bindings_add(struct bindings *bindings, const struct schema_field *const *fields, size_t count,
    struct text text, const char *source);

/*
 * "event.start_time", in JSON names or proto names. TRANSCODE_INVALID when it names no field that
 * one text can set, or one that is no list and that this source has set before.
 */
_must_check_ int bindings_add_named(struct bindings *bindings, const struct schema_message *message,
    struct text name, struct text text, const char *source);
