/* SPDX-License-Identifier: Apache-2.0 */
/* What is trimmed, what is missing, and who makes it good. */
#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "tests/service/bus/fixture.h"

static int64_t lost_count(struct fixture *fixture, const char *group) {
    struct metric *lost = metric_counter("myevents_stream_lost_total", "", "stream", "group", NULL);
    return metric_get(metric_series(lost, fixture->stream, group));
}

static uint64_t trim(struct fixture *fixture) {
    uint64_t removed = 0;
    assert_int_equal(bus_trim(fixture->bus, fixture->stream, &removed), 0);
    return removed;
}

static void follow_until(
    struct fixture *fixture, const char *group, uint64_t after, uint64_t sequence) {
    struct follower *follower = follower_new();
    follower_start(follower, fixture, group, "a", after);
    wait_group_applied(fixture, group, sequence);
    follower_free(follower);
}

/* --- trimming --- */

static void test_without_groups_nothing_is_trimmed(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(trim(fixture), 0);
    publish(fixture, 1, 100);
    assert_int_equal(trim(fixture), 0);
    assert_int_equal(stream_info(fixture).length, 100);
}

static void test_trim_removes_what_every_group_has_applied(void **state) {
    struct fixture *fixture = *state;
    publish(fixture, 1, 60);
    follow_until(fixture, "slow", 0, 60);
    publish(fixture, 61, 100);
    follow_until(fixture, "fast", 0, 100);
    assert_int_equal(trim(fixture), 60);
    assert_int_equal(stream_info(fixture).first, 61);
    follow_until(fixture, "slow", 60, 100);
    assert_int_equal(trim(fixture), 40);
    assert_int_equal(stream_info(fixture).length, 0);
    assert_int_equal(stream_info(fixture).last, 100);
    publish(fixture, 101, 110);
    assert_int_equal(stream_info(fixture).first, 101);
}

static void test_trim_leaves_what_is_pending(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    publish(fixture, 1, 50);
    follow_until(fixture, "g", 0, 50);
    follower_hold(follower, true);
    follower_start(follower, fixture, "g", "a", 50);
    publish(fixture, 51, 100);
    follower_wait_calls(follower, 1);
    assert_int_equal(trim(fixture), 50);
    assert_int_equal(stream_info(fixture).first, 51);
    follower_hold(follower, false);
    follower_wait(follower, 50);
    follower_check(follower, 51, 100);
    follower_free(follower);
}

static void test_what_was_trimmed_can_be_published_again(void **state) {
    struct fixture *fixture = *state;
    uint64_t last = 0;
    publish(fixture, 1, 100);
    follow_until(fixture, "g", 0, 100);
    assert_int_equal(trim(fixture), 100);
    assert_int_equal(publish_once(fixture, 90, 110, &last), 0);
    assert_int_equal(last, 110);
    assert_int_equal(stream_info(fixture).first, 101);
}

/* --- gaps --- */

static void test_a_stream_goes_on_where_it_is_told(void **state) {
    struct fixture *fixture = *state;
    uint64_t last = 0;
    assert_int_equal(bus_skip(fixture->bus, fixture->stream, 501), 0);
    assert_int_equal(publish_once(fixture, 1, 10, &last), 0); /* skipped: not here any more */
    assert_int_equal(publish_once(fixture, 501, 510, &last), 0);
    assert_int_equal(last, 510);
    assert_int_equal(bus_skip(fixture->bus, fixture->stream, 300), 0); /* no way back */
    assert_int_equal(bus_last(fixture->bus, fixture->stream, &last), 0);
    assert_int_equal(last, 510);
    assert_int_equal(stream_info(fixture).length, 10);
}

static void test_a_gap_that_nobody_fills_is_passed_and_counted(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    int64_t lost = lost_count(fixture, "g");
    publish(fixture, 1, 30);
    fixture->broker.kind->lose_records(&fixture->broker, fixture->stream, 11, 20);
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = "g", .consumer = "a", .gap_wait_ms = 300});
    follower_wait(follower, 20);
    assert_int_equal(follower->sequences[9], 10);
    assert_int_equal(follower->sequences[10], 21);
    assert_int_equal(lost_count(fixture, "g") - lost, 10);
    wait_group_applied(fixture, "g", 30);
    follower_free(follower);
}

static struct bus_gap gap_of(struct fixture *fixture, const char *group) {
    struct bus_gap gaps[BUS_GROUPS_MAX];
    size_t count = 0;
    assert_int_equal(bus_gaps(fixture->bus, fixture->stream, gaps, &count), 0);
    for (size_t i = 0; i < count; i++)
        if (strcmp(gaps[i].group, group) == 0)
            return gaps[i];
    return (struct bus_gap){0};
}

