/* SPDX-License-Identifier: Apache-2.0 */

/* 2,000 buyers want 500 seats: 500 get one, 1,500 are told so, and the books agree. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/e2e/stand.h"

static void sell(struct stand *stand, const char *flag, const char *value) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    const char *const arguments[] = {"loadgen", "--event-service", stand->event_service,
        "--booking-service", stand->booking_service, "--buyers", "2000", "--capacity", "500",
        "--agree-within", "60s", flag, value, NULL};
    int status = stand_tool(stand, &said, arguments);
    if (status != 0 || !strstr(said.data, "sold=500 refused=1500 unanswered=0 other=0") ||
        !strstr(said.data, "verdict: PASS"))
        fail_msg("loadgen ends with %d: %s", status, said.data);
    stand_expect_clean_books(stand);
}

static void a_rush_over_grpc_sells_every_seat_once(void **state) {
    struct stand *stand = *state;
    sell(stand, "--concurrency", "256");
}

static void a_rush_over_rest_sells_every_seat_once(void **state) {
    struct stand *stand = *state;
    sell(stand, "--rest", stand->rest);
}

static void a_rush_for_holds_keeps_every_seat_once(void **state) {
    struct stand *stand = *state;
    sell(stand, "--hold", NULL);
}

static void nobody_died_of_it(void **state) {
    struct stand *stand = *state;
    assert_false(stand_has_said(stand, "process was killed"));
    assert_false(stand_has_said(stand, "process ended by itself"));
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rush_over_grpc_sells_every_seat_once),
        cmocka_unit_test(a_rush_over_rest_sells_every_seat_once),
        cmocka_unit_test(a_rush_for_holds_keeps_every_seat_once),
        cmocka_unit_test(nobody_died_of_it),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, stand_setup_empty, stand_teardown);
}
