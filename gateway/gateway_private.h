/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of the gateway share; nobody outside gateway/ includes it. */

#include "base/buffer.h"
#include "gateway/cors.h"
#include "gateway/endpoint.h"
#include "gateway/gateway.h"
#include "gateway/gzip.h"
#include "gateway/traffic.h"

struct files;
struct http_server;
struct loop;
struct readiness;
struct survey;
struct upstreams;

enum { SCRATCH_KEPT_MAX = 256 * 1024 }; /* a huge reply's memory is given back */

struct gateway {
    struct gateway_options options; /* the defaults filled in */
    struct loop *loop;              /* of the calls */
    struct http_server *server;
    struct upstreams *upstreams;
    struct api api;
    struct cors cors;
    struct traffic traffic;
    struct readiness *readiness;
    struct files *files;   /* NULL: none */
    struct survey *survey; /* NULL: none */

    /* Scratch of the http loop, worth nothing from one turn to the next. */
    struct buffer wire;
    struct buffer json;
    struct gzip gzip;
};

static inline void scratch_trim(struct buffer *scratch) {
    if (scratch->capacity > SCRATCH_KEPT_MAX)
        buffer_deinit(scratch);
}
