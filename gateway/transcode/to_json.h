/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of wire_to_json. Functions append what they print and return 0 or TRANSCODE_INVALID.
 */

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/transcode/error.h"
#include "gateway/transcode/schema.h"
#include "gateway/transcode/wire.h"
#include "gateway/transcode/wire_to_json.h"

struct to_json {
    struct buffer *out;
    struct arena *arena;
    struct transcode_error *error;
    const struct schema *schema;
    enum json_zeros zeros;
    struct text wire; /* all of it, for offsets in errors */
    unsigned depth;
};

/* One field of the message on the wire, with the next of the same field. */
struct occurrence {
    struct occurrence *next;
    struct wire_field field;
};

/* wire_to_json.c */

/* A message's JSON, an object or its special form. */
int to_json_message(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire);
/* The members alone, without braces, a comma before each but the first. */
int to_json_members(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire, bool *is_first);
/* All payloads of one message field as one, which is what merging them means. */
struct text to_json_merged(struct to_json *to, const struct occurrence *first);

/* to_json_value.c: one value. */
int to_json_value(struct to_json *to, const struct step *step, const struct schema_field *field,
    const struct wire_field *value);
int to_json_string(struct to_json *to, const struct step *step, struct text text);
int to_json_double(struct to_json *to, double value);

/* to_json_map.c */
int to_json_map(struct to_json *to, const struct step *step, const struct schema_field *field,
    const struct occurrence *first);

/* to_json_special.c: messages whose JSON is not an object of their fields. */
int to_json_special(struct to_json *to, const struct step *step,
    const struct schema_message *message, struct text wire);

int to_json_malformed(struct to_json *to, const struct step *step, const uint8_t *at);

static inline void to_json_raw(struct to_json *to, struct text text) {
    buffer_append_text(to->out, text);
}
