/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/delivery.h"

#include <errno.h>

#include "tests/unit/bus/check.h"

/* A handler that answers from a list. */
struct script {
    struct {
        int result;
        size_t done;
        const char *reason;
    } answers[16];
    unsigned calls;
    uint64_t first[16]; /* what it was called with */
    size_t count[16];
};

static int handle(void *data, const struct bus_record *records, size_t count, size_t *ret_done,
    const char **ret_reason) {
    struct script *script = data;
    unsigned call = script->calls++;
    script->first[call] = records[0].sequence;
    script->count[call] = count;
    *ret_done = script->answers[call].done;
    *ret_reason = script->answers[call].reason;
    return script->answers[call].result;
}

static struct bus_subscription_options options_for(struct script *script) {
    return (struct bus_subscription_options){
        .after = 10,
        .deliveries_max = 3,
        .retry_pause_ms = 100,
        .handle = handle,
        .data = script,
    };
}

static void fill(struct bus_record *records, size_t count, uint64_t first) {
    for (size_t i = 0; i < count; i++)
        records[i] = (struct bus_record){.sequence = first + i};
}

static void test_success_moves_the_mark(void **state _unused_) {
    struct script script = {0};
    struct bus_subscription_options options = options_for(&script);
    struct bus_record records[5];
    struct delivery delivery;
    struct delivery_result result;
    fill(records, 5, 11);
    delivery_init(&delivery, &options, "redis");
    assert_int_equal(delivery.applied, 10);
    assert_int_equal(delivery_try(&delivery, records, 5, &result), DELIVERY_DONE);
    assert_int_equal(result.done, 5);
    assert_int_equal(delivery.applied, 15);
}

static void test_an_error_is_tried_again_after_a_growing_pause(void **state _unused_) {
    struct script script = {.answers = {{-EIO, 3}, {-EIO}, {-EIO}, {-EIO}, {-EIO}, {-EIO}, {-EIO},
                                {-EIO}, {-EIO}, {0}, {-EIO}}};
    struct bus_subscription_options options = options_for(&script);
    struct bus_record records[5];
    struct delivery delivery;
    struct delivery_result result;
    int64_t longest_ms = 100;
    fill(records, 5, 11);
    delivery_init(&delivery, &options, "redis");
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(delivery_try(&delivery, records, 5, &result), DELIVERY_AGAIN);
        assert_int_equal(result.done, 0); /* whatever the handler says besides */
        assert_in_range(result.pause_ms, longest_ms / 2, longest_ms);
        longest_ms = longest_ms < 6400 ? longest_ms * 2 : 6400;
        assert_int_equal(delivery.applied, 10);
    }
    assert_int_equal(delivery_try(&delivery, records, 5, &result), DELIVERY_DONE);
    assert_int_equal(delivery_try(&delivery, records, 5, &result), DELIVERY_AGAIN);
    assert_in_range(result.pause_ms, 50, 100); /* success ends the growth */
}

static void test_a_refused_record_is_dead_after_its_tries(void **state _unused_) {
    struct script script = {.answers = {{BUS_REFUSED, 2, "poison"}, {BUS_REFUSED, 0, "poison"},
                                {BUS_REFUSED, 0, "poison!"}}};
    struct bus_subscription_options options = options_for(&script);
    struct bus_record records[5];
    struct delivery delivery;
    struct delivery_result result;
    fill(records, 5, 11);
    delivery_init(&delivery, &options, "redis");
    assert_int_equal(delivery_try(&delivery, records, 5, &result), DELIVERY_AGAIN);
    assert_int_equal(result.done, 2);
    assert_int_equal(delivery.applied, 12);
    assert_int_equal(delivery_try(&delivery, records + 2, 3, &result), DELIVERY_AGAIN);
    assert_int_equal(result.done, 0);
    assert_int_equal(delivery_try(&delivery, records + 2, 3, &result), DELIVERY_DEAD);
    assert_int_equal(result.done, 0);
    assert_string_equal(result.reason, "poison!");
    assert_int_equal(delivery.applied, 12); /* it is passed when it lies in its grave */
    delivery_pass_record(&delivery, &records[2]);
    assert_int_equal(delivery.applied, 13);
}

