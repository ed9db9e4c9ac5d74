/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attr.h"

enum { NOW_MS = 1000000, BEFORE_S = 999, AFTER_S = 1001 };

static const Myevents__V1__EventState states[] = {
    MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT,
    MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED,
    MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED,
};

static char here[] = "here", there[] = "there", hall_name[] = "main";

struct sample {
    Google__Protobuf__Timestamp start;
    Myevents__V1__Event event;
};

static void make(struct sample *sample, Myevents__V1__EventState state, int64_t start_s) {
    google__protobuf__timestamp__init(&sample->start);
    myevents__v1__event__init(&sample->event);
    sample->start.seconds = start_s;
    sample->event.start_time = &sample->start;
    sample->event.state = state;
    sample->event.location_id = here;
    sample->event.hall = hall_name;
    sample->event.capacity = 100;
}

/* Every state, before and after the start. */
static void publishing_needs_a_draft_that_has_not_started(void **data) {
    static const enum event_outcome expected[][2] = {
        {EVENT_HAS_STARTED, EVENT_OK},
        {EVENT_UNCHANGED, EVENT_UNCHANGED},
        {EVENT_IS_CANCELLED, EVENT_IS_CANCELLED},
    };
    for (size_t state = 0; state < ARRAY_SIZE(states); state++)
        for (int ahead = 0; ahead < 2; ahead++) {
            struct sample sample;
            make(&sample, states[state], ahead ? AFTER_S : BEFORE_S);
            assert_int_equal(event_publish(&sample.event, NOW_MS), expected[state][ahead]);
        }
}

static void an_event_that_starts_now_has_started(void **data) {
    struct sample sample;
    make(&sample, MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT, NOW_MS / 1000);
    assert_int_equal(event_publish(&sample.event, NOW_MS), EVENT_HAS_STARTED);
    assert_int_equal(event_publish(&sample.event, NOW_MS - 1), EVENT_OK);
}

static void cancelling_is_final_and_may_be_repeated(void **data) {
    static const enum event_outcome expected[] = {EVENT_OK, EVENT_OK, EVENT_UNCHANGED};
    for (size_t state = 0; state < ARRAY_SIZE(states); state++) {
        struct sample sample;
        make(&sample, states[state], AFTER_S);
        assert_int_equal(event_cancel(&sample.event), expected[state]);
    }
}

static void only_drafts_are_deleted(void **data) {
    static const enum event_outcome expected[] = {EVENT_OK, EVENT_NOT_DRAFT, EVENT_NOT_DRAFT};
    for (size_t state = 0; state < ARRAY_SIZE(states); state++) {
        struct sample sample;
        make(&sample, states[state], AFTER_S);
        assert_int_equal(event_delete(&sample.event), expected[state]);
    }
}

/* state x started x moved x over the hall's seats: the first reason that applies is given. */
static void an_update_is_refused_for_each_reason(void **data) {
    Myevents__V1__Hall hall = MYEVENTS__V1__HALL__INIT;
    hall.capacity = 100;
    for (unsigned i = 0; i < ARRAY_SIZE(states) * 8; i++) {
        bool started = i & 1, moved = i & 2, over = i & 4;
        Myevents__V1__EventState state = states[i / 8];
        bool is_draft = state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT;
        struct sample before, after;
        make(&before, state, started ? BEFORE_S : AFTER_S);
        make(&after, state, AFTER_S);
        after.event.location_id = moved ? there : here;
        after.event.capacity = over ? 101 : 100;
        enum event_outcome expected = EVENT_OK;
        if (over)
            expected = EVENT_CAPACITY_OVER_HALL;
        if (moved && !is_draft)
            expected = EVENT_LOCATION_FIXED;
        if (started && !is_draft)
            expected = EVENT_HAS_STARTED;
        if (state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED)
            expected = EVENT_IS_CANCELLED;
        assert_int_equal(event_update(&before.event, &after.event, &hall, NOW_MS), expected);
    }
}

static void a_location_keeps_the_halls_its_events_need(void **data) {
    Myevents__V1__Hall hall = MYEVENTS__V1__HALL__INIT;
    Myevents__V1__Hall *halls[] = {&hall};
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    struct sample sample;
    hall.name = hall_name;
    hall.capacity = 100;
    location.halls = halls;
    location.n_halls = 1;
    make(&sample, MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED, AFTER_S);
    assert_int_equal(location_keeps(&location, &sample.event), LOCATION_OK);
    hall.capacity = 99;
    assert_int_equal(location_keeps(&location, &sample.event), LOCATION_HALL_TOO_SMALL);
    hall.name = there;
    assert_int_equal(location_keeps(&location, &sample.event), LOCATION_HALL_MISSING);
    sample.event.state = MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED;
    assert_int_equal(location_keeps(&location, &sample.event), LOCATION_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publishing_needs_a_draft_that_has_not_started),
        cmocka_unit_test(an_event_that_starts_now_has_started),
        cmocka_unit_test(cancelling_is_final_and_may_be_repeated),
        cmocka_unit_test(only_drafts_are_deleted),
        cmocka_unit_test(an_update_is_refused_for_each_reason),
        cmocka_unit_test(a_location_keeps_the_halls_its_events_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
