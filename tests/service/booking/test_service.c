/* SPDX-License-Identifier: Apache-2.0 */

/* Every RPC through a real server and client. */

#include "tests/service/booking/office.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

static const char no_such_id[] = "01890000-0000-7000-8000-000000000000";

/* --- bookings --- */

static void a_hold_is_extended_confirmed_and_cancelled(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 10), *user_id = office_user(office);
    const Myevents__V1__Booking *booking, *changed;
    struct status status = office_book(office, event_id, user_id, 3, true, "", &booking);
    assert_ok(&status);
    assert_string_equal(booking->event_id, event_id);
    assert_string_equal(booking->user_id, user_id);
    assert_int_equal(booking->seats, 3);
    assert_int_equal(booking->state, MYEVENTS__V1__BOOKING_STATE__BOOKING_STATE_HELD);
    assert_non_null(booking->hold_expire_time);
    assert_false(booking->extended);

    status = office_extend(office, booking->id, "", &changed);
    assert_ok(&status);
    assert_true(changed->extended);
    status = office_extend(office, booking->id, "", &changed);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "ALREADY_EXTENDED");
    status = office_confirm(office, booking->id, &changed);
    assert_ok(&status);
    assert_int_equal(changed->state, MYEVENTS__V1__BOOKING_STATE__BOOKING_STATE_CONFIRMED);
    assert_null(changed->hold_expire_time);
    status = office_confirm(office, booking->id, &changed);
    assert_ok(&status);
    status = office_cancel(office, booking->id, &changed);
    assert_ok(&status);
    status = office_cancel(office, booking->id, &changed);
    assert_ok(&status);
    status = office_confirm(office, booking->id, &changed);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "ALREADY_CANCELLED");

    status = office_get(office, booking->id, &changed);
    assert_ok(&status);
    static const char *const reasons[] = {"created", "hold extended", "confirmed", "cancelled"};
    assert_int_equal(changed->n_history, ARRAY_SIZE(reasons));
    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
        assert_string_equal(changed->history[i]->reason, reasons[i]);
}

static void seats_are_sold_out(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 4), *user_id = office_user(office);
    const Myevents__V1__Booking *booking;
    struct status status = office_book(office, event_id, user_id, 3, false, "", &booking);
    assert_ok(&status);
    assert_int_equal(booking->state, MYEVENTS__V1__BOOKING_STATE__BOOKING_STATE_CONFIRMED);
    status = office_book(office, event_id, user_id, 2, false, "", &booking);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "SOLD_OUT");
    /* The details carry how many are left. */
    assert_true(memmem(status.details.data, status.details.size, "seats_available", 15));
    assert_true(memmem(status.details.data, status.details.size, event_id, ID_SIZE));
}

static void what_does_not_exist_is_not_found(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 4), *user_id = office_user(office);
    const Myevents__V1__Booking *booking;
    const Myevents__V1__Availability *availability;
    struct status status = office_book(office, event_id, no_such_id, 1, false, "", &booking);
    assert_refused(office, &status, STATUS_NOT_FOUND, "USER_NOT_FOUND");
    status = office_book(office, no_such_id, user_id, 1, false, "", &booking);
    assert_refused(office, &status, STATUS_NOT_FOUND, "EVENT_NOT_FOUND");
    status = office_look(office, no_such_id, &availability);
    assert_refused(office, &status, STATUS_NOT_FOUND, "EVENT_NOT_FOUND");
    status = office_get(office, no_such_id, &booking);
    assert_refused(office, &status, STATUS_NOT_FOUND, "BOOKING_NOT_FOUND");
    status = office_cancel(office, no_such_id, &booking);
    assert_refused(office, &status, STATUS_NOT_FOUND, "BOOKING_NOT_FOUND");
}

static void what_is_malformed_is_refused(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 4), *user_id = office_user(office);
    const Myevents__V1__Booking *booking;
    const struct {
        const char *event_id, *user_id, *request_id;
        int32_t seats;
    } cases[] = {
        {"", user_id, "", 1},
        {"x", user_id, "", 1},
        {event_id, "", "", 1},
        {event_id, user_id, "", 0},
        {event_id, user_id, "", BOOKING_SEATS_MAX + 1},
        {event_id, user_id, "", -1},
        {event_id, user_id, "two words", 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct status status = office_book(office, cases[i].event_id, cases[i].user_id,
            cases[i].seats, false, cases[i].request_id, &booking);
        assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    }
    struct status status = office_cancel(office, "x", &booking);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
}

