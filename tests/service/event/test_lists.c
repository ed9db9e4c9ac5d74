/* SPDX-License-Identifier: Apache-2.0 */
/* Lists: what they hold, in which order, and that pages join without gap or repetition. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "tests/service/event/stand.h"

enum { EVENTS = 23, DRAFTS = 2 };

static struct stand stand;
static const Myevents__V1__Location *club, *hall_house;

/* Odd ones in the club, even ones in the house; later numbers start earlier. */
static int set_up(void **state) {
    stand_start(&stand);
    club = stand_location(&stand, "Club");
    hall_house = stand_location(&stand, "House");
    for (int i = 0; i < EVENTS + DRAFTS; i++) {
        char name[32];
        snprintf(name, sizeof name, "Night %02d", i * 7 % (EVENTS + DRAFTS));
        const Myevents__V1__Event *event = stand_event(
            &stand, i % 2 ? club : hall_house, name, 100 - i);
        if (i < EVENTS)
            stand_publish(&stand, event->id);
    }
    return 0;
}

static int tear_down(void **state) {
    stand_stop(&stand);
    return 0;
}

static const Myevents__V1__ListEventsResponse *list(
    const Myevents__V1__ListEventsRequest *request) {
    const Myevents__V1__ListEventsResponse *reply = NULL;
    struct status status = event_service_list_events_and_wait(
        stand.channel, NULL, request, &stand.arena, &reply);
    stand_expect(&status, STATUS_OK, "");
    return reply;
}

static int64_t start_of(const Myevents__V1__Event *event) {
    return event->start_time->seconds;
}

static void drafts_are_listed_only_when_asked_for(void **state) {
    Myevents__V1__ListEventsRequest request = MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
    assert_int_equal(list(&request)->total_size, EVENTS);
    request.state = MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT;
    assert_int_equal(list(&request)->total_size, DRAFTS);
}

static void filters_are_met_by_every_row(void **state) {
    Myevents__V1__ListEventsRequest request = MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
    char words[] = "NIGHT club", nobody[] = "xyzzy", country[] = "FR";
    request.location_id = club->id;
    assert_int_equal(list(&request)->total_size, EVENTS / 2);
    request = (Myevents__V1__ListEventsRequest)MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
    request.query = words;
    assert_int_equal(list(&request)->total_size, EVENTS / 2);
    request.query = nobody;
    assert_int_equal(list(&request)->total_size, 0);
    request = (Myevents__V1__ListEventsRequest)MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
    request.country = country;
    assert_int_equal(list(&request)->total_size, 0);
    request = (Myevents__V1__ListEventsRequest)MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
    request.start_time_from = stand_in_hours(&stand, 90);
    const Myevents__V1__ListEventsResponse *reply = list(&request);
    assert_in_range(reply->total_size, 10, 11);
    for (size_t i = 0; i < reply->n_events; i++)
        assert_true(start_of(reply->events[i]) >= request.start_time_from->seconds);
    request.with_seats = 1;
    assert_int_equal(list(&request)->total_size, reply->total_size);
}

static int compare(
    const char *order_by, const Myevents__V1__Event *a, const Myevents__V1__Event *b) {
    if (strncmp(order_by, "name", 4) == 0)
        return strcmp(a->name, b->name);
    return (start_of(a) > start_of(b)) - (start_of(a) < start_of(b));
}

static void pages_join_in_every_order(void **state) {
    static const char *const orders[] = {
        "", "start_time desc", "name", "name desc", "create_time", "seats_available desc"};
    for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
        Myevents__V1__ListEventsRequest request = MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
        const Myevents__V1__Event *last = NULL;
        size_t seen = 0;
        bool descends = strstr(orders[i], "desc"), is_checked = i < 4;
        request.order_by = arena_copy_string(&stand.arena, orders[i]);
        request.page_size = 5;
        do {
            const Myevents__V1__ListEventsResponse *reply = list(&request);
            for (size_t row = 0; row < reply->n_events; row++, seen++) {
                int order = last ? compare(orders[i], last, reply->events[row]) : 0;
                if (last && is_checked)
                    assert_true(descends ? order > 0 : order < 0);
                last = reply->events[row];
            }
            request.page_token = reply->next_page_token;
        } while (request.page_token[0]);
        assert_int_equal(seen, EVENTS);
    }
}

