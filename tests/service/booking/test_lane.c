/* SPDX-License-Identifier: Apache-2.0 */

/* Lanes over a real store: races, duplicates, refusals that cost nothing, fairness, restarts. */

#include "tests/service/booking/stand.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "services/booking/batch.h"
#include "tests/support/span_box.h"

static int setup(void **state) {
    struct stand *stand = memory_new(sizeof(*stand));
    stand_start(stand, NULL);
    *state = stand;
    return 0;
}

static int teardown(void **state) {
    stand_free(*state);
    free(*state);
    return 0;
}

static uint64_t commits(struct stand *stand) {
    struct store_stats stats;
    store_stats(stand->store, &stats);
    return stats.commits;
}

/* The desk's numbers, the inventory document and the sum of the bookings are the same. A hold may
 * end between the looks: then it is looked again. */
static void assert_conserved(struct stand *stand, const struct uuid *event_id) {
    struct inventory inventory;
    struct tally tally;
    do {
        inventory = stand_inventory(stand, event_id);
        tally = stand_tally(stand, event_id);
    } while (tally.inventory.sequence != inventory.sequence);
    assert_int_equal(tally.held, inventory.held);
    assert_int_equal(tally.sold, inventory.sold);
    assert_memory_equal(&tally.inventory, &inventory, sizeof(inventory));
    assert_true(inventory_is_conserved(&inventory));
}

static size_t count_outcome(const struct ask *asks, size_t count, enum outcome outcome) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += asks[i].outcome == outcome;
    return found;
}

/* --- races --- */

enum { RACERS = 4, RACE_ASKS = 1000, RACE_SEATS = 900 };

struct racer {
    struct stand *stand;
    struct uuid event_id;
    struct user_entry *user;
    unsigned seed;
    struct ask asks[RACE_ASKS];
    pthread_t thread;
};

static void *race(void *data) {
    struct racer *racer = data;
    for (size_t i = 0; i < RACE_ASKS;) {
        size_t burst = 1 + (size_t)rand_r(&racer->seed) % 40;
        if (burst > RACE_ASKS - i)
            burst = RACE_ASKS - i;
        for (size_t j = i; j < i + burst; j++)
            racer->asks[j] = ask_book(&racer->event_id, racer->user, 1 + rand_r(&racer->seed) % 3,
                rand_r(&racer->seed) % 2 ? 60000 : 0);
        stand_ask_all(racer->stand, &racer->asks[i], burst);
        i += burst;
    }
    return NULL;
}

static int32_t seats_given(const struct racer *racer) {
    int32_t seats = 0;
    for (size_t i = 0; i < RACE_ASKS; i++)
        if (racer->asks[i].outcome == OUTCOME_OK)
            seats += racer->asks[i].booking.seats;
        else
            assert_int_equal(racer->asks[i].outcome, OUTCOME_SOLD_OUT);
    return seats;
}

static void a_rush_sells_every_seat_once(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, RACE_SEATS);
    struct racer *racers = memory_new(RACERS * sizeof(*racers));
    int32_t seats = 0;
    for (unsigned i = 0; i < RACERS; i++) {
        racers[i].stand = stand;
        racers[i].event_id = event_id;
        racers[i].user = stand_user(stand);
        racers[i].seed = i + 1;
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (unsigned i = 0; i < RACERS; i++) {
        assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
        seats += seats_given(&racers[i]);
    }
    free(racers);
    assert_int_equal(seats, RACE_SEATS);
    assert_conserved(stand, &event_id);
    stand_restart(stand);
    struct tally tally = stand_tally(stand, &event_id);
    assert_int_equal(tally.held + tally.sold, RACE_SEATS);
    assert_conserved(stand, &event_id);
}

/* Cancelled by its user, confirmed and overdue at the same time, many times over: the seats come
 * back once. */
