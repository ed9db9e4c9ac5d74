/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The inside of a server. */

#include "base/log.h"
#include "base/map.h"
#include "mesh/intake.h"

struct acceptor;
struct health_state;
struct reflection;

struct server {
    grpc_server *core;
    struct acceptor *acceptor;
    struct server_options options;
    struct intake unary;
    struct intake streams;
    struct map endpoints; /* by path */
    struct health_state *health;
    struct reflection *reflection; /* NULL: not served */
    struct log_budget budget;
    bool is_exempting; /* what is registered now is served under any load */
    bool is_started;
    bool is_shut;

    /* Core loses a slot that is posted in the very moment of its shutdown, and never ends then. */
    pthread_mutex_t posting_lock;
    bool is_closed; /* to slots */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned quiet_count; /* of the two intakes: those that will touch nothing any more */
};

/* No new connections and calls; what runs may end within timeout_ms, then it is cancelled. False
 * when a handler has not ended its call even so. */
bool server_shut(struct server *server, int64_t timeout_ms);

/* An intake that is closing has become quiet. Loop thread. */
void server_intake_is_quiet(struct intake *intake);
