/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/directory.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_a_user_leads_to_the_newest_booking_first(void **state) {
    struct directory directory = {0};
    struct uuid ada_id = {{1}}, bob_id = {{2}};
    struct user_entry *ada = directory_add_user(&directory, &ada_id);
    struct user_entry *bob = directory_add_user(&directory, &bob_id);
    struct booking bookings[3] = {
        {.id = {{10}}, .seats = 1}, {.id = {{11}}, .seats = 2}, {.id = {{12}}, .seats = 3}};
    struct booking_entry *first = directory_add_booking(&directory, ada, &bookings[0]);
    struct booking_entry *second = directory_add_booking(&directory, ada, &bookings[1]);
    struct booking_entry *of_bob = directory_add_booking(&directory, bob, &bookings[2]);

    assert_ptr_equal(directory_user(&directory, &ada_id), ada);
    assert_ptr_equal(ada->newest, second);
    assert_ptr_equal(second->older_of_user, first);
    assert_null(first->older_of_user);
    assert_ptr_equal(bob->newest, of_bob);
    assert_null(of_bob->older_of_user);
    directory_deinit(&directory);
}

static void test_entries_are_found_by_id_only(void **state) {
    struct directory directory = {0};
    struct uuid user_id = {{1}}, nobody = {{9}};
    struct booking booking = {.id = {{10}}, .seats = 20};
    struct user_entry *user = directory_add_user(&directory, &user_id);
    struct booking_entry *entry = directory_add_booking(&directory, user, &booking);
    assert_ptr_equal(directory_booking(&directory, &booking.id), entry);
    assert_int_equal(entry->seats, 20);
    assert_int_equal(entry->state, BOOKING_NONE);
    assert_ptr_equal(entry->user, user);
    assert_null(directory_booking(&directory, &nobody));
    assert_null(directory_booking(&directory, &user_id));
    assert_null(directory_user(&directory, &nobody));
    directory_deinit(&directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_user_leads_to_the_newest_booking_first),
        cmocka_unit_test(test_entries_are_found_by_id_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