static void seats_come_back_once(void **state) {
    enum { HOLDS = 20, REQUESTS = 6 };
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, HOLDS * 2);
    struct user_entry *user = stand_user(stand);
    struct ask books[HOLDS], changes[HOLDS * REQUESTS];
    for (int i = 0; i < HOLDS; i++)
        books[i] = ask_book(&event_id, user, 2, 300);
    stand_ask_all(stand, books, HOLDS);
    assert_int_equal(count_outcome(books, HOLDS, OUTCOME_OK), HOLDS);
    for (int i = 0; i < HOLDS * REQUESTS; i++) {
        const struct uuid *id = &books[i / REQUESTS].booking.id;
        changes[i] = ask_change(stand, id, i % 5 == 4 ? LANE_CONFIRM : LANE_CANCEL);
    }
    stand_ask_all(stand, changes, HOLDS * REQUESTS / 2);
    usleep(300 * 1000); /* the others are overdue now */
    stand_ask_all(stand, changes + HOLDS * REQUESTS / 2, HOLDS * REQUESTS / 2);
    struct inventory after = stand_inventory(stand, &event_id);
    assert_int_equal(after.held, 0);
    assert_int_equal(after.sold, 0);
    assert_conserved(stand, &event_id);
}

/* --- duplicates --- */

static struct ask ask_keyed(const struct uuid *event_id, struct user_entry *user, int32_t seats) {
    struct ask ask = ask_book(event_id, user, seats, 60000);
    ask.request.book.key = TEXT("the-same-key");
    return ask;
}

static void assert_same_answer(const struct ask *ask, const struct ask *first) {
    assert_true(ask->outcome == OUTCOME_OK || ask->outcome == OUTCOME_UNCHANGED);
    assert_memory_equal(&ask->booking.id, &first->booking.id, sizeof(struct uuid));
    assert_int_equal(ask->booking.history_count, first->booking.history_count);
    assert_memory_equal(
        &ask->booking.history[0], &first->booking.history[0], sizeof(first->booking.history[0]));
}

static void one_key_is_one_booking(void **state) {
    enum { COPIES = 100 };
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 1000);
    struct user_entry *user = stand_user(stand);
    struct uuid user_id = user->id;
    struct ask asks[COPIES];
    for (int i = 0; i < COPIES; i++)
        asks[i] = ask_keyed(&event_id, user, 3);
    /* Some in the same batch, the others while it is in flight. */
    struct askers *early = stand_submit(stand, asks, COPIES / 2);
    struct askers *late = stand_submit(stand, asks + COPIES / 2, COPIES / 2);
    stand_wait(early);
    stand_wait(late);
    for (int i = 0; i < COPIES; i++)
        assert_same_answer(&asks[i], &asks[0]);
    assert_int_equal(count_outcome(asks, COPIES, OUTCOME_OK), 1);
    assert_int_equal(stand_tally(stand, &event_id).held, 3);

    /* The answer stays what it was, whatever became of the booking, also after a restart. */
    struct ask cancel = ask_change(stand, &asks[0].booking.id, LANE_CANCEL);
    stand_ask(stand, &cancel);
    assert_int_equal(cancel.outcome, OUTCOME_OK);
    struct ask again = ask_keyed(&event_id, user, 3);
    stand_ask(stand, &again);
    assert_same_answer(&again, &asks[0]);
    stand_restart(stand);
    again = ask_keyed(&event_id, directory_user(&stand->desk.directory, &user_id), 3);
    stand_ask(stand, &again);
    assert_same_answer(&again, &asks[0]);
    assert_int_equal(stand_tally(stand, &event_id).held, 0);
}

