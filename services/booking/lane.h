/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A lane per event: requests wait in it in the order of their arrival while the commit of those
 * before them is in flight; what has gathered meanwhile is decided together (batch.h) and committed
 * once. All lanes belong to one loop.
 *
 *  1. lanes_submit() takes a request; its done runs exactly once, on the loop, possibly before
 *     lanes_submit() returns. What was decided is durable then.
 *  2. A lane has at most one commit in flight and decides nothing meanwhile, so nobody is told
 *     anything that rests on a decision which might yet be lost.
 *  3. At the end of every round of the loop each lane with work gets one batch, in turn: a hot lane
 *     cannot starve the others.
 *  4. An event that was never heard of is looked up; its requests wait. That it does not exist is
 *     believed for a short while.
 *  5. The store has no other writer, and the directory is a cache of it: a conflict proves that
 *     wrong. Then, as after an unknown outcome, nothing more is decided and on_broken asks for the
 *     end of the process, whose next start reads the store anew.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "mesh/loop.h"
#include "services/booking/directory.h"
#include "services/booking/engine.h"
#include "services/booking/keys.h"

struct batch;
struct call;
struct change;
struct store;
struct trace;

enum {
    LANE_QUEUE_MAX = 8192,
    LANE_ABSENT_MS = 2000,     /* how long "there is no such event" is believed */
    LANE_UNREACHABLE_MS = 250, /* and "nobody could say" */
    LANES_ABSENT_MAX = 4096,   /* so that asking for invented events costs bounded memory */
    LANES_IN_FLIGHT_MAX = 256, /* commits */
};

enum lane_verb {
    LANE_BOOK,
    LANE_CONFIRM,
    LANE_EXTEND,
    LANE_CANCEL,
    LANE_CAPACITY,
    LANE_FACTS, /* what the event service says */
    LANE_LOOK,  /* decides nothing: for those who wait until the event is known */
};

/* Borrowed until done returns. */
struct lane_answer {
    enum outcome outcome;
    const struct booking *booking;     /* NULL: none */
    const struct inventory *inventory; /* NULL: of no known event */
    int64_t retry_ms;                  /* when overloaded */
};

/* Memory of whoever submits, until done has run. */
struct lane_request {
    enum lane_verb verb;
    struct call *call;         /* whose caller waits; NULL: nobody can go away */
    const struct trace *trace; /* of what has no call; NULL: none */
    void (*done)(struct lane_request *request, const struct lane_answer *answer);
    void *data;
    union {
        struct {
            struct user_entry *user;
            int32_t seats;
            int64_t hold_ms; /* 0: book at once */
            struct text key; /* idempotency key; empty: none */
        } book;
        struct {
            struct booking_entry *entry;
            int64_t hold_ms; /* extend */
            struct text key; /* extend */
        } booking;
        struct {
            int32_t seats;
            int64_t version;
        } capacity;
        struct event_facts facts;
    };
    /* private from here */
    struct list link;
    enum outcome outcome;
    const struct trace *cause; /* what is caused by it names this: its trace, then its commit */
    struct change *change;     /* the booking that the answer shows */
    uint32_t history_count;    /* ... as of this many transitions */
};

enum lane_state {
    LANE_UNKNOWN, /* nobody was asked yet */
    LANE_ASKING,
    LANE_ABSENT, /* no such event, or not for sale: `refusal`, until believed_until_ms */
    LANE_KNOWN,
};

struct lane {
    struct inventory inventory; /* as it is on disk */
    struct lanes *lanes;
    enum lane_state state;
    enum outcome refusal;
    int64_t believed_until_ms; /* monotonic */
    bool is_closed;            /* its books did not balance */
    struct list queue;
    uint32_t queued;
    struct batch *batch;  /* in flight */
    struct list turn;     /* in the set's list of lanes with work */
    struct list absent;   /* in the set's list of absent events */
    struct heap holds;    /* by deadline */
    struct timer timer;   /* earliest deadline */
    int64_t decided_rate; /* requests a second, as last measured */
    /* All bookings, newest first; where calling off goes on. */
    struct booking_entry *newest;
    struct booking_entry *call_off_next;
    /* Counted from the bookings, to hold the inventory's own numbers against. */
    int32_t counted_held, counted_sold;
    void *watch; /* the watchers' own state; NULL: nobody watches */
};

struct lanes_options {
    struct loop *loop;
    struct store *store;
    struct directory *directory;
    struct keys *keys;
    /* Asks whether the event exists; answered once by lanes_answer_look_up(). The trace is that of
     * the first who wants to know; NULL: none. */
    void (*look_up)(void *data, const struct uuid *event_id, const struct trace *trace);
    /* The seats or the sale of an event changed, durably. */
    void (*on_change)(void *data, struct lane *lane);
    void (*on_broken)(void *data, const char *why);
    void *data;
};

struct lanes {
    struct lanes_options options;
    struct map by_event;
    struct list turns;  /* lanes with work, whose turn is next first */
    struct list absent; /* longest believed first */
    size_t absent_count;
    struct list spare_batches;
    size_t in_flight;
    size_t waiting; /* requests not answered yet */
    struct task again;
    bool is_again_posted;
    bool is_draining;
    bool is_broken;
};

void lanes_init(struct lanes *lanes, const struct lanes_options *options);
/* When idle, with the loop stopped. */
void lanes_deinit(struct lanes *lanes);

void lanes_submit(struct lanes *lanes, const struct uuid *event_id, struct lane_request *request);
/* facts: with OUTCOME_OK; else why there are none. */
void lanes_answer_look_up(struct lanes *lanes, const struct uuid *event_id, enum outcome outcome,
    const struct event_facts *facts);
/* NULL: never heard of. */
struct lane *lanes_find(const struct lanes *lanes, const struct uuid *event_id);

/* At start, from the store; then lanes_restored() sets going what is due or was interrupted. */
struct lane *lanes_restore(struct lanes *lanes, const struct inventory *inventory);
void lane_restore_booking(
    struct lane *lane, struct booking_entry *entry, const struct booking *booking);
/* False: the bookings and the seats of some event do not add up; those lanes are closed. */
bool lanes_restored(struct lanes *lanes);

/* No more work of their own accord; what was submitted is still decided. */
void lanes_drain(struct lanes *lanes);
bool lanes_are_idle(const struct lanes *lanes);

/* --- for batch.c --- */

/* NULL: it has none. */
const struct trace *lane_request_trace(const struct lane_request *request);

/* The entry now counts as `state`; deadline_ms of a hold. */
void lane_move_booking(
    struct lane *lane, struct booking_entry *entry, enum booking_state state, int64_t deadline_ms);
void lane_link_booking(struct lane *lane, struct booking_entry *entry);
/* The batch has been answered. */
void lane_on_batch_end(struct lane *lane);
void lanes_break(struct lanes *lanes, const char *why);
