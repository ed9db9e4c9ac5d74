/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The API as the descriptors describe it, and whom to call for each of its routes. Made once, only
 * read afterwards.
 */

#include <stddef.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "gateway/gateway.h"
#include "gateway/traffic.h"
#include "gateway/transcode/route.h"
#include "gateway/transcode/schema.h"
#include "mesh/method.h"

struct channel;
struct loop;

/* A process that is called, whatever number of services it has. */
struct peer {
    const char *target;
    const char *name;
    struct channel *channel;
};

/* What stands behind a route. */
struct endpoint {
    const struct route *route;
    const struct method *method;
    struct channel *channel; /* NULL: it is answered by a survey */
    bool is_retried;         /* by the channel itself */
    struct traffic_route traffic;
};

struct api {
    struct schema *schema;
    struct router *router;
    struct endpoint *endpoints; /* by the index of the route */
    struct peer *peers;
    size_t peer_count;
    struct buffer openapi; /* the document */
};

/* The runtime's form of a method; lives for ever. */
const struct method *endpoint_method(const struct schema_method *described);

/* False, and a sentence appended, when the descriptors are unsound or a service has no target. */
_must_check_ bool api_init(struct api *api, struct loop *loop,
    const struct gateway_options *options, struct buffer *ret_error);
/* After the last call is done. */
void api_deinit(struct api *api);
