/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/lane.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "mesh/call.h"
#include "services/booking/batch.h"
#include "services/booking/meters.h"

/* A hold's timer looks at the wall clock again at least this often, because that may be set. */
enum { TIMER_MS_MAX = 30000, RETRY_MS_MIN = 50, RETRY_MS_MAX = 10000 };

static const struct log_scope scope = {.component = "lane"};

/* --- whose turn it is --- */

static bool lane_has_own_work(const struct lane *lane) {
    if (lane->lanes->is_draining)
        return false;
    struct heap_entry *first = heap_peek(&lane->holds);
    return lane->call_off_next || (first && first->key <= clock_wall_ms());
}

static bool lane_can_run(const struct lane *lane) {
    return lane->state == LANE_KNOWN && !lane->batch && !lane->is_closed &&
           !lane->lanes->is_broken && (lane->queued > 0 || lane_has_own_work(lane));
}

static void lane_wake(struct lane *lane) {
    if (lane_can_run(lane) && list_is_empty(&lane->turn))
        list_push_back(&lane->lanes->turns, &lane->turn);
}

static void lane_set_timer(struct lane *lane) {
    struct heap_entry *first = heap_peek(&lane->holds);
    if (!first || lane->lanes->is_draining) {
        timer_stop(&lane->timer);
        return;
    }
    int64_t delay_ms = first->key - clock_wall_ms();
    if (delay_ms > TIMER_MS_MAX)
        delay_ms = TIMER_MS_MAX;
    timer_start(&lane->timer, delay_ms > 0 ? delay_ms : 0);
}

static void on_timer(struct timer *timer) {
    struct lane *lane = container_of(timer, struct lane, timer);
    lane_wake(lane);
    if (list_is_empty(&lane->turn) && !lane->batch)
        lane_set_timer(lane);
}

static struct batch *lanes_take_batch(struct lanes *lanes) {
    struct list *spare = list_pop_front(&lanes->spare_batches);
    return spare ? container_of(spare, struct batch, link) : batch_new();
}

/* One batch for every lane that has work now; whoever still has some stands in line again. */
static void lanes_run(void *data) {
    struct lanes *lanes = data;
    struct list now;
    list_init(&now);
    list_splice_back(&now, &lanes->turns);
    while (lanes->in_flight < LANES_IN_FLIGHT_MAX) {
        struct list *next = list_pop_front(&now);
        if (!next)
            break;
        struct lane *lane = container_of(next, struct lane, turn);
        if (!lane_can_run(lane))
            continue;
        lanes->in_flight++;
        batch_run(lanes_take_batch(lanes), lane);
    }
    list_splice_back(&now, &lanes->turns);
    list_splice_back(&lanes->turns, &now);
    /* With all commits in flight the next one that ends comes round by itself. */
    if (!list_is_empty(&lanes->turns) && !lanes->is_again_posted &&
        lanes->in_flight < LANES_IN_FLIGHT_MAX) {
        lanes->is_again_posted = true;
        loop_post(lanes->options.loop, &lanes->again);
    }
    keys_sweep(lanes->options.keys, clock_wall_ms());
    meters_set_waiting((int64_t)lanes->waiting);
}

/* Comes round only so that the loop does: the round's end runs the lanes. */
static void on_again(struct task *task) {
    container_of(task, struct lanes, again)->is_again_posted = false;
}

/* --- answers without a decision --- */

static void refuse(struct lane_request *request, enum outcome outcome, int64_t retry_ms) {
    struct lane_answer answer = {.outcome = outcome, .retry_ms = retry_ms};
    if (request->verb == LANE_BOOK)
        meters_count_book(outcome, request->book.hold_ms > 0);
    request->done(request, &answer);
}

static void lane_refuse_all(struct lane *lane, enum outcome outcome) {
    for (struct list *next; (next = list_pop_front(&lane->queue));) {
        lane->queued--;
        lane->lanes->waiting--;
        refuse(container_of(next, struct lane_request, link), outcome, 0);
    }
}

static void lane_measure(struct lane *lane, const struct batch *batch) {
    int64_t elapsed_us = clock_monotonic_us() - batch->started_us;
    int64_t rate = (int64_t)batch->request_count * 1000000 / (elapsed_us > 0 ? elapsed_us : 1);
    lane->decided_rate = lane->decided_rate ? (lane->decided_rate * 7 + rate) / 8 : rate;
}

void lane_on_batch_end(struct lane *lane) {
    lane_measure(lane, lane->batch);
    list_push_front(&lane->lanes->spare_batches, &lane->batch->link);
    lane->batch = NULL;
    lane->lanes->in_flight--;
    if (lane->is_closed)
        lane_refuse_all(lane, OUTCOME_INCONSISTENT);
    lane_set_timer(lane);
    lane_wake(lane);
}