static void a_key_stands_for_one_request(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 10), other_id = stand_event(stand, 10);
    struct user_entry *user = stand_user(stand), *other = stand_user(stand);
    struct ask asks[] = {
        ask_keyed(&event_id, user, 2),
        ask_keyed(&event_id, user, 3),
        ask_keyed(&other_id, user, 2),
        ask_keyed(&event_id, other, 2),
    };
    stand_ask(stand, &asks[0]);
    stand_ask_all(stand, asks + 1, 3);
    assert_int_equal(asks[0].outcome, OUTCOME_OK);
    assert_int_equal(asks[1].outcome, OUTCOME_IDEMPOTENCY_MISMATCH);
    assert_int_equal(asks[2].outcome, OUTCOME_IDEMPOTENCY_MISMATCH);
    assert_int_equal(asks[3].outcome, OUTCOME_OK);
}

static void an_extension_is_given_once_per_key(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 10);
    struct ask book = ask_book(&event_id, stand_user(stand), 1, 60000);
    stand_ask(stand, &book);
    struct ask asks[4];
    for (int i = 0; i < 4; i++) {
        asks[i] = ask_change(stand, &book.booking.id, LANE_EXTEND);
        asks[i].request.booking.key = i < 3 ? TEXT("first") : TEXT("second");
    }
    stand_ask_all(stand, asks, 2);
    stand_ask_all(stand, asks + 2, 2);
    assert_int_equal(asks[0].outcome, OUTCOME_OK);
    assert_int_equal(asks[1].outcome, OUTCOME_UNCHANGED);
    assert_int_equal(asks[2].outcome, OUTCOME_UNCHANGED);
    assert_int_equal(asks[2].booking.history_count, 2);
    assert_int_equal(asks[3].outcome, OUTCOME_ALREADY_EXTENDED);
}

static void a_refusal_is_remembered(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 2);
    struct user_entry *user = stand_user(stand);
    struct ask all = ask_book(&event_id, user, 2, 60000), keyed = ask_keyed(&event_id, user, 1);
    stand_ask(stand, &all);
    stand_ask(stand, &keyed);
    assert_int_equal(keyed.outcome, OUTCOME_SOLD_OUT);
    struct ask cancel = ask_change(stand, &all.booking.id, LANE_CANCEL);
    stand_ask(stand, &cancel);
    struct ask again = ask_keyed(&event_id, user, 1), other = ask_book(&event_id, user, 1, 0);
    stand_ask(stand, &again);
    stand_ask(stand, &other);
    assert_int_equal(again.outcome, OUTCOME_SOLD_OUT);
    assert_int_equal(other.outcome, OUTCOME_OK);
}

static void a_key_is_forgotten_after_its_window(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 10);
    struct user_entry *user = stand_user(stand);
    stand->desk.keys.window_ms = 20;
    struct ask first = ask_keyed(&event_id, user, 1), second = ask_keyed(&event_id, user, 2);
    stand_ask(stand, &first);
    usleep(30 * 1000);
    struct ask wake = ask_book(&event_id, user, 1, 0); /* sweeping is the rounds' work */
    stand_ask(stand, &wake);
    stand_ask(stand, &second);
    assert_int_equal(second.outcome, OUTCOME_OK);
}

/* --- what costs nothing --- */

static void a_refusal_never_reaches_the_store(void **state) {
    enum { ASKS = 3000 };
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 4);
    struct user_entry *user = stand_user(stand);
    struct ask *asks = memory_new(ASKS * sizeof(*asks));
    struct ask fill = ask_keyed(&event_id, user, 4);
    stand_ask(stand, &fill);
    uint64_t before = commits(stand);
    for (int i = 0; i < ASKS; i++)
        asks[i] = i % 2 ? ask_keyed(&event_id, user, 4) : ask_book(&event_id, user, 1, 0);
    stand_ask_all(stand, asks, ASKS);
    assert_int_equal(count_outcome(asks, ASKS, OUTCOME_SOLD_OUT), ASKS / 2);
    assert_int_equal(count_outcome(asks, ASKS, OUTCOME_UNCHANGED), ASKS / 2);
    assert_int_equal(commits(stand), before);
    free(asks);
}

