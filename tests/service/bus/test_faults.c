/* SPDX-License-Identifier: Apache-2.0 */
/* The broker dies, sleeps, forgets, or is cut off: nothing is lost, nothing comes twice. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/metric.h"
#include "tests/service/bus/fixture.h"

/* Publishes on a thread of its own, as a relay does: from where the stream ends. */
struct publisher {
    struct fixture fixture;
    uint64_t last;
    pthread_t thread;
};

static void *publish_all(void *data) {
    struct publisher *publisher = data;
    uint64_t next = 1, reached;
    while (next <= publisher->last) {
        uint64_t end = next + 15 < publisher->last ? next + 15 : publisher->last;
        if (publish_once(&publisher->fixture, next, end, &reached) >= 0)
            next = reached + 1;
        else
            sleep_ms(5);
    }
    return NULL;
}

static void publisher_start(
    struct publisher *publisher, const struct fixture *fixture, uint64_t last) {
    publisher->fixture = *fixture;
    publisher->last = last;
    assert_int_equal(bus_open(fixture->broker.url, "publisher", &publisher->fixture.bus), 0);
    assert_int_equal(pthread_create(&publisher->thread, NULL, publish_all, publisher), 0);
}

static void publisher_join(struct publisher *publisher) {
    pthread_join(publisher->thread, NULL);
    bus_close(publisher->fixture.bus);
}

/* The broker is killed again and again while records are published and delivered. */
static void test_reconnect(void **state) {
    enum { KILLS = 6, COUNT = 12000 };
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    struct publisher publisher;
    follower->delay_ms = 2;
    follower_start(follower, fixture, "g", "a", 0);
    publisher_start(&publisher, fixture, COUNT);
    for (unsigned i = 0; i < KILLS; i++) {
        follower_wait(follower, (i + 1) * 200);
        fixture->broker.kind->kill(&fixture->broker);
        sleep_ms(10 * i);
        fixture->broker.kind->restart(&fixture->broker);
    }
    publisher_join(&publisher);
    follower_wait(follower, COUNT);
    follower_check(follower, 1, COUNT);
    wait_group_applied(fixture, "g", COUNT);
    assert_int_equal(stream_info(fixture).length, COUNT);
    follower_free(follower);
}

static void test_a_broker_that_forgets_everything_is_filled_again(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    uint64_t last = 0;
    follower_start(follower, fixture, "g", "a", 0);
    publish(fixture, 1, 500);
    follower_wait(follower, 500);
    fixture->broker.kind->lose_everything(&fixture->broker);
    assert_int_equal(publish_once(fixture, 501, 510, &last), BUS_GAP);
    assert_int_equal(last, 0);
    publish(fixture, 1, 600);
    follower_wait(follower, 600);
    follower_check(follower, 1, 600);
    wait_group_applied(fixture, "g", 600);
    follower_free(follower);
}

static void test_a_broker_may_forget_everything_at_any_time(void **state) {
    enum { COUNT = 6000 };
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    struct publisher publisher;
    follower->delay_ms = 2;
    follower_start(follower, fixture, "g", "a", 0);
    publisher_start(&publisher, fixture, COUNT);
    for (unsigned i = 0; i < 5; i++) {
        follower_wait(follower, (i + 1) * 200);
        fixture->broker.kind->lose_everything(&fixture->broker);
    }
    publisher_join(&publisher);
    publish(fixture, 1, COUNT); /* what was forgotten after it was published */
    follower_wait(follower, COUNT);
    follower_check(follower, 1, COUNT);
    follower_free(follower);
}

static void test_a_stream_that_is_deleted_while_it_is_read(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower_start(follower, fixture, "g", "a", 0);
    publish(fixture, 1, 100);
    follower_wait(follower, 100);
    sleep_ms(50); /* now it waits for more */
    fixture->broker.kind->lose_stream(&fixture->broker, fixture->stream);
    publish(fixture, 1, 200);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    follower_free(follower);
}

static int64_t reconnect_count(struct fixture *fixture) {
    struct metric *reconnects = metric_counter(
        "myevents_stream_reconnects_total", "", "stream", "group", NULL);
    return metric_get(metric_series(reconnects, fixture->stream, "g"));
}

