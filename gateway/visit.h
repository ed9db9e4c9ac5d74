/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request on its way through the gateway: its exchange, and what everybody who handles it needs
 * to know. Lives in the exchange's arena and therefore until the exchange has ended. Whatever is
 * answered goes through here, so that headers, numbers and lines are the same everywhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "base/trace.h"

struct arena;
struct gateway;
struct http_exchange;
struct http_request;
struct span;
struct traffic_route;

enum { REQUEST_ID_SIZE_MAX = 128 };

struct visit {
    struct gateway *gateway;
    struct http_exchange *exchange;
    const struct http_request *request;
    struct arena *arena;
    struct traffic_route *traffic;
    int64_t started_us;
    struct trace trace;     /* our own span, below the client's if it has one */
    struct span *span;      /* NULL: not recorded */
    bool has_parent;        /* the client said where it comes from */
    bool has_request_id;    /* the client gave it */
    struct text request_id; /* the client's, or the trace's id */
};

struct visit *visit_new(struct gateway *gateway, struct http_exchange *exchange);

struct text visit_header(const struct visit *visit, const char *name); /* empty: absent */
bool visit_is_read(const struct visit *visit);                         /* GET or HEAD */

/* Ends the visit: neither it nor its exchange may be touched afterwards. */
void visit_reply(struct visit *visit, int status, const char *content_type, struct text body);
void visit_reply_empty(struct visit *visit, int status);
/* What goes before http_begin(): the headers that every answer has. */
void visit_begin(struct visit *visit, int status);
