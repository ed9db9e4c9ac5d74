/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/batch.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/span.h"
#include "services/booking/change.h"
#include "services/booking/decide.h"
#include "services/booking/docs.h"
#include "services/booking/lane.h"
#include "services/booking/meters.h"
#include "services/booking/record.h"

static const struct log_scope scope = {.component = "lane"};

static void on_committed(struct task *task);

/* On the store's thread: back to the loop. */
static void on_stored(struct store_commit *commit, int r) {
    struct batch *batch = commit->data;
    batch->result = r;
    loop_post(batch->lane->lanes->options.loop, &batch->committed);
}

struct batch *batch_new(void) {
    struct batch *batch = memory_new(sizeof(*batch));
    arena_init(&batch->arena, 0);
    list_init(&batch->link);
    list_init(&batch->requests);
    batch->commit.done = on_stored;
    batch->commit.data = batch;
    batch->committed.run = on_committed;
    return batch;
}

void batch_free(struct batch *batch) {
    if (!batch)
        return;
    arena_deinit(&batch->arena);
    buffer_deinit(&batch->scratch);
    store_commit_deinit(&batch->commit);
    free(batch);
}

/* --- deciding --- */

static bool batch_has_room(const struct batch *batch) {
    return batch->change_count < BATCH_CHANGES_MAX && !batch->is_damaged;
}

static struct booking_entry *lane_due_hold(const struct lane *lane, int64_t now_ms) {
    struct heap_entry *first = heap_peek(&lane->holds);
    return first && first->key <= now_ms ? container_of(first, struct booking_entry, deadline)
                                         : NULL;
}

/* True when no due hold is left. */
static bool batch_expire(struct batch *batch) {
    struct booking_entry *entry;
    while ((entry = lane_due_hold(batch->lane, batch->now_ms))) {
        struct change *change = batch_has_room(batch) ? change_open(batch, entry) : NULL;
        if (!change)
            return false;
        /* Out of the heap for good: if this is not committed the process ends. */
        heap_remove(&batch->lane->holds, &entry->deadline);
        (void)engine_expire(&batch->inventory, &change->booking, batch->now_ms);
    }
    return true;
}

/* Some more bookings of a cancelled event; which are left is seen from their states, so a crash
 * loses nothing but the place. */
static void batch_call_off(struct batch *batch) {
    struct lane *lane = batch->lane;
    unsigned done = 0;
    if (batch->inventory.sale != SALE_CANCELLED)
        return;
    while (lane->call_off_next && done < BATCH_CALL_OFF_MAX && batch_has_room(batch)) {
        struct booking_entry *entry = lane->call_off_next;
        if (booking_state_is_live(entry->state)) {
            struct change *change = change_open(batch, entry);
            if (!change)
                return;
            (void)engine_call_off(&batch->inventory, &change->booking, batch->now_ms);
            done++;
        }
        lane->call_off_next = entry->older_of_event;
    }
}

static void batch_decide(struct batch *batch) {
    struct lane *lane = batch->lane;
    if (!batch_expire(batch))
        return;
    batch_call_off(batch);
    while (batch->request_count < BATCH_REQUESTS_MAX && batch_has_room(batch)) {
        struct list *first = list_pop_front(&lane->queue);
        if (!first)
            return;
        struct lane_request *request = container_of(first, struct lane_request, link);
        lane->queued--;
        request->change = NULL;
        request->cause = lane_request_trace(request);
        request->outcome = decide(batch, request);
        list_push_back(&batch->requests, &request->link);
        batch->request_count++;
    }
}

/* --- committing --- */

static void batch_write_booking(struct batch *batch, const struct change *change) {
    docs_put_booking(&batch->commit, &batch->scratch, &change->booking);
    for (uint32_t count = change->durable_count + 1; count <= change->booking.history_count;
         count++)
        record_put_booking(&batch->commit, &change->booking, count, change->trace);
}