static void many_bookings_share_a_commit(void **state) {
    enum { ASKS = 2048 };
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, ASKS);
    struct user_entry *user = stand_user(stand);
    struct ask *asks = memory_new(ASKS * sizeof(*asks));
    uint64_t before = commits(stand);
    for (int i = 0; i < ASKS; i++)
        asks[i] = ask_book(&event_id, user, 1, 0);
    stand_ask_all(stand, asks, ASKS);
    assert_int_equal(count_outcome(asks, ASKS, OUTCOME_OK), ASKS);
    assert_int_equal(commits(stand) - before, ASKS / BATCH_REQUESTS_MAX);
    free(asks);
}

/* --- order, bounds, fairness --- */

enum { HOT_ASKS = 8000 };

/* One request for a cold event behind very many for a hot one; all of them come to `outcome`. */
static void assert_cold_goes_between(
    struct stand *stand, const struct uuid *hot, int32_t cold_seats, enum outcome outcome) {
    struct uuid cold = stand_event(stand, 1);
    struct user_entry *user = stand_user(stand);
    struct ask *asks = memory_new((HOT_ASKS + 1) * sizeof(*asks));
    for (int i = 0; i < HOT_ASKS; i++)
        asks[i] = ask_book(hot, user, 1, 0);
    asks[HOT_ASKS] = ask_book(&cold, user, cold_seats, 0);
    stand_ask_all(stand, asks, HOT_ASKS + 1);
    assert_int_equal(count_outcome(asks, HOT_ASKS + 1, outcome), HOT_ASKS + 1);
    assert_in_range(asks[HOT_ASKS].order, 1, HOT_ASKS * 3 / 4);
    for (int i = 1; i < HOT_ASKS; i++)
        assert_true(asks[i].order > asks[i - 1].order);
    free(asks);
}

static void a_hot_lane_does_not_starve_another(void **state) {
    struct stand *stand = *state;
    struct uuid hot = stand_event(stand, HOT_ASKS);
    assert_cold_goes_between(stand, &hot, 1, OUTCOME_OK);
}

static void refusals_do_not_starve_another_lane(void **state) {
    struct stand *stand = *state;
    struct uuid hot = stand_event(stand, 1);
    struct ask fill = ask_book(&hot, stand_user(stand), 1, 0);
    stand_ask(stand, &fill);
    assert_cold_goes_between(stand, &hot, 2, OUTCOME_SOLD_OUT);
}

static void a_queue_is_bounded(void **state) {
    enum { ASKS = LANE_QUEUE_MAX + 500 };
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, ASKS);
    struct user_entry *user = stand_user(stand);
    struct ask *asks = memory_new(ASKS * sizeof(*asks));
    for (int i = 0; i < ASKS; i++)
        asks[i] = ask_book(&event_id, user, 1, 0);
    stand_ask_all(stand, asks, ASKS);
    assert_int_equal(count_outcome(asks, ASKS, OUTCOME_OK), LANE_QUEUE_MAX);
    assert_int_equal(count_outcome(asks, ASKS, OUTCOME_OVERLOADED), 500);
    free(asks);
}

/* --- the store says no --- */

static void another_writer_ends_the_service(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 10);
    struct user_entry *user = stand_user(stand);
    char partition[DOCS_PARTITION_SIZE];
    _cleanup_(store_commit_deinit) struct store_commit foreign = {0};
    store_commit_begin(&foreign, docs_event_partition(&event_id, partition), 1);
    store_commit_put(&foreign, INBOX, TEXT("somebody"), TEXT("else"));
    assert_int_equal(store_commit_and_wait(stand->store, &foreign), 0);

    struct ask asks[] = {ask_keyed(&event_id, user, 1), ask_book(&event_id, user, 1, 0)};
    stand_ask_all(stand, asks, 2);
    assert_int_equal(asks[0].outcome, OUTCOME_UNKNOWN);
    assert_int_equal(asks[1].outcome, OUTCOME_UNKNOWN);
    assert_int_equal(stand->breaks, 1);
    struct ask later = ask_book(&event_id, user, 1, 0);
    stand_ask(stand, &later);
    assert_int_equal(later.outcome, OUTCOME_UNKNOWN);
    struct tally tally = stand_tally(stand, &event_id);
    assert_int_equal(tally.bookings, 0);
}

