/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The handlers of EventService. All but the watch run on one loop and share what stands here. */

#include <stdint.h>

#include "services/event/catalog.h"
#include "services/event/turns.h"

struct call;
struct channel;
struct feed;
struct server;

struct service_options {
    int64_t idempotency_window_ms;
    int64_t inventory_timeout_ms; /* for asking the booking service; 0: 2,000 */
};

struct event_service {
    struct loop *loop;
    struct store *store;
    struct channel *bookings; /* asked before a capacity changes */
    struct feed *feed;
    struct catalog catalog;
    struct turns turns;
    struct service_options options;
    struct timer forget; /* idempotency keys past their window */
};

_must_check_ int service_init(struct event_service *service, struct loop *loop, struct store *store,
    struct feed *feed, struct channel *bookings, const struct service_options *options);
void service_deinit(struct event_service *service);
void service_register(struct event_service *service, struct server *server);
