/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/decide.h"

#include <assert.h>
#include <stdlib.h>

#include "mesh/call.h"
#include "services/booking/batch.h"
#include "services/booking/change.h"
#include "services/booking/lane.h"
#include "services/booking/meters.h"

static void request_show(struct lane_request *request, struct change *change, uint32_t count) {
    request->change = change;
    request->history_count = count;
}

/* Two requests for two events could have the same fingerprint by chance. */
static bool key_is_of_event(const struct key *key, const struct uuid *event_id) {
    const struct change *change = key->answer;
    const struct booking_entry *entry = key->answer;
    if (key->state == KEY_REFUSED)
        return true;
    return uuid_equal(event_id,
        key->state == KEY_PENDING ? &change->booking.event_id : &entry->lane->inventory.event_id);
}

/* The answer that this key has had, or will have with this batch. */
static enum outcome decide_again(struct batch *batch, struct lane_request *request,
    const struct key *key, uint64_t fingerprint, enum booking_reason reason) {
    if (key->fingerprint != fingerprint || !key_is_of_event(key, &batch->inventory.event_id))
        return OUTCOME_IDEMPOTENCY_MISMATCH;
    meters_count_duplicate();
    if (key->state == KEY_REFUSED)
        return key->refusal;
    struct change *change = key->answer;
    if (key->state == KEY_DONE)
        change = change_open(batch, key->answer);
    if (!change)
        return OUTCOME_INCONSISTENT;
    request_show(request, change, booking_count_until(&change->booking, reason));
    return OUTCOME_UNCHANGED;
}

static enum outcome decide_new_booking(
    struct batch *batch, struct lane_request *request, struct change **ret_change) {
    struct booking_order order = {
        .user_id = request->book.user->id,
        .seats = request->book.seats,
        .hold_ms = request->book.hold_ms,
        .create_key = request->book.key,
    };
    int r = uuid_parse(text_from(id_new().text), &order.id);
    assert(r == 0);
    struct change *change = change_new(batch);
    enum outcome outcome = engine_book(&batch->inventory, &order, batch->now_ms, &change->booking);
    if (outcome) {
        batch->change_count--;
        return outcome;
    }
    change->entry = NULL;
    change->user = request->book.user;
    change->key = NULL;
    change->durable_count = 0;
    change->trace = lane_request_trace(request);
    request_show(request, change, 1);
    *ret_change = change;
    return OUTCOME_OK;
}

static enum outcome decide_book(struct batch *batch, struct lane_request *request) {
    struct keys *keys = batch->lane->lanes->options.keys;
    const struct uuid *user_id = &request->book.user->id;
    struct text request_id = request->book.key;
    uint64_t fingerprint = booking_fingerprint(
        &batch->inventory.event_id, request->book.seats, request->book.hold_ms > 0);
    struct key *key = NULL;
    if (request_id.size > 0) {
        key = keys_find(keys, user_id, KEY_CREATE_BOOKING, request_id);
        if (key)
            return decide_again(batch, request, key, fingerprint, REASON_CREATED);
        key = keys_add(keys, user_id, KEY_CREATE_BOOKING, request_id, fingerprint);
    }
    struct change *change = NULL;
    enum outcome outcome = decide_new_booking(batch, request, &change);
    if (key && outcome)
        key_refuse(keys, key, outcome, batch->now_ms);
    if (key && !outcome) {
        key->answer = change;
        change->key = key;
    }
    return outcome;
}

/* The key of an extension that was given before, also when it was given within this batch. */
static struct key *find_extend_key(struct batch *batch, const struct lane_request *request) {
    if (request->booking.key.size == 0)
        return NULL;
    return keys_find(batch->lane->lanes->options.keys, &request->booking.entry->user->id,
        KEY_EXTEND_BOOKING, request->booking.key);
}

static enum outcome decide_extend(
    struct batch *batch, struct lane_request *request, struct change *change) {
    enum outcome outcome = engine_extend(
        &batch->inventory, &change->booking, request->booking.hold_ms, batch->now_ms);
    if (outcome || request->booking.key.size == 0)
        return outcome;
    change->booking.extend_key = request->booking.key;
    change->key = keys_add(batch->lane->lanes->options.keys, &change->user->id, KEY_EXTEND_BOOKING,
        request->booking.key, booking_extend_fingerprint(&change->booking.id));
    change->key->answer = change;
    return OUTCOME_OK;
}

static enum outcome decide_booking(struct batch *batch, struct lane_request *request) {
    struct key *key = request->verb == LANE_EXTEND ? find_extend_key(batch, request) : NULL;
    if (key)
        return decide_again(batch, request, key,
            booking_extend_fingerprint(&request->booking.entry->id), REASON_EXTENDED);
    struct change *change = change_open(batch, request->booking.entry);
    if (!change)
        return OUTCOME_INCONSISTENT;
    enum outcome outcome;
    if (request->verb == LANE_CONFIRM)
        outcome = engine_confirm(&batch->inventory, &change->booking, batch->now_ms);
    else if (request->verb == LANE_EXTEND)
        outcome = decide_extend(batch, request, change);
    else
        outcome = engine_cancel(&batch->inventory, &change->booking, batch->now_ms);
    if (outcome == OUTCOME_OK)
        change->trace = lane_request_trace(request);
    request_show(request, change, change->booking.history_count);
    return outcome;
}

enum outcome decide(struct batch *batch, struct lane_request *request) {
    if (request->call && call_is_cancelled(request->call))
        return OUTCOME_ABANDONED;
    switch (request->verb) {
    case LANE_BOOK:
        return decide_book(batch, request);
    case LANE_CONFIRM:
    case LANE_EXTEND:
    case LANE_CANCEL:
        return decide_booking(batch, request);
    case LANE_CAPACITY:
        return engine_set_capacity(
            &batch->inventory, request->capacity.seats, request->capacity.version, batch->now_ms);
    case LANE_FACTS:
        return engine_apply_event(&batch->inventory, &request->facts, batch->now_ms);
    case LANE_LOOK:
        return OUTCOME_UNCHANGED;
    }
    abort();
}
