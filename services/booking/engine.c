/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/engine.h"

#include <assert.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/map.h"

static int64_t earlier_of(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t later_of(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Where the seats of a booking in this state are counted; NULL: they are free. */
static int32_t *inventory_bucket(struct inventory *inventory, enum booking_state state) {
    switch (state) {
    case BOOKING_HELD:
        return &inventory->held;
    case BOOKING_CONFIRMED:
        return &inventory->sold;
    default:
        return NULL;
    }
}

static enum booking_state booking_state(const struct booking *booking) {
    return booking->history_count ? booking_last(booking)->state : BOOKING_NONE;
}

/* The only place where seats move: out of the bucket of the state left, into that of the state
 * entered. */
static void booking_enter(
    struct inventory *inventory, struct booking *booking, struct transition next) {
    int32_t *left = inventory_bucket(inventory, booking_state(booking));
    int32_t *entered = inventory_bucket(inventory, next.state);
    if (left)
        *left -= booking->seats;
    if (entered)
        *entered += booking->seats;
    assert(booking->history_count < BOOKING_HISTORY_MAX);
    booking->history[booking->history_count++] = next;
    inventory->update_ms = next.time_ms;
}

static void booking_end(struct inventory *inventory, struct booking *booking,
    enum booking_state state, enum booking_reason reason, int64_t now_ms) {
    booking_enter(inventory, booking,
        (struct transition){.time_ms = now_ms, .state = state, .reason = reason});
}

static bool booking_is_due(const struct booking *booking, int64_t now_ms) {
    return booking_state(booking) == BOOKING_HELD && booking_last(booking)->deadline_ms <= now_ms;
}

enum outcome engine_expire(struct inventory *inventory, struct booking *booking, int64_t now_ms) {
    if (!booking_is_due(booking, now_ms))
        return OUTCOME_UNCHANGED;
    booking_end(inventory, booking, BOOKING_EXPIRED, REASON_EXPIRED, now_ms);
    return OUTCOME_OK;
}

/* A hold does not outlive the start of the event: until then its seats can still be sold to
 * another. */
static int64_t hold_deadline(const struct inventory *inventory, int64_t hold_ms, int64_t now_ms) {
    return earlier_of(now_ms + hold_ms, inventory->start_ms);
}

static enum outcome inventory_refusal(const struct inventory *inventory, int64_t now_ms) {
    if (inventory->sale == SALE_CANCELLED)
        return OUTCOME_EVENT_CANCELLED;
    if (inventory->sale != SALE_OPEN)
        return OUTCOME_NOT_ON_SALE;
    return now_ms < inventory->start_ms ? OUTCOME_OK : OUTCOME_EVENT_STARTED;
}

enum outcome engine_book(struct inventory *inventory, const struct booking_order *order,
    int64_t now_ms, struct booking *ret_booking) {
    assert(order->seats >= 1 && order->seats <= BOOKING_SEATS_MAX);
    enum outcome refusal = inventory_refusal(inventory, now_ms);
    if (refusal)
        return refusal;
    if (order->seats > inventory_free_seats(inventory))
        return OUTCOME_SOLD_OUT;
    bool hold = order->hold_ms > 0;
    ret_booking->id = order->id;
    ret_booking->event_id = inventory->event_id;
    ret_booking->user_id = order->user_id;
    ret_booking->seats = order->seats;
    ret_booking->history_count = 0;
    ret_booking->create_key = order->create_key;
    ret_booking->extend_key = (struct text){0};
    booking_enter(inventory, ret_booking,
        (struct transition){
            .time_ms = now_ms,
            .deadline_ms = hold ? hold_deadline(inventory, order->hold_ms, now_ms) : 0,
            .state = hold ? BOOKING_HELD : BOOKING_CONFIRMED,
            .reason = REASON_CREATED,
        });
    return OUTCOME_OK;
}

/* Why a booking in this state is no hold that can be confirmed or extended. */
static enum outcome hold_refusal(const struct inventory *inventory, enum booking_state state) {
    switch (state) {
    case BOOKING_HELD:
        return inventory->sale == SALE_CANCELLED ? OUTCOME_EVENT_CANCELLED : OUTCOME_OK;
    case BOOKING_CONFIRMED:
        return OUTCOME_ALREADY_CONFIRMED;
    case BOOKING_EXPIRED:
        return OUTCOME_HOLD_EXPIRED;
    default:
        return OUTCOME_ALREADY_CANCELLED;
    }
}

enum outcome engine_confirm(struct inventory *inventory, struct booking *booking, int64_t now_ms) {
    (void)engine_expire(inventory, booking, now_ms);
    enum outcome refusal = hold_refusal(inventory, booking_state(booking));
    if (refusal == OUTCOME_ALREADY_CONFIRMED)
        return OUTCOME_UNCHANGED;
    if (refusal)
        return refusal;
    booking_end(inventory, booking, BOOKING_CONFIRMED, REASON_CONFIRMED, now_ms);
    return OUTCOME_OK;
}

enum outcome engine_extend(
    struct inventory *inventory, struct booking *booking, int64_t hold_ms, int64_t now_ms) {
    (void)engine_expire(inventory, booking, now_ms);
    enum outcome refusal = hold_refusal(inventory, booking_state(booking));
    if (refusal)
        return refusal;
    if (booking_is_extended(booking))
        return OUTCOME_ALREADY_EXTENDED;
    int64_t deadline_ms = hold_deadline(inventory, hold_ms, now_ms);
    booking_enter(inventory, booking,
        (struct transition){
            .time_ms = now_ms,
            .deadline_ms = later_of(deadline_ms, booking_last(booking)->deadline_ms),
            .state = BOOKING_HELD,
            .reason = REASON_EXTENDED,
        });
    return OUTCOME_OK;
}

enum outcome engine_cancel(struct inventory *inventory, struct booking *booking, int64_t now_ms) {
    (void)engine_expire(inventory, booking, now_ms);
    if (!booking_state_is_live(booking_state(booking)))
        return OUTCOME_UNCHANGED;
    booking_end(inventory, booking, BOOKING_CANCELLED, REASON_CANCELLED, now_ms);
    return OUTCOME_OK;
}

enum outcome engine_call_off(struct inventory *inventory, struct booking *booking, int64_t now_ms) {
    if (inventory->sale != SALE_CANCELLED)
        return OUTCOME_UNCHANGED;
    if (engine_expire(inventory, booking, now_ms) == OUTCOME_OK)
        return OUTCOME_OK;
    if (!booking_state_is_live(booking_state(booking)))
        return OUTCOME_UNCHANGED;
    booking_end(inventory, booking, BOOKING_CANCELLED, REASON_EVENT_CANCELLED, now_ms);
    return OUTCOME_OK;
}

static bool capacity_holds_all(const struct inventory *inventory, int32_t capacity) {
    return capacity >= inventory->held + inventory->sold;
}

enum outcome engine_set_capacity(
    struct inventory *inventory, int32_t capacity, int64_t version, int64_t now_ms) {
    assert(capacity >= 0 && capacity <= INVENTORY_CAPACITY_MAX);
    if (version < inventory->capacity_version)
        return OUTCOME_UNCHANGED;
    if (!capacity_holds_all(inventory, capacity))
        return OUTCOME_CAPACITY_BELOW_SOLD;
    if (version == inventory->capacity_version && capacity == inventory->capacity)
        return OUTCOME_UNCHANGED;
    inventory->capacity = capacity;
    inventory->capacity_version = version;
    inventory->update_ms = now_ms;
    return OUTCOME_OK;
}

enum outcome engine_apply_event(
    struct inventory *inventory, const struct event_facts *facts, int64_t now_ms) {
    assert(facts->capacity >= 0 && facts->capacity <= INVENTORY_CAPACITY_MAX);
    if (inventory->sale != SALE_NONE && facts->version <= inventory->event_version)
        return OUTCOME_UNCHANGED;
    if (facts->version >= inventory->capacity_version &&
        capacity_holds_all(inventory, facts->capacity)) {
        inventory->capacity = facts->capacity;
        inventory->capacity_version = facts->version;
    }
    if (inventory->sale != SALE_CANCELLED)
        inventory->sale = facts->cancelled ? SALE_CANCELLED : SALE_OPEN;
    inventory->start_ms = facts->start_ms;
    inventory->event_version = facts->version;
    inventory->update_ms = now_ms;
    return OUTCOME_OK;
}

bool inventory_is_conserved(const struct inventory *inventory) {
    return inventory->held >= 0 && inventory->sold >= 0 && inventory_free_seats(inventory) >= 0;
}

uint32_t booking_count_until(const struct booking *booking, enum booking_reason reason) {
    for (uint32_t i = 0; i < booking->history_count; i++)
        if (booking->history[i].reason == reason)
            return i + 1;
    return 0;
}

bool booking_is_extended(const struct booking *booking) {
    return booking_count_until(booking, REASON_EXTENDED) > 0;
}

const char *booking_reason_text(enum booking_reason reason) {
    static const char *const texts[REASON_COUNT] = {
        [REASON_CREATED] = "created",
        [REASON_CONFIRMED] = "confirmed",
        [REASON_EXTENDED] = "hold extended",
        [REASON_CANCELLED] = "cancelled",
        [REASON_EVENT_CANCELLED] = "event cancelled",
        [REASON_EXPIRED] = "hold expired",
    };
    return reason > 0 && reason < REASON_COUNT ? texts[reason] : "";
}

uint64_t booking_fingerprint(const struct uuid *event_id, int32_t seats, bool hold) {
    uint8_t canonical[ID_BYTES + 2];
    memcpy(canonical, event_id->bytes, ID_BYTES);
    canonical[ID_BYTES] = (uint8_t)seats;
    canonical[ID_BYTES + 1] = hold;
    return hash_stable(canonical, sizeof(canonical));
}

uint64_t booking_extend_fingerprint(const struct uuid *booking_id) {
    return hash_stable(booking_id->bytes, ID_BYTES);
}
