/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A REST request to the bytes of an RPC's request, and the RPC's response to JSON. Nothing here
 * knows a socket. One thread per call; the schema and the router are shared.
 *
 *     enum route_outcome outcome = router_match(router, TEXT("GET"), path, &match);
 *     int r = transcode_request(schema, &match, &request, &arena, &wire, &error);
 *     ... call match.route->method->path with `wire`, get `reply` ...
 *     r = transcode_response(schema, match.route, reply, JSON_ZEROS_LISTED, &arena, &json, &error);
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/text.h"
#include "gateway/transcode/error.h"
#include "gateway/transcode/route.h"
#include "gateway/transcode/schema.h"
#include "gateway/transcode/wire_to_json.h"

struct arena;
struct buffer;

/*
 * A value that comes from a header: {"request_id", key, "the Idempotency-Key header"}. It binds the
 * request's string field of that proto name; where the request has none it is ignored.
 */
struct transcode_extra {
    struct text field;
    struct text value;
    const char *source; /* for sentences */
};

struct transcode_request {
    struct text query; /* behind the '?', raw; empty when there is none */
    struct text body;
    const struct transcode_extra *extras;
    size_t extra_count;
    bool ignores_unknown_fields;
    bool ignores_unknown_parameters; /* key, api_key, fields, alt, prettyPrint, utm_* always are */
};

/*
 * Appends the request's wire bytes. The path wins, then extras, then query or body; where they say
 * different things about one field the request is refused. Allocates in the arena only, and only
 * for what is escaped, bound or wrong: at most some sixteen times the size of query and body, which
 * the caller bounds, so the arena has no cap of its own.
 */
_must_check_ int transcode_request(const struct schema *schema, const struct route_match *match,
    const struct transcode_request *request, struct arena *arena, struct buffer *wire,
    struct transcode_error *ret_error);

/* Appends the JSON of one response message. */
_must_check_ int transcode_response(const struct schema *schema, const struct route *route,
    struct text wire, enum json_zeros zeros, struct arena *arena, struct buffer *json,
    struct transcode_error *ret_error);
