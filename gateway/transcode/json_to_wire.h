/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Canonical proto3 JSON to wire bytes in one pass: no tree of values, no message objects. Names are
 * JSON names or proto names, duplicate and unknown ones are refused, and so is whatever a field
 * cannot hold; null means unset. Fields without presence that hold their zero are left out.
 */

#include <stdbool.h>

#include "gateway/transcode/bindings.h"
#include "gateway/transcode/error.h"
#include "gateway/transcode/schema.h"

struct arena;
struct buffer;

struct json_request {
    const struct schema *schema; /* where Any finds its types */
    const struct schema_message *message;
    struct text json;         /* read when has_json, or for the binding that is the body */
    bool has_json;            /* the message itself is in `json` */
    struct binding *bindings; /* win over what JSON says, which must not differ */
    bool ignores_unknown;     /* fields and names of enums */
    /*
     * A FieldMask of the message. When nothing sets it, it names the fields that the body carries
     * and no binding fixes.
     */
    const struct schema_field *derived_mask;
};

/* Appends to `wire`; on TRANSCODE_INVALID what it appended is undefined and the error is filled. */
_must_check_ int json_to_wire(const struct json_request *request, struct arena *arena,
    struct buffer *wire, struct transcode_error *ret_error);
