/* SPDX-License-Identifier: Apache-2.0 */
/* WatchEvents: changes as they happen, where a token goes on, and seats heard from the bus. */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <pb_encode.h>

#include "base/attr.h"
#include "base/id.h"
#include "base/task.h"
#include "bus/bus.h"
#include "mesh/loop.h"
#include "myevents/events/v1/records.pb.h"
#include "services/event/feed.h"
#include "services/event/follow.h"
#include "tests/service/event/stand.h"
#include "tests/support/redis_server.h"

enum { SEEN_MAX = 64, WAIT_S = 60 };

struct sight {
    Myevents__V1__EventChange change;
    char event_id[ID_SIZE + 1];
    char token[FEED_TOKEN_SIZE];
    int32_t seats;
};

struct watch {
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    struct sight seen[SEEN_MAX];
    size_t count;
    bool is_done;
    enum status_code code;
    struct rpc *rpc;
};

static struct stand stand;

static enum rpc_flow on_message(
    struct rpc *rpc, const Myevents__V1__WatchEventsResponse *message, void *data) {
    struct watch *watch = data;
    MUTEX_GUARD(&watch->lock);
    assert_true(watch->count < SEEN_MAX);
    struct sight *sight = &watch->seen[watch->count++];
    sight->change = message->change;
    snprintf(
        sight->event_id, sizeof sight->event_id, "%s", message->event ? message->event->id : "");
    snprintf(sight->token, sizeof sight->token, "%s", message->resume_token);
    sight->seats = message->event ? message->event->seats_available : -1;
    pthread_cond_broadcast(&watch->changed);
    return RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct watch *watch = data;
    MUTEX_GUARD(&watch->lock);
    watch->is_done = true;
    watch->code = status->code;
    pthread_cond_broadcast(&watch->changed);
}

static void watch_start(struct watch *watch, const char *token, const char *event_id) {
    static const struct event_service_watch_events_events events = {on_message, on_done};
    Myevents__V1__WatchEventsRequest request = MYEVENTS__V1__WATCH_EVENTS_REQUEST__INIT;
    const struct rpc_options options = {.timeout_ms = RPC_NO_TIMEOUT};
    *watch = (struct watch){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    request.resume_token = arena_copy_string(&stand.arena, token);
    request.event_id = arena_copy_string(&stand.arena, event_id);
    watch->rpc = event_service_watch_events(stand.channel, &options, &request, &events, watch);
}

static void wait_until(struct watch *watch, size_t count, bool done) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += WAIT_S;
    MUTEX_GUARD(&watch->lock);
    while (watch->count < count || (done && !watch->is_done))
        if (pthread_cond_timedwait(&watch->changed, &watch->lock, &deadline) != 0)
            fail_msg("saw %zu changes instead of %zu", watch->count, count);
}

static void watch_stop(struct watch *watch) {
    rpc_cancel(watch->rpc);
    wait_until(watch, 0, true);
    assert_int_equal(watch->code, STATUS_CANCELLED);
}

static const char *token_now(void) {
    Myevents__V1__ListEventsRequest request = MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
    const Myevents__V1__ListEventsResponse *reply = NULL;
    struct status status = event_service_list_events_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_OK, "");
    return reply->watch_token;
}

static int set_up(void **state) {
    stand_start(&stand);
    return 0;
}

static int tear_down(void **state) {
    stand_stop(&stand);
    return 0;
}

static void a_watch_goes_on_where_a_list_ended(void **state) {
    struct watch watch;
    const Myevents__V1__Location *location = stand_location(&stand, "Club");
    stand_event(&stand, location, "Before the list", 10);
    const char *token = token_now();
    const Myevents__V1__Event *after = stand_event(&stand, location, "After it", 10);
    watch_start(&watch, token, "");
    wait_until(&watch, 1, false);
    const Myevents__V1__Event *later = stand_event(&stand, location, "Later", 10);
    wait_until(&watch, 2, false);
    watch_stop(&watch);
    assert_int_equal(watch.count, 2);
    assert_string_equal(watch.seen[0].event_id, after->id);
    assert_string_equal(watch.seen[1].event_id, later->id);

    struct watch again;
    watch_start(&again, watch.seen[0].token, "");
    wait_until(&again, 1, false);
    watch_stop(&again);
    assert_string_equal(again.seen[0].event_id, later->id);
}

static void a_watch_of_one_event_hears_of_no_other(void **state) {
    struct watch watch;
    const Myevents__V1__Location *location = stand_location(&stand, "Club");
    const char *token = token_now();
    stand_event(&stand, location, "Other", 10);
    const Myevents__V1__Event *mine = stand_event(&stand, location, "Mine", 10);
    stand_event(&stand, location, "Another", 10);
    watch_start(&watch, token, mine->id);
    stand_publish(&stand, mine->id);
    wait_until(&watch, 2, false);
    watch_stop(&watch);
    assert_int_equal(watch.count, 2);
    assert_string_equal(watch.seen[0].event_id, mine->id);
    assert_string_equal(watch.seen[1].event_id, mine->id);
}

