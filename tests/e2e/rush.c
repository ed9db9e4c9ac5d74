/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/rush.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "tests/e2e/api.h"

enum { BEGIN_TIMEOUT_MS = 60000, END_TIMEOUT_MS = 180000, POLL_MS = 10 };

/* What loadgen says before it begins: "event=... over=grpc open loop ...". */
static bool learn_event(struct rush *rush, const char *said) {
    const char *plan = strstr(said, "open loop") ? strstr(said, "event=") : NULL;
    if (plan)
        snprintf(rush->event.text, sizeof rush->event.text, "%s", plan + strlen("event="));
    return plan != NULL;
}

int64_t rush_sold(const struct rush *rush, struct stand *stand) {
    struct api api = {0};
    char target[128];
    snprintf(target, sizeof target, "/v1/events/%s/availability", rush->event.text);
    api_init(&api, stand);
    api_expect(&api, "GET", target, "", 200);
    int64_t sold = api_number(&api, "sold");
    api_deinit(&api);
    return sold;
}

void rush_begin(struct rush *rush, struct stand *stand) {
    char buyers[16], capacity[16], per_second[16];
    snprintf(buyers, sizeof buyers, "%d", rush->buyers);
    snprintf(capacity, sizeof capacity, "%d", rush->capacity);
    snprintf(per_second, sizeof per_second, "%d", rush->per_second);
    const char *const arguments[] = {tool_path(), "loadgen", "--event-service",
        stand->event_service, "--booking-service", stand->booking_service, "--buyers", buyers,
        "--capacity", capacity, "--users", "1000", "--rate", per_second, "--give-up", "120s",
        "--agree-within", "60s", rush->over_rest ? "--rest" : NULL, stand->rest, NULL};
    _cleanup_(buffer_deinit) struct buffer said = {0};
    int64_t deadline_ms = clock_monotonic_ms() + BEGIN_TIMEOUT_MS;
    command_start(&rush->loadgen, stand->folder, arguments, NULL);
    while (!learn_event(rush, command_output(&rush->loadgen, &said)) ||
           rush_sold(rush, stand) < rush->capacity / 10) {
        if (clock_monotonic_ms() > deadline_ms)
            fail_msg("the sale does not begin: %s", said.data);
        pause_ms(POLL_MS);
    }
}

void rush_expect_running(struct rush *rush) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    if (strstr(command_output(&rush->loadgen, &said), "sold="))
        fail_msg("the sale was over too early: %s", said.data);
}

void rush_end(struct rush *rush, struct stand *stand) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    int status = command_wait(&rush->loadgen, END_TIMEOUT_MS);
    command_output(&rush->loadgen, &said);
    if (status != 0 || !strstr(said.data, "verdict: PASS") || !strstr(said.data, "unanswered=0")) {
        stand_show(stand);
        fail_msg("loadgen ends with %d: %s", status, said.data);
    }
    stand_expect_clean_books(stand);
}
