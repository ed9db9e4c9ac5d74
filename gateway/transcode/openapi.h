/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The REST API as an OpenAPI 3.1 document: one operation per route, schemas of the messages they
 * reach, the comments of the protos as descriptions.
 */

#include <stddef.h>

#include "gateway/transcode/route.h"

struct buffer;

/* A header that binds a request's field, as transcode_extra does: shown as a parameter. */
struct openapi_header {
    const char *field; /* "request_id" */
    const char *name;  /* "Idempotency-Key" */
    const char *description;
};

struct openapi_info {
    const char *title;
    const char *version;
    const char *description;
    const struct openapi_header *headers;
    size_t header_count;
};

void openapi_append(
    struct buffer *json, const struct router *router, const struct openapi_info *info);
