/* SPDX-License-Identifier: Apache-2.0 */

/* The outbox of every driver: dense, in order, trimmed from the front. */

#include "fixture.h"

static int setup(void **state) {
    *state = fixture_new(fixture_scheme);
    return 0;
}

static int teardown(void **state) {
    fixture_free(*state);
    return 0;
}

static void sequences_are_dense_from_one(void **state) {
    struct fixture *fixture = *state;
    assert_bounds(fixture, 0, 0);
    add_records(fixture, 0, 1, 1);
    add_records(fixture, 1, 2, 7);
    assert_int_equal(put(fixture, "other", 0, TEXT("a"), TEXT("1"), "event"), 0);
    assert_int_equal(put(fixture, "other", 0, TEXT("a"), TEXT("1"), "event"), STORE_CONFLICT);
    add_records(fixture, 2, 10, 2);
    assert_bounds(fixture, 1, 11);

    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    struct store_record records[20];
    size_t count;
    assert_int_equal(store_outbox_read(view, 1, records, 20, &count), 0);
    assert_int_equal(count, 11);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(records[i].sequence, i + 1);
}

static void a_record_comes_back_as_it_was(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    struct store_record given = {
        .id = TEXT("id"),
        .type = TEXT("myevents.booking.confirmed.v1"),
        .subject = TEXT("event/1"),
        .traceparent = TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        .time_ms = INT64_C(1795377600123),
        .data = TEXT("\0binary\xff"),
    };
    struct store_record empty = {.time_ms = -1};
    store_commit_begin(&commit, TEXT("p"), 0);
    store_commit_record(&commit, &given);
    store_commit_record(&commit, &empty);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);

    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    struct store_record found[2];
    size_t count;
    assert_int_equal(store_outbox_read(view, 1, found, 2, &count), 0);
    assert_int_equal(count, 2);
    assert_int_equal(found[0].sequence, 1);
    assert_int_equal(found[0].time_ms, given.time_ms);
    assert_true(text_equal(found[0].id, given.id));
    assert_true(text_equal(found[0].type, given.type));
    assert_true(text_equal(found[0].subject, given.subject));
    assert_true(text_equal(found[0].traceparent, given.traceparent));
    assert_true(text_equal(found[0].data, given.data));
    assert_int_equal(found[1].sequence, 2);
    assert_int_equal(found[1].time_ms, -1);
    assert_int_equal(found[1].data.size, 0);
}

static void the_outbox_is_read_from_anywhere(void **state) {
    static const struct {
        uint64_t from, first;
        size_t max, count;
    } cases[] = {{0, 1, 3, 3}, {1, 1, 3, 3}, {5, 5, 100, 6}, {10, 10, 5, 1}, {11, 0, 5, 0},
        {UINT64_MAX, 0, 5, 0}, {1, 0, 0, 0}};
    struct fixture *fixture = *state;
    add_records(fixture, 0, 1, 10);
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct store_record records[100];
        size_t count;
        assert_int_equal(store_outbox_read(view, cases[i].from, records, cases[i].max, &count), 0);
        assert_int_equal(count, cases[i].count);
        for (size_t k = 0; k < count; k++)
            assert_int_equal(records[k].sequence, cases[i].first + k);
    }
}

static void trimming_keeps_what_is_young_or_not_applied(void **state) {
    struct fixture *fixture = *state;
    add_records(fixture, 0, 1, 10); /* at 10, 20 ... 100 ms */
    assert_int_equal(trim(fixture, 1, INT64_MAX), 0);
    assert_int_equal(trim(fixture, 4, INT64_MAX), 3);
    assert_bounds(fixture, 4, 10);
    assert_int_equal(trim(fixture, 11, 60), 2);
    assert_bounds(fixture, 6, 10);

    _cleanup_(store_view_closep) struct store_view *view = store_view_open(fixture->store);
    struct store_record records[10];
    size_t count;
    assert_int_equal(store_outbox_read(view, 1, records, 10, &count), 0);
    assert_int_equal(count, 5);
    assert_int_equal(records[0].sequence, 6);
}

static void the_last_sequence_outlives_its_records(void **state) {
    struct fixture *fixture = *state;
    add_records(fixture, 0, 1, 10);
    assert_int_equal(trim(fixture, UINT64_MAX, INT64_MAX), 10);
    assert_bounds(fixture, 0, 10);
    fixture_reopen(fixture);
    assert_bounds(fixture, 0, 10);
    add_records(fixture, 1, 11, 1);
    assert_bounds(fixture, 11, 11);
    assert_int_equal(trim(fixture, UINT64_MAX, INT64_MAX), 1);
    add_records(fixture, 2, 12, 1);
}

static void trimming_works_in_bounded_steps(void **state) {
    struct fixture *fixture = *state;
    size_t count;
    add_records(fixture, 0, 1, STORE_COMMIT_WRITES_MAX);
    assert_int_equal(store_outbox_trim(fixture->store, UINT64_MAX, INT64_MAX, &count), 0);
    assert_in_range(count, 1, STORE_COMMIT_WRITES_MAX - 1);
    assert_bounds(fixture, count + 1, STORE_COMMIT_WRITES_MAX);
    assert_int_equal(trim(fixture, UINT64_MAX, INT64_MAX), STORE_COMMIT_WRITES_MAX - count);
}

static void count_call(void *data) {
    atomic_fetch_add((atomic_int *)data, 1);
}

static void records_are_announced_after_their_flush(void **state) {
    struct fixture *fixture = *state;
    atomic_int calls = 0;
    store_on_records(fixture->store, count_call, &calls);
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("1"), ""), 0);
    assert_int_equal(put(fixture, "p", 0, TEXT("a"), TEXT("1"), "conflict"), STORE_CONFLICT);
    wait_for_all(fixture);
    assert_int_equal(atomic_load(&calls), 0);
    add_records(fixture, 0, 1, 5);
    wait_for_all(fixture);
    assert_int_equal(atomic_load(&calls), 1);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(sequences_are_dense_from_one),
        T(a_record_comes_back_as_it_was),
        T(the_outbox_is_read_from_anywhere),
        T(trimming_keeps_what_is_young_or_not_applied),
        T(the_last_sequence_outlives_its_records),
        T(trimming_works_in_bounded_steps),
        T(records_are_announced_after_their_flush),
#undef T
    };
    return run_over_drivers(tests, ARRAY_SIZE(tests));
}
