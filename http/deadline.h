/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The timeouts of a connection. Which one runs follows from what it is doing; a client that takes
 * nothing of what we write has one of its own. They share a timer that is only ever moved forward:
 * when it fires it looks at the deadlines and sleeps on, so serving requests touches no heap.
 */

#include <stdint.h>

#include "http/loop.h"

struct http_connection;

enum { HTTP_LINGER_MS = 2 * 1000 };

enum http_phase {
    HTTP_PHASE_IDLE,
    HTTP_PHASE_HEAD,
    HTTP_PHASE_BODY,
    HTTP_PHASE_ANSWER, /* with the application, or on its way to the client */
    HTTP_PHASE_LINGER,
};

struct http_deadline {
    struct http_timer timer;
    enum http_phase phase;
    int64_t phase_ends_ms; /* INT64_MAX: never */
    int64_t stall_ends_ms;
    int queue_size; /* what lay in the socket when the client was last looked at */
};

void http_deadline_init(struct http_connection *connection);
void http_deadline_update(struct http_connection *connection); /* whenever something happened */
void http_deadline_forget(struct http_connection *connection); /* the current phase's */
/* The socket took no more; it took everything. */
void http_deadline_expect_progress(struct http_connection *connection);
void http_deadline_expect_nothing(struct http_connection *connection);
