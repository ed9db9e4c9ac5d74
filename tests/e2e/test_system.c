/* SPDX-License-Identifier: Apache-2.0 */

/* What the processes tell of themselves is so: while people book, while one of them does not
 * answer, and while the bus stands still. */

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
#include "tests/e2e/stand.h"

enum { CAPACITY = 100, BOOKINGS = 7, TIMEOUT_MS = 60000, POLL_MS = 100 };

static const char *const services[] = {"event-service", "booking-service"};
static const char ROUTE[] = "POST /v1/events/{event_id}/bookings";

/* --- reading the answer --- */

static struct text from(struct text body, const char *mark) {
    const char *found = memmem(body.data, body.size, mark, strlen(mark));
    return found ? (struct text){found, (size_t)(body.data + body.size - found)} : TEXT("");
}

/* What the last answer says of one process. */
static struct text told_of(const struct api *api, const char *name) {
    char mark[64];
    snprintf(mark, sizeof mark, "{\"name\":\"%s\",\"instance\":", name);
    struct text process = from(api->answer.body, mark);
    if (process.size == 0)
        fail_msg("no %s in %.*s", name, TEXT_ARG(api->answer.body));
    struct text next = from(from(process, "\"state\":"), "\"instance\":");
    process.size -= next.size;
    return process;
}

static int64_t number_behind(struct text told, const char *mark) {
    struct text found = from(told, mark);
    if (found.size == 0)
        return 0;
    const char *at = found.data + strlen(mark);
    return strtoll(at + (*at == '"'), NULL, 10);
}

static bool says(struct text told, const char *words) {
    return from(told, words).size > 0;
}

/* How many calls of a method went well, on the side of "served" or "called". */
static int64_t calls(struct text told, const char *side, const char *method) {
    char list[32], mark[128];
    snprintf(list, sizeof list, "\"%s\":[", side);
    snprintf(mark, sizeof mark, "\"method\":\"%s\"", method);
    struct text entry = from(from(told, list), mark);
    if (entry.size == 0)
        fail_msg("no %s %s in %.*s", side, method, TEXT_ARG(told));
    const char *end = memmem(entry.data, entry.size, "\"latencyCounts\":", 16);
    entry.size = (size_t)(end - entry.data);
    return number_behind(entry, "\"started\":");
}

static void look(struct api *api) {
    api_expect(api, "GET", "/v1/system/processes", "", 200);
}

/* Answers may be a second old, and what they tell of is under way. */
#define look_until(api, condition)                                                                 \
    for (int64_t until_ms = clock_monotonic_ms() + TIMEOUT_MS;;) {                                 \
        look(api);                                                                                 \
        if (condition)                                                                             \
            break;                                                                                 \
        if (clock_monotonic_ms() > until_ms)                                                       \
            fail_msg("not so after %d ms: %s: %.*s", TIMEOUT_MS, #condition,                       \
                TEXT_ARG((api)->answer.body));                                                     \
        pause_ms(POLL_MS);                                                                         \
    }

static bool is_serving(const struct api *api, const char *name) {
    return says(told_of(api, name), "\"state\":\"PROCESS_STATE_SERVING\"");
}

static bool is_unreachable(const struct api *api, const char *name) {
    return says(told_of(api, name), "\"state\":\"PROCESS_STATE_UNREACHABLE\"");
}

static bool has_pid(struct api *api, const char *name, pid_t pid) {
    char end[32];
    snprintf(end, sizeof end, "/%ld\",\"version\":", (long)pid);
    return says(told_of(api, name), end);
}

static bool says_of_bus(const struct api *api, const char *name, bool serving) {
    return says(told_of(api, name), serving ? "{\"name\":\"myevents.bus\",\"serving\":true}"
                                            : "{\"name\":\"myevents.bus\",\"serving\":false}");
}

static void book(struct api *api, int count) {
    struct id event = api_new_event(api, CAPACITY);
    struct id user = api_new_user(api);
    for (int i = 0; i < count; i++)
        api_book(api, event, user, 1, false);
}

/* --- the tests --- */