void lanes_break(struct lanes *lanes, const char *why) {
    if (lanes->is_broken)
        return;
    lanes->is_broken = true;
    size_t cursor = 0;
    for (struct lane *lane; (lane = map_next(&lanes->by_event, &cursor, NULL));)
        lane_refuse_all(lane, OUTCOME_UNKNOWN);
    if (lanes->options.on_broken)
        lanes->options.on_broken(lanes->options.data, why);
}

/* How long the queue will take at the pace of late. */
static int64_t lane_retry_ms(const struct lane *lane) {
    int64_t wait_ms = lane->decided_rate ? lane->queued * INT64_C(1000) / lane->decided_rate : 0;
    if (wait_ms < RETRY_MS_MIN)
        return RETRY_MS_MIN;
    return wait_ms > RETRY_MS_MAX ? RETRY_MS_MAX : wait_ms;
}

/* --- lanes of events --- */

static struct lane *lanes_add(struct lanes *lanes, const struct uuid *event_id) {
    struct lane *lane = memory_new(sizeof(*lane));
    lane->inventory.event_id = *event_id;
    lane->lanes = lanes;
    list_init(&lane->queue);
    list_init(&lane->turn);
    list_init(&lane->absent);
    timer_init(&lane->timer, lanes->options.loop, on_timer);
    map_put(&lanes->by_event, uuid_key(&lane->inventory.event_id), lane);
    return lane;
}

static void lane_free(struct lane *lane) {
    timer_stop(&lane->timer);
    heap_deinit(&lane->holds);
    free(lane);
}

struct lane *lanes_find(const struct lanes *lanes, const struct uuid *event_id) {
    return map_get(&lanes->by_event, uuid_key(event_id));
}

static void lane_leave_absent(struct lane *lane) {
    if (list_is_empty(&lane->absent))
        return;
    list_remove(&lane->absent);
    lane->lanes->absent_count--;
}

/* An absent event has no bookings and nobody waits for it, so its lane can go. */
static void lanes_forget_absent(struct lanes *lanes) {
    while (lanes->absent_count > LANES_ABSENT_MAX) {
        struct lane *oldest = container_of(lanes->absent.next, struct lane, absent);
        lane_leave_absent(oldest);
        map_remove(&lanes->by_event, uuid_key(&oldest->inventory.event_id));
        lane_free(oldest);
    }
}

static void lane_become_absent(struct lane *lane, enum outcome why) {
    int64_t believed_ms = why == OUTCOME_EVENT_UNREACHABLE ? LANE_UNREACHABLE_MS : LANE_ABSENT_MS;
    lane->state = LANE_ABSENT;
    lane->refusal = why;
    lane->believed_until_ms = clock_monotonic_ms() + believed_ms;
    lane_leave_absent(lane);
    list_push_back(&lane->lanes->absent, &lane->absent);
    lane->lanes->absent_count++;
    lane_refuse_all(lane, why);
    lanes_forget_absent(lane->lanes);
}

static void lane_ask(struct lane *lane, const struct trace *trace) {
    lane_leave_absent(lane);
    lane->state = LANE_ASKING;
    lane->lanes->options.look_up(lane->lanes->options.data, &lane->inventory.event_id, trace);
}

static bool lane_still_believes(const struct lane *lane) {
    return lane->state == LANE_ABSENT && clock_monotonic_ms() < lane->believed_until_ms;
}

/* --- requests --- */

const struct trace *lane_request_trace(const struct lane_request *request) {
    return request->call ? call_trace(request->call) : request->trace;
}

/* Facts make a lane known, and go before those who waited for them. */
static void lane_queue(struct lane *lane, struct lane_request *request) {
    lane->queued++;
    lane->lanes->waiting++;
    if (request->verb == LANE_FACTS && lane->state != LANE_KNOWN) {
        lane_leave_absent(lane);
        lane->state = LANE_KNOWN;
        list_push_front(&lane->queue, &request->link);
    } else {
        list_push_back(&lane->queue, &request->link);
    }
}

void lanes_submit(struct lanes *lanes, const struct uuid *event_id, struct lane_request *request) {
    if (lanes->is_broken) {
        refuse(request, OUTCOME_UNKNOWN, 0);
        return;
    }
    struct lane *lane = lanes_find(lanes, event_id);
    if (!lane)
        lane = lanes_add(lanes, event_id);
    if (lane->is_closed)
        refuse(request, OUTCOME_INCONSISTENT, 0);
    else if (request->verb != LANE_FACTS && lane_still_believes(lane))
        refuse(request, lane->refusal, 0);
    else if (lane->queued >= LANE_QUEUE_MAX && request->verb != LANE_FACTS)
        refuse(request, OUTCOME_OVERLOADED, lane_retry_ms(lane));
    else {
        lane_queue(lane, request);
        lane_wake(lane);
        if (lane->state == LANE_UNKNOWN || lane->state == LANE_ABSENT)
            lane_ask(lane, lane_request_trace(request));
    }
}