struct miscount {
    struct stand *stand;
    struct uuid event_id;
};

/* A seat that no booking has. */
static void count_a_seat_too_much(void *data) {
    struct miscount *miscount = data;
    lanes_find(&miscount->stand->desk.lanes, &miscount->event_id)->counted_sold++;
}

static void books_that_do_not_balance_close_the_event(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 10), sound = stand_event(stand, 10);
    struct user_entry *user = stand_user(stand);
    struct ask ask = ask_book(&event_id, user, 2, 0);
    stand_ask(stand, &ask);
    struct miscount miscount = {stand, event_id};
    loop_run_and_wait(stand->loop, count_a_seat_too_much, &miscount);
    struct ask asks[] = {ask_book(&event_id, user, 1, 0), ask_book(&sound, user, 1, 0)};
    stand_ask_all(stand, asks, 2);
    assert_int_equal(asks[0].outcome, OUTCOME_INCONSISTENT);
    assert_int_equal(asks[1].outcome, OUTCOME_OK);
    assert_int_equal(stand_tally(stand, &event_id).sold, 2);
}

/* --- events --- */

/* The event service is slow: it answers when the test says so. */
static void look_up_later(struct stand *stand, const struct uuid *event_id) {
    stand->look_up_facts = ask_facts(event_id, 5, false, 3).request.facts;
    stand->look_up_event = *event_id;
}

static void answer_look_up(void *data) {
    struct stand *stand = data;
    lanes_answer_look_up(
        &stand->desk.lanes, &stand->look_up_event, OUTCOME_OK, &stand->look_up_facts);
}

static void an_unknown_event_is_looked_up_once(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = new_uuid();
    struct user_entry *user = stand_user(stand);
    struct ask asks[3];
    stand->look_up = look_up_later;
    for (int i = 0; i < 3; i++)
        asks[i] = ask_book(&event_id, user, 2, 0);
    struct askers *early = stand_submit(stand, asks, 2), *late = stand_submit(stand, asks + 2, 1);
    loop_run_and_wait(stand->loop, answer_look_up, stand);
    stand_wait(early);
    stand_wait(late);
    assert_int_equal(count_outcome(asks, 3, OUTCOME_OK), 2);
    assert_int_equal(asks[2].outcome, OUTCOME_SOLD_OUT);
    assert_int_equal(stand->look_ups, 1);
    /* What the bus says later about it is older. */
    struct ask stale = ask_facts(&event_id, 50, false, 2);
    stand_ask(stand, &stale);
    assert_int_equal(stale.outcome, OUTCOME_UNCHANGED);
    assert_int_equal(stand_inventory(stand, &event_id).capacity, 5);
}