static void a_retry_gets_the_same_booking(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 4), *user_id = office_user(office);
    const Myevents__V1__Booking *first, *again;
    struct status status = office_book(office, event_id, user_id, 2, true, "key", &first);
    assert_ok(&status);
    status = office_book(office, event_id, user_id, 2, true, "key", &again);
    assert_ok(&status);
    assert_string_equal(first->id, again->id);
    status = office_book(office, event_id, user_id, 2, false, "key", &again);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "IDEMPOTENCY_MISMATCH");
}

/* --- lists --- */

static struct status list(struct office *office, const char *user_id, const char *event_id,
    int32_t page_size, const char *page_token,
    const Myevents__V1__ListBookingsResponse **ret_page) {
    Myevents__V1__ListBookingsRequest request = MYEVENTS__V1__LIST_BOOKINGS_REQUEST__INIT;
    request.user_id = (char *)user_id;
    request.event_id = (char *)event_id;
    request.page_size = page_size;
    request.page_token = (char *)page_token;
    return booking_service_list_bookings_and_wait(
        office->channel, NULL, &request, &office->arena, ret_page);
}

static void walk_pages(struct office *office, const char *user_id, const char *event_id,
    const char *const *expected, size_t count) {
    const Myevents__V1__ListBookingsResponse *page;
    const char *token = "";
    size_t seen = 0;
    do {
        struct status status = list(office, user_id, event_id, 3, token, &page);
        assert_ok(&status);
        for (size_t i = 0; i < page->n_bookings; i++, seen++)
            assert_string_equal(page->bookings[i]->id, expected[count - 1 - seen]);
        token = page->next_page_token;
    } while (token[0]);
    assert_int_equal(seen, count);
}

static void lists_are_newest_first_and_paged(void **state) {
    enum { COUNT = 7 };
    struct office *office = *state;
    const char *event_id = office_event(office, 100), *user_id = office_user(office);
    const char *other_event = office_event(office, 100), *other_user = office_user(office);
    const char *ids[COUNT];
    const Myevents__V1__Booking *booking;
    for (int i = 0; i < COUNT; i++) {
        struct status status = office_book(office, event_id, user_id, 1, false, "", &booking);
        assert_ok(&status);
        ids[i] = booking->id;
        status = office_book(office, other_event, other_user, 1, false, "", &booking);
        assert_ok(&status);
    }
    walk_pages(office, user_id, "", ids, COUNT);
    walk_pages(office, "", event_id, ids, COUNT);
}

static void a_list_knows_its_own_tokens_only(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 100), *user_id = office_user(office);
    const char *other_user = office_user(office);
    const Myevents__V1__Booking *booking;
    const Myevents__V1__ListBookingsResponse *page;
    for (int i = 0; i < 2; i++) {
        struct status status = office_book(office, event_id, user_id, 1, false, "", &booking);
        assert_ok(&status);
    }
    struct status status = list(office, user_id, "", 1, "", &page);
    assert_ok(&status);
    const char *token = page->next_page_token;
    status = list(office, other_user, "", 1, token, &page);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    status = list(office, user_id, "", 1, "nonsense", &page);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    status = list(office, user_id, event_id, 1, "", &page);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    status = list(office, "", "", 1, "", &page);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    status = list(office, user_id, "", 1001, "", &page);
    assert_refused(office, &status, STATUS_INVALID_ARGUMENT, "INVALID_REQUEST");
    status = list(office, no_such_id, "", 1, "", &page);
    assert_refused(office, &status, STATUS_NOT_FOUND, "USER_NOT_FOUND");
    status = list(office, "", no_such_id, 1, "", &page);
    assert_ok(&status);
    assert_int_equal(page->n_bookings, 0);
}

/* --- seats --- */

