/* SPDX-License-Identifier: Apache-2.0 */

/* What is written is what is read, and nothing else is taken for it. */

#include "services/booking/docs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/trace.h"
#include "myevents/events/v1/records.pb.h"
#include "pb_decode.h"
#include "services/booking/record.h"
#include "store/doc.h"

struct fixture {
    char folder[64];
    struct store *store;
    struct store_commit commit;
    struct buffer scratch;
};

static int setup(void **state) {
    struct fixture *fixture = memory_new(sizeof(*fixture));
    const char *parent = getenv("TMPDIR");
    char url[80];
    snprintf(fixture->folder, sizeof(fixture->folder), "%s/docs-XXXXXX", parent ? parent : "/tmp");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(url, sizeof(url), "lmdb://%s", fixture->folder);
    assert_int_equal(store_open(url, &booking_schema, NULL, &fixture->store), 0);
    store_commit_begin(&fixture->commit, TEXT("p"), 0);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    char command[100];
    store_commit_deinit(&fixture->commit);
    buffer_deinit(&fixture->scratch);
    store_close(fixture->store);
    snprintf(command, sizeof(command), "rm -rf '%s'", fixture->folder);
    assert_int_equal(system(command), 0);
    free(fixture);
    return 0;
}

static struct store_view *commit_and_view(struct fixture *fixture) {
    assert_int_equal(store_commit_and_wait(fixture->store, &fixture->commit), 0);
    return store_view_open(fixture->store);
}

static const struct booking sample = {
    .id = {{1, 2, 3}},
    .event_id = {{4}},
    .user_id = {{5}},
    .seats = 20,
    .history_count = 3,
    .history =
        {
            {.time_ms = 1000, .deadline_ms = 2000, .state = BOOKING_HELD, .reason = REASON_CREATED},
            {.time_ms = 1500,
                .deadline_ms = 2500,
                .state = BOOKING_HELD,
                .reason = REASON_EXTENDED},
            {.time_ms = 1600, .state = BOOKING_CANCELLED, .reason = REASON_EVENT_CANCELLED},
        },
    .create_key = {"key one", 7},
};

static void test_a_booking_comes_back_as_it_was(void **state) {
    struct fixture *fixture = *state;
    struct booking booking = {0};
    docs_put_booking(&fixture->commit, &fixture->scratch, &sample);
    struct store_view *view = commit_and_view(fixture);
    assert_int_equal(docs_get_booking(view, &sample.id, &booking), 0);
    assert_true(text_equal(booking.create_key, sample.create_key));
    assert_int_equal(booking.extend_key.size, 0);
    booking.create_key = sample.create_key;
    booking.extend_key = sample.extend_key;
    assert_memory_equal(&booking, &sample, sizeof(sample));
    assert_int_equal(docs_get_booking(view, &sample.user_id, &booking), STORE_ABSENT);
    store_view_close(view);
}

static void test_an_inventory_comes_back_as_it_was(void **state) {
    struct fixture *fixture = *state;
    const struct inventory written = {
        .event_id = {{4}},
        .sale = SALE_CANCELLED,
        .capacity = 1000000,
        .held = 3,
        .sold = 4,
        .start_ms = INT64_C(1) << 50,
        .event_version = 5,
        .capacity_version = 6,
        .sequence = 7,
        .update_ms = 8,
    };
    struct inventory inventory = {0};
    struct text value;
    docs_put_inventory(&fixture->commit, &fixture->scratch, &written);
    struct store_view *view = commit_and_view(fixture);
    struct text key = uuid_key(&written.event_id);
    assert_int_equal(store_get(view, INVENTORIES, key, &value), 0);
    assert_int_equal(docs_read_inventory(key, value, &inventory), 0);
    assert_memory_equal(&inventory, &written, sizeof(written));
    store_view_close(view);
}

