/* SPDX-License-Identifier: Apache-2.0 */

/* What operators type beside a running system. */

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
#include "tests/e2e/rush.h"
#include "tests/e2e/stand.h"

enum { PATH_SIZE = 160, CATCH_UP_MS = 60000, CAPACITY = 50 };

static struct stand *stand;
static struct buffer said;
static char broker[PATH_SIZE], database[PATH_SIZE];

static int setup(void **state) {
    *state = stand = stand_new();
    stand->arguments[0] = "--no-seed";
    stand_start(stand);
    snprintf(broker, sizeof broker, "redis+unix://%s/run/redis.sock", stand->data);
    snprintf(database, sizeof database, "lmdb://%s/booking", stand->data);
    return 0;
}

static int teardown(void **state) {
    buffer_deinit(&said);
    return stand_end(stand);
}

/* A tool with its arguments ends with this status and says this. */
static void expect(const char *const *arguments, int expected, const char *words) {
    int status = stand_tool(stand, &said, arguments);
    if (status != expected || !strstr(said.data, words))
        fail_msg("%s ends with %d, not %d, and says \"%s\", not \"%s\"", arguments[0], status,
            expected, said.data, words);
}
#define EXPECT(status, words, ...) expect((const char *const[]){__VA_ARGS__, NULL}, status, words)

/* As the last `verify` has said. */
static int64_t seats_sold(void) {
    static const char mark[] = ", sold ";
    const char *found = strstr(said.data, mark);
    assert_non_null(found);
    return strtoll(found + strlen(mark), NULL, 10);
}

static void a_copy_is_a_store(void **state) {
    char copy[PATH_SIZE], copy_database[PATH_SIZE + 8];
    struct rush rush = {.buyers = 4000, .capacity = 3000, .per_second = 500};
    snprintf(copy, sizeof copy, "%s/copy", stand->folder);
    snprintf(copy_database, sizeof copy_database, "lmdb://%s", copy);
    rush_begin(&rush, stand);
    EXPECT(0, "copied to", "backup", "--database", database, "--to", copy);
    EXPECT(0, "clean: 1 events", "verify", "--database", copy_database);
    assert_in_range(seats_sold(), 1, rush.capacity - 1); /* it was made in the middle of the sale */
    EXPECT(1, "is not empty", "backup", "--database", database, "--to", copy);
    rush_end(&rush, stand);
}

static void nothing_is_copied_from_nowhere(void **state) {
    char copy[PATH_SIZE], nowhere[PATH_SIZE];
    snprintf(copy, sizeof copy, "%s/never", stand->folder);
    snprintf(nowhere, sizeof nowhere, "lmdb://%s/nowhere", stand->folder);
    EXPECT(1, "there is no store", "backup", "--database", nowhere, "--to", copy);
    EXPECT(1, "there is no store", "verify", "--database", nowhere);
    snprintf(nowhere, sizeof nowhere, "lmdb://%s/event", stand->data);
    EXPECT(1, "\"booking\" of version", "verify", "--database", nowhere);
}

static void streams_show_that_all_is_applied(void **state) {
    int64_t deadline_ms = clock_monotonic_ms() + CATCH_UP_MS;
    do
        EXPECT(0, "myevents.booking", "streams", "--broker", broker);
    while (!strstr(said.data, "lag 0") && clock_monotonic_ms() < deadline_ms);
    assert_non_null(strstr(said.data, "event-service"));
    assert_non_null(strstr(said.data, "booking-service"));
    assert_non_null(strstr(said.data, "0 dead letters"));
    EXPECT(0, "[{\"name\":\"myevents.booking\"", "streams", "--broker", broker, "--stream",
        "myevents.booking", "--output", "json");
    EXPECT(0, "no dead letters", "streams", "--broker", broker, "--dead");
    EXPECT(0, "replayed 0", "streams", "--broker", broker, "--replay", "all");
}

static void a_listing_that_lags_is_seen(void **state) {
    struct api api = {0};
    api_init(&api, stand);
    struct id event = api_new_event(&api, CAPACITY), user = api_new_user(&api);
    api_wait_seats_shown(&api, event, CAPACITY);
    stand_signal(stand, "redis", SIGSTOP);
    api_book(&api, event, user, 3, false);
    EXPECT(1, "shows 50 free seats, there are 47", "verify", "--database", database,
        "--event-service", stand->event_service, "--agree-within", "200ms");
    assert_non_null(strstr(said.data, event.text));
    assert_non_null(strstr(said.data, "NOT CLEAN"));
    EXPECT(1, "FAIL  the event service shows 10 free seats, the booking service has 0", "loadgen",
        "--event-service", stand->event_service, "--booking-service", stand->booking_service,
        "--buyers", "20", "--capacity", "10", "--agree-within", "200ms");
    stand_signal(stand, "redis", SIGCONT);
    api_wait_seats_shown(&api, event, CAPACITY - 3);
    stand_expect_clean_books(stand);
    api_deinit(&api);
}

static void demo_data_come_once(void **state) {
    EXPECT(0, "made 28 locations and 60 published events", "seed", "--event-service",
        stand->event_service, "--events", "60");
    EXPECT(0, "", "seed", "--event-service", stand->event_service, "--if-empty");
    assert_string_equal(said.data, "");
}

static void a_wrong_word_is_answered_with_the_right_ones(void **state) {
    EXPECT(2, "\"explode\" is no command", "explode");
    EXPECT(2, "--speed is unknown", "loadgen", "--speed", "7");
    EXPECT(2, "--database is required", "verify");
    EXPECT(2, "1 to 1800", "seed", "--events", "1801");
    EXPECT(0, "--give-up", "loadgen", "--help");
    EXPECT(0, "myeventsctl COMMAND", "--help");
    EXPECT(2, "needs --stream", "streams", "--broker", broker, "--replay", "1-0");
}

static void who_is_not_there_is_named(void **state) {
    EXPECT(1, "cannot create a location: UNAVAILABLE", "loadgen", "--event-service", "127.0.0.1:1",
        "--buyers", "1");
    EXPECT(1, "cannot ask the broker for myevents.event: Connection refused", "streams", "--broker",
        "redis://127.0.0.1:1");
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_is_a_store),
        cmocka_unit_test(nothing_is_copied_from_nowhere),
        cmocka_unit_test(streams_show_that_all_is_applied),
        cmocka_unit_test(a_listing_that_lags_is_seen),
        cmocka_unit_test(demo_data_come_once),
        cmocka_unit_test(a_wrong_word_is_answered_with_the_right_ones),
        cmocka_unit_test(who_is_not_there_is_named),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
