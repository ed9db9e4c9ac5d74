/* SPDX-License-Identifier: Apache-2.0 */

/* Browsers see seats and events go live, find their place again, and leave nothing open. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tests/e2e/api.h"
#include "tests/e2e/sse.h"
#include "tests/e2e/stand.h"

enum {
    CAPACITY = 100,
    CHANGE_TIMEOUT_MS = 60000,
    NOTHING_MS = 300,
    BOOKING_METRICS = 1, /* behind the event service's port */
    GATEWAY_METRICS = 2,
};

static struct stand *stand;
static struct api api;

static int setup_stand(void **state) {
    *state = stand = stand_new();
    stand->arguments[0] = "--no-seed";
    stand_start(stand);
    api_init(&api, stand);
    return 0;
}

static int setup_stand_of_short_holds(void **state) {
    *state = stand = stand_new();
    stand->arguments[0] = "--no-seed";
    stand->arguments[1] = "--hold-duration";
    stand->arguments[2] = "2s";
    stand_start(stand);
    api_init(&api, stand);
    return 0;
}

static int teardown_stand(void **state) {
    api_deinit(&api);
    return stand_end(stand);
}

static void expect_event(struct sse *sse, struct sse_event *event) {
    if (!sse_next(sse, event, CHANGE_TIMEOUT_MS))
        fail_msg("nothing comes in %d ms", CHANGE_TIMEOUT_MS);
    assert_string_equal(event->name, "");
    assert_true(event->id[0]);
}

/* Availability comes as its newest state; what lies between may be left out. */
static void expect_seats(struct sse *sse, struct sse_event *event, int held, int sold) {
    do
        expect_event(sse, event);
    while (sse_number(event, "held") != held || sse_number(event, "sold") != sold);
    assert_int_equal(sse_number(event, "capacity"), CAPACITY);
    assert_int_equal(sse_number(event, "seatsAvailable"), CAPACITY - held - sold);
}

static void open_availability(struct sse *sse, struct id event, const char *last_event_id) {
    char target[128];
    snprintf(target, sizeof target, "/v1/events/%s/availability:watch", event.text);
    sse_open(sse, stand->port, target, last_event_id);
}

static void cancel(struct id booking) {
    char target[128];
    snprintf(target, sizeof target, "/v1/bookings/%s:cancel", booking.text);
    api_expect(&api, "POST", target, "{}", 200);
}

static void seats_come_at_once_and_with_every_change(void **state) {
    struct id event = api_new_event(&api, CAPACITY), user = api_new_user(&api);
    struct sse sse;
    struct sse_event shown;
    open_availability(&sse, event, NULL);
    expect_seats(&sse, &shown, 0, 0);
    struct id booking = api_book(&api, event, user, 3, false);
    expect_seats(&sse, &shown, 0, 3);
    api_book(&api, event, user, 2, true);
    expect_seats(&sse, &shown, 2, 3);
    cancel(booking);
    expect_seats(&sse, &shown, 2, 0);
    sse_close(&sse);
}

/* Its seats come back as a state of their own, also to who was too slow to be shown that they were
 * held. */
static void a_hold_that_expires_is_seen(void **state) {
    struct id event = api_new_event(&api, CAPACITY), user = api_new_user(&api);
    struct sse sse;
    struct sse_event shown;
    char before[SSE_TEXT_SIZE];
    open_availability(&sse, event, NULL);
    expect_seats(&sse, &shown, 0, 0);
    strcpy(before, shown.id);
    api_book(&api, event, user, 4, true);
    expect_seats(&sse, &shown, 0, 0);
    assert_string_not_equal(shown.id, before);
    sse_close(&sse);
}

