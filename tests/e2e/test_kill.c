/* SPDX-License-Identifier: Apache-2.0 */

/* A sale goes on while processes are killed under it. No seat is sold twice, nothing acknowledged
 * is lost, nobody is left without an answer, and the books agree. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>

#include "tests/e2e/rush.h"
#include "tests/e2e/stand.h"

static struct rush rush_of(bool over_rest) {
    return (struct rush){
        .buyers = 4000, .capacity = 3000, .per_second = 1000, .over_rest = over_rest};
}

static void sell_while_killing(struct stand *stand, const char *name, bool over_rest) {
    struct rush rush = rush_of(over_rest);
    rush_begin(&rush, stand);
    pid_t old = stand_pid(stand, name);
    kill(old, SIGKILL);
    rush_expect_running(&rush);
    stand_wait_restarted(stand, name, old);
    rush_end(&rush, stand);
}

static void the_event_service_is_killed(void **state) {
    sell_while_killing(*state, "event-service", false);
}

static void the_booking_service_is_killed(void **state) {
    sell_while_killing(*state, "booking-service", false);
}

static void redis_is_killed(void **state) {
    sell_while_killing(*state, "redis", false);
}

static void the_gateway_is_killed(void **state) {
    sell_while_killing(*state, "gateway", true);
}

static void the_booking_service_is_killed_behind_the_gateway(void **state) {
    sell_while_killing(*state, "booking-service", true);
}

static void all_are_killed_at_once(void **state) {
    struct stand *stand = *state;
    struct rush rush = rush_of(false);
    rush_begin(&rush, stand);
    struct stand_pids before = stand_pids(stand);
    for (int i = 0; stand_processes[i]; i++)
        kill(before.pids[i], SIGKILL);
    rush_expect_running(&rush);
    for (int i = 0; stand_processes[i]; i++)
        stand_wait_restarted(stand, stand_processes[i], before.pids[i]);
    rush_end(&rush, stand);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_event_service_is_killed),
        cmocka_unit_test(the_booking_service_is_killed),
        cmocka_unit_test(redis_is_killed),
        cmocka_unit_test(the_gateway_is_killed),
        cmocka_unit_test(the_booking_service_is_killed_behind_the_gateway),
        cmocka_unit_test(all_are_killed_at_once),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, stand_setup_empty, stand_teardown);
}
