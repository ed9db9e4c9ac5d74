/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the handlers of the service share. All of it belongs to the service's loop. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "services/booking/directory.h"
#include "services/booking/keys.h"
#include "services/booking/lane.h"

struct loop;
struct store;
struct watch_hub;

struct desk {
    struct loop *loop;
    struct store *store;
    struct directory directory;
    struct keys keys;
    struct lanes lanes;
    struct watch_hub *watch_hub; /* of the stream loop; not owned */
    int64_t hold_ms;
    size_t users_in_flight; /* created or updated: commits not ended */
    /* Draining: whoever waits until nothing is under way. */
    bool is_draining;
    pthread_mutex_t idle_lock;
    pthread_cond_t idle;
    bool is_idle;
};

struct desk_options {
    struct loop *loop;
    struct store *store;
    int64_t hold_ms;
    int64_t key_window_ms;
    /* As in lanes_options. */
    void (*look_up)(void *data, const struct uuid *event_id, const struct trace *trace);
    void (*on_change)(void *data, struct lane *lane);
    void (*on_broken)(void *data, const char *why);
    void *data;
};

void desk_init(struct desk *desk, const struct desk_options *options);
void desk_deinit(struct desk *desk);

/*
 * Reads the store into memory, before the loop starts. Documents that cannot be read are -EBADMSG.
 * An event whose bookings and seats do not add up is closed and logged; the others are served.
 */
_must_check_ int desk_load(struct desk *desk);

/* Waits until everything that was submitted is decided and durable. Not on the loop's thread. */
void desk_drain(struct desk *desk);