static void a_browser_that_comes_back_goes_on_where_it_was(void **state) {
    struct id event = api_new_event(&api, CAPACITY), user = api_new_user(&api);
    struct sse sse;
    struct sse_event shown;
    char last[SSE_TEXT_SIZE];
    open_availability(&sse, event, NULL);
    api_book(&api, event, user, 1, false);
    expect_seats(&sse, &shown, 0, 1);
    strcpy(last, shown.id);
    sse_close(&sse);

    open_availability(&sse, event, last); /* it has seen this state */
    if (sse_next(&sse, &shown, NOTHING_MS))
        fail_msg("it is told again: %.*s", TEXT_ARG(shown.data));
    sse_close(&sse);

    api_book(&api, event, user, 1, false); /* this it has missed */
    open_availability(&sse, event, last);
    expect_seats(&sse, &shown, 0, 2);
    sse_close(&sse);
}

static void a_stream_survives_a_restart_of_the_service(void **state) {
    struct id event = api_new_event(&api, CAPACITY), user = api_new_user(&api);
    struct sse sse;
    struct sse_event shown;
    char last[SSE_TEXT_SIZE];
    open_availability(&sse, event, NULL);
    expect_seats(&sse, &shown, 0, 0);
    strcpy(last, shown.id);
    pid_t old = stand_pid(stand, "booking-service");
    kill(old, SIGKILL);
    while (sse_next(&sse, &shown, CHANGE_TIMEOUT_MS)) /* it just ends: a browser reconnects */
        ;
    assert_true(sse.has_ended);
    sse_close(&sse);
    stand_wait_restarted(stand, "booking-service", old);
    api_wait_ready(&api, stand);
    api_book(&api, event, user, 5, false);
    open_availability(&sse, event, last);
    expect_seats(&sse, &shown, 0, 5);
    sse_close(&sse);
}

/* --- events --- */

static void expect_change(
    struct sse *sse, struct sse_event *shown, struct id event, const char *change) {
    do
        expect_event(sse, shown);
    while (!memmem(shown->data.data, shown->data.size, change, strlen(change)) ||
           !memmem(shown->data.data, shown->data.size, event.text, ID_SIZE));
}

static void events_are_followed_from_a_list_on(void **state) {
    char target[SSE_TEXT_SIZE + 64], token[SSE_TEXT_SIZE];
    struct sse sse;
    struct sse_event shown;
    struct id user = api_new_user(&api);
    api_expect(&api, "GET", "/v1/events?pageSize=1", "", 200);
    assert_true(rest_find_string(api.answer.body, "watchToken", token, sizeof token));
    struct id event = api_new_event(&api, CAPACITY); /* between list and watch */
    snprintf(target, sizeof target, "/v1/events:watch?resumeToken=%s", token);
    sse_open(&sse, stand->port, target, NULL);
    expect_change(&sse, &shown, event, "EVENT_CHANGE_UPDATED");
    api_book(&api, event, user, 7, false);
    expect_change(&sse, &shown, event, "EVENT_CHANGE_SEATS");
    while (sse_number(&shown, "seatsAvailable") != CAPACITY - 7)
        expect_change(&sse, &shown, event, "EVENT_CHANGE_SEATS");
    strcpy(token, shown.id);
    sse_close(&sse);

    snprintf(target, sizeof target, "/v1/events/%s:cancel", event.text);
    api_expect(&api, "POST", target, "{}", 200);
    sse_open(&sse, stand->port, "/v1/events:watch", token);
    expect_change(&sse, &shown, event, "EVENT_STATE_CANCELLED");
    sse_close(&sse);
}

static void one_event_is_followed_alone(void **state) {
    char target[SSE_TEXT_SIZE + 128], token[SSE_TEXT_SIZE];
    struct sse sse;
    struct sse_event shown;
    struct id user = api_new_user(&api);
    struct id event = api_new_event(&api, CAPACITY), other = api_new_event(&api, CAPACITY);
    api_expect(&api, "GET", "/v1/events?pageSize=1", "", 200);
    assert_true(rest_find_string(api.answer.body, "watchToken", token, sizeof token));
    snprintf(
        target, sizeof target, "/v1/events:watch?eventId=%s&resumeToken=%s", event.text, token);
    sse_open(&sse, stand->port, target, NULL);
    api_book(&api, other, user, 1, false);
    api_book(&api, event, user, 2, false);
    do {
        expect_event(&sse, &shown);
        assert_non_null(memmem(shown.data.data, shown.data.size, event.text, ID_SIZE));
    } while (sse_number(&shown, "seatsAvailable") != CAPACITY - 2);
    sse_close(&sse);
}

