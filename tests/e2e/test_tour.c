/* SPDX-License-Identifier: Apache-2.0 */

/* README's tour does what it says, command by command, on a system as `up` makes it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/stand.h"

enum { TOUR_TIMEOUT_MS = 120000, VARIABLE_SIZE = 160 };

static int setup(void **state) {
    struct stand *stand = stand_new();
    *state = stand;
    stand_start(stand);
    return 0;
}

static int teardown(void **state) {
    return stand_end(*state);
}

/* In this order. */
static const char *const promises[] = {
    "{\"events\":[{\"id\":",
    "\"state\":\"BOOKING_STATE_HELD\"",
    "\"held\":2,\"sold\":0",
    "\"state\":\"BOOKING_STATE_CONFIRMED\"",
    "\"held\":0,\"sold\":2",
    "data: {\"availability\"",
    "\"sold\":2",
    "\"field\":\"seats\"",
    "must be 1 to 20",
    "\"state\":\"BOOKING_STATE_CANCELLED\"",
    "sold=500 refused=1500 unanswered=0 other=0",
    "verdict: PASS",
    "clean: ",
};

static void the_tour_does_what_it_says(void **state) {
    struct stand *stand = *state;
    _cleanup_(buffer_deinit) struct buffer said = {0};
    char script[512], variables[5][VARIABLE_SIZE];
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
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
        environment[i] = variables[i];
    const char *const arguments[] = {"/bin/sh", script, NULL};
    int status = command_run(stand->folder, arguments, environment, &said, TOUR_TIMEOUT_MS);
    const char *at = said.data;
    for (size_t i = 0; i < ARRAY_SIZE(promises); i++) {
        at = strstr(at, promises[i]);
        if (!at)
            fail_msg("the tour does not show \"%s\" in its place: %s", promises[i], said.data);
        at += strlen(promises[i]);
    }
    if (status != 0)
        fail_msg("its last command ends with %d: %s", status, said.data);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tour_does_what_it_says),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