/* Those of the outbox, in its order. Returns how many. */
static size_t read_causes(struct stand *stand, struct trace *ret_causes, size_t max) {
    struct store_record records[8];
    struct store_view *view = store_view_open(stand->store);
    size_t count;
    assert_int_equal(store_outbox_read(view, 1, records, max, &count), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(trace_parse(records[i].traceparent, &ret_causes[i]), 0);
    store_view_close(view);
    return count;
}

/* Two are booked and one is refused, by one commit, after a look-up. */
static void all_of_a_batch_have_its_commit_in_their_traces(void **state) {
    enum { ASKS = 3, RECORDS = 3 };
    struct stand *stand = *state;
    struct uuid event_id = new_uuid();
    struct user_entry *user = stand_user(stand);
    struct trace traces[ASKS], causes[8];
    struct ask asks[ASKS];
    stand->look_up = look_up_later;
    for (int i = 0; i < ASKS; i++) {
        trace_start(&traces[i]);
        asks[i] = ask_book(&event_id, user, 2, 0);
        asks[i].request.trace = &traces[i];
    }
    span_box_open();
    struct askers *askers = stand_submit(stand, asks, ASKS);
    loop_run_and_wait(stand->loop, answer_look_up, stand);
    stand_wait(askers);
    assert_string_equal(stand->look_up_trace.span_id, traces[0].span_id);
    assert_int_equal(asks[2].outcome, OUTCOME_SOLD_OUT);
    assert_int_equal(span_box_count(), ASKS);
    const struct span *spans[ASKS] = {0};
    for (unsigned i = 0; i < ASKS; i++)
        for (unsigned j = 0; j < ASKS; j++)
            if (strcmp(span_box_find(SPAN_INTERNAL, j)->parent_id, traces[i].span_id) == 0)
                spans[i] = span_box_find(SPAN_INTERNAL, j);
    for (unsigned i = 0; i < ASKS; i++) {
        assert_non_null(spans[i]);
        assert_string_equal(spans[i]->trace.trace_id, traces[i].trace_id);
        assert_string_equal(span_box_value(spans[i], "myevents.commit.waiting"), "3");
    }
    /* Each booking's record, then that of the seats, which stands for both. */
    assert_int_equal(read_causes(stand, causes, 8), RECORDS);
    for (unsigned i = 0; i < 2; i++)
        assert_string_equal(causes[i].span_id, spans[i]->trace.span_id);
    assert_string_equal(causes[2].span_id, spans[0]->trace.span_id);
    span_box_close();
}

static void the_bus_may_be_faster_than_the_look_up(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = new_uuid();
    struct ask book = ask_book(&event_id, stand_user(stand), 2, 0);
    stand->look_up = look_up_later;
    struct askers *askers = stand_submit(stand, &book, 1);
    struct ask facts = ask_facts(&event_id, 9, false, 4);
    stand_ask(stand, &facts);
    stand_wait(askers);
    assert_int_equal(book.outcome, OUTCOME_OK);
    loop_run_and_wait(stand->loop, answer_look_up, stand);
    assert_int_equal(stand_inventory(stand, &event_id).capacity, 9);
}

static void an_absent_event_is_believed_absent_until_the_bus_says_otherwise(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = new_uuid();
    struct user_entry *user = stand_user(stand);
    struct ask asks[] = {ask_book(&event_id, user, 1, 0), ask_book(&event_id, user, 1, 0)};
    stand_ask(stand, &asks[0]);
    stand_ask(stand, &asks[1]);
    assert_int_equal(asks[0].outcome, OUTCOME_EVENT_NOT_FOUND);
    assert_int_equal(asks[1].outcome, OUTCOME_EVENT_NOT_FOUND);
    assert_int_equal(stand->look_ups, 1);
    struct ask facts = ask_facts(&event_id, 5, false, 1), book = ask_book(&event_id, user, 1, 0);
    stand_ask(stand, &facts);
    stand_ask(stand, &book);
    assert_int_equal(book.outcome, OUTCOME_OK);
}

static void count_events(void *data) {
    struct stand *stand = data;
    stand->seen = stand->desk.lanes.by_event.count;
}

static void asking_for_invented_events_costs_bounded_memory(void **state) {
    struct stand *stand = *state;
    struct user_entry *user = stand_user(stand);
    for (int i = 0; i < LANES_ABSENT_MAX + 100; i++) {
        struct uuid event_id = new_uuid();
        struct ask ask = ask_book(&event_id, user, 1, 0);
        stand_ask(stand, &ask);
    }
    loop_run_and_wait(stand->loop, count_events, stand);
    assert_int_equal(stand->seen, LANES_ABSENT_MAX);
}

static bool is_called_off(struct stand *stand, const struct uuid *event_id) {
    struct inventory inventory = stand_inventory(stand, event_id);
    return inventory.held + inventory.sold == 0;
}

static void a_cancelled_event_cancels_its_bookings(void **state) {
    enum { ASKS = 3 * BATCH_CALL_OFF_MAX + 7 };
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, ASKS);
    struct user_entry *user = stand_user(stand);
    struct ask *asks = memory_new(ASKS * sizeof(*asks));
    for (int i = 0; i < ASKS; i++)
        asks[i] = ask_book(&event_id, user, 1, i % 2 ? 60000 : 0);
    stand_ask_all(stand, asks, ASKS);
    struct ask off = ask_facts(&event_id, ASKS, true, 2);
    stand_ask(stand, &off);
    while (!is_called_off(stand, &event_id))
        usleep(1000);
    struct tally tally = stand_tally(stand, &event_id);
    assert_int_equal(tally.bookings, ASKS);
    assert_int_equal(tally.live, 0);
    struct ask late = ask_book(&event_id, user, 1, 0);
    stand_ask(stand, &late);
    assert_int_equal(late.outcome, OUTCOME_EVENT_CANCELLED);
    assert_conserved(stand, &event_id);
    free(asks);
}