/* All of a batch wait for its commit, those that it refuses, too. */
static void batch_trace(struct batch *batch) {
    if (!spans_are_on())
        return;
    list_for_each (link, &batch->requests) {
        struct lane_request *request = container_of(link, struct lane_request, link);
        const struct trace *trace = request->cause;
        if (!trace || !trace->sampled)
            continue;
        struct trace *own = arena_alloc(&batch->arena, sizeof(*own));
        store_commit_trace(&batch->commit, trace, own);
        request->cause = own;
        if (request->change && request->change->trace == trace)
            request->change->trace = own;
    }
}

static const struct trace *better_cause(const struct trace *a, const struct trace *b) {
    return !a || (b && b->sampled && !a->sampled) ? b : a;
}

/* One stands for all that changed the seats, rather one that is recorded. NULL: nobody's request
 * did. */
static const struct trace *batch_cause(const struct batch *batch) {
    const struct trace *cause = NULL;
    for (uint32_t i = 0; i < batch->change_count; i++)
        if (change_is_written(batch->changes[i]))
            cause = better_cause(cause, batch->changes[i]->trace);
    if (batch->change_count > 0)
        return cause;
    list_for_each (link, &batch->requests)
        cause = better_cause(cause, container_of(link, struct lane_request, link)->cause);
    return cause;
}

static bool inventory_shows_change(const struct inventory *a, const struct inventory *b) {
    return a->capacity != b->capacity || a->held != b->held || a->sold != b->sold;
}

static bool batch_has_writes(const struct batch *batch) {
    const struct lane *lane = batch->lane;
    if (memcmp(&batch->inventory, &lane->inventory, sizeof(batch->inventory)) != 0)
        return true;
    for (uint32_t i = 0; i < batch->change_count; i++)
        if (change_is_written(batch->changes[i]))
            return true;
    return false;
}

/* False: there is nothing to write. */
static bool batch_build(struct batch *batch) {
    struct lane *lane = batch->lane;
    char scratch[DOCS_PARTITION_SIZE];
    if (!batch_has_writes(batch))
        return false;
    store_commit_begin(&batch->commit, docs_event_partition(&lane->inventory.event_id, scratch),
        (uint64_t)lane->inventory.sequence);
    batch_trace(batch);
    for (uint32_t i = 0; i < batch->change_count; i++)
        if (change_is_written(batch->changes[i]))
            batch_write_booking(batch, batch->changes[i]);
    batch->inventory.sequence++;
    docs_put_inventory(&batch->commit, &batch->scratch, &batch->inventory);
    if (inventory_shows_change(&batch->inventory, &lane->inventory))
        record_put_availability(&batch->commit, &batch->inventory, batch_cause(batch));
    return true;
}

/* What the bookings say that is held and sold, against what the inventory says. */
static bool batch_balances(const struct batch *batch) {
    int32_t counted[BOOKING_EXPIRED + 1] = {
        [BOOKING_HELD] = batch->lane->counted_held,
        [BOOKING_CONFIRMED] = batch->lane->counted_sold,
    };
    for (uint32_t i = 0; i < batch->change_count; i++) {
        const struct change *change = batch->changes[i];
        counted[change_state_before(change)] -= change->booking.seats;
        counted[booking_last(&change->booking)->state] += change->booking.seats;
    }
    return counted[BOOKING_HELD] == batch->inventory.held &&
           counted[BOOKING_CONFIRMED] == batch->inventory.sold &&
           inventory_is_conserved(&batch->inventory);
}

/* --- ending --- */

static void change_apply(struct batch *batch, struct change *change) {
    struct lane *lane = batch->lane;
    const struct transition *last = booking_last(&change->booking);
    if (!change->entry) {
        change->entry = directory_add_booking(
            lane->lanes->options.directory, change->user, &change->booking);
        lane_link_booking(lane, change->entry);
    }
    lane_move_booking(lane, change->entry, last->state, last->deadline_ms);
    meters_count_move(change_state_before(change), last->state, change->booking.seats);
    if (change->key)
        key_settle(lane->lanes->options.keys, change->key, change->entry, last->time_ms);
}

