/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A document while it is written. */

#include "gateway/transcode/openapi.h"
#include "gateway/transcode/openapi_schema.h"

/* Routes whose paths differ at most in the names of their variables. */
struct path_group {
    struct path_group *next;
    const char *shape;         /* "/v1/events/{}" */
    const struct route *first; /* names the variables */
};

struct document {
    struct json_writer writer;
    struct arena arena;
    struct openapi_types types;
    const struct openapi_info *info;
    const struct router *router;
    struct path_group *groups;
    struct map services; /* the first of each name */
};

/* "/v1/events/{eventId}"; without names, "{}" stands for each. In the arena. */
const char *openapi_path(struct arena *arena, const struct route *route, bool has_names);

/* openapi_parameters.c: the list of parameters. `named` is whose names the path has. */
void openapi_parameters(
    struct document *document, const struct route *route, const struct route *named);
