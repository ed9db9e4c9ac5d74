/* SPDX-License-Identifier: Apache-2.0 */
/* What organisers do, through the real server and the real store. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "tests/service/event/stand.h"

static struct stand stand;

static int set_up(void **state) {
    stand_start(&stand);
    return 0;
}

static int tear_down(void **state) {
    stand_stop(&stand);
    return 0;
}

static struct status update(
    Myevents__V1__Event *event, const char *path, const Myevents__V1__Event **ret_reply) {
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    char *paths[] = {(char *)path};
    Myevents__V1__UpdateEventRequest request = MYEVENTS__V1__UPDATE_EVENT_REQUEST__INIT;
    mask.paths = paths;
    mask.n_paths = 1;
    request.event = event;
    request.update_mask = path ? &mask : NULL;
    return event_service_update_event_and_wait(
        stand.channel, NULL, &request, &stand.arena, ret_reply);
}

static void a_new_event_is_a_draft_with_what_its_place_gives(void **state) {
    const Myevents__V1__Location *location = stand_location(&stand, "Club");
    const Myevents__V1__Event *event = stand_event(&stand, location, "Trio", 48);
    assert_int_equal(event->state, MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT);
    assert_int_equal(event->capacity, 100);
    assert_int_equal(event->seats_available, 100);
    assert_string_equal(event->time_zone, "Europe/Berlin");
    assert_string_equal(event->location_name, "Club");
    assert_string_equal(event->country, "DE");
    assert_string_equal(event->etag, "1");
}

static void every_violation_of_a_request_is_named(void **state) {
    char name[] = "", category[] = "Jazz!", bad_id[] = "x";
    Myevents__V1__Event event = MYEVENTS__V1__EVENT__INIT;
    Myevents__V1__CreateEventRequest request = MYEVENTS__V1__CREATE_EVENT_REQUEST__INIT;
    event.name = name;
    event.category = category;
    event.location_id = bad_id;
    event.capacity = -1;
    request.event = &event;
    const Myevents__V1__Event *reply = NULL;
    struct status status = event_service_create_event_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "");
    static const char *const fields[] = {"event.name", "event.category", "event.location_id",
        "event.hall", "event.capacity", "event.start_time", "event.end_time"};
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (!memmem(status.details.data, status.details.size, fields[i], strlen(fields[i])))
            fail_msg("%s is not among the violations", fields[i]);
}

static Myevents__V1__Event trio_at(const Myevents__V1__Location *location) {
    static char name[] = "Trio", hall[] = "big";
    Myevents__V1__Event event = MYEVENTS__V1__EVENT__INIT;
    event.name = name;
    event.location_id = location->id;
    event.hall = hall;
    event.start_time = stand_in_hours(&stand, 10);
    event.end_time = stand_in_hours(&stand, 11);
    return event;
}

static void the_same_request_id_gives_the_same_event_and_no_other(void **state) {
    char other_name[] = "Duo", key[] = "key-1";
    Myevents__V1__Event event = trio_at(stand_location(&stand, "Club"));
    Myevents__V1__CreateEventRequest request = MYEVENTS__V1__CREATE_EVENT_REQUEST__INIT;
    request.event = &event;
    request.request_id = key;
    const Myevents__V1__Event *first = NULL, *again = NULL;
    for (int i = 0; i < 2; i++) {
        struct status status = event_service_create_event_and_wait(
            stand.channel, NULL, &request, &stand.arena, i ? &again : &first);
        stand_expect(&status, STATUS_OK, "");
        if (i == 0)
            stand_restart(&stand);
    }
    assert_string_equal(first->id, again->id);
    event.name = other_name;
    struct status status = event_service_create_event_and_wait(
        stand.channel, NULL, &request, &stand.arena, &again);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "request_id");
    assert_string_equal(status_reason(&stand.arena, &status), "IDEMPOTENCY_MISMATCH");
}

/* Both were written anew since, and then read by another process. */
static void a_request_id_outlives_changes_and_a_restart(void **state) {
    char club[] = "Club", other_club[] = "New Club", hall_name[] = "big";
    char country[] = "DE", zone[] = "Europe/Berlin", key[] = "key-1";
    Myevents__V1__Hall hall = MYEVENTS__V1__HALL__INIT;
    Myevents__V1__Hall *halls[] = {&hall};
    hall.name = hall_name;
    hall.capacity = 100;
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    location.name = club;
    location.country = country;
    location.time_zone = zone;
    location.halls = halls;
    location.n_halls = 1;
    Myevents__V1__CreateLocationRequest make_place = MYEVENTS__V1__CREATE_LOCATION_REQUEST__INIT;
    make_place.location = &location;
    make_place.request_id = key;
    const Myevents__V1__Location *place = NULL, *same_place = NULL;
    struct status status = event_service_create_location_and_wait(
        stand.channel, NULL, &make_place, &stand.arena, &place);
    stand_expect(&status, STATUS_OK, "");

    Myevents__V1__Event event = trio_at(place);
    Myevents__V1__CreateEventRequest make_event = MYEVENTS__V1__CREATE_EVENT_REQUEST__INIT;
    make_event.event = &event;
    make_event.request_id = key;
    const Myevents__V1__Event *made = NULL, *same = NULL;
    status = event_service_create_event_and_wait(
        stand.channel, NULL, &make_event, &stand.arena, &made);
    stand_expect(&status, STATUS_OK, "");

    Myevents__V1__Location change = MYEVENTS__V1__LOCATION__INIT;
    Myevents__V1__UpdateLocationRequest rename = MYEVENTS__V1__UPDATE_LOCATION_REQUEST__INIT;
    change.id = place->id;
    change.name = other_club;
    rename.location = &change;
    status = event_service_update_location_and_wait(
        stand.channel, NULL, &rename, &stand.arena, &same_place);
    stand_expect(&status, STATUS_OK, "");
    stand_publish(&stand, made->id);
    stand_restart(&stand);

    status = event_service_create_location_and_wait(
        stand.channel, NULL, &make_place, &stand.arena, &same_place);
    stand_expect(&status, STATUS_OK, "");
    assert_string_equal(same_place->id, place->id);
    assert_string_equal(same_place->name, "New Club");
    status = event_service_create_event_and_wait(
        stand.channel, NULL, &make_event, &stand.arena, &same);
    stand_expect(&status, STATUS_OK, "");
    assert_string_equal(same->id, made->id);
    assert_int_equal(same->state, MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED);
}

