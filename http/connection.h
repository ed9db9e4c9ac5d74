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
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/list.h"
#include "http/deadline.h"
#include "http/loop.h"
#include "http/parser.h"

struct http_exchange;
struct http_response;
struct http_server;

enum {
    HTTP_READ_SIZE = 64 * 1024,       /* the server's buffer for reading */
    HTTP_LARGE_BODY_SIZE = 16 * 1024, /* from here on a body is sent from where it lies */
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

    struct http_deadline deadline;

    bool is_readable;
    bool is_blocked; /* the socket takes nothing at present */
    bool watches_writable;
    bool is_settling;
    bool is_half_closed; /* by the client */
    bool is_broken;
    bool closes;        /* after what is written */
    bool is_cut;        /* now */
    bool is_reset;      /* ... and in a way that the client notices */
    bool lingers;       /* the last answer is out: what still comes is discarded */
    bool is_full;       /* HTTP_FULL was said */
    bool has_continued; /* 100 was sent */
};

void http_connection_new(struct http_server *server, int fd);
/* For a client too many: answered with 503 at once. */
void http_connection_new_refused(struct http_server *server, int fd);
void http_connection_drop(struct http_connection *connection);
void http_connection_settle(struct http_connection *connection);
void http_connection_settle_later(struct http_connection *connection);
void http_connection_drain(struct http_connection *connection);
bool http_connection_is_busy(const struct http_connection *connection); /* with the application */
/* Answers what is being read. */
void http_connection_refuse(struct http_connection *connection, struct http_refusal refusal);

/* For the exchange. `body` may be empty. */
void http_connection_respond(
    struct http_connection *connection, const struct http_response *response, struct text body);
struct buffer *http_connection_output(struct http_connection *connection);
int http_connection_check_backlog(struct http_connection *connection); /* 0, HTTP_FULL */
void http_connection_end_exchange(struct http_connection *connection, bool keeps_alive);
/* Without more ado; with a reset when nothing else would show that the stream is incomplete. */
void http_connection_cut(struct http_connection *connection, bool with_reset);
