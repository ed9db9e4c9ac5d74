/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The booking desk over a real store in a folder of its own, without a server: requests go to the
 * lanes, answers come back to the test's thread.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/trace.h"
#include "services/booking/desk.h"
#include "services/booking/docs.h"

struct stand {
    char folder[64];
    char url[80];
    struct loop *loop;
    struct store *store;
    struct desk desk;
    int64_t key_window_ms;
    bool is_running;
    /* The event service of this stand. */
    enum outcome look_up_outcome;
    struct event_facts look_up_facts;
    struct uuid look_up_event;
    unsigned look_ups;
    struct trace look_up_trace;                                        /* of the last one */
    void (*look_up)(struct stand *stand, const struct uuid *event_id); /* instead */
    /* What the desk said, on the loop. */
    unsigned changes, breaks;
    size_t seen; /* for the test's own use */
    void (*on_change)(struct stand *stand, struct lane *lane);
};

/* Zeroed memory; `folder` NULL: a new one, removed by stand_free(). */
void stand_start(struct stand *stand, const char *folder);
void stand_stop(struct stand *stand); /* drains */
void stand_restart(struct stand *stand);
void stand_free(struct stand *stand);

/* A request and, once answered, its answer. */
struct ask {
    struct lane_request request;
    struct uuid event_id;
    struct askers *askers;
    unsigned answers; /* must become 1 */
    unsigned order;   /* 1, 2, 3 ... among those asked together */
    enum outcome outcome;
    bool has_booking;
    struct booking booking;
    struct inventory inventory;
};

/* Submits all in one round of the loop and waits for the answers. */
void stand_ask_all(struct stand *stand, struct ask *asks, size_t count);
void stand_ask(struct stand *stand, struct ask *ask);
/* Submits and does not wait; stand_wait() does. */
struct askers *stand_submit(struct stand *stand, struct ask *asks, size_t count);
void stand_wait(struct askers *askers);

struct user_entry *stand_user(struct stand *stand);
struct uuid stand_event(struct stand *stand, int32_t capacity);
struct uuid new_uuid(void);
struct inventory stand_inventory(struct stand *stand, const struct uuid *event_id);
struct booking_entry *stand_entry(struct stand *stand, const struct uuid *booking_id);
bool stand_is_closed(struct stand *stand, const struct uuid *event_id);

struct ask ask_book(
    const struct uuid *event_id, struct user_entry *user, int32_t seats, int64_t hold_ms);
struct ask ask_change(struct stand *stand, const struct uuid *booking_id, enum lane_verb verb);
struct ask ask_facts(
    const struct uuid *event_id, int32_t capacity, bool cancelled, int64_t version);

/* The store itself, without what the desk remembers. Sums over the bookings of an event. */
struct tally {
    int32_t held, sold;
    size_t bookings, live;
    struct inventory inventory;
};
struct tally stand_tally(struct stand *stand, const struct uuid *event_id);
