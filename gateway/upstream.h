/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Calls to services as the http loop sees them: wanted, read and cancelled there, and there arrives
 * what comes back. The calls themselves belong to the mesh loop. Two lists cross between the loops,
 * errands one way and arrivals the other, each at most once per round however many calls it
 * concerns: a wake-up of the other thread costs more than anything else here. (Calls could be
 * started right on the http loop. Then two threads fight for each connection inside gRPC core,
 * which takes a third one to settle it.)
 *
 *  1. on_message runs once per message of a stream, in order; on_end exactly once, last, with the
 *     reply of a unary call that was answered. Both on the http loop, never within one of the
 *     functions below. What they are shown is borrowed until they return.
 *  2. The upstream is the caller's memory. It and what the options point to live until on_end is
 *     called, which may free them.
 *  3. After upstream_cancel() only on_end is still to come.
 *  4. After upstream_pause() nothing comes until upstream_resume(). Meanwhile the service gets
 *     ahead of its reader by two windows and a message each at most.
 */

#include <pthread.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/list.h"
#include "mesh/client.h"

struct http_server;
struct loop;
struct upstream;
struct upstreams;

enum { UPSTREAM_WINDOW = 64 * 1024 };

struct upstream_events {
    void (*on_message)(struct upstream *upstream, struct text message); /* NULL: unary */
    void (*on_end)(struct upstream *upstream, const struct status *status, struct text reply);
};

/* What the mesh loop is asked to do. */
struct errand {
    bool starts;
    bool reads;
    bool cancels;
    bool returns; /* does nothing but come back as an arrival */
};

struct upstream {
    struct upstreams *upstreams;
    const struct upstream_events *events;
    struct channel *channel;
    const struct method *method;
    struct rpc_options options;

    /* Of the mesh loop. */
    struct rpc *rpc; /* good from the start to the end */

    /* Of the http loop. */
    struct buffer messages; /* the request, later what was taken over and is shown up to `shown` */
    size_t shown;
    bool is_paused;
    bool is_cancelled;

    pthread_mutex_t crossing_lock;
    struct {
        struct list link; /* among those with an errand on the mesh loop */
        bool is_queued;
        struct errand what;
    } errand;
    struct {
        struct list link; /* among those that have news for the http loop */
        bool is_queued;
        struct buffer messages; /* each behind its size; of a unary call the reply alone */
        bool is_held;           /* the service waits until we take over */
        bool has_ended;
        struct status status; /* owned */
    } arrival;
};

/* Before both are started. */
struct upstreams *upstreams_new(struct loop *loop, struct http_server *server);
/* After the mesh loop has ended and the server was freed. */
void upstreams_free(struct upstreams *upstreams);
/* Blocks until no call is open; none may be started any more. Not on a loop. */
void upstreams_wait_until_idle(struct upstreams *upstreams);

void upstream_start(struct upstream *upstream, struct upstreams *upstreams, struct channel *channel,
    const struct method *method, const struct rpc_options *options, struct text request,
    const struct upstream_events *events);
void upstream_pause(struct upstream *upstream);
void upstream_resume(struct upstream *upstream);
void upstream_cancel(struct upstream *upstream);
