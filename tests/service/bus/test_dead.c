/* SPDX-License-Identifier: Apache-2.0 */
/* What can never be applied goes aside with its reason, and can come back. */
#include <stdio.h>
#include <string.h>

#include "base/metric.h"
#include "base/task.h"
#include "tests/service/bus/fixture.h"

struct letters {
    size_t count;
    struct bus_dead_letter last; /* without what it borrows */
    char last_id[32];
};

static void note_letter(void *data, const struct bus_dead_letter *letter) {
    struct letters *letters = data;
    letters->count++;
    letters->last = *letter;
    snprintf(letters->last_id, sizeof(letters->last_id), "%.*s", TEXT_ARG(letter->record.id));
    if (letter->record.sequence > 0)
        record_check(&letter->record);
}

static struct letters read_letters(struct fixture *fixture) {
    struct letters letters = {0};
    assert_int_equal(bus_dead_letters(fixture->bus, fixture->stream, note_letter, &letters), 0);
    return letters;
}

static void check_all_but(struct follower *follower, uint64_t last, uint64_t except) {
    MUTEX_GUARD(&follower->lock);
    for (size_t i = 0; i < follower->count; i++)
        assert_int_equal(follower->sequences[i], i + 1 + (i + 1 >= except));
    assert_int_equal(follower->count, last - 1);
}

static int64_t dead_letters_counted(const struct fixture *fixture) {
    struct metric *dead = metric_gauge("myevents_stream_dead_letters", "", "stream", "group", NULL);
    return metric_get(metric_series(dead, fixture->stream, "g"));
}

static bool is_a_letter_counted(void *data) {
    return dead_letters_counted(data) == 1;
}

static bool is_no_letter_counted(void *data) {
    return dead_letters_counted(data) == 0;
}

static void test_poison_goes_aside_with_its_reason(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower_refuse(follower, 42);
    publish(fixture, 1, 100);
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = "g", .consumer = "a", .deliveries_max = 3});
    follower_wait(follower, 99);
    check_all_but(follower, 100, 42);
    wait_group_applied(fixture, "g", 100);
    assert_int_equal(follower_calls(follower), 4); /* 1..41 and a try, two tries, the rest */
    struct letters letters = read_letters(fixture);
    assert_int_equal(letters.count, 1);
    assert_string_equal(letters.last.group, "g");
    assert_string_equal(letters.last.reason, "it is poison");
    assert_string_equal(letters.last_id, "id-42");
    assert_int_equal(letters.last.record.sequence, 42);
    assert_int_equal(stream_info(fixture).dead_letters, 1);
    assert_true(wait_until(is_a_letter_counted, fixture));
    follower_refuse(follower, 0);
    size_t count = 0;
    assert_int_equal(bus_replay(fixture->bus, fixture->stream, letters.last.entry, &count), 0);
    assert_true(wait_until(is_no_letter_counted, fixture));
    follower_free(follower);
}

static void test_replay_delivers_to_the_group_that_refused(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new(), *other = follower_new();
    size_t count = 0;
    follower_refuse(follower, 42);
    publish(fixture, 1, 100);
    follower_start(follower, fixture, "g", "a", 0);
    follower_start(other, fixture, "other", "a", 0);
    follower_wait(follower, 99);
    follower_wait(other, 100);
    wait_group_applied(fixture, "g", 100);
    follower_refuse(follower, 0);
    struct letters letters = read_letters(fixture);
    assert_int_equal(bus_replay(fixture->bus, fixture->stream, letters.last.entry, &count), 0);
    assert_int_equal(count, 1);
    follower_wait_replayed(follower, 1);
    assert_int_equal(follower_first_of_last_call(follower), 42);
    wait_group_applied(fixture, "g", 100); /* and it is not there any more */
    assert_int_equal(follower_replayed(follower), 1);
    assert_int_equal(follower_count(follower), 99); /* the mark does not go back */
    assert_int_equal(read_letters(fixture).count, 0);
    assert_int_equal(bus_replay(fixture->bus, fixture->stream, letters.last.entry, &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(bus_subscription_applied(follower->subscription), 100);
    assert_int_equal(follower_replayed(other), 0);
    follower_free(follower);
    follower_free(other);
}

static bool has_letter(void *data) {
    return read_letters(data).count == 1;
}

static void test_what_is_refused_again_goes_aside_again(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    size_t count = 0;
    follower_refuse(follower, 2);
    publish(fixture, 1, 3);
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = "g", .consumer = "a", .deliveries_max = 1});
    follower_wait(follower, 2);
    wait_group_applied(fixture, "g", 3);
    char first[32];
    strcpy(first, read_letters(fixture).last.entry);
    assert_int_equal(bus_replay(fixture->bus, fixture->stream, NULL, &count), 0);
    assert_int_equal(count, 1);
    assert_true(wait_until(has_letter, fixture));
    assert_string_not_equal(read_letters(fixture).last.entry, first);
    follower_free(follower);
}

