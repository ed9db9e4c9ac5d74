/* SPDX-License-Identifier: Apache-2.0 */

/* The bus may stand still: a sale does not wait for it, and what it missed arrives later. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>

#include "tests/e2e/api.h"
#include "tests/e2e/rush.h"
#include "tests/e2e/stand.h"

enum { FREEZE_MS = 10000, BOOKINGS = 4, CAPACITY = 10 };

static void redis_stands_still_for_ten_seconds(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    api_init(&api, stand);
    struct id event = api_new_event(&api, CAPACITY);
    api_wait_seats_shown(&api, event, CAPACITY);
    struct id user = api_new_user(&api);

    struct rush rush = {.buyers = 5000, .capacity = 4500, .per_second = 300};
    rush_begin(&rush, stand);
    struct stand_pids before = stand_pids(stand);
    stand_signal(stand, "redis", SIGSTOP);
    int64_t sold = rush_sold(&rush, stand);
    for (int i = 0; i < BOOKINGS; i++) {
        api_book(&api, event, user, 1, false);
        pause_ms(FREEZE_MS / BOOKINGS);
    }
    assert_int_equal(api_seats_shown(&api, event), CAPACITY);
    assert_in_range(rush_sold(&rush, stand), sold + 1, rush.capacity);
    stand_signal(stand, "redis", SIGCONT);
    rush_end(&rush, stand);
    api_wait_seats_shown(&api, event, CAPACITY - BOOKINGS);
    stand_expect_same_pids(stand, &before);
    api_deinit(&api);
}

/* An event that the bus has not told of yet is looked up. */
static void what_the_bus_has_not_told_yet_can_be_booked(void **state) {
    struct stand *stand = *state;
    struct api api = {0};
    api_init(&api, stand);
    struct id user = api_new_user(&api);
    stand_signal(stand, "redis", SIGSTOP);
    struct id event = api_new_event(&api, CAPACITY);
    api_book(&api, event, user, 2, false);
    stand_signal(stand, "redis", SIGCONT);
    api_wait_seats_shown(&api, event, CAPACITY - 2);
    stand_expect_clean_books(stand);
    api_deinit(&api);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(redis_stands_still_for_ten_seconds),
        cmocka_unit_test(what_the_bus_has_not_told_yet_can_be_booked),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, stand_setup_empty, stand_teardown);
}
