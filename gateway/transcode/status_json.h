/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The body of every REST error: a google.rpc.Status as JSON, whether an RPC failed or the gateway
 * itself refuses.
 *
 *     {"code":3,"message":"...","details":[{"@type":"type.googleapis.com/...",...}]}
 */

#include <stddef.h>

#include "base/text.h"
#include "gateway/transcode/schema.h"

struct arena;
struct buffer;

/* HTTP status of a gRPC code; 500 for what is no code. */
int status_json_http(int code);

/*
 * An RPC's status. `details` is a serialized google.rpc.Status as in grpc-status-details-bin, of
 * which only the details are read; may be empty. A detail of an unknown type, or a malformed one,
 * shows its bytes in base64: an error is never lost over its details.
 */
void status_json_append(struct buffer *json, const struct schema *schema, struct arena *arena,
    int code, struct text message, struct text details);

struct status_json_violation {
    const char *field; /* "event.capacity" */
    const char *description;
};

/* An error of the gateway's own. */
struct status_json_error {
    int code;
    const char *reason; /* of an ErrorInfo: "UNKNOWN_ROUTE"; NULL: without */
    const char *message;
    const struct status_json_violation
        *violations; /* of a BadRequest; without when there is none */
    size_t violation_count;
};

void status_json_append_error(struct buffer *json, const struct status_json_error *error);