static bool has_gap(void *data) {
    return gap_of(data, "g").last > 0;
}

static void fill_gap(
    struct fixture *fixture, const struct bus_gap *gap, uint64_t first, uint64_t last) {
    struct bus_record records[BUS_BATCH_MAX];
    struct record_texts texts[BUS_BATCH_MAX] = {0};
    size_t count = (size_t)(last - first + 1);
    for (size_t i = 0; i < count; i++)
        records[i] = record_make(first + i, &texts[i]);
    assert_int_equal(bus_fill_gap(fixture->bus, fixture->stream, gap, records, count, last), 0);
}

static void test_a_gap_is_filled_in_order(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    int64_t lost = lost_count(fixture, "g");
    publish(fixture, 1, 30);
    fixture->broker.kind->lose_records(&fixture->broker, fixture->stream, 11, 20);
    follower_start(follower, fixture, "g", "a", 0);
    assert_true(wait_until(has_gap, fixture));
    struct bus_gap gap = gap_of(fixture, "g");
    assert_int_equal(gap.first, 11);
    assert_int_equal(gap.last, 20);
    fill_gap(fixture, &gap, 11, 15);
    gap = gap_of(fixture, "g");
    assert_int_equal(gap.first, 16);
    fill_gap(fixture, &gap, 16, 20);
    follower_wait(follower, 30);
    follower_check(follower, 1, 30);
    wait_group_applied(fixture, "g", 30);
    assert_int_equal(gap_of(fixture, "g").last, 0);
    assert_int_equal(lost_count(fixture, "g") - lost, 0);
    follower_free(follower);
}

/* gap_wait_ms is far longer than the test may take. */
static void test_what_the_publisher_has_not_is_not_waited_for(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    int64_t lost = lost_count(fixture, "g");
    publish(fixture, 1, 30);
    fixture->broker.kind->lose_records(&fixture->broker, fixture->stream, 11, 20);
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = "g", .consumer = "a", .gap_wait_ms = 600000});
    assert_true(wait_until(has_gap, fixture));
    struct bus_gap gap = gap_of(fixture, "g");
    assert_int_equal(bus_fill_gap(fixture->bus, fixture->stream, &gap, NULL, 0, 14), 0);
    gap = gap_of(fixture, "g");
    assert_int_equal(gap.first, 15);
    fill_gap(fixture, &gap, 15, 20);
    follower_wait(follower, 26);
    assert_int_equal(follower->sequences[9], 10);
    assert_int_equal(follower->sequences[10], 15);
    assert_int_equal(lost_count(fixture, "g") - lost, 4);
    follower_free(follower);
}

static void test_a_late_answer_is_delivered_as_replayed(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    publish(fixture, 1, 30);
    fixture->broker.kind->lose_records(&fixture->broker, fixture->stream, 11, 20);
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = "g", .consumer = "a", .gap_wait_ms = 100});
    follower_wait(follower, 20);
    struct bus_gap gap = gap_of(fixture, "g");
    assert_int_equal(gap.first, 11);
    fill_gap(fixture, &gap, 11, 20);
    follower_wait_replayed(follower, 10);
    assert_int_equal(bus_subscription_applied(follower->subscription), 30);
    follower_free(follower);
}

static void test_a_group_has_no_more_to_do_than_it_can(void **state) {
    struct fixture *fixture = *state;
    struct bus_gap gap = {.group = "nobody", .first = 1, .last = 100000};
    struct bus_record records[BUS_BATCH_MAX];
    struct record_texts texts[BUS_BATCH_MAX] = {0};
    int r = 0;
    unsigned given = 0;
    for (; r == 0 && given < 1000; given++) {
        for (size_t i = 0; i < BUS_BATCH_MAX; i++)
            records[i] = record_make(1 + given * BUS_BATCH_MAX + i, &texts[i]);
        r = bus_fill_gap(fixture->bus, fixture->stream, &gap, records, BUS_BATCH_MAX,
            records[BUS_BATCH_MAX - 1].sequence);
    }
    assert_int_equal(r, BUS_BUSY);
    assert_int_equal(given, 17); /* 16 batches, and the one that was not taken */
}

/* There is nothing to read that would show the hole. */
static void test_a_tail_that_is_gone_is_missed(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    int64_t lost = lost_count(fixture, "g");
    publish(fixture, 1, 30);
    fixture->broker.kind->lose_records(&fixture->broker, fixture->stream, 1, 30);
    follower_start(follower, fixture, "g", "a", 10);
    assert_true(wait_until(has_gap, fixture));
    struct bus_gap gap = gap_of(fixture, "g");
    assert_int_equal(gap.first, 11);
    assert_int_equal(gap.last, 30);
    fill_gap(fixture, &gap, 11, 30);
    follower_wait(follower, 20);
    follower_check(follower, 11, 30);
    assert_int_equal(lost_count(fixture, "g") - lost, 0);
    follower_free(follower);
}