/* --- time --- */

static void a_hold_ends_with_nobody_asking(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 5);
    struct ask hold = ask_book(&event_id, stand_user(stand), 5, 20);
    stand_ask(stand, &hold);
    while (stand_inventory(stand, &event_id).held > 0)
        usleep(1000);
    assert_conserved(stand, &event_id);
}

static void a_hold_ends_with_nobody_alive(void **state) {
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, 5);
    struct user_entry *user = stand_user(stand);
    struct uuid user_id = user->id;
    struct ask hold = ask_book(&event_id, user, 5, 50);
    stand_ask(stand, &hold);
    stand_stop(stand);
    usleep(60 * 1000);
    stand_restart(stand);
    user = directory_user(&stand->desk.directory, &user_id);
    struct ask asks[] = {
        ask_book(&event_id, user, 5, 0), ask_change(stand, &hold.booking.id, LANE_CONFIRM)};
    stand_ask_all(stand, asks, 2);
    assert_int_equal(asks[0].outcome, OUTCOME_OK);
    assert_int_equal(asks[1].outcome, OUTCOME_HOLD_EXPIRED);
    assert_conserved(stand, &event_id);
}

/* More than one batch can take: the request that finds them waits until all are expired. */
static void very_many_holds_end_before_anything_else(void **state) {
    enum { HOLDS = 2 * BATCH_CHANGES_MAX + 1 };
    struct stand *stand = *state;
    struct uuid event_id = stand_event(stand, HOLDS), user_id = stand_user(stand)->id;
    struct user_entry *user = directory_user(&stand->desk.directory, &user_id);
    struct ask *holds = memory_new(HOLDS * sizeof(*holds));
    for (int i = 0; i < HOLDS; i++)
        holds[i] = ask_book(&event_id, user, 1, 1000);
    stand_ask_all(stand, holds, HOLDS);
    assert_int_equal(count_outcome(holds, HOLDS, OUTCOME_OK), HOLDS);
    free(holds);
    stand_stop(stand);
    usleep(1000 * 1000);
    stand_restart(stand);
    struct ask asks[HOLDS / BOOKING_SEATS_MAX];
    for (size_t i = 0; i < ARRAY_SIZE(asks); i++)
        asks[i] = ask_book(
            &event_id, directory_user(&stand->desk.directory, &user_id), BOOKING_SEATS_MAX, 0);
    stand_ask_all(stand, asks, ARRAY_SIZE(asks));
    assert_int_equal(count_outcome(asks, ARRAY_SIZE(asks), OUTCOME_OK), ARRAY_SIZE(asks));
    assert_conserved(stand, &event_id);
}

/* --- restarts --- */

enum { LIFE_ROUNDS = 60, LIFE_ASKS = 40, LIFE_EVENTS = 3 };

