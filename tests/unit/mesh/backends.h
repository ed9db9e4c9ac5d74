/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two servers that answer, fail, hold their calls or are cut off as a test wants, a client that
 * calls them over one channel, and the figures of what came of it.
 */

#include "base/list.h"
#include "relay.h"
#include "stand.h"

enum { BACKENDS = 2 };

struct backend {
    struct server *server;
    int port;
    struct relay *relay; /* before the second, so that it can be cut */
    atomic_int code;     /* what it answers */
    atomic_bool holds;   /* keeps calls until their client gives up or backends_release() */
    atomic_int calls;
    atomic_int retried;        /* of these: with grpc-previous-rpc-attempts */
    atomic_llong time_left_ms; /* of the last call */
    pthread_mutex_t lock;
    struct list held;
};

struct backends {
    struct loop *server_loop, *stream_loop, *client_loop;
    struct backend backend[BACKENDS];
    struct channel *channel;
    struct arena arena;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int ended;
};

struct figures {
    int calls;
    int codes[STATUS_CODE_COUNT];
    int circuit_open; /* UNAVAILABLE with this reason and RetryInfo */
    int at[BACKENDS], retried[BACKENDS];
};

void backends_start(struct backends *backends);
/* For one whose server the test has ended. */
void backend_start(struct backends *backends, struct backend *backend, const char *address);
/* The channel to both under this service config; `options` may be NULL. */
void backends_connect(
    struct backends *backends, const char *config, const struct channel_options *options);
void backends_connect_to(struct backends *backends, const char *target, const char *config,
    const struct channel_options *options);
void backends_disconnect(struct backends *backends);
void backends_stop(struct backends *backends);
/* Calls until both have had one: both are connected. */
void backends_settle(struct backends *backends);
void backends_release(struct backend *backend); /* answers what it holds, and holds no more */
void backends_wait_held(struct backend *backend, int count);

struct status backends_call(struct backends *backends);
/* One after the other; the figures are those of these calls. */
struct figures backends_call_often(struct backends *backends, int count);
/* All at once: begins them; the figures come when they have ended. */
struct burst;
struct burst *burst_begin(struct backends *backends, int count);
struct figures burst_end(struct burst *burst);
/* Calls until `count` in a row went well and none reached `backend`. */
void backends_call_until_avoided(struct backends *backends, int backend, int count);
/* Calls until one has reached `backend`. */
void backends_call_until_reached(struct backends *backends, int backend);

/* A row of the table in the test's output. */
void figures_print(const char *what, const struct figures *figures);
