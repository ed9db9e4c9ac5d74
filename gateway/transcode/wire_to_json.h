/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Wire bytes to canonical proto3 JSON in one pass. Fields stand in the order of their numbers,
 * whatever the order on the wire; unknown ones are left out. An Any of a type that the schema lacks
 * keeps its bytes: {"@type": ..., "value": base64}.
 */

#include <stddef.h>

#include "base/attr.h"
#include "base/text.h"
#include "gateway/transcode/error.h"
#include "gateway/transcode/schema.h"

struct arena;
struct buffer;

/* What is written for fields that are not set. */
enum json_zeros {
    JSON_ZEROS_LISTED, /* 0, "", false, the first enum value, [] and {}; no messages, no null */
    JSON_ZEROS_OMITTED,
    JSON_ZEROS_ALL, /* null for messages too */
};

struct json_reply {
    const struct schema *schema; /* where Any finds its types */
    const struct schema_message *message;
    const struct schema_field *only; /* print this field's value alone; NULL: the message */
    struct text wire;
    enum json_zeros zeros;
};

/*
 * Appends to `json`; on TRANSCODE_INVALID what it appended is undefined and the error is filled:
 * the bytes are malformed or hold what JSON cannot, a time beyond the year 9999 for one. The arena
 * is used for maps and for fields out of order only.
 */
_must_check_ int wire_to_json(const struct json_reply *reply, struct arena *arena,
    struct buffer *json, struct transcode_error *ret_error);