/* Facts that were asked for; nobody waits for this request itself. */
static void on_facts_applied(struct lane_request *request, const struct lane_answer *answer) {
    free(request);
}

void lanes_answer_look_up(struct lanes *lanes, const struct uuid *event_id, enum outcome outcome,
    const struct event_facts *facts) {
    struct lane *lane = lanes_find(lanes, event_id);
    if (!lane || lane->state != LANE_ASKING)
        return; /* the bus was faster */
    if (outcome != OUTCOME_OK) {
        lane_become_absent(lane, outcome);
        return;
    }
    struct lane_request *request = memory_new(sizeof(*request));
    request->verb = LANE_FACTS;
    request->done = on_facts_applied;
    request->facts = *facts;
    lanes_submit(lanes, event_id, request);
}

/* --- the bookings of a lane --- */

void lane_link_booking(struct lane *lane, struct booking_entry *entry) {
    entry->lane = lane;
    entry->older_of_event = lane->newest;
    lane->newest = entry;
}

static void lane_count(struct lane *lane, enum booking_state state, int32_t seats) {
    if (state == BOOKING_HELD)
        lane->counted_held += seats;
    else if (state == BOOKING_CONFIRMED)
        lane->counted_sold += seats;
}

void lane_move_booking(
    struct lane *lane, struct booking_entry *entry, enum booking_state state, int64_t deadline_ms) {
    lane_count(lane, entry->state, -entry->seats);
    lane_count(lane, state, entry->seats);
    entry->state = (uint8_t)state;
    heap_remove(&lane->holds, &entry->deadline);
    if (state == BOOKING_HELD) {
        entry->deadline.key = deadline_ms;
        heap_insert(&lane->holds, &entry->deadline);
    }
}

/* --- the set --- */

void lanes_init(struct lanes *lanes, const struct lanes_options *options) {
    *lanes = (struct lanes){.options = *options, .again.run = on_again};
    list_init(&lanes->turns);
    list_init(&lanes->absent);
    list_init(&lanes->spare_batches);
    loop_on_round_end(options->loop, lanes_run, lanes);
}

void lanes_deinit(struct lanes *lanes) {
    assert(lanes->in_flight == 0);
    size_t cursor = 0;
    for (struct lane *lane; (lane = map_next(&lanes->by_event, &cursor, NULL));)
        lane_free(lane);
    map_deinit(&lanes->by_event);
    for (struct list *spare; (spare = list_pop_front(&lanes->spare_batches));)
        batch_free(container_of(spare, struct batch, link));
}

struct lane *lanes_restore(struct lanes *lanes, const struct inventory *inventory) {
    struct lane *lane = lanes_add(lanes, &inventory->event_id);
    lane->inventory = *inventory;
    lane->state = LANE_KNOWN;
    return lane;
}

void lane_restore_booking(
    struct lane *lane, struct booking_entry *entry, const struct booking *booking) {
    const struct transition *last = booking_last(booking);
    lane_link_booking(lane, entry);
    lane_move_booking(lane, entry, last->state, last->deadline_ms);
    meters_count_move(BOOKING_NONE, last->state, booking->seats);
}

static bool lane_balances(const struct lane *lane) {
    return lane->counted_held == lane->inventory.held &&
           lane->counted_sold == lane->inventory.sold && inventory_is_conserved(&lane->inventory);
}

static void lane_close(struct lane *lane) {
    char event_id[UUID_TEXT_SIZE];
    uuid_format(&lane->inventory.event_id, event_id);
    log_error(&scope,
        "bookings and seats do not add up, event closed event_id=%s held=%d counted_held=%d "
        "sold=%d counted_sold=%d capacity=%d",
        event_id, lane->inventory.held, lane->counted_held, lane->inventory.sold,
        lane->counted_sold, lane->inventory.capacity);
    meters_count_conservation_error();
    lane->is_closed = true;
}

static void lane_resume(struct lane *lane) {
    if (lane->inventory.sale == SALE_CANCELLED && lane->counted_held + lane->counted_sold > 0)
        lane->call_off_next = lane->newest;
    lane_set_timer(lane);
    lane_wake(lane);
}

bool lanes_restored(struct lanes *lanes) {
    bool all_balance = true;
    size_t cursor = 0;
    for (struct lane *lane; (lane = map_next(&lanes->by_event, &cursor, NULL));)
        if (lane_balances(lane)) {
            lane_resume(lane);
        } else {
            lane_close(lane);
            all_balance = false;
        }
    return all_balance;
}

void lanes_drain(struct lanes *lanes) {
    lanes->is_draining = true;
}

bool lanes_are_idle(const struct lanes *lanes) {
    return lanes->waiting == 0 && lanes->in_flight == 0;
}
