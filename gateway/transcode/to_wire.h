/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inside of json_to_wire. Every function reads one value at the reader and appends it; a value
 * that was dropped (an unknown enum name, when those are ignored) has left nothing behind.
 */

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/transcode/error.h"
#include "gateway/transcode/json_reader.h"
#include "gateway/transcode/json_to_wire.h"
#include "gateway/transcode/schema.h"

enum { VALUE_DROPPED = 2 }; /* next to 0 and TRANSCODE_INVALID */

struct to_wire {
    struct json_reader reader;
    struct buffer *out;
    struct arena *arena;
    struct transcode_error *error;
    const struct json_request *request;
    /* What the body had, for the derived mask; unset until it was read. */
    const struct schema_field *body;
    struct binding *body_parts;
    const uint64_t *body_seen; /* a bit for each field */
};

/* json_to_wire.c */

/* The content of a message, without tag and length. */
int to_wire_message(struct to_wire *to, const struct step *step,
    const struct schema_message *message, struct binding *parts);
/* The members of an object; Any takes its type out of them. */
int to_wire_members(struct to_wire *to, const struct step *step,
    const struct schema_message *message, struct binding *parts, bool is_any);

/* to_wire_list.c: a list or map as a whole, with its tags. */
int to_wire_list(struct to_wire *to, const struct step *step, const struct schema_field *field);
int to_wire_map(struct to_wire *to, const struct step *step, const struct schema_field *field);

/* to_wire_value.c: one value of a field, with its tag. */
int to_wire_value(struct to_wire *to, const struct step *step, const struct schema_field *field,
    struct binding *parts, bool keeps_zero);
/* The same from a text. */
int to_wire_text(struct to_wire *to, const struct step *step, const struct schema_field *field,
    struct text text, bool keeps_zero);
/* Values of a list from texts, as one packed field where packed. */
int to_wire_texts(struct to_wire *to, const struct step *step, const struct schema_field *field,
    const struct binding_value *values);
bool to_wire_takes_null(const struct schema_field *field);

/* to_wire_special.c: the content of messages whose JSON is not an object of their fields. */
int to_wire_special(
    struct to_wire *to, const struct step *step, const struct schema_message *message);
/* Timestamp, Duration or FieldMask from a text; false when it is none. */
bool to_wire_special_text(
    struct to_wire *to, const struct schema_message *message, struct text text, bool is_lenient);

/* to_wire_error.c: sentences; all return TRANSCODE_INVALID. */
int to_wire_syntax(struct to_wire *to, const struct step *step);
/* The value that began at `begin` is not what the field expects. */
int to_wire_mismatch(struct to_wire *to, const struct step *step, const struct schema_field *field,
    const char *begin);
_printf_(4, 5) int to_wire_refuse(
    struct to_wire *to, const struct step *step, const char *at, const char *format, ...);

/* Shows the value that stands at the reader. */
int to_wire_refuse_shape(struct to_wire *to, const struct step *step, const char *expectation);

/* The text of a string, unescaped into the arena when it must be. */
struct text to_wire_string(struct to_wire *to, struct json_string string);

static inline void to_wire_tag(struct to_wire *to, const struct schema_field *field) {
    buffer_append(to->out, field->tag, field->tag_size);
}
