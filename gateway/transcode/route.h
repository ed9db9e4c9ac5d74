/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From an HTTP method and a path to an RPC. Every google.api.http rule of a schema is a route; they
 * are compiled once into a tree over segments and only read afterwards, by any number of threads.
 *
 * Paths are compared as they stand, before any decoding: a literal wins over "*", "*" over "**",
 * and where the better one leads nowhere the next is tried. The part behind a ':' of the last
 * segment is a verb only if a route for the segments before has that verb.
 */

#include <stddef.h>

#include "base/attr.h"
#include "base/text.h"
#include "gateway/transcode/schema.h"
#include "gateway/transcode/template.h"

struct buffer;

enum { ROUTE_FIELD_DEPTH_MAX = 8, ROUTE_ALLOW_SIZE = 128 };

enum route_body {
    ROUTE_BODY_NONE,
    ROUTE_BODY_ALL,   /* the request */
    ROUTE_BODY_FIELD, /* one field of it */
};

struct route_variable {
    const struct schema_field *fields[ROUTE_FIELD_DEPTH_MAX];
    size_t field_count;
    bool is_multi;
};

struct route {
    const struct schema_method *method;
    const struct schema_rule *rule; /* its verb is the HTTP method */
    struct template template;
    struct route_variable variables[TEMPLATE_VARIABLES_MAX];
    enum route_body body;
    const struct schema_field *body_field;
    const struct schema_field *response_field; /* NULL: the whole response */
    const struct schema_field *derived_mask;   /* update_mask of a PATCH with a body field */
    size_t index;                              /* in the router's routes */
};

struct router {
    struct route *routes;
    size_t route_count;
};

/*
 * NULL, with a sentence appended, when a rule is malformed, names what is no field, or asks for
 * what another rule asks for too. The schema must outlive the router.
 */
struct router *router_new(const struct schema *schema, struct buffer *ret_error);
void router_free(struct router *router);

enum route_outcome {
    ROUTE_FOUND = 0,
    ROUTE_NOT_FOUND,
    ROUTE_WRONG_METHOD, /* `allow` is filled */
    ROUTE_BAD_PATH,     /* unsound escapes, "." or ".." as a segment, no slash in front */
};

struct route_match {
    const struct route *route;
    struct text captures[TEMPLATE_VARIABLES_MAX]; /* raw, borrowed from the path */
    char allow[ROUTE_ALLOW_SIZE];                 /* "GET, HEAD, PATCH" */
};

/* The path without the query. HEAD takes GET's route. */
enum route_outcome router_match(const struct router *router, struct text http_method,
    struct text path, struct route_match *ret_match);
