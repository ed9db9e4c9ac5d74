/* SPDX-License-Identifier: Apache-2.0 */
/* What is in memory of locations and events. */
#include "services/event/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static char place_id[] = "00000000-0000-7000-8000-000000000001";
static char event_id[] = "00000000-0000-7000-8000-000000000002";
static char other_id[] = "00000000-0000-7000-8000-000000000003";

static void put_place(struct catalog *catalog, const char *name) {
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    location.id = place_id;
    location.name = (char *)name;
    catalog_put_location(catalog, &location);
}

static const struct event_entry *put_event(struct catalog *catalog) {
    char name[] = "Trio";
    Google__Protobuf__Timestamp start = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Myevents__V1__Event event = MYEVENTS__V1__EVENT__INIT;
    event.id = event_id;
    event.name = name;
    event.location_id = place_id;
    event.start_time = &start;
    return catalog_put_event(catalog, &event);
}

static void a_location_that_changes_often_costs_no_memory(void **state) {
    struct catalog catalog;
    catalog_init(&catalog);
    put_place(&catalog, "Club 000");
    const struct event_entry *entry = put_event(&catalog);
    size_t used = entry->arena.used_bytes, room = entry->search.capacity;
    for (int i = 1; i <= 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "Club %03d", i);
        put_place(&catalog, name);
    }
    assert_string_equal(entry->search.data, "trio\n\nclub 100\n");
    assert_string_equal(entry->message->location_name, "Club 100");
    assert_int_equal(entry->arena.used_bytes, used);
    assert_int_equal(entry->search.capacity, room);
    catalog_deinit(&catalog);
}

static void a_request_is_found_by_its_key_and_by_what_it_made(void **state) {
    struct catalog catalog;
    catalog_init(&catalog);
    catalog_note_request(&catalog, "CreateEvent:a", 7, event_id, 1000);
    assert_ptr_equal(
        catalog_request(&catalog, "CreateEvent:a"), catalog_request_of(&catalog, event_id));
    assert_int_equal(catalog_request_of(&catalog, event_id)->fingerprint, 7);
    assert_null(catalog_request_of(&catalog, other_id));

    /* A key that is given again when its time is over stands for what it made last. */
    catalog_note_request(&catalog, "CreateEvent:a", 8, other_id, 2000);
    assert_null(catalog_request_of(&catalog, event_id));
    assert_int_equal(catalog_request_of(&catalog, other_id)->fingerprint, 8);

    catalog_forget_requests(&catalog, 2001);
    assert_null(catalog_request(&catalog, "CreateEvent:a"));
    assert_null(catalog_request_of(&catalog, other_id));
    catalog_deinit(&catalog);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_location_that_changes_often_costs_no_memory),
        cmocka_unit_test(a_request_is_found_by_its_key_and_by_what_it_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
