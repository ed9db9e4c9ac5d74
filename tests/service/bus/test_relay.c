/* SPDX-License-Identifier: Apache-2.0 */
/* From a store's outbox over the relay and the bus to a handler, while things break. */
#include "services/relay/relay.h"

#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "tests/service/bus/fixture.h"
#include "tests/service/bus/outbox.h"

/* The fixture's records are old. */
#define KEEP_MS (100LL * 365 * 24 * 3600 * 1000)

/* A relay between a store and the broker of the fixture, all of one test. */
struct path {
    struct fixture *fixture;
    struct outbox outbox;
    struct relay *relay;
    int64_t errors; /* counted before */
};

static void path_start_relay(struct path *path, int64_t retention_ms) {
    const struct relay_options options = {
        .stream = path->fixture->stream,
        .source = "/test",
        .retention_ms = retention_ms,
        .idle_ms = 50,
        .tidy_ms = 20,
    };
    path->relay = relay_new(path->outbox.store, path->fixture->bus, &options);
    relay_start(path->relay);
}

static void path_open(struct path *path, void **state) {
    path->fixture = *state;
    outbox_open(&path->outbox);
    path_start_relay(path, KEEP_MS);
}

static void path_stop_relay(struct path *path) {
    relay_free(path->relay);
    path->relay = NULL;
}

static void path_close(struct path *path) {
    path_stop_relay(path);
    outbox_close(&path->outbox);
}

static bool is_all_published(void *data) {
    struct path *path = data;
    return relay_published(path->relay) == path->outbox.last;
}

static void wait_published(struct path *path) {
    assert_true(wait_until(is_all_published, path));
}

static int64_t error_count(struct path *path) {
    struct metric *errors = metric_counter("myevents_relay_errors_total", "", "stream", NULL);
    return metric_get(metric_series(errors, path->fixture->stream));
}

static void test_what_is_committed_is_delivered(void **state) {
    struct path path;
    struct follower *follower = follower_new();
    path_open(&path, state);
    follower_start(follower, path.fixture, "g", "a", 0);
    for (unsigned i = 0; i < 100; i++)
        outbox_add(&path.outbox, 1 + i % 20);
    follower_wait(follower, path.outbox.last);
    follower_check(follower, 1, path.outbox.last);
    follower_free(follower);
    path_close(&path);
}

static void test_stopping_publishes_what_is_left(void **state) {
    struct path path;
    path_open(&path, state);
    outbox_add(&path.outbox, 2000);
    path_stop_relay(&path);
    assert_int_equal(stream_info(path.fixture).length, 2000);
    path_close(&path);
}

static void test_a_new_relay_goes_on_where_the_stream_ends(void **state) {
    struct path path;
    path_open(&path, state);
    outbox_add(&path.outbox, 300);
    path_stop_relay(&path);
    outbox_add(&path.outbox, 300);
    path_start_relay(&path, KEEP_MS);
    wait_published(&path);
    assert_int_equal(stream_info(path.fixture).length, 600);
    assert_int_equal(error_count(&path), 0);
    path_close(&path);
}

static void test_records_wait_for_the_broker(void **state) {
    struct path path;
    struct follower *follower = follower_new();
    path_open(&path, state);
    follower_start(follower, path.fixture, "g", "a", 0);
    for (unsigned i = 0; i < 3; i++) {
        outbox_add(&path.outbox, 100);
        path.fixture->broker.kind->kill(&path.fixture->broker);
        outbox_add(&path.outbox, 100);
        path.fixture->broker.kind->restart(&path.fixture->broker);
        outbox_add(&path.outbox, 100);
    }
    follower_wait(follower, 900);
    follower_check(follower, 1, 900);
    follower_free(follower);
    path_close(&path);
}

static bool has_600(void *data) {
    struct bus_stream_info info;
    struct path *path = data;
    return bus_stream_info(path->fixture->bus, path->fixture->stream, &info) == 0 &&
           info.length == 600;
}

/* Nothing new is published, so nothing fails: the relay must look by itself. */
static void test_what_the_broker_lost_is_filled_again_without_traffic(void **state) {
    struct path path;
    path_open(&path, state);
    outbox_add(&path.outbox, 600);
    wait_published(&path);
    path.fixture->broker.kind->lose_everything(&path.fixture->broker);
    assert_true(wait_until(has_600, &path));
    path_close(&path);
}