static void a_stale_etag_is_refused(void **state) {
    const Myevents__V1__Event *event = stand_event(
        &stand, stand_location(&stand, "Club"), "Trio", 48);
    Myevents__V1__Event change = MYEVENTS__V1__EVENT__INIT;
    char quartet[] = "Quartet", quintet[] = "Quintet";
    const Myevents__V1__Event *reply = NULL;
    change.id = event->id;
    change.etag = event->etag;
    change.name = quartet;
    struct status status = update(&change, "name", &reply);
    stand_expect(&status, STATUS_OK, "");
    assert_string_equal(reply->name, "Quartet");
    assert_string_equal(reply->category, "jazz");
    assert_string_equal(reply->etag, "2");
    change.name = quintet;
    status = update(&change, "name", &reply);
    stand_expect(&status, STATUS_ABORTED, "etag");
    assert_string_equal(stand_get(&stand, event->id)->name, "Quartet");
}

static void an_update_is_checked_as_a_creation_is(void **state) {
    const Myevents__V1__Event *event = stand_event(
        &stand, stand_location(&stand, "Club"), "Trio", 48);
    Myevents__V1__Event change = MYEVENTS__V1__EVENT__INIT;
    const Myevents__V1__Event *reply = NULL;
    change.id = event->id;
    change.capacity = 101;
    struct status status = update(&change, "capacity", &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "event.capacity");
    status = update(&change, "state", &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "update_mask: \"state\"");
    status = update(&change, "name", &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "event.name");
}

static void a_published_capacity_changes_only_as_the_inventory_agrees(void **state) {
    const Myevents__V1__Event *event = stand_event(
        &stand, stand_location(&stand, "Club"), "Trio", 48);
    stand_publish(&stand, event->id);
    Myevents__V1__Event change = MYEVENTS__V1__EVENT__INIT;
    const Myevents__V1__Event *reply = NULL;
    stand.inventory_sold = 60;
    change.id = event->id;
    change.capacity = 59;
    struct status status = update(&change, NULL, &reply);
    stand_expect(&status, STATUS_FAILED_PRECONDITION, "60 seats are sold");
    assert_string_equal(status_reason(&stand.arena, &status), "CAPACITY_BELOW_SOLD");
    assert_int_equal(stand_get(&stand, event->id)->capacity, 100);
    change.capacity = 60;
    status = update(&change, NULL, &reply);
    stand_expect(&status, STATUS_OK, "");
    assert_int_equal(stand.capacity_asked, 60);
    assert_int_equal(stand_get(&stand, event->id)->capacity, 60);
}

static void a_cancelled_event_stays_as_it_is(void **state) {
    const Myevents__V1__Event *event = stand_event(
        &stand, stand_location(&stand, "Club"), "Trio", 48);
    Myevents__V1__CancelEventRequest cancel = MYEVENTS__V1__CANCEL_EVENT_REQUEST__INIT;
    Myevents__V1__PublishEventRequest publish = MYEVENTS__V1__PUBLISH_EVENT_REQUEST__INIT;
    Myevents__V1__DeleteEventRequest delete = MYEVENTS__V1__DELETE_EVENT_REQUEST__INIT;
    const Myevents__V1__Event *reply = NULL;
    const Google__Protobuf__Empty *nothing;
    cancel.event_id = publish.event_id = delete.event_id = event->id;
    stand_publish(&stand, event->id);
    for (int i = 0; i < 2; i++) {
        struct status status = event_service_cancel_event_and_wait(
            stand.channel, NULL, &cancel, &stand.arena, &reply);
        stand_expect(&status, STATUS_OK, "");
        assert_int_equal(reply->state, MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED);
        assert_string_equal(reply->etag, "3");
    }
    struct status status = event_service_publish_event_and_wait(
        stand.channel, NULL, &publish, &stand.arena, &reply);
    stand_expect(&status, STATUS_FAILED_PRECONDITION, "event");
    status = event_service_delete_event_and_wait(
        stand.channel, NULL, &delete, &stand.arena, &nothing);
    stand_expect(&status, STATUS_FAILED_PRECONDITION, "event");
}

