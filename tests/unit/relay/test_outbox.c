/* SPDX-License-Identifier: Apache-2.0 */
#include "services/relay/outbox.h"

#include "tests/unit/relay/fixture.h"

static void read_batch(
    struct fixture *fixture, struct outbox_batch *batch, uint64_t first, uint64_t last) {
    assert_int_equal(outbox_batch_read(batch, fixture->store, "/test", first, last), 0);
}

static void test_an_empty_outbox_gives_nothing(void **state) {
    struct outbox_batch batch;
    outbox_batch_init(&batch);
    read_batch(*state, &batch, 1, UINT64_MAX);
    assert_int_equal(batch.count, 0);
    assert_int_equal(batch.last, 0);
    outbox_batch_deinit(&batch);
}

static void test_records_are_copied_in_order(void **state) {
    struct outbox_batch batch;
    outbox_batch_init(&batch);
    add_records(*state, 10, 5);
    read_batch(*state, &batch, 4, UINT64_MAX);
    assert_int_equal(batch.count, 7);
    assert_int_equal(batch.last, 10);
    for (size_t i = 0; i < batch.count; i++)
        assert_int_equal(batch.records[i].sequence, 4 + i);
    assert_int_equal(batch.records[0].id.size, 4);
    assert_memory_equal(batch.records[0].id.data, "id-4", 4);
    assert_memory_equal(batch.records[0].source.data, "/test", 5);
    assert_memory_equal(batch.records[0].data.data, "xxxxx", 5);
    assert_false(batch.records[0].replayed);
    outbox_batch_deinit(&batch);
}

static void test_a_batch_ends_where_it_is_told(void **state) {
    struct outbox_batch batch;
    outbox_batch_init(&batch);
    add_records(*state, 10, 5);
    read_batch(*state, &batch, 2, 5);
    assert_int_equal(batch.count, 4);
    read_batch(*state, &batch, 2, 1);
    assert_int_equal(batch.count, 0);
    outbox_batch_deinit(&batch);
}

static void test_a_batch_is_bounded_in_count_and_size(void **state) {
    struct outbox_batch batch;
    outbox_batch_init(&batch);
    add_records(*state, 300, 5);
    read_batch(*state, &batch, 1, UINT64_MAX);
    assert_int_equal(batch.count, BUS_BATCH_MAX);
    add_records(*state, 100, BUS_DATA_SIZE_MAX);
    read_batch(*state, &batch, 301, UINT64_MAX);
    assert_int_equal(batch.count, 1024 * 1024 / BUS_DATA_SIZE_MAX);
    outbox_batch_deinit(&batch);
}

static void test_a_trimmed_front_shows(void **state) {
    struct fixture *fixture = *state;
    struct outbox_batch batch;
    size_t trimmed;
    outbox_batch_init(&batch);
    add_records(fixture, 10, 5);
    assert_int_equal(store_outbox_trim(fixture->store, 4, INT64_MAX, &trimmed), 0);
    assert_int_equal(trimmed, 3);
    read_batch(fixture, &batch, 1, UINT64_MAX);
    assert_int_equal(batch.records[0].sequence, 4);
    assert_int_equal(batch.count, 7);
    outbox_batch_deinit(&batch);
}

static void test_what_waits_is_measured(void **state) {
    struct fixture *fixture = *state;
    uint64_t pending = 77;
    int64_t oldest_ms = 77, now_ms = clock_wall_ms();
    assert_int_equal(outbox_measure(fixture->store, 0, &pending, &oldest_ms), 0);
    assert_int_equal(pending, 0);
    add_records(fixture, 10, 5);
    assert_int_equal(outbox_measure(fixture->store, 4, &pending, &oldest_ms), 0);
    assert_int_equal(pending, 6);
    assert_true(oldest_ms >= now_ms);
    assert_int_equal(outbox_measure(fixture->store, 10, &pending, &oldest_ms), 0);
    assert_int_equal(pending, 0);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_empty_outbox_gives_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_records_are_copied_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_batch_ends_where_it_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_batch_is_bounded_in_count_and_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_trimmed_front_shows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_waits_is_measured, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