static bool is_trimmed(void *data) {
    struct path *path = data;
    struct store_stats stats;
    store_stats(path->outbox.store, &stats);
    return stats.outbox_first == 0; /* nothing is left */
}

static void test_the_outbox_forgets_what_is_published_and_old(void **state) {
    struct path path;
    path_open(&path, state);
    path_stop_relay(&path);
    outbox_add(&path.outbox, 100);
    path_start_relay(&path, 1);
    assert_true(wait_until(is_trimmed, &path));
    assert_int_equal(stream_info(path.fixture).length, 100); /* which no group has applied */
    outbox_add(&path.outbox, 100);
    wait_published(&path);
    assert_int_equal(stream_info(path.fixture).length, 200);
    path_close(&path);
}

static void test_a_stream_goes_on_when_broker_and_outbox_forgot(void **state) {
    struct path path;
    struct follower *follower = follower_new();
    path_open(&path, state);
    path_stop_relay(&path);
    follower_start(follower, path.fixture, "g", "a", 0);
    outbox_add(&path.outbox, 100);
    path_start_relay(&path, 1);
    follower_wait(follower, 100);
    assert_true(wait_until(is_trimmed, &path));
    path.fixture->broker.kind->lose_everything(&path.fixture->broker);
    outbox_add(&path.outbox, 100);
    follower_wait(follower, 200);
    follower_check(follower, 1, 200);
    follower_free(follower);
    path_close(&path);
}

/* The stream was trimmed before this group was made: it gets the beginning from the outbox. */
static void test_a_new_group_gets_what_the_stream_has_no_more(void **state) {
    enum { COUNT = 6000 }; /* more than may wait for a group at a time */
    struct path path;
    struct follower *first = follower_new(), *late = follower_new();
    uint64_t removed;
    path_open(&path, state);
    follower_start(first, path.fixture, "first", "a", 0);
    for (unsigned i = 0; i < COUNT / 1000; i++)
        outbox_add(&path.outbox, 1000);
    wait_group_applied(path.fixture, "first", COUNT);
    assert_int_equal(bus_trim(path.fixture->bus, path.fixture->stream, &removed), 0);
    assert_int_equal(stream_info(path.fixture).length, 0);
    outbox_add(&path.outbox, 1);
    follower_start(late, path.fixture, "late", "a", 0);
    follower_wait(late, COUNT + 1);
    follower_check(late, 1, COUNT + 1);
    wait_group_applied(path.fixture, "late", COUNT + 1);
    follower_free(first);
    follower_free(late);
    path_close(&path);
}

static bool has_failed(void *data) {
    return error_count(data) > 2;
}

static bool has_failed_again(void *data) {
    struct path *path = data;
    return error_count(path) >= path->errors + 2;
}

static void test_a_replaced_store_publishes_nothing(void **state) {
    struct path path;
    path_open(&path, state);
    outbox_add(&path.outbox, 100);
    wait_published(&path);
    path_close(&path);

    path_open(&path, state);
    outbox_add_named(&path.outbox, 50, "shorter");
    assert_true(wait_until(has_failed, &path));
    outbox_add_named(&path.outbox, 100, "longer");
    path.errors = error_count(&path);
    assert_true(wait_until(has_failed_again, &path));
    assert_int_equal(stream_info(path.fixture).length, 100);
    path_close(&path);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_what_is_committed_is_delivered),
        CONFORMANCE_TEST(test_stopping_publishes_what_is_left),
        CONFORMANCE_TEST(test_a_new_relay_goes_on_where_the_stream_ends),
        CONFORMANCE_TEST(test_records_wait_for_the_broker),
        CONFORMANCE_TEST(test_what_the_broker_lost_is_filled_again_without_traffic),
        CONFORMANCE_TEST(test_the_outbox_forgets_what_is_published_and_old),
        CONFORMANCE_TEST(test_a_stream_goes_on_when_broker_and_outbox_forgot),
        CONFORMANCE_TEST(test_a_new_group_gets_what_the_stream_has_no_more),
        CONFORMANCE_TEST(test_a_replaced_store_publishes_nothing),
    };
    return conformance_run(tests, ARRAY_SIZE(tests));
}