static void availability_adds_up(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 10), *user_id = office_user(office);
    const Myevents__V1__Booking *booking;
    const Myevents__V1__Availability *seats;
    struct status status = office_book(office, event_id, user_id, 3, true, "", &booking);
    assert_ok(&status);
    status = office_book(office, event_id, user_id, 2, false, "", &booking);
    assert_ok(&status);
    status = office_look(office, event_id, &seats);
    assert_ok(&status);
    assert_int_equal(seats->capacity, 10);
    assert_int_equal(seats->held, 3);
    assert_int_equal(seats->sold, 2);
    assert_int_equal(seats->seats_available, 5);
    assert_int_equal(seats->sequence, 3);
    assert_true(seats->on_sale);
}

static void capacity_is_not_cut_below_what_is_sold(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 10), *user_id = office_user(office);
    const Myevents__V1__Booking *booking;
    const Myevents__V1__Availability *seats;
    const Myevents__Internal__V1__SetCapacityResponse *response;
    struct status status = office_book(office, event_id, user_id, 6, false, "", &booking);
    assert_ok(&status);
    status = office_set_capacity(office, event_id, 5, 2, &response);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "CAPACITY_BELOW_SOLD");
    status = office_set_capacity(office, event_id, 7, 2, &response);
    assert_ok(&status);
    assert_int_equal(response->sold, 6);
    status = office_set_capacity(office, event_id, 9, 1, &response); /* older */
    assert_ok(&status);
    status = office_look(office, event_id, &seats);
    assert_ok(&status);
    assert_int_equal(seats->capacity, 7);
}

/* --- events that were not heard of --- */

static void an_event_not_heard_of_is_asked_for(void **state) {
    struct office *office = *state;
    const char *user_id = office_user(office);
    const Myevents__V1__Booking *booking;
    const Myevents__V1__Availability *seats;
    const char *event_id = office_tell(office, MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED, 5);
    struct status status = office_book(office, event_id, user_id, 5, false, "", &booking);
    assert_ok(&status);
    status = office_book(office, event_id, user_id, 1, false, "", &booking);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "SOLD_OUT");
    status = office_look(office, event_id, &seats);
    assert_ok(&status);
    assert_int_equal(seats->sold, 5);
}

static void a_draft_is_not_on_sale(void **state) {
    struct office *office = *state;
    const char *user_id = office_user(office);
    const Myevents__V1__Booking *booking;
    const Myevents__V1__Availability *seats;
    const Myevents__Internal__V1__SetCapacityResponse *response;
    const char *event_id = office_tell(office, MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT, 5);
    struct status status = office_book(office, event_id, user_id, 1, false, "", &booking);
    assert_refused(office, &status, STATUS_FAILED_PRECONDITION, "NOT_ON_SALE");
    status = office_look(office, event_id, &seats);
    assert_ok(&status);
    assert_false(seats->on_sale);
    status = office_set_capacity(office, event_id, 1, 1, &response);
    assert_ok(&status);
    assert_int_equal(response->held + response->sold, 0);
}

static void without_the_event_service_known_events_go_on(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 4), *user_id = office_user(office);
    const Myevents__V1__Booking *booking;
    office_stop_events(office);
    struct status status = office_book(office, no_such_id, user_id, 1, false, "", &booking);
    assert_refused(office, &status, STATUS_UNAVAILABLE, "EVENT_SERVICE_UNREACHABLE");
    assert_true(status_retry_delay_ms(&status) > 0);
    status = office_book(office, event_id, user_id, 1, false, "", &booking);
    assert_ok(&status);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_hold_is_extended_confirmed_and_cancelled, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(seats_are_sold_out, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(
            what_does_not_exist_is_not_found, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(
            what_is_malformed_is_refused, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(
            a_retry_gets_the_same_booking, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(
            lists_are_newest_first_and_paged, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(
            a_list_knows_its_own_tokens_only, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(availability_adds_up, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(
            capacity_is_not_cut_below_what_is_sold, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(
            an_event_not_heard_of_is_asked_for, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(a_draft_is_not_on_sale, office_setup, office_teardown),
        cmocka_unit_test_setup_teardown(
            without_the_event_service_known_events_go_on, office_setup, office_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
