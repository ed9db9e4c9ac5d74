/* SPDX-License-Identifier: Apache-2.0 */
/* Categories: those of events that one can still go to, counted, in pages. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/clock.h"
#include "mesh/loop.h"
#include "tests/service/event/stand.h"

static struct stand stand;
static const Myevents__V1__Location *club;

static int set_up(void **state) {
    stand_start(&stand);
    club = stand_location(&stand, "Club");
    return 0;
}

static int tear_down(void **state) {
    stand_stop(&stand);
    return 0;
}

static const Myevents__V1__Event *update(const Myevents__V1__Event *event, const char *path) {
    char *paths[] = {arena_copy_string(&stand.arena, path)};
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    mask.paths = paths;
    mask.n_paths = ARRAY_SIZE(paths);
    Myevents__V1__UpdateEventRequest request = MYEVENTS__V1__UPDATE_EVENT_REQUEST__INIT;
    Myevents__V1__Event next = *event;
    next.etag = arena_copy_string(&stand.arena, "");
    request.event = &next;
    request.update_mask = &mask;
    const Myevents__V1__Event *reply = NULL;
    struct status status = event_service_update_event_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_OK, "");
    return reply;
}

static const Myevents__V1__Event *draft(const char *category, int hours) {
    Myevents__V1__Event event = *stand_event(&stand, club, "Night", hours);
    event.category = arena_copy_string(&stand.arena, category);
    return update(&event, "category");
}

static const Myevents__V1__Event *publish(const char *category) {
    return stand_publish(&stand, draft(category, 24)->id);
}

static void cancel(const Myevents__V1__Event *event) {
    Myevents__V1__CancelEventRequest request = MYEVENTS__V1__CANCEL_EVENT_REQUEST__INIT;
    const Myevents__V1__Event *reply;
    request.event_id = event->id;
    struct status status = event_service_cancel_event_and_wait(
        stand.channel, NULL, &request, &stand.arena, &reply);
    stand_expect(&status, STATUS_OK, "");
}

static struct status ask(
    int page_size, const char *token, const Myevents__V1__ListCategoriesResponse **ret_reply) {
    Myevents__V1__ListCategoriesRequest request = MYEVENTS__V1__LIST_CATEGORIES_REQUEST__INIT;
    request.page_size = page_size;
    request.page_token = arena_copy_string(&stand.arena, token);
    return event_service_list_categories_and_wait(
        stand.channel, NULL, &request, &stand.arena, ret_reply);
}

static const Myevents__V1__ListCategoriesResponse *page(int size, const char *token) {
    const Myevents__V1__ListCategoriesResponse *reply = NULL;
    struct status status = ask(size, token, &reply);
    stand_expect(&status, STATUS_OK, "");
    return reply;
}

/* "dance 1, jazz 2" */
static const char *listed(const Myevents__V1__ListCategoriesResponse *reply) {
    const char *text = "";
    for (size_t i = 0; i < reply->n_categories; i++)
        text = arena_printf(&stand.arena, "%s%s%s %d", text, i ? ", " : "",
            reply->categories[i]->name, reply->categories[i]->event_count);
    return text;
}

static void events_ahead_are_counted_by_category(void **state) {
    assert_string_equal(listed(page(0, "")), "");
    publish("jazz");
    publish("dance");
    publish("jazz");
    publish("");
    assert_string_equal(listed(page(0, "")), "dance 1, jazz 2");
}

static void drafts_and_cancelled_ones_do_not_count(void **state) {
    draft("opera", 24);
    const Myevents__V1__Event *film = publish("film"), *dance = publish("dance");
    cancel(film);
    cancel(dance);
    assert_string_equal(listed(page(0, "")), "dance 1, jazz 2");
}

/* On the service's loop: the event as it is once it has begun. */
static void begin(void *data) {
    Myevents__V1__Event event = *(const Myevents__V1__Event *)data;
    Google__Protobuf__Timestamp time = *event.start_time;
    time.seconds = clock_wall_ms() / 1000 - 1;
    event.start_time = &time;
    catalog_put_event(&stand.service.catalog, &event);
}

static void what_has_begun_does_not_count(void **state) {
    const Myevents__V1__Event *event = publish("comedy");
    assert_string_equal(listed(page(0, "")), "comedy 1, dance 1, jazz 2");
    loop_run_and_wait(stand.loop, begin, (void *)event);
    assert_string_equal(listed(page(0, "")), "dance 1, jazz 2");
}

static void pages_join_also_where_names_are_long(void **state) {
    static const char *const names[] = {
        "theatre-for-the-very-young-and-their-a", "theatre-for-the-very-young-and-their-bb"};
    const char *all = "", *token = "";
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        publish(names[i]);
    do {
        const Myevents__V1__ListCategoriesResponse *reply = page(1, token);
        assert_int_equal(reply->n_categories, 1);
        all = arena_printf(&stand.arena, "%s%s; ", all, listed(reply));
        token = reply->next_page_token;
    } while (token[0]);
    assert_string_equal(all, "dance 1; jazz 2; theatre-for-the-very-young-and-their-a 1; "
                             "theatre-for-the-very-young-and-their-bb 1; ");
}

static void a_bad_page_is_refused_by_field(void **state) {
    const Myevents__V1__ListCategoriesResponse *reply;
    struct status status = ask(1001, "", &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "page_size");
    status = ask(1, "nonsense", &reply);
    stand_expect(&status, STATUS_INVALID_ARGUMENT, "page_token");
}

static void they_are_known_again_after_a_restart(void **state) {
    const char *before = listed(page(0, ""));
    stand_restart(&stand);
    /* The one that has begun was so in memory alone. */
    assert_string_equal(listed(page(0, "")), arena_printf(&stand.arena, "comedy 1, %s", before));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_ahead_are_counted_by_category),
        cmocka_unit_test(drafts_and_cancelled_ones_do_not_count),
        cmocka_unit_test(what_has_begun_does_not_count),
        cmocka_unit_test(pages_join_also_where_names_are_long),
        cmocka_unit_test(a_bad_page_is_refused_by_field),
        cmocka_unit_test(they_are_known_again_after_a_restart),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
