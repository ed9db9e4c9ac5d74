/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request and its answer. Made at the request's first byte; belongs to its connection while it
 * is read, then to the application until that ends it. Kept for reuse by the server afterwards.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"
#include "http/reader.h"
#include "http/server.h"

struct http_connection;

enum http_exchange_state {
    HTTP_EXCHANGE_READING,
    HTTP_EXCHANGE_HANDLED, /* the application has it */
    HTTP_EXCHANGE_BEGUN,   /* a stream */
};

struct http_exchange {
    struct list link; /* of the server's exchanges, in use or spare */
    struct http_server *server;
    struct http_connection *connection; /* NULL: gone */
    enum http_exchange_state state;
    struct http_reader reader;
    struct arena arena;
    struct buffer headers; /* of the answer */
    bool is_unframed;      /* a stream that only closing ends */
    bool has_no_body;      /* HEAD, or the status says so */
    void *user;
    void (*on_gone)(struct http_exchange *exchange);
    void (*on_writable)(struct http_exchange *exchange);
};

struct http_exchange *http_exchange_new(
    struct http_server *server, struct http_connection *connection);
void http_exchange_free(struct http_exchange *exchange); /* back to the server, or for good */
bool http_exchange_is_handled(const struct http_exchange *exchange);
/* Its connection is no more: tells the application, or frees what was only read. */
void http_exchange_lose(struct http_exchange *exchange);
