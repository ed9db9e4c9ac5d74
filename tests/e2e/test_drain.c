/* SPDX-License-Identifier: Apache-2.0 */

/* A service that is asked to stop in the middle of a sale finishes what it has begun: no booking
 * is lost, nobody is left without an answer, and it ends with status 0. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>

#include "tests/e2e/rush.h"
#include "tests/e2e/stand.h"

static void sell_while_draining(struct stand *stand, const char *name, bool over_rest) {
    struct rush rush = {
        .buyers = 4000, .capacity = 3000, .per_second = 1000, .over_rest = over_rest};
    char words[96];
    rush_begin(&rush, stand);
    pid_t old = stand_pid(stand, name);
    kill(old, SIGTERM);
    rush_expect_running(&rush);
    stand_wait_restarted(stand, name, old);
    rush_end(&rush, stand);
    snprintf(words, sizeof words, "name=%s pid=%d status=0", name, (int)old);
    assert_true(stand_has_said_in_a_line(stand, "msg=\"process ended by itself\"", words));
}

static void the_booking_service_drains(void **state) {
    sell_while_draining(*state, "booking-service", false);
}

static void the_booking_service_drains_behind_the_gateway(void **state) {
    sell_while_draining(*state, "booking-service", true);
}

static void the_event_service_drains(void **state) {
    sell_while_draining(*state, "event-service", false);
}

static void the_gateway_drains(void **state) {
    sell_while_draining(*state, "gateway", true);
}

static void all_of_it_drains(void **state) {
    struct stand *stand = *state;
    struct rush rush = {.buyers = 4000, .capacity = 3000, .per_second = 1000, .over_rest = true};
    rush_begin(&rush, stand);
    rush_expect_running(&rush);
    assert_int_equal(stand_stop(stand, SIGTERM), 0);
    stand_start(stand);
    rush_end(&rush, stand);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_booking_service_drains),
        cmocka_unit_test(the_booking_service_drains_behind_the_gateway),
        cmocka_unit_test(the_event_service_drains),
        cmocka_unit_test(the_gateway_drains),
        cmocka_unit_test(all_of_it_drains),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, stand_setup_empty, stand_teardown);
}
