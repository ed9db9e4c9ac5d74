/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/bus/fixture.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/task.h"

static const struct broker_kind *const kinds[] = {&redis_broker};

/* --- running --- */

static const struct broker_kind *kind_at_hand;

static int start_broker(void **state) {
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    fixture->broker.kind = kind_at_hand;
    kind_at_hand->start(&fixture->broker);
    assert_int_equal(bus_open(fixture->broker.url, "conformance", &fixture->bus), 0);
    *state = fixture;
    return 0;
}

static int stop_broker(void **state) {
    struct fixture *fixture = *state;
    bus_close(fixture->bus);
    kind_at_hand->stop(&fixture->broker);
    free(fixture);
    return 0;
}

int conformance_run(const struct CMUnitTest *tests, size_t count) {
    int failures = 0;
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        kind_at_hand = kinds[i];
        failures += _cmocka_run_group_tests(
            kind_at_hand->name, tests, count, start_broker, stop_broker);
    }
    return failures;
}

int use_new_stream(void **state) {
    static unsigned number;
    struct fixture *fixture = *state;
    snprintf(fixture->stream, sizeof(fixture->stream), "test.%u", ++number);
    return 0;
}

void sleep_ms(int64_t duration_ms) {
    struct timespec duration = {
        .tv_sec = duration_ms / 1000, .tv_nsec = duration_ms % 1000 * 1000 * 1000};
    nanosleep(&duration, NULL);
}

bool wait_until(bool (*is_true)(void *data), void *data) {
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    while (!is_true(data)) {
        if (clock_monotonic_ms() > until_ms)
            return false;
        sleep_ms(5);
    }
    return true;
}

/* --- records --- */

enum { TIME_MS = 1700000000 };

struct bus_record record_make(uint64_t sequence, struct record_texts *texts) {
    unsigned long long number = sequence;
    snprintf(texts->id, sizeof(texts->id), "id-%llu", number);
    snprintf(texts->subject, sizeof(texts->subject), "subject-%llu", number % 7);
    snprintf(texts->data, sizeof(texts->data), "data of %llu\r\n\"%c\"", number, (int)(number % 5));
    return (struct bus_record){
        .sequence = sequence,
        .id = text_from(texts->id),
        .type = TEXT("test.happened.v1"),
        .source = TEXT("/test"),
        .subject = text_from(texts->subject),
        .traceparent = sequence % 2
                           ? TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                           : TEXT(""),
        .time_ms = TIME_MS * 1000LL + (int64_t)sequence,
        .data = {texts->data, 20}, /* with what stands behind its end: any bytes are data */
    };
}

static void check_text(struct text actual, struct text expected) {
    assert_int_equal(actual.size, expected.size);
    if (expected.size > 0)
        assert_memory_equal(actual.data, expected.data, expected.size);
}

void record_check(const struct bus_record *record) {
    struct record_texts texts = {0};
    struct bus_record expected = record_make(record->sequence, &texts);
    check_text(record->id, expected.id);
    check_text(record->type, expected.type);
    check_text(record->source, expected.source);
    check_text(record->subject, expected.subject);
    check_text(record->traceparent, expected.traceparent);
    check_text(record->data, expected.data);
    assert_int_equal(record->time_ms, expected.time_ms);
}

int publish_once(struct fixture *fixture, uint64_t first, uint64_t last, uint64_t *ret_last) {
    struct bus_record records[BUS_BATCH_MAX];
    struct record_texts texts[BUS_BATCH_MAX];
    size_t count = (size_t)(last - first + 1);
    memset(texts, 0, sizeof(texts));
    for (size_t i = 0; i < count; i++)
        records[i] = record_make(first + i, &texts[i]);
    return bus_publish(fixture->bus, fixture->stream, records, count, ret_last);
}

void publish(struct fixture *fixture, uint64_t first, uint64_t last) {
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    uint64_t next = first, reached;
    while (next <= last) {
        uint64_t end = last - next < BUS_BATCH_MAX ? last : next + BUS_BATCH_MAX - 1;
        int r = publish_once(fixture, next, end, &reached);
        assert_true(clock_monotonic_ms() < until_ms);
        if (r >= 0)
            next = reached + 1;
        else {
            assert_int_equal(r, -EAGAIN);
            sleep_ms(20);
        }
    }
}

/* --- a follower --- */

struct follower *follower_new(void) {
    struct follower *follower = calloc(1, sizeof(*follower));
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&follower->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&follower->lock, NULL);
    return follower;
}

void follower_stop(struct follower *follower) {
    follower_hold(follower, false);
    bus_unsubscribe(follower->subscription);
    follower->subscription = NULL;
}

void follower_free(struct follower *follower) {
    follower_stop(follower);
    pthread_cond_destroy(&follower->changed);
    pthread_mutex_destroy(&follower->lock);
    free(follower);
}

static void note(struct follower *follower, const struct bus_record *record) {
    record_check(record);
    if (record->replayed)
        follower->replayed_count++;
    else if (follower->count < ARRAY_SIZE(follower->sequences))
        follower->sequences[follower->count++] = record->sequence;
}

static int apply(struct follower *follower, const struct bus_record *records, size_t count,
    size_t *ret_done, const char **ret_reason) {
    for (size_t i = 0; i < count; i++) {
        if (records[i].sequence == follower->refuse) {
            *ret_done = i;
            *ret_reason = "it is poison";
            return BUS_REFUSED;
        }
        note(follower, &records[i]);
    }
    return 0;
}