static bool has_250_letters(void *data) {
    return read_letters(data).count == 250;
}

static void test_many_letters_are_listed_and_replayed(void **state) {
    enum { COUNT = 250 }; /* more than a page */
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    size_t count = 0;
    for (uint64_t i = 1; i <= COUNT; i++)
        fixture->broker.kind->add_foreign(&fixture->broker, fixture->stream, i);
    follower_start(follower, fixture, "g", "a", 0);
    assert_true(wait_until(has_250_letters, fixture));
    follower_stop(follower);
    assert_int_equal(bus_replay(fixture->bus, fixture->stream, NULL, &count), 0);
    assert_int_equal(count, COUNT);
    follower_free(follower);
}

enum { STRANGERS = 100 }; /* a page */

static bool is_after_the_strangers(void *data) {
    return read_letters(data).count == STRANGERS + 1;
}

/* Nobody refused it, so there is nobody to have it again; it must not stand in the others' way. */
static void test_a_letter_without_a_group_stays(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    char dead[sizeof(fixture->stream) + 8];
    size_t count = 7;
    snprintf(dead, sizeof(dead), "%s.dead", fixture->stream);
    for (uint64_t i = 1; i <= STRANGERS; i++)
        fixture->broker.kind->add_foreign(&fixture->broker, dead, i);
    fixture->broker.kind->add_foreign(&fixture->broker, fixture->stream, 1);
    follower_start(follower, fixture, "g", "a", 0);
    assert_true(wait_until(is_after_the_strangers, fixture));
    follower_stop(follower);
    assert_int_equal(bus_replay(fixture->bus, fixture->stream, "1-1", &count), 0);
    assert_int_equal(count, 0);
    assert_int_equal(bus_replay(fixture->bus, fixture->stream, NULL, &count), 0);
    assert_int_equal(count, 1);
    assert_int_equal(read_letters(fixture).count, STRANGERS);
    follower_free(follower);
}

static void test_a_stranger_goes_aside_at_once(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    publish(fixture, 1, 5);
    fixture->broker.kind->add_foreign(&fixture->broker, fixture->stream, 5);
    publish(fixture, 6, 10);
    follower_start(follower, fixture, "g", "a", 0);
    follower_wait(follower, 10);
    follower_check(follower, 1, 10);
    wait_group_applied(fixture, "g", 10);
    struct letters letters = read_letters(fixture);
    assert_int_equal(letters.count, 1);
    assert_int_equal(letters.last.record.sequence, 0);
    assert_string_equal(letters.last.reason, "ce_specversion is missing");
    follower_free(follower);
}

/* Its own mark cannot pass the letter, and yet it is no reason to begin again. */
static void test_a_letter_at_the_end_is_not_delivered_after_a_restart(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    follower_refuse(follower, 10);
    publish(fixture, 1, 10);
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = "g", .consumer = "a", .deliveries_max = 2});
    wait_group_applied(fixture, "g", 10);
    follower_stop(follower);
    size_t calls = follower_calls(follower);
    follower_start(follower, fixture, "g", "a", 9);
    publish(fixture, 11, 11);
    follower_wait(follower, 10);
    assert_int_equal(follower_calls(follower), calls + 1);
    assert_int_equal(read_letters(fixture).count, 1);
    follower_free(follower);
}

static void test_a_letter_is_not_lost_when_the_broker_goes_meanwhile(void **state) {
    struct fixture *fixture = *state;
    struct follower *follower = follower_new();
    publish(fixture, 1, 10);
    follower_refuse(follower, 5);
    follower_hold(follower, true);
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = "g", .consumer = "a", .deliveries_max = 1});
    follower_wait_calls(follower, 1);
    fixture->broker.kind->kill(&fixture->broker);
    follower_hold(follower, false);
    sleep_ms(100);
    fixture->broker.kind->restart(&fixture->broker);
    follower_wait(follower, 9);
    wait_group_applied(fixture, "g", 10);
    check_all_but(follower, 10, 5);
    assert_int_equal(read_letters(fixture).count, 1);
    follower_free(follower);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        CONFORMANCE_TEST(test_poison_goes_aside_with_its_reason),
        CONFORMANCE_TEST(test_replay_delivers_to_the_group_that_refused),
        CONFORMANCE_TEST(test_what_is_refused_again_goes_aside_again),
        CONFORMANCE_TEST(test_many_letters_are_listed_and_replayed),
        CONFORMANCE_TEST(test_a_letter_without_a_group_stays),
        CONFORMANCE_TEST(test_a_stranger_goes_aside_at_once),
        CONFORMANCE_TEST(test_a_letter_at_the_end_is_not_delivered_after_a_restart),
        CONFORMANCE_TEST(test_a_letter_is_not_lost_when_the_broker_goes_meanwhile),
    };
    return conformance_run(tests, ARRAY_SIZE(tests));
}