/* So that it can be trimmed, and is not asked for again. */
static void test_a_tail_that_nobody_has_is_passed(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    int64_t lost = lost_count(fixture, "g");
    publish(fixture, 1, 30);
    fixture->broker.kind->lose_records(&fixture->broker, fixture->stream, 11, 30);
    follower_start(follower, fixture, "g", "a", 0);
    assert_true(wait_until(has_gap, fixture));
    struct bus_gap gap = gap_of(fixture, "g");
    assert_int_equal(bus_fill_gap(fixture->bus, fixture->stream, &gap, NULL, 0, 30), 0);
    wait_group_applied(fixture, "g", 30);
    assert_int_equal(lost_count(fixture, "g") - lost, 20);
    follower_check(follower, 1, 10);
    follower_free(follower);
}

static bool has_dead_letter(void *data) {
    return stream_info(data).dead_letters > 0;
}

static bool has_begun(void *data) {
    return bus_subscription_applied(((struct follower *)data)->subscription) > 0;
}

/* Where a stranger put the stream's end nobody has been: neither who reads nor who takes over. */
static void test_a_strangers_end_of_the_stream_is_no_mark(void **state) {
    struct fixture *fixture = *state;
    struct follower *first = follower_new(), *second = follower_new();
    struct bus_subscription_options options = {
        .group = "g", .consumer = "first", .gap_wait_ms = 50};
    publish(fixture, 1, 10);
    fixture->broker.kind->add_foreign(&fixture->broker, fixture->stream, 1000000);
    follower_start_with(first, fixture, options);
    assert_true(wait_until(has_dead_letter, fixture));
    options.consumer = "second";
    follower_start_with(second, fixture, options);
    assert_true(wait_until(has_gap, fixture));
    sleep_ms(200); /* it asks in vain */
    assert_int_equal(bus_subscription_applied(first->subscription), 10);
    follower_stop(first);
    assert_true(wait_until(has_begun, second));
    assert_int_equal(bus_subscription_applied(second->subscription), 10);
    fixture->broker.kind->lose_stream(&fixture->broker, fixture->stream);
    publish(fixture, 1, 20);
    follower_wait(second, 10);
    follower_check(second, 11, 20);
    follower_free(first);
    follower_free(second);
}

/* The mark on the broker is moved by hand: who reads knows better. */
static void test_a_group_that_was_moved_loses_nothing(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    int64_t lost = lost_count(fixture, "g");
    publish(fixture, 1, 10);
    follower_start(follower, fixture, "g", "a", 0);
    wait_group_applied(fixture, "g", 10);
    follower_hold(follower, true);
    publish(fixture, 11, 11);
    follower_wait_calls(follower, follower_calls(follower) ? 2 : 1);
    publish(fixture, 12, 999); /* more than a batch */
    fixture->broker.kind->move_group(&fixture->broker, fixture->stream, "g", 800);
    follower_hold(follower, false);
    follower_wait(follower, 999);
    follower_check(follower, 1, 999);
    assert_int_equal(lost_count(fixture, "g") - lost, 0);
    follower_free(follower);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_without_groups_nothing_is_trimmed),
        CONFORMANCE_TEST(test_trim_removes_what_every_group_has_applied),
        CONFORMANCE_TEST(test_trim_leaves_what_is_pending),
        CONFORMANCE_TEST(test_what_was_trimmed_can_be_published_again),
        CONFORMANCE_TEST(test_a_stream_goes_on_where_it_is_told),
        CONFORMANCE_TEST(test_a_gap_that_nobody_fills_is_passed_and_counted),
        CONFORMANCE_TEST(test_a_gap_is_filled_in_order),
        CONFORMANCE_TEST(test_what_the_publisher_has_not_is_not_waited_for),
        CONFORMANCE_TEST(test_a_late_answer_is_delivered_as_replayed),
        CONFORMANCE_TEST(test_a_group_has_no_more_to_do_than_it_can),
        CONFORMANCE_TEST(test_a_tail_that_is_gone_is_missed),
        CONFORMANCE_TEST(test_a_tail_that_nobody_has_is_passed),
        CONFORMANCE_TEST(test_a_strangers_end_of_the_stream_is_no_mark),
        CONFORMANCE_TEST(test_a_group_that_was_moved_loses_nothing),
    };
    return conformance_run(tests, ARRAY_SIZE(tests));
}
