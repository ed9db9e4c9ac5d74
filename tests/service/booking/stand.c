/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/booking/stand.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum { AN_HOUR_MS = 3600 * 1000, A_DAY_MS = 24 * AN_HOUR_MS };

/* --- the desk's surroundings --- */

static void on_look_up(void *data, const struct uuid *event_id, const struct trace *trace) {
    struct stand *stand = data;
    stand->look_ups++;
    stand->look_up_trace = trace ? *trace : (struct trace){0};
    if (stand->look_up) {
        stand->look_up(stand, event_id);
        return;
    }
    lanes_answer_look_up(
        &stand->desk.lanes, event_id, stand->look_up_outcome, &stand->look_up_facts);
}

static void on_change(void *data, struct lane *lane) {
    struct stand *stand = data;
    stand->changes++;
    if (stand->on_change)
        stand->on_change(stand, lane);
}

static void on_broken(void *data, const char *why) {
    struct stand *stand = data;
    stand->breaks++;
}

static void make_folder(struct stand *stand) {
    const char *parent = getenv("TMPDIR");
    snprintf(stand->folder, sizeof(stand->folder), "%s/booking-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(stand->folder));
}

static void start(struct stand *stand) {
    assert_int_equal(store_open(stand->url, &booking_schema, NULL, &stand->store), 0);
    stand->loop = loop_new("desk");
    desk_init(
        &stand->desk, &(struct desk_options){
                          .loop = stand->loop,
                          .store = stand->store,
                          .hold_ms = AN_HOUR_MS,
                          .key_window_ms = stand->key_window_ms ? stand->key_window_ms : A_DAY_MS,
                          .look_up = on_look_up,
                          .on_change = on_change,
                          .on_broken = on_broken,
                          .data = stand,
                      });
    assert_int_equal(desk_load(&stand->desk), 0);
    loop_start(stand->loop);
    stand->is_running = true;
}

void stand_start(struct stand *stand, const char *folder) {
    log_init("test", LOG_WARN, LOG_LOGFMT);
    if (stand->look_up_outcome == OUTCOME_OK && stand->look_up_facts.capacity == 0)
        stand->look_up_outcome = OUTCOME_EVENT_NOT_FOUND;
    if (folder)
        snprintf(stand->folder, sizeof(stand->folder), "%s", folder);
    else
        make_folder(stand);
    snprintf(stand->url, sizeof(stand->url), "lmdb://%s", stand->folder);
    start(stand);
}

void stand_stop(struct stand *stand) {
    if (!stand->is_running)
        return;
    desk_drain(&stand->desk);
    loop_stop(stand->loop);
    store_close(stand->store); /* its thread may still be on the way out of loop_post() */
    desk_deinit(&stand->desk);
    loop_free(stand->loop);
    stand->is_running = false;
}

void stand_restart(struct stand *stand) {
    stand_stop(stand);
    start(stand);
}

void stand_free(struct stand *stand) {
    char command[100];
    stand_stop(stand);
    snprintf(command, sizeof(command), "rm -rf '%s'", stand->folder);
    assert_int_equal(system(command), 0);
}

/* --- asking --- */

struct askers {
    struct task task;
    struct stand *stand;
    struct ask *asks;
    size_t count;
    size_t answered;   /* under the lock */
    bool is_submitted; /* under the lock: an answer may come before the last was submitted */
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static void on_answer(struct lane_request *request, const struct lane_answer *answer) {
    struct ask *ask = container_of(request, struct ask, request);
    struct askers *askers = ask->askers;
    ask->answers++;
    ask->outcome = answer->outcome;
    ask->has_booking = answer->booking;
    if (answer->booking)
        ask->booking = *answer->booking;
    if (answer->inventory)
        ask->inventory = *answer->inventory;
    MUTEX_GUARD(&askers->lock);
    ask->order = (unsigned)++askers->answered;
    pthread_cond_signal(&askers->changed);
}

static void submit_asks(struct task *task) {
    struct askers *askers = container_of(task, struct askers, task);
    for (size_t i = 0; i < askers->count; i++)
        lanes_submit(
            &askers->stand->desk.lanes, &askers->asks[i].event_id, &askers->asks[i].request);
    MUTEX_GUARD(&askers->lock);
    askers->is_submitted = true;
    pthread_cond_signal(&askers->changed);
}

struct askers *stand_submit(struct stand *stand, struct ask *asks, size_t count) {
    struct askers *askers = memory_new(sizeof(*askers));
    *askers = (struct askers){
        .task.run = submit_asks,
        .stand = stand,
        .asks = asks,
        .count = count,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    for (size_t i = 0; i < count; i++) {
        asks[i].askers = askers;
        asks[i].request.done = on_answer;
    }
    loop_post(stand->loop, &askers->task);
    return askers;
}

void stand_wait(struct askers *askers) {
    pthread_mutex_lock(&askers->lock);
    while (askers->answered < askers->count || !askers->is_submitted)
        pthread_cond_wait(&askers->changed, &askers->lock);
    pthread_mutex_unlock(&askers->lock);
    for (size_t i = 0; i < askers->count; i++)
        assert_int_equal(askers->asks[i].answers, 1);
    free(askers);
}

void stand_ask_all(struct stand *stand, struct ask *asks, size_t count) {
    stand_wait(stand_submit(stand, asks, count));
}

void stand_ask(struct stand *stand, struct ask *ask) {
    stand_ask_all(stand, ask, 1);
}

struct ask ask_book(
    const struct uuid *event_id, struct user_entry *user, int32_t seats, int64_t hold_ms) {
    return (struct ask){
        .event_id = *event_id,
        .request = {.verb = LANE_BOOK, .book = {.user = user, .seats = seats, .hold_ms = hold_ms}},
    };
}

struct ask ask_facts(
    const struct uuid *event_id, int32_t capacity, bool cancelled, int64_t version) {
    return (struct ask){
        .event_id = *event_id,
        .request = {.verb = LANE_FACTS,
            .facts = {.capacity = capacity,
                .cancelled = cancelled,
                .start_ms = clock_wall_ms() + 10 * (int64_t)A_DAY_MS,
                .version = version}},
    };
}

/* --- things --- */

struct uuid new_uuid(void) {
    struct uuid id;
    assert_int_equal(uuid_parse(text_from(id_new().text), &id), 0);
    return id;
}

struct uuid stand_event(struct stand *stand, int32_t capacity) {
    struct uuid event_id = new_uuid();
    struct ask ask = ask_facts(&event_id, capacity, false, 1);
    stand_ask(stand, &ask);
    assert_int_equal(ask.outcome, OUTCOME_OK);
    return event_id;
}

struct errand {
    struct stand *stand;
    struct uuid id;
    struct user_entry *user;
    struct booking_entry *entry;
    struct inventory inventory;
    bool is_closed;
};

static void add_user(void *data) {
    struct errand *errand = data;
    errand->user = directory_add_user(&errand->stand->desk.directory, &errand->id);
}

struct user_entry *stand_user(struct stand *stand) {
    struct errand errand = {.stand = stand, .id = new_uuid()};
    struct user user = {
        .id = errand.id,
        .first_name = TEXT("Ada"),
        .last_name = TEXT("Lovelace"),
        .email = TEXT("ada@example.org"),
    };
    char partition[DOCS_PARTITION_SIZE];
    _cleanup_(buffer_deinit) struct buffer scratch = {0};
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    store_commit_begin(&commit, docs_user_partition(&user.id, partition), 0);
    docs_put_user(&commit, &scratch, &user);
    assert_int_equal(store_commit_and_wait(stand->store, &commit), 0);
    loop_run_and_wait(stand->loop, add_user, &errand);
    return errand.user;
}

static void find_inventory(void *data) {
    struct errand *errand = data;
    struct lane *lane = lanes_find(&errand->stand->desk.lanes, &errand->id);
    errand->inventory = lane->inventory;
    errand->is_closed = lane->is_closed;
}

struct inventory stand_inventory(struct stand *stand, const struct uuid *event_id) {
    struct errand errand = {.stand = stand, .id = *event_id};
    loop_run_and_wait(stand->loop, find_inventory, &errand);
    return errand.inventory;
}

static void find_entry(void *data) {
    struct errand *errand = data;
    errand->entry = directory_booking(&errand->stand->desk.directory, &errand->id);
    if (errand->entry)
        errand->inventory = errand->entry->lane->inventory;
}

struct booking_entry *stand_entry(struct stand *stand, const struct uuid *booking_id) {
    struct errand errand = {.stand = stand, .id = *booking_id};
    loop_run_and_wait(stand->loop, find_entry, &errand);
    return errand.entry;
}

bool stand_is_closed(struct stand *stand, const struct uuid *event_id) {
    struct errand errand = {.stand = stand, .id = *event_id};
    loop_run_and_wait(stand->loop, find_inventory, &errand);
    return errand.is_closed;
}

struct ask ask_change(struct stand *stand, const struct uuid *booking_id, enum lane_verb verb) {
    struct errand errand = {.stand = stand, .id = *booking_id};
    loop_run_and_wait(stand->loop, find_entry, &errand);
    return (struct ask){
        .event_id = errand.inventory.event_id,
        .request = {.verb = verb, .booking = {.entry = errand.entry, .hold_ms = AN_HOUR_MS}},
    };
}

/* --- the store itself --- */

static void tally_booking(struct tally *tally, const struct booking *booking) {
    enum booking_state state = booking_last(booking)->state;
    tally->bookings++;
    tally->live += booking_state_is_live(state);
    tally->held += state == BOOKING_HELD ? booking->seats : 0;
    tally->sold += state == BOOKING_CONFIRMED ? booking->seats : 0;
}

struct tally stand_tally(struct stand *stand, const struct uuid *event_id) {
    struct tally tally = {0};
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(stand->store);
    struct store_cursor cursor;
    struct text key, value, none = {0};
    assert_int_equal(store_get(view, INVENTORIES, uuid_key(event_id), &value), 0);
    assert_int_equal(docs_read_inventory(uuid_key(event_id), value, &tally.inventory), 0);
    assert_int_equal(store_cursor_begin(&cursor, view, BOOKINGS, none, none, false), 0);
    while (store_cursor_next(&cursor, &key, &value) == 0) {
        struct booking booking;
        assert_int_equal(docs_read_booking(key, value, &booking), 0);
        if (uuid_equal(&booking.event_id, event_id))
            tally_booking(&tally, &booking);
    }
    store_cursor_end(&cursor);
    return tally;
}
