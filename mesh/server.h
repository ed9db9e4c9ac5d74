/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A gRPC server on a loop.
 *
 *     struct server *server = server_new(loop, &options);
 *     event_service_register(server, &handlers, catalog);    (generated)
 *     r = server_listen(server, "127.0.0.1:0", &port);
 *     server_start(server);
 *     ...
 *     server_drain(server, 10000);
 *     server_free(server);
 *
 *  1. server_new() makes a server that serves nothing yet; without options it has all defaults. Its
 *     handlers run on `loop`, those of streams on options.stream_loop; both loops outlive it.
 *  2. server_register() (wrapped by generated code) takes handlers, copied, in the order of
 *     service->methods; one that is NULL answers UNIMPLEMENTED, as does a method of no service.
 *     They run through method->invoke_handler with `data`. A service is registered once.
 *  3. Health (grpc.health.v1) is built in: every registered service and "" are SERVING from
 *     server_start() on unless server_set_serving() says otherwise, and NOT_SERVING from the start
 *     of the drain. server_set_serving() of NULL is for all names; one that was unknown becomes
 *     known. server_show_serving() shows what health says of each name, in no order; show() sets
 *     nothing. Both on any thread.
 *  4. Channelz (grpc.channelz.v1) and server reflection (grpc.reflection.v1 and v1alpha) are built
 *     in unless options.without_introspection.
 *  5. After server_exempt() the calls of a service, which is registered before, are served under
 *     any load, are part of no trace and are not logged, as those of health are.
 *  6. server_listen(), up to eight times, listens at "host:port" (port 0: any free one),
 *     "[v6]:port" or "unix:/path", for which *ret_port is 0. -EADDRINUSE, -EADDRNOTAVAIL, -EINVAL,
 *     -EMFILE (too often), ...; *ret_port is set only on success. Connections wait until
 *     server_start().
 *  7. What 2, 5 and 6 say comes before server_start(), which comes once. server_free() comes after
 *     server_drain(), or for a server that never started; otherwise it cancels what runs. The
 *     memory of a server whose handler has never ended its call is left as it is.
 */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "mesh/method.h"

struct loop;
struct server;

/*
 * What a server allows. A member that is 0 has the value in brackets.
 *
 *  1. Messages: a request larger than message_size_max ends its call with RESOURCE_EXHAUSTED; one
 *     nested deeper than MESSAGE_DEPTH_MAX (mesh/message.h) with INVALID_ARGUMENT.
 *  2. Metadata: a call whose metadata is larger than metadata_size_max, each entry counted with 32
 *     bytes more, ends with RESOURCE_EXHAUSTED, and its connection may end with it.
 *  3. Calls: calls_in_flight_max unary calls run; calls_queued_max more wait for up to
 *     queue_wait_max_ms in the order of their arrival, their requests unread. Beyond that they end
 *     with RESOURCE_EXHAUSTED and RetryInfo; so do streams beyond streams_max, without waiting. A
 *     call whose client leaves while it waits does not run. Health and channelz are always served.
 *  4. Connections: more than connections_max are closed at once, as is one that has not begun
 *     HTTP/2 within handshake_timeout_ms. A peer that does not answer pings is cut off
 *     keepalive_timeout_ms after the first of them, which comes when nothing else has come for
 *     keepalive_ms. A connection may have streams_per_connection_max calls at once: a client waits
 *     with further ones; a peer that does not heed it, drops calls by the hundred as soon as they
 *     begin, or keeps the loop to itself, is cut off.
 *  5. A connection without a call for connection_idle_max_ms, and one as old as
 *     connection_age_max_ms (give or take a tenth), is closed gracefully: its client is told to
 *     make further calls elsewhere, and what runs has connection_age_grace_ms to end.
 *  6. Memory: what core holds for connections and messages is bounded by memory_max. Where it is
 *     short core reads less, closes idle connections, then ends calls with RESOURCE_EXHAUSTED or
 *     UNAVAILABLE.
 */
enum { SERVER_NEVER = INT32_MAX };

struct server_options {
    struct loop
        *stream_loop; /* for streaming methods, of loop_new_without_io(); NULL: the same loop */
    int64_t message_size_max;           /* [1 MiB] */
    int64_t metadata_size_max;          /* [16 KiB] */
    int64_t memory_max;                 /* [1 GiB] */
    int64_t calls_in_flight_max;        /* [10,000] */
    int64_t calls_queued_max;           /* [none] */
    int64_t queue_wait_max_ms;          /* [1,000] */
    int64_t streams_max;                /* [10,000] */
    int64_t connections_max;            /* [10,000], and fewer than file descriptors */
    int64_t streams_per_connection_max; /* [twice what the server takes] */
    int64_t handshake_timeout_ms;       /* [10,000] */
    int64_t connection_idle_max_ms;     /* [15 minutes] */
    int64_t connection_age_max_ms;      /* [SERVER_NEVER] */
    int64_t connection_age_grace_ms;    /* [1 minute] */
    int64_t keepalive_ms;               /* [30,000] */
    int64_t keepalive_timeout_ms;       /* [10,000] */
    int64_t default_timeout_ms;         /* of unary calls that bring no deadline [30,000] */
    int64_t drain_wait_ms;              /* between NOT_SERVING and GOAWAY [300] */
    uint32_t log_calls_per_second;      /* budget of the one line per call; failures by the server
                                           are always logged */
    bool without_introspection;         /* no channelz, no reflection */
};

struct server *server_new(struct loop *loop, const struct server_options *options);
void server_free(struct server *server);

void server_register(
    struct server *server, const struct service *service, const any_fn *handlers, void *data);
void server_exempt(struct server *server, const struct service *service);
_must_check_ int server_listen(struct server *server, const char *address, int *ret_port);
void server_start(struct server *server);

void server_set_serving(struct server *server, const char *service, bool serving);
void server_show_serving(
    struct server *server, void (*show)(const char *service, bool serving, void *data), void *data);

/*
 * Ends service without a failed call. Blocks; not on the loop's thread.
 *
 *  1. Health says NOT_SERVING, and for drain_wait_ms all goes on as before: balancers look
 *     elsewhere.
 *  2. The sockets that listen are closed, after what has connected was taken; a new server may take
 *     the addresses over.
 *  3. Clients are told to go (GOAWAY). Calls that they still make on their connections are served.
 *  4. A stream that has been open for drain_wait_ms ends with UNAVAILABLE: its client goes on
 *     elsewhere.
 *  5. When the last connection is closed, or none has had a call for half a second, or timeout_ms
 *     have passed since 2, the rest is cancelled.
 */
void server_drain(struct server *server, int64_t timeout_ms);
