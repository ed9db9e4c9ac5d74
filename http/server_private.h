/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of the server share; nobody outside http/ includes it. */

#include <pthread.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/list.h"
#include "http/listener.h"
#include "http/loop.h"
#include "http/pool.h"
#include "http/response.h"
#include "http/server.h"

enum { HTTP_LISTENERS_MAX = 4 };

struct http_server {
    struct http_loop loop;
    struct http_handler handler;
    struct http_server_options options; /* the defaults filled in */
    struct http_listener listeners[HTTP_LISTENERS_MAX];
    size_t listener_count;
    struct list connections;
    size_t connection_count;
    struct list unsettled; /* connections to settle at the round's end */
    struct http_pool pool;
    struct http_date date;
    char *read_buffer; /* HTTP_READ_SIZE; what is read is taken or put aside before the next read */

    pthread_t thread;
    bool is_started;
    bool is_draining;
    struct http_drain *drain; /* somebody waits for the last connection to go */
};

void http_server_close_listeners(struct http_server *server);
void http_server_drop_connections(struct http_server *server);
/* A connection went: the last one ends a drain. */
void http_server_check_drained(struct http_server *server);
