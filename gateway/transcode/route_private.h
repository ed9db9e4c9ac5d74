/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The tree behind a router, which route.c builds and route_match.c searches. */

#include "base/arena.h"
#include "base/map.h"
#include "gateway/transcode/route.h"

/* Routes that share segments and verb and differ in the HTTP method. */
struct ending {
    struct ending *next;
    struct text verb;
    struct method_route {
        struct method_route *next;
        const struct route *route;
    } * methods;
};

/* Behind a "**": segments that a path must end with. The longest stands first. */
struct tail {
    struct tail *next;
    const struct template_segment *segments;
    size_t count;
    struct ending *endings;
};

/* A place in the tree: all templates that agree up to here. */
struct node {
    struct map literals; /* of node */
    struct node *any;
    struct tail *tails;
    struct ending *endings;
};

struct router_tables {
    struct router router;
    struct arena arena;
    struct node root;
    struct map verbs; /* of ending; those that any route has */
};