static void a_page_token_belongs_to_its_list(void **state) {
    Myevents__V1__ListEventsRequest request = MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
    request.page_size = 5;
    request.page_token = list(&request)->next_page_token;
    request.location_id = club->id;
    const Myevents__V1__ListEventsResponse *reply;
    static const char *const bad[] = {"x", "0.0..", "....", "%%%"};
    for (size_t i = 0; i <= ARRAY_SIZE(bad); i++) {
        struct status status = event_service_list_events_and_wait(
            stand.channel, NULL, &request, &stand.arena, &reply);
        stand_expect(&status, STATUS_INVALID_ARGUMENT, "page_token");
        if (i < ARRAY_SIZE(bad))
            request.page_token = arena_copy_string(&stand.arena, bad[i]);
    }
}

static void a_bad_query_is_refused_by_field(void **state) {
    Myevents__V1__ListEventsRequest request = MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
    char order[] = "price", backwards[] = "name backwards";
    const Myevents__V1__ListEventsResponse *reply;
    request.page_size = 1001;
    struct status status = event_service_list_events_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "page_size");
    request.page_size = 0;
    request.order_by = order;
    status = event_service_list_events_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "order_by");
    request.order_by = backwards;
    status = event_service_list_events_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "order_by");
}

static void a_time_beyond_all_years_is_refused(void **state) {
    Google__Protobuf__Timestamp times[] = {
        GOOGLE__PROTOBUF__TIMESTAMP__INIT, GOOGLE__PROTOBUF__TIMESTAMP__INIT};
    const Myevents__V1__ListEventsResponse *reply;
    times[0].seconds = INT64_MAX;
    times[1].nanos = 1000000000;
    for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
        Myevents__V1__ListEventsRequest request = MYEVENTS__V1__LIST_EVENTS_REQUEST__INIT;
        request.start_time_from = &times[i];
        struct status status = event_service_list_events_and_wait(
            stand.channel, NULL, &request, &stand.arena, &reply);
        stand_expect(&status, STATUS_INVALID_ARGUMENT, "start_time_from");
        request.start_time_from = NULL;
        request.start_time_before = &times[i];
        status = event_service_list_events_and_wait(
            stand.channel, NULL, &request, &stand.arena, &reply);
        stand_expect(&status, STATUS_INVALID_ARGUMENT, "start_time_before");
    }
}

static void locations_are_listed_by_name_in_pages(void **state) {
    Myevents__V1__ListLocationsRequest request = MYEVENTS__V1__LIST_LOCATIONS_REQUEST__INIT;
    const Myevents__V1__ListLocationsResponse *reply = NULL;
    static const char *const names[] = {"Club", "House"};
    request.page_size = 1;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct status status = event_service_list_locations_and_wait(
            stand.channel, NULL, &request, &stand.arena, &reply);
        stand_expect(&status, STATUS_OK, "");
        assert_int_equal(reply->n_locations, 1);
        assert_string_equal(reply->locations[0]->name, names[i]);
        request.page_token = reply->next_page_token;
    }
    assert_string_equal(reply->next_page_token, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drafts_are_listed_only_when_asked_for),
        cmocka_unit_test(filters_are_met_by_every_row),
        cmocka_unit_test(pages_join_in_every_order),
        cmocka_unit_test(a_page_token_belongs_to_its_list),
        cmocka_unit_test(a_bad_query_is_refused_by_field),
        cmocka_unit_test(a_time_beyond_all_years_is_refused),
        cmocka_unit_test(locations_are_listed_by_name_in_pages),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