static void test_a_burial_that_failed_needs_no_more_tries(void **state _unused_) {
    struct script script = {
        .answers = {{BUS_REFUSED}, {BUS_REFUSED}, {BUS_REFUSED}, {BUS_REFUSED}}};
    struct bus_subscription_options options = options_for(&script);
    struct bus_record record = {.sequence = 11};
    struct delivery delivery;
    struct delivery_result result;
    delivery_init(&delivery, &options, "redis");
    assert_int_equal(delivery_try(&delivery, &record, 1, &result), DELIVERY_AGAIN);
    assert_int_equal(delivery_try(&delivery, &record, 1, &result), DELIVERY_AGAIN);
    assert_int_equal(delivery_try(&delivery, &record, 1, &result), DELIVERY_DEAD);
    assert_int_equal(delivery_try(&delivery, &record, 1, &result), DELIVERY_DEAD);
    assert_string_equal(result.reason, "refused");
}

static void test_tries_are_counted_for_each_record(void **state _unused_) {
    struct script script = {
        .answers = {{BUS_REFUSED}, {BUS_REFUSED}, {BUS_REFUSED, 1}, {BUS_REFUSED}, {BUS_REFUSED}}};
    struct bus_subscription_options options = options_for(&script);
    struct bus_record records[2];
    struct delivery delivery;
    struct delivery_result result;
    fill(records, 2, 11);
    delivery_init(&delivery, &options, "redis");
    assert_int_equal(delivery_try(&delivery, records, 2, &result), DELIVERY_AGAIN);
    assert_int_equal(delivery_try(&delivery, records, 2, &result), DELIVERY_AGAIN);
    assert_int_equal(delivery_try(&delivery, records, 2, &result), DELIVERY_AGAIN); /* the next */
    assert_int_equal(delivery_try(&delivery, records + 1, 1, &result), DELIVERY_AGAIN);
    assert_int_equal(delivery_try(&delivery, records + 1, 1, &result), DELIVERY_DEAD);
}

static void test_duplicates_are_those_up_to_the_mark(void **state _unused_) {
    struct script script = {0};
    struct bus_subscription_options options = options_for(&script);
    struct bus_record records[5];
    struct delivery delivery;
    delivery_init(&delivery, &options, "redis");
    fill(records, 5, 8);
    assert_int_equal(delivery_duplicates(&delivery, records, 5), 3);
    assert_int_equal(delivery_duplicates(&delivery, records, 2), 2);
    assert_int_equal(delivery_duplicates(&delivery, records + 3, 2), 0);
    records[1].replayed = true;
    assert_int_equal(delivery_duplicates(&delivery, records, 5), 1);
}

static void test_a_run_ends_at_a_hole(void **state _unused_) {
    struct bus_record records[5];
    fill(records, 5, 8);
    assert_int_equal(delivery_run(records, 5), 5);
    assert_int_equal(delivery_run(records, 1), 1);
    assert_int_equal(delivery_run(records, 0), 0);
    records[3].sequence++;
    assert_int_equal(delivery_run(records, 5), 3);
}

static void test_a_replayed_record_moves_the_mark_only_as_the_next(void **state _unused_) {
    struct script script = {0};
    struct bus_subscription_options options = options_for(&script);
    struct bus_record record = {.sequence = 15, .replayed = true};
    struct delivery delivery;
    struct delivery_result result;
    delivery_init(&delivery, &options, "redis");
    assert_int_equal(delivery_try(&delivery, &record, 1, &result), DELIVERY_DONE);
    assert_int_equal(delivery.applied, 10);
    record.sequence = 5;
    assert_int_equal(delivery_try(&delivery, &record, 1, &result), DELIVERY_DONE);
    assert_int_equal(delivery.applied, 10);
    record.sequence = 11;
    assert_int_equal(delivery_try(&delivery, &record, 1, &result), DELIVERY_DONE);
    assert_int_equal(delivery.applied, 11);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_success_moves_the_mark),
        cmocka_unit_test(test_an_error_is_tried_again_after_a_growing_pause),
        cmocka_unit_test(test_a_refused_record_is_dead_after_its_tries),
        cmocka_unit_test(test_a_burial_that_failed_needs_no_more_tries),
        cmocka_unit_test(test_tries_are_counted_for_each_record),
        cmocka_unit_test(test_duplicates_are_those_up_to_the_mark),
        cmocka_unit_test(test_a_run_ends_at_a_hole),
        cmocka_unit_test(test_a_replayed_record_moves_the_mark_only_as_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
