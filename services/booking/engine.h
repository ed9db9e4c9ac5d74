/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The rules of a sale: seats of one event, bookings that take them and give them back. No clock, no
 * I/O, no randomness: ids and the time are arguments, so tests enumerate what can happen.
 *
 *  1. capacity = free + held + sold, none of them negative, after every function.
 *  2. A function that refuses changes nothing, except that a hold found to be due expires first.
 *  3. A hold is due from its deadline on, whoever asks and whether or not anybody swept before.
 *  4. Seats move only in one place, by the states a booking leaves and enters: they come back
 *     exactly once however cancel, expiry and retries race.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "services/booking/outcome.h"
#include "services/booking/uuid.h"

enum {
    BOOKING_SEATS_MAX = 20,
    BOOKING_HISTORY_MAX = 8,
    BOOKING_KEY_SIZE_MAX = 128,
    INVENTORY_CAPACITY_MAX = 1000000,
};

/* Numbers are stored, and are those of myevents.v1.BookingState. */
enum booking_state {
    BOOKING_NONE = 0,
    BOOKING_HELD = 1,
    BOOKING_CONFIRMED = 2,
    BOOKING_CANCELLED = 3,
    BOOKING_EXPIRED = 4,
};

/* Numbers are stored. */
enum booking_reason {
    REASON_CREATED = 1,
    REASON_CONFIRMED = 2,
    REASON_EXTENDED = 3,
    REASON_CANCELLED = 4,
    REASON_EVENT_CANCELLED = 5,
    REASON_EXPIRED = 6,
    REASON_COUNT
};

struct transition {
    int64_t time_ms;
    int64_t deadline_ms; /* of the hold after this transition; 0 when it is none */
    enum booking_state state;
    enum booking_reason reason;
};

/* A booking is its history: what it is now is its last transition. */
struct booking {
    struct uuid id;
    struct uuid event_id;
    struct uuid user_id;
    int32_t seats;
    uint32_t history_count;
    struct transition history[BOOKING_HISTORY_MAX]; /* oldest first */
    /* Idempotency keys of its creation and its extension, borrowed; empty when the caller gave
     * none. */
    struct text create_key;
    struct text extend_key;
};

/* Numbers are stored. */
enum sale {
    SALE_NONE = 0, /* nothing heard of the event, or a draft */
    SALE_OPEN = 1,
    SALE_CANCELLED = 2, /* for good */
};

/* The seats of one event. */
struct inventory {
    struct uuid event_id;
    enum sale sale;
    int32_t capacity;
    int32_t held;
    int32_t sold;
    int64_t start_ms;
    int64_t event_version;    /* of the event as last heard */
    int64_t capacity_version; /* of the event that the capacity belongs to; may run ahead */
    int64_t sequence;         /* of the commit that wrote this: dense from 1 */
    int64_t update_ms;
};

/* What the event service says about an event. */
struct event_facts {
    int32_t capacity;
    bool cancelled;
    int64_t start_ms;
    int64_t version; /* 0: not known, so anything that carries one is newer */
};

struct booking_order {
    struct uuid id; /* of the booking to be */
    struct uuid user_id;
    int32_t seats;
    int64_t hold_ms; /* 0: book at once */
    struct text create_key;
};

enum outcome engine_book(struct inventory *inventory, const struct booking_order *order,
    int64_t now_ms, struct booking *ret_booking);
enum outcome engine_confirm(struct inventory *inventory, struct booking *booking, int64_t now_ms);
/* A hold gets hold_ms from now on, once. */
enum outcome engine_extend(
    struct inventory *inventory, struct booking *booking, int64_t hold_ms, int64_t now_ms);
enum outcome engine_cancel(struct inventory *inventory, struct booking *booking, int64_t now_ms);
/* OK when the hold was due; everything else is left alone. */
enum outcome engine_expire(struct inventory *inventory, struct booking *booking, int64_t now_ms);
/* Cancels a live booking of a cancelled event. */
enum outcome engine_call_off(struct inventory *inventory, struct booking *booking, int64_t now_ms);
/* `version` is the event's; an older one than already applied changes nothing. */
enum outcome engine_set_capacity(
    struct inventory *inventory, int32_t capacity, int64_t version, int64_t now_ms);
/* Older facts than already applied change nothing, and a cancelled event stays cancelled. A
 * capacity below what is held and sold is left out: it was never agreed. */
enum outcome engine_apply_event(
    struct inventory *inventory, const struct event_facts *facts, int64_t now_ms);

static inline int32_t inventory_free_seats(const struct inventory *inventory) {
    return inventory->capacity - inventory->held - inventory->sold;
}

static inline bool inventory_is_on_sale(const struct inventory *inventory, int64_t now_ms) {
    return inventory->sale == SALE_OPEN && now_ms < inventory->start_ms;
}

bool inventory_is_conserved(const struct inventory *inventory);

static inline const struct transition *booking_last(const struct booking *booking) {
    return &booking->history[booking->history_count - 1];
}

static inline bool booking_state_is_live(enum booking_state state) {
    return state == BOOKING_HELD || state == BOOKING_CONFIRMED;
}

bool booking_is_extended(const struct booking *booking);
/* How many transitions there were when `reason` had just been entered: cut to these the booking
 * shows the answer that was given then. 0: it never was. */
uint32_t booking_count_until(const struct booking *booking, enum booking_reason reason);
/* "created", "hold extended", ... */
const char *booking_reason_text(enum booking_reason reason);

/* What makes two requests under one idempotency key the same request. */
uint64_t booking_fingerprint(const struct uuid *event_id, int32_t seats, bool hold);
uint64_t booking_extend_fingerprint(const struct uuid *booking_id);