static void batch_apply(struct batch *batch) {
    struct lane *lane = batch->lane;
    bool shows = inventory_shows_change(&batch->inventory, &lane->inventory) ||
                 batch->inventory.sale != lane->inventory.sale;
    bool is_called_off = batch->inventory.sale == SALE_CANCELLED &&
                         lane->inventory.sale != SALE_CANCELLED;
    lane->inventory = batch->inventory;
    for (uint32_t i = 0; i < batch->change_count; i++)
        if (change_is_written(batch->changes[i]))
            change_apply(batch, batch->changes[i]);
    if (is_called_off)
        lane->call_off_next = lane->newest;
    if (shows && lane->lanes->options.on_change)
        lane->lanes->options.on_change(lane->lanes->options.data, lane);
}

/* Nothing of the batch has happened. Its keys must not stand for answers that were never given. */
static void batch_undo(struct batch *batch) {
    for (uint32_t i = 0; i < batch->change_count; i++)
        if (batch->changes[i]->key)
            key_drop(batch->lane->lanes->options.keys, batch->changes[i]->key);
}

static void batch_answer_request(
    struct batch *batch, struct lane_request *request, enum outcome failure) {
    struct booking as_of;
    struct lane_answer answer = {
        .outcome = failure ? failure : request->outcome,
        .inventory = &batch->lane->inventory,
    };
    if (!failure && request->change) {
        answer.booking = &request->change->booking;
        if (request->history_count != answer.booking->history_count) {
            as_of = *answer.booking;
            as_of.history_count = request->history_count;
            answer.booking = &as_of;
        }
    }
    if (request->verb == LANE_BOOK)
        meters_count_book(answer.outcome, request->book.hold_ms > 0);
    request->done(request, &answer);
}

/* failure: what all of them are told instead of their own outcome. */
static void batch_end(struct batch *batch, enum outcome failure) {
    struct lane *lane = batch->lane;
    if (failure)
        batch_undo(batch);
    for (uint32_t i = 0; i < batch->change_count; i++)
        if (batch->changes[i]->entry)
            batch->changes[i]->entry->change = NULL;
    lane->lanes->waiting -= batch->request_count;
    for (struct list *next; (next = list_pop_front(&batch->requests));)
        batch_answer_request(batch, container_of(next, struct lane_request, link), failure);
    arena_clear(&batch->arena);
    lane_on_batch_end(lane);
}

static void on_committed(struct task *task) {
    struct batch *batch = container_of(task, struct batch, committed);
    struct lane *lane = batch->lane;
    int r = batch->result;
    meters_observe_batch(batch->request_count, clock_monotonic_us() - batch->started_us);
    if (r == 0) {
        assert(batch->commit.ret_version == (uint64_t)batch->inventory.sequence);
        batch_apply(batch);
    } else {
        lanes_break(lane->lanes,
            r == STORE_CONFLICT ? "another process writes to this store" : strerror(-r));
    }
    batch_end(batch, r == 0 ? OUTCOME_OK : OUTCOME_UNKNOWN);
}

static void batch_refuse(struct batch *batch) {
    char event_id[UUID_TEXT_SIZE];
    uuid_format(&batch->inventory.event_id, event_id);
    log_error(&scope,
        "books do not balance, event closed event_id=%s capacity=%d held=%d sold=%d damaged=%d",
        event_id, batch->inventory.capacity, batch->inventory.held, batch->inventory.sold,
        batch->is_damaged);
    meters_count_conservation_error();
    batch->lane->is_closed = true;
    batch_end(batch, OUTCOME_INCONSISTENT);
}

static void batch_start(struct batch *batch, struct lane *lane) {
    batch->lane = lane;
    memcpy(&batch->inventory, &lane->inventory, sizeof(batch->inventory));
    batch->now_ms = clock_wall_ms();
    batch->started_us = clock_monotonic_us();
    batch->request_count = 0;
    batch->change_count = 0;
    batch->is_damaged = false;
    lane->batch = batch;
}

void batch_run(struct batch *batch, struct lane *lane) {
    batch_start(batch, lane);
    batch_decide(batch);
    store_view_close(batch->view);
    batch->view = NULL;
    if (batch->is_damaged || !batch_balances(batch))
        batch_refuse(batch);
    else if (batch_build(batch))
        store_submit(lane->lanes->options.store, &batch->commit);
    else
        batch_end(batch, OUTCOME_OK);
}