/* In the refusal's metadata, as an entry of a map: 1: key, 2: value. */
static void assert_told(const struct status *status, const char *key, const char *value) {
    struct text entry = text_from(arena_printf(
        &stand.arena, "\n%c%s\x12%c%s", (int)strlen(key), key, (int)strlen(value), value));
    assert_true(memmem(status->details.data, status->details.size, entry.data, entry.size));
}

static void a_place_in_use_keeps_its_halls(void **state) {
    const Myevents__V1__Location *location = stand_location(&stand, "Club");
    const Myevents__V1__Event *event = stand_event(&stand, location, "Trio", 48);
    Myevents__V1__Hall hall = MYEVENTS__V1__HALL__INIT;
    Myevents__V1__Hall *halls[] = {&hall};
    Myevents__V1__Location change = MYEVENTS__V1__LOCATION__INIT;
    Myevents__V1__UpdateLocationRequest request = MYEVENTS__V1__UPDATE_LOCATION_REQUEST__INIT;
    char big[] = "big", club[] = "New Club";
    const Myevents__V1__Location *reply = NULL;
    hall.name = big;
    hall.capacity = 99;
    change.id = location->id;
    change.halls = halls;
    change.n_halls = 1;
    request.location = &change;
    struct status status = event_service_update_location_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_FAILED_PRECONDITION, "location.halls");
    assert_told(&status, "event_id", event->id);
    assert_told(&status, "hall", "big");
    assert_told(&status, "capacity", "100");
    hall.capacity = 100;
    change.name = club;
    status = event_service_update_location_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_OK, "");
    assert_int_equal(reply->n_halls, 1);
    assert_string_equal(stand_get(&stand, event->id)->location_name, "New Club");

    Myevents__V1__DeleteLocationRequest delete = MYEVENTS__V1__DELETE_LOCATION_REQUEST__INIT;
    Myevents__V1__DeleteEventRequest delete_event = MYEVENTS__V1__DELETE_EVENT_REQUEST__INIT;
    const Google__Protobuf__Empty *nothing;
    delete.location_id = location->id;
    delete_event.event_id = event->id;
    status = event_service_delete_location_and_wait(
        stand.channel, NULL, &delete, &stand.arena, &nothing);
    stand_expect(&status, STATUS_FAILED_PRECONDITION, "location");
    status = event_service_delete_event_and_wait(
        stand.channel, NULL, &delete_event, &stand.arena, &nothing);
    stand_expect(&status, STATUS_OK, "");
    status = event_service_delete_location_and_wait(
        stand.channel, NULL, &delete, &stand.arena, &nothing);
    stand_expect(&status, STATUS_OK, "");
}

static void everything_is_there_after_a_restart(void **state) {
    const Myevents__V1__Location *location = stand_location(&stand, "Club");
    const Myevents__V1__Event *event = stand_event(&stand, location, "Trio", 48);
    stand_publish(&stand, event->id);
    stand_restart(&stand);
    const Myevents__V1__Event *again = stand_get(&stand, event->id);
    assert_string_equal(again->name, "Trio");
    assert_int_equal(again->state, MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED);
    assert_int_equal(again->start_time->seconds, event->start_time->seconds);
    assert_string_equal(again->location_name, "Club");
    assert_string_equal(again->etag, "2");
    stand_event(&stand, location, "After the restart", 50);
}

static void only_what_is_public_goes_out(void **state) {
    struct store_record records[8];
    size_t count;
    const Myevents__V1__Location *location = stand_location(&stand, "Club");
    const Myevents__V1__Event *event = stand_event(&stand, location, "Trio", 48);
    stand_publish(&stand, event->id);
    struct store_view *view = store_view_open(stand.store);
    assert_int_equal(store_outbox_read(view, 1, records, 8, &count), 0);
    assert_int_equal(count, 2);
    assert_true(text_equal(records[0].type, TEXT("myevents.location.created.v1")));
    assert_true(text_equal(records[1].type, TEXT("myevents.event.published.v1")));
    assert_true(text_equal(records[1].subject, text_from(event->id)));
    store_view_close(view);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_new_event_is_a_draft_with_what_its_place_gives),
        TEST(every_violation_of_a_request_is_named),
        TEST(the_same_request_id_gives_the_same_event_and_no_other),
        TEST(a_request_id_outlives_changes_and_a_restart),
        TEST(a_stale_etag_is_refused),
        TEST(an_update_is_checked_as_a_creation_is),
        TEST(a_published_capacity_changes_only_as_the_inventory_agrees),
        TEST(a_cancelled_event_stays_as_it_is),
        TEST(a_place_in_use_keeps_its_halls),
        TEST(everything_is_there_after_a_restart),
        TEST(only_what_is_public_goes_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
