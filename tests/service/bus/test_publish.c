/* SPDX-License-Identifier: Apache-2.0 */
/* What publishing promises: dense, in order, once, whoever publishes and however often. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "tests/service/bus/fixture.h"

static void test_an_absent_stream_ends_at_nothing(void **state) {
    struct fixture *fixture = *state;
    uint64_t last = 77;
    assert_int_equal(bus_last(fixture->bus, fixture->stream, &last), 0);
    assert_int_equal(last, 0);
}

static void test_records_are_appended(void **state) {
    struct fixture *fixture = *state;
    uint64_t last = 0;
    assert_int_equal(publish_once(fixture, 1, 100, &last), 0);
    assert_int_equal(last, 100);
    assert_int_equal(publish_once(fixture, 101, 101, &last), 0);
    assert_int_equal(last, 101);
    assert_int_equal(stream_info(fixture).length, 101);
    assert_int_equal(stream_info(fixture).first, 1);
    assert_int_equal(stream_info(fixture).last, 101);
}

static void test_publishing_twice_is_harmless(void **state) {
    struct fixture *fixture = *state;
    uint64_t last = 0;
    publish(fixture, 1, 50);
    assert_int_equal(publish_once(fixture, 1, 50, &last), 0);
    assert_int_equal(last, 50);
    assert_int_equal(publish_once(fixture, 20, 80, &last), 0);
    assert_int_equal(last, 80);
    assert_int_equal(stream_info(fixture).length, 80);
}

static void test_a_hole_is_refused(void **state) {
    struct fixture *fixture = *state;
    uint64_t last = 0;
    publish(fixture, 1, 10);
    assert_int_equal(publish_once(fixture, 12, 20, &last), BUS_GAP);
    assert_int_equal(last, 10);
    assert_int_equal(stream_info(fixture).length, 10);
}

static void test_other_records_in_our_place_are_noticed(void **state) {
    struct fixture *fixture = *state;
    struct record_texts texts;
    uint64_t last;
    publish(fixture, 1, 10);
    struct bus_record record = record_make(10, &texts);
    record.id = TEXT("another");
    assert_int_equal(bus_publish(fixture->bus, fixture->stream, &record, 1, &last), -EEXIST);
}

static void test_a_foreign_entry_far_ahead_is_noticed(void **state) {
    struct fixture *fixture = *state;
    uint64_t last;
    publish(fixture, 1, 10);
    fixture->broker.kind->add_foreign(&fixture->broker, fixture->stream, 1000);
    assert_int_equal(publish_once(fixture, 11, 20, &last), -EEXIST);
}

struct publisher {
    struct fixture fixture;
    pthread_t thread;
};

enum { TOGETHER = 3000 };

static void *publish_small(void *data) {
    struct publisher *publisher = data;
    uint64_t next = 1, last;
    while (next <= TOGETHER) {
        uint64_t end = next + next % 13;
        if (publish_once(&publisher->fixture, next, end < TOGETHER ? end : TOGETHER, &last) == 0)
            next = last + 1;
    }
    return NULL;
}

static void test_two_publishers_make_neither_duplicate_nor_hole(void **state) {
    struct fixture *fixture = *state;
    struct publisher publishers[2];
    for (size_t i = 0; i < 2; i++) {
        publishers[i].fixture = *fixture;
        assert_int_equal(bus_open(fixture->broker.url, "publisher", &publishers[i].fixture.bus), 0);
        pthread_create(&publishers[i].thread, NULL, publish_small, &publishers[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        pthread_join(publishers[i].thread, NULL);
        bus_close(publishers[i].fixture.bus);
    }
    struct follower *follower = follower_new();
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait(follower, TOGETHER);
    follower_check(follower, 1, TOGETHER);
    follower_free(follower);
    assert_int_equal(stream_info(fixture).length, TOGETHER);
}

static void test_a_full_broker_says_again(void **state) {
    struct fixture *fixture = *state;
    uint64_t last;
    publish(fixture, 1, 10);
    fixture->broker.kind->set_full(&fixture->broker, true);
    assert_int_equal(publish_once(fixture, 11, 20, &last), -EAGAIN);
    fixture->broker.kind->set_full(&fixture->broker, false);
    assert_int_equal(publish_once(fixture, 11, 20, &last), 0);
    assert_int_equal(last, 20);
}

static void test_an_absent_broker_says_again(void **state) {
    struct fixture *fixture = *state;
    uint64_t last;
    publish(fixture, 1, 10);
    fixture->broker.kind->kill(&fixture->broker);
    assert_int_equal(publish_once(fixture, 11, 20, &last), -EAGAIN);
    assert_int_equal(bus_last(fixture->bus, fixture->stream, &last), -EAGAIN);
    fixture->broker.kind->restart(&fixture->broker);
    assert_int_equal(bus_last(fixture->bus, fixture->stream, &last), 0);
    assert_int_equal(last, 10);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_an_absent_stream_ends_at_nothing),
        CONFORMANCE_TEST(test_records_are_appended),
        CONFORMANCE_TEST(test_publishing_twice_is_harmless),
        CONFORMANCE_TEST(test_a_hole_is_refused),
        CONFORMANCE_TEST(test_other_records_in_our_place_are_noticed),
        CONFORMANCE_TEST(test_a_foreign_entry_far_ahead_is_noticed),
        CONFORMANCE_TEST(test_two_publishers_make_neither_duplicate_nor_hole),
        CONFORMANCE_TEST(test_a_full_broker_says_again),
        CONFORMANCE_TEST(test_an_absent_broker_says_again),
    };
    return conformance_run(tests, ARRAY_SIZE(tests));
}