static struct ask random_ask(struct stand *stand, unsigned *seed, const struct uuid *events,
    struct user_entry *user, const struct uuid *bookings, size_t booking_count) {
    static const enum lane_verb verbs[] = {LANE_CONFIRM, LANE_EXTEND, LANE_CANCEL};
    if (booking_count == 0 || rand_r(seed) % 2)
        return ask_book(&events[rand_r(seed) % LIFE_EVENTS], user, 1 + rand_r(seed) % 4,
            rand_r(seed) % 2 ? 1 + rand_r(seed) % 100 : 0);
    const struct uuid *id = &bookings[(size_t)rand_r(seed) % booking_count];
    return ask_change(stand, id, verbs[rand_r(seed) % 3]);
}

static void a_restart_remembers_what_the_store_says(void **state) {
    struct stand *stand = *state;
    struct uuid events[LIFE_EVENTS], user_id = stand_user(stand)->id;
    struct uuid *bookings = memory_new(LIFE_ROUNDS * LIFE_ASKS * sizeof(*bookings));
    size_t booking_count = 0;
    unsigned seed = 7;
    for (int i = 0; i < LIFE_EVENTS; i++)
        events[i] = stand_event(stand, 200);
    for (int round = 0; round < LIFE_ROUNDS; round++) {
        struct user_entry *user = directory_user(&stand->desk.directory, &user_id);
        struct ask asks[LIFE_ASKS];
        for (int i = 0; i < LIFE_ASKS; i++)
            asks[i] = random_ask(stand, &seed, events, user, bookings, booking_count);
        stand_ask_all(stand, asks, LIFE_ASKS);
        for (int i = 0; i < LIFE_ASKS; i++)
            if (asks[i].outcome == OUTCOME_OK && asks[i].request.verb == LANE_BOOK)
                bookings[booking_count++] = asks[i].booking.id;
        if (round % 10 == 9)
            stand_restart(stand);
        for (int i = 0; i < LIFE_EVENTS; i++)
            assert_false(stand_is_closed(stand, &events[i]));
    }
    stand_stop(stand);
    stand_restart(stand);
    assert_int_equal(stand->desk.directory.bookings.count, booking_count);
    for (int i = 0; i < LIFE_EVENTS; i++)
        assert_conserved(stand, &events[i]);
    free(bookings);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_rush_sells_every_seat_once, setup, teardown),
        cmocka_unit_test_setup_teardown(seats_come_back_once, setup, teardown),
        cmocka_unit_test_setup_teardown(one_key_is_one_booking, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_stands_for_one_request, setup, teardown),
        cmocka_unit_test_setup_teardown(an_extension_is_given_once_per_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_is_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_is_forgotten_after_its_window, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refusal_never_reaches_the_store, setup, teardown),
        cmocka_unit_test_setup_teardown(many_bookings_share_a_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hot_lane_does_not_starve_another, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals_do_not_starve_another_lane, setup, teardown),
        cmocka_unit_test_setup_teardown(a_queue_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(another_writer_ends_the_service, setup, teardown),
        cmocka_unit_test_setup_teardown(books_that_do_not_balance_close_the_event, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_event_is_looked_up_once, setup, teardown),
        cmocka_unit_test_setup_teardown(
            all_of_a_batch_have_its_commit_in_their_traces, setup, teardown),
        cmocka_unit_test_setup_teardown(the_bus_may_be_faster_than_the_look_up, setup, teardown),
        cmocka_unit_test_setup_teardown(
            an_absent_event_is_believed_absent_until_the_bus_says_otherwise, setup, teardown),
        cmocka_unit_test_setup_teardown(
            asking_for_invented_events_costs_bounded_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_event_cancels_its_bookings, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hold_ends_with_nobody_asking, setup, teardown),
        cmocka_unit_test_setup_teardown(a_hold_ends_with_nobody_alive, setup, teardown),
        cmocka_unit_test_setup_teardown(very_many_holds_end_before_anything_else, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_remembers_what_the_store_says, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