static int handle(void *data, const struct bus_record *records, size_t count, size_t *ret_done,
    const char **ret_reason) {
    struct follower *follower = data;
    MUTEX_GUARD(&follower->lock);
    follower->call_count++;
    follower->first_of_last_call = records[0].sequence;
    pthread_cond_broadcast(&follower->changed);
    while (follower->is_held)
        pthread_cond_wait(&follower->changed, &follower->lock);
    if (follower->delay_ms > 0)
        sleep_ms(follower->delay_ms);
    if (follower->failures > 0) {
        follower->failures--;
        return -EIO;
    }
    int r = apply(follower, records, count, ret_done, ret_reason);
    pthread_cond_broadcast(&follower->changed);
    return r;
}

void follower_start_with(
    struct follower *follower, struct fixture *fixture, struct bus_subscription_options options) {
    options.stream = fixture->stream;
    options.handle = handle;
    options.data = follower;
    if (!options.claim_after_ms)
        options.claim_after_ms = HOLD_MS;
    if (!options.retry_pause_ms)
        options.retry_pause_ms = 5;
    assert_int_equal(bus_subscribe(fixture->bus, &options, &follower->subscription), 0);
}

void follower_start(struct follower *follower, struct fixture *fixture, const char *group,
    const char *consumer, uint64_t after) {
    follower_start_with(follower, fixture,
        (struct bus_subscription_options){.group = group, .consumer = consumer, .after = after});
}

void follower_hold(struct follower *follower, bool is_held) {
    MUTEX_GUARD(&follower->lock);
    follower->is_held = is_held;
    pthread_cond_broadcast(&follower->changed);
}

void follower_refuse(struct follower *follower, uint64_t sequence) {
    MUTEX_GUARD(&follower->lock);
    follower->refuse = sequence;
}

size_t follower_count(struct follower *follower) {
    MUTEX_GUARD(&follower->lock);
    return follower->count;
}

size_t follower_calls(struct follower *follower) {
    MUTEX_GUARD(&follower->lock);
    return follower->call_count;
}

uint64_t follower_first_of_last_call(struct follower *follower) {
    MUTEX_GUARD(&follower->lock);
    return follower->first_of_last_call;
}

size_t follower_replayed(struct follower *follower) {
    MUTEX_GUARD(&follower->lock);
    return follower->replayed_count;
}

/* Until *counter is so large; what it is then. */
static size_t wait_counter(struct follower *follower, const size_t *counter, size_t value) {
    int64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000 * 1000};
    MUTEX_GUARD(&follower->lock);
    while (*counter < value)
        if (pthread_cond_timedwait(&follower->changed, &follower->lock, &until) != 0)
            break;
    return *counter;
}

void follower_wait(struct follower *follower, size_t count) {
    size_t got = wait_counter(follower, &follower->count, count);
    if (got < count)
        assert_int_equal(got, count);
}

void follower_wait_replayed(struct follower *follower, size_t count) {
    size_t got = wait_counter(follower, &follower->replayed_count, count);
    if (got < count)
        assert_int_equal(got, count);
}

void follower_wait_calls(struct follower *follower, size_t count) {
    size_t got = wait_counter(follower, &follower->call_count, count);
    if (got < count)
        assert_int_equal(got, count);
}

void follower_check(struct follower *follower, uint64_t first, uint64_t last) {
    MUTEX_GUARD(&follower->lock);
    for (size_t i = 0; i < follower->count; i++)
        assert_int_equal(follower->sequences[i], first + i);
    assert_int_equal(follower->count, last - first + 1);
}

struct info_wait {
    struct fixture *fixture;
    struct bus_stream_info info;
    int r;
};

static bool has_info(void *data) {
    struct info_wait *wait = data;
    wait->r = bus_stream_info(wait->fixture->bus, wait->fixture->stream, &wait->info);
    return wait->r != -EAGAIN; /* which a broker is that is slow */
}

struct bus_stream_info stream_info(struct fixture *fixture) {
    struct info_wait wait = {.fixture = fixture};
    wait_until(has_info, &wait);
    assert_int_equal(wait.r, 0);
    return wait.info;
}

struct applied_wait {
    struct fixture *fixture;
    const char *group;
    uint64_t sequence;
};

static bool is_applied(void *data) {
    const struct applied_wait *wait = data;
    struct bus_stream_info info;
    if (bus_stream_info(wait->fixture->bus, wait->fixture->stream, &info) < 0)
        return false; /* the broker may be away meanwhile */
    for (size_t i = 0; i < info.group_count; i++)
        if (strcmp(info.groups[i].name, wait->group) == 0)
            return info.groups[i].applied >= wait->sequence && info.groups[i].replayed == 0;
    return false;
}

void wait_group_applied(struct fixture *fixture, const char *group, uint64_t sequence) {
    struct applied_wait wait = {fixture, group, sequence};
    if (!wait_until(is_applied, &wait)) {
        struct bus_stream_info info = stream_info(fixture);
        for (size_t i = 0; i < info.group_count; i++)
            print_error("group %s applied %llu of %llu, replayed %llu; stream %llu to %llu\n",
                info.groups[i].name, (unsigned long long)info.groups[i].applied,
                (unsigned long long)sequence, (unsigned long long)info.groups[i].replayed,
                (unsigned long long)info.first, (unsigned long long)info.last);
        fail();
    }
}