static void a_token_of_before_a_restart_is_answered_by_a_reset(void **state) {
    struct watch watch;
    const Myevents__V1__Location *location = stand_location(&stand, "Club");
    const char *token = token_now();
    stand_restart(&stand);
    watch_start(&watch, token, "");
    wait_until(&watch, 1, false);
    stand_event(&stand, location, "New", 10);
    wait_until(&watch, 2, false);
    watch_stop(&watch);
    assert_int_equal(watch.seen[0].change, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_RESET);
    assert_int_equal(watch.seen[1].change, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_UPDATED);
}

static void a_token_that_is_none_is_refused(void **state) {
    static const char *const bad[] = {"x", "-", "12345678-", "1-1", "12345678-x"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct watch watch;
        watch_start(&watch, bad[i], "");
        wait_until(&watch, 0, true);
        assert_int_equal(watch.code, STATUS_INVALID_ARGUMENT);
    }
}

static void a_token_that_was_overwritten_is_answered_by_a_reset(void **state) {
    struct watch watch;
    const Myevents__V1__Location *location = stand_location(&stand, "Club");
    const char *token = token_now();
    const Myevents__V1__Event *event = stand_event(&stand, location, "Busy", 10);
    for (int i = 0; i < FEED_CHANGES + 1; i++)
        feed_publish(stand.feed, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_SEATS, event);
    watch_start(&watch, token, "");
    wait_until(&watch, 1, false);
    watch_stop(&watch);
    assert_int_equal(watch.seen[0].change, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_RESET);
}

/* --- seats from the bus --- */

static void publish_seats(struct bus *bus, uint64_t sequence, const char *event_id,
    int64_t seats_sequence, int32_t sold) {
    uint8_t bytes[256];
    struct id id = id_new();
    myevents_events_v1_AvailabilityRecord record = {
        .capacity = 100, .sold = sold, .sequence = seats_sequence};
    snprintf(record.event_id, sizeof record.event_id, "%s", event_id);
    pb_ostream_t stream = pb_ostream_from_buffer(bytes, sizeof bytes);
    assert_true(pb_encode(&stream, myevents_events_v1_AvailabilityRecord_fields, &record));
    const struct bus_record on_bus = {
        .sequence = sequence,
        .id = text_from(id.text),
        .type = TEXT("myevents.availability.changed.v1"),
        .source = TEXT("/myevents/booking"),
        .subject = text_from(event_id),
        .time_ms = 1,
        .data = {(const char *)bytes, stream.bytes_written},
    };
    uint64_t last;
    int r;
    while ((r = bus_publish(bus, FOLLOW_STREAM, &on_bus, 1, &last)) == -EAGAIN)
        usleep(10 * 1000); /* the broker is slow */
    assert_int_equal(r, 0);
}

static void seats_come_from_the_bus_and_never_go_back(void **state) {
    struct redis_server redis;
    struct bus *bus;
    struct follow *follow;
    struct watch watch;
    redis_server_start(&redis);
    assert_int_equal(bus_open(redis.url, "test", &bus), 0);
    const Myevents__V1__Event *event = stand_event(
        &stand, stand_location(&stand, "Club"), "Trio", 48);
    watch_start(&watch, token_now(), event->id);
    assert_int_equal(follow_new(&stand.service, bus, "one", &follow), 0);
    publish_seats(bus, 1, event->id, 5, 30);
    wait_until(&watch, 1, false);
    publish_seats(bus, 2, event->id, 4, 10); /* older than what is known */
    publish_seats(bus, 3, event->id, 6, 31);
    wait_until(&watch, 2, false);
    watch_stop(&watch);
    assert_int_equal(watch.count, 2);
    assert_int_equal(watch.seen[0].seats, 70);
    assert_int_equal(watch.seen[1].seats, 69);
    assert_int_equal(watch.seen[1].change, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_SEATS);
    assert_int_equal(stand_get(&stand, event->id)->seats_available, 69);

    follow_free(follow);
    stand_restart(&stand);
    assert_int_equal(stand_get(&stand, event->id)->seats_available, 69);
    bus_close(bus);
    redis_server_stop(&redis);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_watch_goes_on_where_a_list_ended),
        TEST(a_watch_of_one_event_hears_of_no_other),
        TEST(a_token_of_before_a_restart_is_answered_by_a_reset),
        TEST(a_token_that_is_none_is_refused),
        TEST(a_token_that_was_overwritten_is_answered_by_a_reset),
        TEST(seats_come_from_the_bus_and_never_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
