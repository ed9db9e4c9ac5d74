/* SPDX-License-Identifier: Apache-2.0 */

/* A tour of README (the argument) does what it says, command by command, on a system as `up` makes
 * it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/stand.h"

enum { TOUR_TIMEOUT_MS = 120000, VARIABLE_SIZE = 400, PROMISES_MAX = 16, SKIP = 77 };

/* What a tour shows, in this order. */
static const struct tour {
    const char *name;
    bool needs_buf;
    const char *promises[PROMISES_MAX];
} tours[] = {
    {"tour", false,
        {"{\"events\":[{\"id\":", "\"state\":\"BOOKING_STATE_HELD\"", "\"held\":2,\"sold\":0",
            "\"state\":\"BOOKING_STATE_CONFIRMED\"", "\"held\":0,\"sold\":2",
            "data: {\"availability\"", "\"sold\":2", "\"field\":\"seats\"", "must be 1 to 20",
            "\"state\":\"BOOKING_STATE_CANCELLED\"", "sold=500 refused=1500 unanswered=0 other=0",
            "verdict: PASS", "clean: "}},
    {"grpc-tour", true,
        {"grpc.channelz.v1.Channelz/GetTopChannels\n", "myevents.v1.BookingService/CreateBooking\n",
            "\"events\": [", "\"capacity\": ", "\"channel\": [",
            "\"target\": ", "\"callsStarted\": \""}},
};

static const struct tour *tour;
static char buf[256];

static int setup(void **state) {
    struct stand *stand = stand_new();
    *state = stand;
    stand_start(stand);
    return 0;
}

static int teardown(void **state) {
    return stand_end(*state);
}

static void the_tour_does_what_it_says(void **state) {
    struct stand *stand = *state;
    _cleanup_(buffer_deinit) struct buffer said = {0};
    char script[512], variables[7][VARIABLE_SIZE];
    const char *environment[ARRAY_SIZE(variables) + 1] = {0};
    const char *root = getenv("SOURCE_ROOT");
    assert_non_null(root);
    snprintf(script, sizeof script, "%s/tests/e2e/readme.sh", root);
    snprintf(variables[0], VARIABLE_SIZE, "REST=%s", stand->rest);
    snprintf(variables[1], VARIABLE_SIZE, "EVENT_SERVICE=%s", stand->event_service);
    snprintf(variables[2], VARIABLE_SIZE, "DATA=%s", stand->data);
    /* The tour leaves out what is so by default. */
    snprintf(variables[3], VARIABLE_SIZE, "EVENT_SERVICE_ADDR=%s", stand->event_service);
    snprintf(variables[4], VARIABLE_SIZE, "BOOKING_SERVICE_ADDR=%s", stand->booking_service);
    snprintf(variables[5], VARIABLE_SIZE, "BOOKING_SERVICE=%s", stand->booking_service);
    snprintf(variables[6], VARIABLE_SIZE, "BUF=BUF_CACHE_DIR=%s/buf %s", stand->folder, buf);
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        environment[i] = variables[i];
    const char *const arguments[] = {"/bin/sh", script, tour->name, NULL};
    int status = command_run(stand->folder, arguments, environment, &said, TOUR_TIMEOUT_MS);
    const char *at = said.data;
    for (const char *const *promise = tour->promises; *promise; promise++) {
        at = strstr(at, *promise);
        if (!at)
            fail_msg("the tour does not show \"%s\" in its place: %s", *promise, said.data);
        at += strlen(*promise);
    }
    if (status != 0)
        fail_msg("its last command ends with %d: %s", status, said.data);
}

/* As tests/tools/install leaves it. */
static bool find_buf(void) {
    char pattern[512];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/.cache/tools/node_modules/@bufbuild/*/bin/buf",
        getenv("SOURCE_ROOT"));
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    snprintf(buf, sizeof buf, "%s", found.gl_pathv[0]);
    globfree(&found);
    return true;
}

int main(int argc, char **argv) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tour_does_what_it_says),
        cmocka_unit_test(everything_ends_well),
    };
    for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(tours); i++)
        if (strcmp(tours[i].name, argv[1]) == 0)
            tour = &tours[i];
    if (!tour) {
        fprintf(stderr, "%s TOUR, as README names it\n", argv[0]);
        return 2;
    }
    if (!find_buf() && tour->needs_buf) {
        printf("skipped: ./myevents deps gets buf, which is not there\n");
        return SKIP;
    }
    return cmocka_run_group_tests(tests, setup, teardown);
}
