/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/desk.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "services/booking/docs.h"
#include "services/booking/user.h"

static const struct log_scope scope = {.component = "desk"};

/* At the end of every round: what made the desk idle happened on this loop. */
static void look_whether_idle(void *data) {
    struct desk *desk = data;
    if (!desk->is_draining || !lanes_are_idle(&desk->lanes) || desk->users_in_flight > 0)
        return;
    MUTEX_GUARD(&desk->idle_lock);
    desk->is_idle = true;
    pthread_cond_signal(&desk->idle);
}

void desk_init(struct desk *desk, const struct desk_options *options) {
    *desk = (struct desk){
        .loop = options->loop,
        .store = options->store,
        .hold_ms = options->hold_ms,
        .idle_lock = PTHREAD_MUTEX_INITIALIZER,
        .idle = PTHREAD_COND_INITIALIZER,
    };
    keys_init(&desk->keys, options->key_window_ms);
    lanes_init(&desk->lanes, &(struct lanes_options){
                                 .loop = options->loop,
                                 .store = options->store,
                                 .directory = &desk->directory,
                                 .keys = &desk->keys,
                                 .look_up = options->look_up,
                                 .on_change = options->on_change,
                                 .on_broken = options->on_broken,
                                 .data = options->data,
                             });
    loop_on_round_end(options->loop, look_whether_idle, desk);
}

void desk_deinit(struct desk *desk) {
    lanes_deinit(&desk->lanes);
    keys_deinit(&desk->keys);
    directory_deinit(&desk->directory);
}

/* --- loading --- */

static void load_key(struct desk *desk, const struct uuid *scope_id, enum key_method method,
    struct text request_id, uint64_t fingerprint, void *answer, int64_t created_ms) {
    if (request_id.size == 0 || created_ms + desk->keys.window_ms <= clock_wall_ms())
        return;
    struct key *key = keys_add(&desk->keys, scope_id, method, request_id, fingerprint);
    key_settle(&desk->keys, key, answer, created_ms);
}

static int load_inventory(struct desk *desk, struct text key, struct text value) {
    struct inventory inventory;
    int r = docs_read_inventory(key, value, &inventory);
    if (r == 0)
        lanes_restore(&desk->lanes, &inventory);
    return r;
}

static int load_user(struct desk *desk, struct text key, struct text value) {
    static const struct uuid nobody;
    struct user user;
    int r = docs_read_user(key, value, &user);
    if (r < 0)
        return r;
    struct user_entry *entry = directory_add_user(&desk->directory, &user.id);
    entry->missing = user_missing(&user);
    load_key(desk, &nobody, KEY_CREATE_USER, user.create_key, user_create_fingerprint(&user), entry,
        user.create_ms);
    return 0;
}

static void load_booking_keys(
    struct desk *desk, const struct booking *booking, struct booking_entry *entry) {
    const struct transition *first = &booking->history[0];
    load_key(desk, &booking->user_id, KEY_CREATE_BOOKING, booking->create_key,
        booking_fingerprint(&booking->event_id, booking->seats, first->state == BOOKING_HELD),
        entry, first->time_ms);
    uint32_t extended = booking_count_until(booking, REASON_EXTENDED);
    if (extended > 0)
        load_key(desk, &booking->user_id, KEY_EXTEND_BOOKING, booking->extend_key,
            booking_extend_fingerprint(&booking->id), entry,
            booking->history[extended - 1].time_ms);
}

/* A booking of an unknown event or user cannot be: they are written before it. */
static int load_booking(struct desk *desk, struct text key, struct text value) {
    struct booking booking;
    int r = docs_read_booking(key, value, &booking);
    if (r < 0)
        return r;
    struct user_entry *user = directory_user(&desk->directory, &booking.user_id);
    struct lane *lane = lanes_find(&desk->lanes, &booking.event_id);
    if (!user || !lane)
        return -EBADMSG;
    struct booking_entry *entry = directory_add_booking(&desk->directory, user, &booking);
    lane_restore_booking(lane, entry, &booking);
    load_booking_keys(desk, &booking, entry);
    return 0;
}

static int load_collection(struct desk *desk, struct store_view *view,
    enum docs_collection collection,
    int (*load)(struct desk *desk, struct text key, struct text value)) {
    struct store_cursor cursor;
    struct text key, value;
    int r = store_cursor_begin(
        &cursor, view, collection, (struct text){0}, (struct text){0}, false);
    if (r < 0)
        return r;
    while ((r = store_cursor_next(&cursor, &key, &value)) == 0)
        if ((r = load(desk, key, value)) < 0)
            break;
    store_cursor_end(&cursor);
    return r == STORE_END ? 0 : r;
}

int desk_load(struct desk *desk) {
    static const struct {
        enum docs_collection collection;
        int (*load)(struct desk *desk, struct text key, struct text value);
    } order[] = {{INVENTORIES, load_inventory}, {USERS, load_user}, {BOOKINGS, load_booking}};
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(desk->store);
    int64_t started_ms = clock_monotonic_ms();
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        int r = load_collection(desk, view, order[i].collection, order[i].load);
        if (r < 0)
            return r;
    }
    bool all_balance = lanes_restored(&desk->lanes);
    log_info(&scope, "store read events=%zu users=%zu bookings=%zu balanced=%d took_ms=%lld",
        desk->lanes.by_event.count, desk->directory.users.count, desk->directory.bookings.count,
        all_balance, (long long)(clock_monotonic_ms() - started_ms));
    return 0;
}

/* --- draining --- */

static void start_draining(void *data) {
    struct desk *desk = data;
    desk->is_draining = true;
    lanes_drain(&desk->lanes);
}

void desk_drain(struct desk *desk) {
    loop_run_and_wait(desk->loop, start_draining, desk);
    MUTEX_GUARD(&desk->idle_lock);
    while (!desk->is_idle)
        pthread_cond_wait(&desk->idle, &desk->idle_lock);
}