static void test_a_group_that_is_destroyed_begins_at_its_mark(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower_start(follower, fixture, "g", "a", 0);
    publish(fixture, 1, 100);
    wait_group_applied(fixture, "g", 100);
    fixture->broker.kind->lose_group(&fixture->broker, fixture->stream, "g");
    publish(fixture, 101, 200);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    wait_group_applied(fixture, "g", 200);
    assert_int_equal(reconnect_count(fixture), 0);
    follower_free(follower);
}

static void test_a_group_that_is_destroyed_under_the_handler(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower_hold(follower, true);
    publish(fixture, 1, 100);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait_calls(follower, 1);
    fixture->broker.kind->lose_group(&fixture->broker, fixture->stream, "g");
    follower_hold(follower, false);
    publish(fixture, 101, 200);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    follower_free(follower);
}

static bool is_disconnected(void *data) {
    return !bus_subscription_is_connected(((struct follower *)data)->subscription);
}

static bool is_connected(void *data) {
    return !is_disconnected(data);
}

static void test_a_broker_that_sleeps_is_left_and_found_again(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    uint64_t last;
    follower_start(follower, fixture, "g", "a", 0);
    publish(fixture, 1, 100);
    follower_wait(follower, 100);
    fixture->broker.kind->freeze(&fixture->broker);
    assert_int_equal(publish_once(fixture, 101, 110, &last), -EAGAIN);
    assert_true(wait_until(is_disconnected, follower));
    fixture->broker.kind->thaw(&fixture->broker);
    publish(fixture, 101, 200);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    assert_true(wait_until(is_connected, follower));
    assert_int_equal(stream_info(fixture).length, 200);
    follower_free(follower);
}

static void test_a_half_open_connection_is_left(void **state) {
    struct fixture *fixture = *state, cut = *fixture;
    struct follower *follower = follower_new();
    uint64_t last;
    assert_int_equal(bus_open(fixture->broker.proxy_url, "cut off", &cut.bus), 0);
    follower_start(follower, &cut, "g", "a", 0);
    publish(&cut, 1, 100);
    follower_wait(follower, 100);
    sleep_ms(100); /* now it waits for more */
    proxy_sever(&fixture->broker.proxy);
    assert_int_equal(publish_once(&cut, 101, 110, &last), -EAGAIN);
    publish(&cut, 101, 200);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    follower_free(follower);
    bus_close(cut.bus);
}

static void test_unsubscribing_does_not_wait_for_an_absent_broker(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    publish(fixture, 1, 10);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait(follower, 10);
    fixture->broker.kind->kill(&fixture->broker);
    assert_true(wait_until(is_disconnected, follower));
    follower_free(follower);
    fixture->broker.kind->restart(&fixture->broker);
}

static void test_a_full_broker_can_still_be_drained(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    uint64_t removed = 0;
    follower_start(follower, fixture, "g", "a", 0);
    publish(fixture, 1, 50);
    wait_group_applied(fixture, "g", 50);
    follower_stop(follower);
    publish(fixture, 51, 100);
    fixture->broker.kind->set_full(&fixture->broker, true);
    follower_start(follower, fixture, "g", "b", 50);
    follower_wait(follower, 100);
    wait_group_applied(fixture, "g", 100);
    assert_int_equal(bus_trim(fixture->bus, fixture->stream, &removed), 0);
    assert_int_equal(removed, 100);
    fixture->broker.kind->set_full(&fixture->broker, false);
    publish(fixture, 101, 200);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    follower_free(follower);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_reconnect),
        CONFORMANCE_TEST(test_a_broker_that_forgets_everything_is_filled_again),
        CONFORMANCE_TEST(test_a_broker_may_forget_everything_at_any_time),
        CONFORMANCE_TEST(test_a_stream_that_is_deleted_while_it_is_read),
        CONFORMANCE_TEST(test_a_group_that_is_destroyed_begins_at_its_mark),
        CONFORMANCE_TEST(test_a_group_that_is_destroyed_under_the_handler),
        CONFORMANCE_TEST(test_a_broker_that_sleeps_is_left_and_found_again),
        CONFORMANCE_TEST(test_a_half_open_connection_is_left),
        CONFORMANCE_TEST(test_unsubscribing_does_not_wait_for_an_absent_broker),
        CONFORMANCE_TEST(test_a_full_broker_can_still_be_drained),
    };
    return conformance_run(tests, ARRAY_SIZE(tests));
}