static void counters_grow_by_what_was_done(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    api_init(&api, stand);
    book(&api, 1);
    look_until(&api, calls(told_of(&api, "booking-service"), "served", "CreateBooking") == 1);
    int64_t asked = calls(told_of(&api, "gateway"), "served", ROUTE);
    int64_t checked = number_behind(told_of(&api, "booking-service"), "\"checked\":");
    int64_t commits = number_behind(told_of(&api, "booking-service"), "\"commits\":");
    assert_int_equal(asked, 1);
    assert_int_equal(calls(told_of(&api, "gateway"), "called", "CreateBooking"), 1);
    assert_true(checked > 0 && commits > 0);

    book(&api, BOOKINGS);
    look_until(
        &api, calls(told_of(&api, "booking-service"), "served", "CreateBooking") == 1 + BOOKINGS);
    struct text booking = told_of(&api, "booking-service"), gateway = told_of(&api, "gateway");
    assert_int_equal(calls(gateway, "served", ROUTE), 1 + BOOKINGS);
    assert_int_equal(calls(gateway, "called", "CreateBooking"), 1 + BOOKINGS);
    assert_int_equal(calls(told_of(&api, "event-service"), "served", "CreateEvent"), 2);
    assert_true(number_behind(booking, "\"checked\":") >= checked + BOOKINGS);
    assert_int_equal(number_behind(booking, "\"errors\":"), 0);
    assert_true(number_behind(booking, "\"commits\":") >= commits + BOOKINGS);
    look_until(&api, number_behind(told_of(&api, "booking-service"), "\"published\":") ==
                         number_behind(told_of(&api, "event-service"), "\"applied\":"));
    assert_true(number_behind(told_of(&api, "booking-service"), "\"published\":") >= BOOKINGS);
    api_deinit(&api);
}

static void each_process_tells_its_own(void **state) {
    static const char *const names[] = {"gateway", "event-service", "booking-service"};
    struct stand *stand = *state;
    struct api api = {0};
    api_init(&api, stand);
    look_until(&api, says_of_bus(&api, services[0], true) && says_of_bus(&api, services[1], true));
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct text told = told_of(&api, names[i]);
        assert_true(is_serving(&api, names[i]));
        assert_true(has_pid(&api, names[i], stand_pid(stand, names[i])));
        assert_true(says(told, "\"version\":\"" MYEVENTS_VERSION "\""));
        assert_in_range(number_behind(told, "\"memoryBytes\":"), 1 << 20, (int64_t)1 << 32);
        assert_false(says(told, "\"service\":\"grpc."));
    }
    api_deinit(&api);
}

static void who_does_not_answer_is_told_and_hides_nobody(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    api_init(&api, stand);
    pid_t pid = stand_pid(stand, "booking-service");
    stand_signal(stand, "booking-service", SIGSTOP);
    look_until(&api, is_unreachable(&api, "booking-service") && is_serving(&api, "event-service") &&
                         is_serving(&api, "gateway"));
    assert_false(says(told_of(&api, "booking-service"), "\"reason\":\"\""));
    stand_signal(stand, "booking-service", SIGCONT);
    look_until(&api, is_serving(&api, "booking-service") && has_pid(&api, "booking-service", pid));
    kill(pid, SIGKILL);
    stand_wait_restarted(stand, "booking-service", pid);
    look_until(&api, is_serving(&api, "booking-service") && !has_pid(&api, "booking-service", pid));
    api_deinit(&api);
}

static void a_bus_that_stands_still_shows_in_the_outbox(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    api_init(&api, stand);
    stand_signal(stand, "redis", SIGSTOP);
    book(&api, 1);
    look_until(&api, says_of_bus(&api, "booking-service", false) &&
                         number_behind(told_of(&api, "booking-service"), "\"waiting\":") > 0 &&
                         number_behind(told_of(&api, "booking-service"), "\"oldestSeconds\":") > 0);
    int64_t age = number_behind(told_of(&api, "booking-service"), "\"oldestSeconds\":");
    look_until(&api, number_behind(told_of(&api, "booking-service"), "\"oldestSeconds\":") > age);
    assert_true(is_serving(&api, "booking-service"));
    stand_signal(stand, "redis", SIGCONT);
    look_until(&api, says_of_bus(&api, "booking-service", true) &&
                         number_behind(told_of(&api, "booking-service"), "\"waiting\":") == 0);
    api_deinit(&api);
}

static void where_it_is_switched_off_nothing_is_told(void **state) {
    struct stand *stand = stand_new();
    struct api api = {0};
    stand->arguments[0] = "--no-seed";
    stand->variables[0] = "INTROSPECTION=off";
    stand_start(stand);
    api_init(&api, stand);
    api_expect(&api, "GET", "/v1/system/processes", "", 501);
    assert_true(api_says(&api, "INTROSPECTION=off"));
    assert_false(api_says(&api, "instance"));
    api_expect(&api, "GET", "/v1/events", "", 200);
    api_deinit(&api);
    assert_int_equal(stand_end(stand), 0);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_grow_by_what_was_done),
        cmocka_unit_test(each_process_tells_its_own),
        cmocka_unit_test(who_does_not_answer_is_told_and_hides_nobody),
        cmocka_unit_test(a_bus_that_stands_still_shows_in_the_outbox),
        cmocka_unit_test(where_it_is_switched_off_nothing_is_told),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, stand_setup_empty, stand_teardown);
}