static void test_a_user_and_a_mark_come_back_as_they_were(void **state) {
    struct fixture *fixture = *state;
    const struct user written = {
        .id = {{9}},
        .first_name = {"Žofie", 6},
        .last_name = {"O'Neill", 7},
        .email = {"z@example.org", 13},
        .create_ms = 12,
    };
    struct user user;
    uint64_t sequence = 0;
    docs_put_user(&fixture->commit, &fixture->scratch, &written);
    docs_put_mark(&fixture->commit, &fixture->scratch, TEXT("stream"), 77);
    struct store_view *view = commit_and_view(fixture);
    assert_int_equal(docs_get_user(view, &written.id, &user), 0);
    assert_true(text_equal(user.first_name, written.first_name));
    assert_true(text_equal(user.last_name, written.last_name));
    assert_true(text_equal(user.email, written.email));
    assert_int_equal(user.create_key.size, 0);
    assert_int_equal(user.create_ms, 12);
    assert_int_equal(docs_get_mark(view, TEXT("stream"), &sequence), 0);
    assert_int_equal(sequence, 77);
    assert_int_equal(docs_get_mark(view, TEXT("other"), &sequence), 0);
    assert_int_equal(sequence, 0);
    store_view_close(view);
}

static int read_changed(struct fixture *fixture, const struct booking *booking) {
    struct booking read = {0};
    store_commit_begin(&fixture->commit, TEXT("p"), fixture->commit.ret_version);
    docs_put_booking(&fixture->commit, &fixture->scratch, booking);
    struct store_view *view = commit_and_view(fixture);
    int r = docs_get_booking(view, &booking->id, &read);
    store_view_close(view);
    return r;
}

static void test_a_booking_that_cannot_be_is_refused(void **state) {
    struct fixture *fixture = *state;
    struct booking booking = sample;
    assert_int_equal(read_changed(fixture, &booking), 0);
    booking.seats = BOOKING_SEATS_MAX + 1;
    assert_int_equal(read_changed(fixture, &booking), -EBADMSG);
    booking = sample;
    booking.seats = 0;
    assert_int_equal(read_changed(fixture, &booking), -EBADMSG);
    booking = sample;
    booking.history_count = 0;
    assert_int_equal(read_changed(fixture, &booking), -EBADMSG);
    booking = sample;
    booking.history[1].state = (enum booking_state)9;
    assert_int_equal(read_changed(fixture, &booking), -EBADMSG);
    booking = sample;
    booking.history[2].reason = (enum booking_reason)0;
    assert_int_equal(read_changed(fixture, &booking), -EBADMSG);
    assert_int_equal(docs_read_booking(TEXT("short key"), TEXT("no document"), &booking), -EBADMSG);
}

static void test_a_record_says_what_a_transition_did(void **state) {
    struct fixture *fixture = *state;
    static const char *const types[] = {"myevents.booking.held.v1", "myevents.booking.extended.v1",
        "myevents.booking.cancelled.v1"};
    struct trace trace;
    struct store_record records[4];
    size_t count;
    trace_start(&trace);
    for (uint32_t i = 1; i <= 3; i++)
        record_put_booking(&fixture->commit, &sample, i, i == 1 ? &trace : NULL);
    struct store_view *view = commit_and_view(fixture);
    assert_int_equal(store_outbox_read(view, 1, records, 4, &count), 0);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < count; i++) {
        myevents_events_v1_BookingRecord record = myevents_events_v1_BookingRecord_init_zero;
        struct text data = records[i].data;
        pb_istream_t stream = pb_istream_from_buffer((const pb_byte_t *)data.data, data.size);
        assert_true(pb_decode(&stream, myevents_events_v1_BookingRecord_fields, &record));
        assert_true(text_equal(records[i].type, text_from(types[i])));
        assert_true(text_equal(records[i].subject, text_from(record.booking_id)));
        assert_int_equal(record.seats, 20);
        assert_int_equal(record.state, sample.history[i].state);
        assert_int_equal(record.time_ms, sample.history[i].time_ms);
        assert_int_equal(record.hold_expire_time_ms, sample.history[i].deadline_ms);
    }
    assert_int_equal(records[0].traceparent.size, TRACEPARENT_SIZE);
    assert_int_equal(records[1].traceparent.size, 0);
    store_view_close(view);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_booking_comes_back_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_inventory_comes_back_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_a_user_and_a_mark_come_back_as_they_were, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_booking_that_cannot_be_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_says_what_a_transition_did, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
