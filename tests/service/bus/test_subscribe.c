/* SPDX-License-Identifier: Apache-2.0 */
/* What a subscription promises while nothing breaks but the handler. */
#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "tests/service/bus/fixture.h"

static void test_publish_subscribe(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower_start(follower, fixture, "g", "a", 0);
    publish(fixture, 1, 100);
    follower_wait(follower, 100);
    follower_check(follower, 1, 100);
    wait_group_applied(fixture, "g", 100);
    follower_free(follower);
}

static void test_new_subscriber_receives_old_messages(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    publish(fixture, 1, 1000);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait(follower, 1000);
    follower_check(follower, 1, 1000);
    follower_free(follower);
}

static int64_t duplicate_count(struct fixture *fixture) {
    struct metric *duplicates = metric_counter(
        "myevents_stream_duplicates_total", "", "stream", "group", NULL);
    return metric_get(metric_series(duplicates, fixture->stream, "g"));
}

static void test_a_group_begins_behind_its_mark(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    publish(fixture, 1, 100);
    follower_start(follower, fixture, "g", "a", 60);
    follower_wait(follower, 40);
    follower_check(follower, 61, 100);
    assert_int_equal(duplicate_count(fixture), 0); /* they were not even read */
    follower_free(follower);
}

static void test_consumer_groups_each_get_everything(void **state) {
    struct fixture *fixture = *state;
    struct follower *one = follower_new(), *two = follower_new();
    follower_start(one, fixture, "one", "a", 0);
    follower_start(two, fixture, "two", "a", 0);
    publish(fixture, 1, 500);
    follower_wait(one, 500);
    follower_wait(two, 500);
    follower_check(one, 1, 500);
    follower_check(two, 1, 500);
    follower_free(one);
    follower_free(two);
}

static void test_concurrent_subscribe_of_many_groups(void **state) {
    enum { GROUPS = 8, COUNT = 5000 };
    struct fixture *fixture = *state;
    struct follower *followers[GROUPS];
    char name[16];
    for (unsigned i = 0; i < GROUPS; i++) {
        followers[i] = follower_new();
        snprintf(name, sizeof(name), "group-%u", i);
        follower_start(followers[i], fixture, name, "a", 0);
    }
    publish(fixture, 1, COUNT);
    for (unsigned i = 0; i < GROUPS; i++) {
        follower_wait(followers[i], COUNT);
        follower_check(followers[i], 1, COUNT);
        follower_free(followers[i]);
    }
}

static void test_streams_do_not_cross(void **state) {
    struct fixture *fixture = *state, other = *fixture;
    struct follower *here = follower_new(), *there = follower_new();
    strcat(other.stream, ".other");
    follower_start(here, fixture, "g", "a", 0);
    follower_start(there, &other, "g", "a", 0);
    publish(fixture, 1, 300);
    publish(&other, 1, 200);
    follower_wait(here, 300);
    follower_wait(there, 200);
    follower_check(here, 1, 300);
    follower_check(there, 1, 200);
    follower_free(here);
    follower_free(there);
}

static void *stop_follower(void *data) {
    follower_stop(data);
    return NULL;
}

static void test_concurrent_close(void **state) {
    enum { COUNT = 8 };
    struct fixture *fixture = *state;
    struct follower *followers[COUNT];
    pthread_t threads[COUNT];
    char name[16];
    publish(fixture, 1, 1000);
    for (unsigned i = 0; i < COUNT; i++) {
        followers[i] = follower_new();
        snprintf(name, sizeof(name), "group-%u", i);
        follower_start(followers[i], fixture, name, "a", 0);
    }
    for (unsigned i = 0; i < COUNT; i++)
        pthread_create(&threads[i], NULL, stop_follower, followers[i]);
    for (unsigned i = 0; i < COUNT; i++) {
        pthread_join(threads[i], NULL);
        follower_free(followers[i]);
    }
}

/* A publisher that goes in the middle leaves what it was told, the next one goes on behind it. */
static void test_publisher_close(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    uint64_t last = 0;
    follower_start(follower, fixture, "g", "a", 0);
    for (unsigned i = 0; i < 10; i++) {
        struct fixture one = *fixture;
        assert_int_equal(bus_open(fixture->broker.url, "one of many", &one.bus), 0);
        assert_int_equal(publish_once(&one, last + 1, last + 37, &last), 0);
        bus_close(one.bus);
    }
    follower_wait(follower, 370);
    follower_check(follower, 1, 370);
    follower_free(follower);
}

static void test_resend_on_error(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower->failures = 4;
    publish(fixture, 1, 100);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait(follower, 100);
    follower_check(follower, 1, 100);
    assert_true(follower_calls(follower) > 4);
    follower_free(follower);
}

