/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A descriptor set made of rules, for routes that no proto of ours has. */

#include "stand.h"

struct rule {
    const char *method;  /* name of the RPC; the same again is a further binding */
    const char *verb;    /* "GET" */
    const char *pattern; /* "/a/{name}" */
    const char *body;
};

/*
 * Service r.S with these methods. The request r.M has the strings a, b, c, d, name, message m of
 * the same, repeated string list, optional int32 o.
 */
void rules_set(const struct rule *rules, size_t count, struct buffer *ret_set);

/* A schema and its router; what is wrong with either is appended to the error. */
struct rules {
    struct schema *schema;
    struct router *router;
    struct buffer error;
};

void rules_init(struct rules *rules, const struct rule *list, size_t count);
void rules_deinit(struct rules *rules);
