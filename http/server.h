/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An HTTP/1.1 server on its own epoll loop: strict about what it accepts, keep-alive and
 * pipelining, chunked bodies in both directions, a limit on everything. It knows nothing of what it
 * serves.
 *
 *  1. handle runs on the server's loop once per complete, valid request. What the parser refuses is
 *     answered by on_refused (so that the application owns the body's form) and the connection
 *     closes.
 *  2. Whoever got the exchange ends it exactly once: http_reply(), or http_begin() ... http_end(),
 *     or http_abort(). At once or later, but on the loop's thread; other threads get there by
 *     http_post(). Afterwards it must not be touched. on_refused gets an exchange in the same way.
 *  3. When the client goes away first, on_gone runs once on the loop; the exchange stays valid
 *     until it is ended all the same, and writing to it is a harmless no-op. A half-closed client
 *     counts as gone. on_gone never runs within a call of the application's.
 *  4. http_write() takes the bytes at once. When it says HTTP_FULL (more than HTTP_BACKLOG_MAX
 *     bytes wait for a slow client) the writer waits for on_writable; a client that makes no
 *     progress for the stall timeout is dropped.
 *  5. Answers to pipelined requests leave in the order of the requests. At most one request per
 *     connection is being handled; the next is parsed when it has ended.
 *  6. Everything reached from the request (path, headers, body) lives until the exchange has ended.
 *  7. HTTP/1.0 is served and closed. An absolute http:// target is taken if it names the same host
 *     as Host. Whatever two readers could understand differently is refused: see http/head.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/task.h"
#include "base/text.h"

struct http_server;
struct http_exchange;

enum { HTTP_FULL = 1 };
enum {
    HTTP_HEADERS_MAX = 100,
    HTTP_HEAD_SIZE_MAX =
        16 * 1024, /* request line and headers: 431, 414 when the target alone is too long */
    HTTP_TARGET_SIZE_MAX = 8 * 1024,
    HTTP_BACKLOG_MAX = 64 * 1024,
};

struct http_header {
    struct text name;
    struct text value;
};

struct http_request {
    struct text method; /* "GET" */
    struct text target; /* as sent: "/v1/events?page_size=2" */
    struct text path;   /* raw, percent-encoded */
    struct text query;  /* raw, without '?' */
    const struct http_header *headers;
    size_t header_count;
    struct text body;
    bool has_body; /* also an empty one with Content-Length: 0 counts as none */
};

struct http_handler {
    void (*handle)(struct http_exchange *exchange, void *data);
    /* status is a 4xx or 5xx, why a sentence. The exchange has method and target when they were
     * understood. */
    void (*on_refused)(struct http_exchange *exchange, int status, const char *why, void *data);
    void *data;
};

struct http_server_options {
    int64_t body_size_max;    /* 0: 1 MiB -> 413 */
    int64_t connections_max;  /* 0: 10,000; beyond: refused with 503 */
    int64_t head_timeout_ms;  /* from first byte to the end of the head; 0: 10,000 -> 408 */
    int64_t body_timeout_ms;  /* 0: 30,000 -> 408 */
    int64_t idle_timeout_ms;  /* between requests; 0: 75,000 */
    int64_t stall_timeout_ms; /* a client that takes nothing; 0: 30,000 */
    const char *thread_name;
};

/* options NULL: the defaults. */
struct http_server *http_server_new(
    const struct http_handler *handler, const struct http_server_options *options);
/* Cuts what is still open (on_gone runs), runs the tasks that are still queued, frees exchanges
 * that nobody ended. Not on the loop. */
void http_server_free(struct http_server *server);
/* "host:port" before the start, up to four of them (port 0: any free one; no host: all addresses).
 * -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL ... */
_must_check_ int http_server_listen(struct http_server *server, const char *address, int *ret_port);
/* Runs the loop on a thread of its own, which takes no signals. */
void http_server_start(struct http_server *server);
/* Stops accepting, answers what is being handled with Connection: close, ends after timeout_ms at
 * the latest. Streams get on_gone at once. Blocks; not on the loop, which goes on until
 * http_server_free(), so that exchanges can still be ended. */
void http_server_drain(struct http_server *server, int64_t timeout_ms);

/* Runs on the loop. Any thread; wakes the loop once per burst. Posted from within handle it runs
 * when the requests at hand are handled: there a round's work is handed over in one go. */
void http_post(struct http_server *server, struct task *task);

/* A timer of the server's loop; loop thread only. */
struct http_timer;
struct http_timer *http_timer_new(
    struct http_server *server, void (*fired)(void *data), void *data);
void http_timer_start(struct http_timer *timer, int64_t delay_ms);
void http_timer_stop(struct http_timer *timer);
void http_timer_free(struct http_timer *timer);

/* --- an exchange --- */

const struct http_request *http_request(const struct http_exchange *exchange);
struct arena *http_arena(struct http_exchange *exchange);
struct http_server *http_exchange_server(struct http_exchange *exchange);
struct text http_request_header(
    const struct http_exchange *exchange, const char *name); /* the first, any case; or empty */
void http_set_user(struct http_exchange *exchange, void *user);
void *http_user(const struct http_exchange *exchange);
void http_on_gone(struct http_exchange *exchange, void (*on_gone)(struct http_exchange *exchange));
bool http_is_gone(const struct http_exchange *exchange);

/* Before the answer; name and value are copied. Content-Length, Date, Connection and
 * Transfer-Encoding are ours. The name is a constant of the program; the value may come from
 * elsewhere: its control characters, line breaks above all, become spaces. */
void http_add_header(struct http_exchange *exchange, const char *name, struct text value);
/* The whole answer in one write. HEAD gets no body. */
void http_reply(struct http_exchange *exchange, int status, struct text body);

/* A streamed answer (chunked). */
void http_begin(struct http_exchange *exchange, int status);
int http_write(struct http_exchange *exchange, struct text bytes); /* 0, HTTP_FULL */
/* Runs once after each HTTP_FULL. */
void http_on_writable(
    struct http_exchange *exchange, void (*on_writable)(struct http_exchange *exchange));
void http_end(struct http_exchange *exchange);
/* Cuts the connection without the final chunk, so that the client sees that the stream is
 * incomplete. */
void http_abort(struct http_exchange *exchange);

const char *http_status_text(int status); /* "Not Found" */