static bool called_often(void *data) {
    return follower_calls(data) > 3;
}

static void test_nothing_is_acknowledged_while_the_handler_fails(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower->failures = UINT32_MAX;
    publish(fixture, 1, 10);
    follower_start(follower, fixture, "g", "a", 0);
    assert_true(wait_until(called_often, follower));
    assert_int_equal(stream_info(fixture).groups[0].lag, 10);
    assert_int_equal(stream_info(fixture).groups[0].applied, 0);
    assert_int_equal(bus_subscription_applied(follower->subscription), 0);
    assert_int_equal(follower_first_of_last_call(follower), 1);
    follower_free(follower);
}

static void test_no_ack_no_next_batch(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower_hold(follower, true);
    publish(fixture, 1, 10);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait_calls(follower, 1);
    publish(fixture, 11, 20);
    sleep_ms(100);
    assert_int_equal(follower_calls(follower), 1);
    follower_hold(follower, false);
    follower_wait(follower, 20);
    follower_check(follower, 1, 20);
    follower_free(follower);
}

static void test_continue_after_subscribe_close(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    for (unsigned i = 1; i <= 10; i++) {
        follower_start(follower, fixture, "g", "a", follower_count(follower));
        publish(fixture, 1 + (i - 1) * 50, i * 50);
        if (i % 2)
            follower_wait(follower, i * 50 - 25); /* stop in the middle, at times */
        follower_stop(follower);
    }
    follower_start(follower, fixture, "g", "a", follower_count(follower));
    follower_wait(follower, 500);
    follower_check(follower, 1, 500);
    follower_free(follower);
}

static void test_unsubscribing_acknowledges_what_is_at_hand(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower->delay_ms = 50;
    publish(fixture, 1, 10);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait_calls(follower, 1);
    follower_stop(follower);
    follower_check(follower, 1, 10);
    assert_int_equal(stream_info(fixture).groups[0].lag, 0);
    assert_int_equal(stream_info(fixture).groups[0].applied, 10);
    follower_free(follower);
}

static void test_unsubscribing_does_not_wait_for_records(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    for (unsigned i = 0; i < 20; i++) { /* 40 s, if each waited for the broker */
        follower_start(follower, fixture, "g", "a", 0);
        sleep_ms(5);
        follower_stop(follower);
    }
    follower_free(follower);
}

static void test_what_was_applied_before_is_dropped(void **state) {
    struct fixture *fixture = *state;
    struct follower *first = follower_new(), *second = follower_new();
    first->failures = UINT32_MAX;
    publish(fixture, 1, 20);
    follower_start(first, fixture, "g", "a", 0);
    follower_wait_calls(first, 2);
    follower_stop(first); /* as if the effect of 1..12 was durable, but not acknowledged */
    follower_start(second, fixture, "g", "a", 12);
    follower_wait(second, 8);
    follower_check(second, 13, 20);
    wait_group_applied(fixture, "g", 20);
    follower_free(first);
    follower_free(second);
}

static void test_a_replaced_store_gets_everything_again(void **state) {
    struct fixture *fixture = *state;
    struct follower *first = follower_new(), *second = follower_new();
    publish(fixture, 1, 100);
    follower_start(first, fixture, "g", "a", 0);
    follower_wait(first, 100);
    follower_stop(first);
    follower_start(second, fixture, "g", "a", 30);
    follower_wait(second, 70);
    follower_check(second, 31, 100);
    follower_free(first);
    follower_free(second);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_publish_subscribe),
        CONFORMANCE_TEST(test_new_subscriber_receives_old_messages),
        CONFORMANCE_TEST(test_a_group_begins_behind_its_mark),
        CONFORMANCE_TEST(test_consumer_groups_each_get_everything),
        CONFORMANCE_TEST(test_concurrent_subscribe_of_many_groups),
        CONFORMANCE_TEST(test_streams_do_not_cross),
        CONFORMANCE_TEST(test_concurrent_close),
        CONFORMANCE_TEST(test_publisher_close),
        CONFORMANCE_TEST(test_resend_on_error),
        CONFORMANCE_TEST(test_nothing_is_acknowledged_while_the_handler_fails),
        CONFORMANCE_TEST(test_no_ack_no_next_batch),
        CONFORMANCE_TEST(test_continue_after_subscribe_close),
        CONFORMANCE_TEST(test_unsubscribing_acknowledges_what_is_at_hand),
        CONFORMANCE_TEST(test_unsubscribing_does_not_wait_for_records),
        CONFORMANCE_TEST(test_what_was_applied_before_is_dropped),
        CONFORMANCE_TEST(test_a_replaced_store_gets_everything_again),
    };
    return conformance_run(tests, ARRAY_SIZE(tests));
}
