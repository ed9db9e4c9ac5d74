/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One client's socket: reads requests, hands them out one at a time, writes the answers.
 *
 *  1. Everything that happens to a connection only notes it down; http_connection_settle() then
 *     brings it as far as it gets without waiting. So an answer given within handle() never
 *     recurses into the next request, and nothing the application calls ever frees a connection.
 *  2. An answer given later puts its connection on the server's list of unsettled ones; the round's
 *     end settles them, so several answers to one client leave in one write.
 *  3. The socket is edge-triggered: a request costs one recv() and one send(). While a request is
 *     being handled nothing is read, but EPOLLRDHUP still tells of the client's hang-up.
 *  4. Timeouts are compared when the timer fires: moving a deadline back costs no heap operation.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/list.h"
#include "http/loop.h"

struct http_exchange;
struct http_response;
struct http_server;

enum {
    HTTP_READ_SIZE = 64 * 1024,       /* the server's buffer for reading */
    HTTP_LARGE_BODY_SIZE = 16 * 1024, /* from here on a body is sent from where it lies */
    HTTP_LINGER_MS = 2 * 1000, /* reading on after the last answer, lest a reset overtake it */
};

enum http_phase {
    HTTP_PHASE_IDLE,
    HTTP_PHASE_HEAD,
    HTTP_PHASE_BODY,
    HTTP_PHASE_ANSWER, /* with the application, or on its way to the client */
    HTTP_PHASE_LINGERING,
};

struct http_connection {
    struct http_source source;
    struct http_server *server;
    struct list link;
    struct list unsettled; /* on the server's list of those */
    struct http_exchange *exchange;
    struct buffer input; /* pipelined requests that wait */
    size_t input_used;
    struct buffer output; /* what the socket did not take yet; borrowed from the server */
    size_t output_sent;

    enum http_phase phase;
    int64_t phase_deadline_ms;
    int64_t stall_deadline_ms;
    int stall_queue_size; /* what lay in the socket when the client was last looked at */
    struct http_timer timer;

    bool is_readable;
    bool is_blocked; /* the socket takes nothing at present */
    bool watches_writable;
    bool is_settling;
    bool is_half_closed; /* by the client */
    bool is_broken;
    bool closes; /* after what is written */
    bool is_cut; /* now */
    bool is_reset;
    bool is_full;
    bool has_continued; /* 100 was sent */
};

void http_connection_new(struct http_server *server, int fd);
/* For a client too many: answered with 503 at once. */
void http_connection_new_refused(struct http_server *server, int fd);
void http_connection_drop(struct http_connection *connection);
void http_connection_settle(struct http_connection *connection);
void http_connection_settle_later(struct http_connection *connection);
void http_connection_drain(struct http_connection *connection);

/* For the exchange. `body` may be empty. */
void http_connection_respond(
    struct http_connection *connection, const struct http_response *response, struct text body);
struct buffer *http_connection_output(struct http_connection *connection);
int http_connection_check_backlog(struct http_connection *connection); /* 0, HTTP_FULL */
void http_connection_end_exchange(struct http_connection *connection, bool keeps_alive);
/* Without more ado; with a reset when nothing else would show that the stream is incomplete. */
void http_connection_cut(struct http_connection *connection, bool with_reset);