static void a_token_of_nobody_is_refused(void **state) {
    struct id event = api_new_event(&api, CAPACITY);
    char target[160];
    snprintf(
        target, sizeof target, "/v1/events/%s/availability:watch?resumeToken=%%21%%21", event.text);
    api_expect(&api, "GET", target, "", 400);
    api_expect(&api, "GET", "/v1/events:watch?resumeToken=!!", "", 400);
}

/* --- nothing stays open --- */

/* Sum over the series of `name` whose labels contain `label`. */
static double metric_of(int port_offset, const char *name, const char *label) {
    char address[32];
    struct rest rest;
    struct rest_answer answer;
    double sum = 0;
    snprintf(address, sizeof address, "127.0.0.1:%d", stand->metrics_port + port_offset);
    assert_int_equal(rest_init(&rest, address, CHANGE_TIMEOUT_MS), 0);
    assert_int_equal(rest_request(&rest, "GET", "/metrics", "", TEXT(""), &answer), 0);
    while (answer.body.size) {
        struct text line = text_cut(&answer.body, '\n');
        char row[512];
        snprintf(row, sizeof row, "%.*s", TEXT_ARG(line));
        if (strncmp(row, name, strlen(name)) == 0 && strstr(row, label))
            sum += strtod(strrchr(row, ' '), NULL);
    }
    rest_deinit(&rest);
    return sum;
}

static double open_upstream(void) {
    const char *label = "grpc_method=\"WatchAvailability\"";
    return metric_of(BOOKING_METRICS, "grpc_server_started_total", label) -
           metric_of(BOOKING_METRICS, "grpc_server_handled_total", label);
}

static void wait_open(double expected) {
    int64_t deadline_ms = clock_monotonic_ms() + CHANGE_TIMEOUT_MS;
    double upstream, streams;
    do {
        upstream = open_upstream();
        streams = metric_of(GATEWAY_METRICS, "http_server_open_streams", "");
        if (upstream == expected && streams == expected)
            return;
        pause_ms(10);
    } while (clock_monotonic_ms() < deadline_ms);
    fail_msg("%g streams of the gateway and %g of the service are open, not %g", streams, upstream,
        expected);
}

static void who_leaves_leaves_nothing_open(void **state) {
    enum { WATCHERS = 20 };
    struct id event = api_new_event(&api, CAPACITY);
    struct sse watchers[WATCHERS];
    struct sse_event shown;
    wait_open(0);
    for (int i = 0; i < WATCHERS; i++) {
        open_availability(&watchers[i], event, NULL);
        expect_seats(&watchers[i], &shown, 0, 0);
    }
    wait_open(WATCHERS);
    for (int i = 0; i < WATCHERS; i++)
        sse_close(&watchers[i]);
    wait_open(0);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(seats_come_at_once_and_with_every_change),
        cmocka_unit_test(a_browser_that_comes_back_goes_on_where_it_was),
        cmocka_unit_test(a_stream_survives_a_restart_of_the_service),
        cmocka_unit_test(events_are_followed_from_a_list_on),
        cmocka_unit_test(one_event_is_followed_alone),
        cmocka_unit_test(a_token_of_nobody_is_refused),
        cmocka_unit_test(who_leaves_leaves_nothing_open),
        cmocka_unit_test(everything_ends_well),
    };
    static const struct CMUnitTest tests_of_short_holds[] = {
        cmocka_unit_test(a_hold_that_expires_is_seen),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, setup_stand, teardown_stand) +
           cmocka_run_group_tests(tests_of_short_holds, setup_stand_of_short_holds, teardown_stand);
}
