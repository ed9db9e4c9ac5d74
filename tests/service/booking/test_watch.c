/* SPDX-License-Identifier: Apache-2.0 */

/* WatchAvailability through a real server and client. */

#include "tests/service/booking/office.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

enum { SEEN_MAX = 4096 };

static int setup(void **state) {
    struct office *office = memory_new(sizeof(*office));
    office_open(office);
    *state = office;
    return 0;
}

static int teardown(void **state) {
    office_close(*state);
    free(*state);
    return 0;
}

/* A client that notes what it is shown. */
struct viewer {
    struct rpc *rpc;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct {
        int32_t free;
        int64_t sequence;
        char token[24];
    } seen[SEEN_MAX];
    size_t seen_count;
    bool pauses; /* takes one message and no more until viewer_go_on() */
    bool is_done;
    enum status_code code;
};

static enum rpc_flow on_message(
    struct rpc *rpc, const Myevents__V1__WatchAvailabilityResponse *message, void *data) {
    struct viewer *viewer = data;
    MUTEX_GUARD(&viewer->lock);
    size_t i = viewer->seen_count++;
    assert_true(i < SEEN_MAX);
    viewer->seen[i].free = message->availability->seats_available;
    viewer->seen[i].sequence = message->availability->sequence;
    snprintf(viewer->seen[i].token, sizeof(viewer->seen[i].token), "%s", message->resume_token);
    pthread_cond_signal(&viewer->changed);
    return viewer->pauses ? RPC_PAUSE : RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct viewer *viewer = data;
    MUTEX_GUARD(&viewer->lock);
    viewer->is_done = true;
    viewer->code = status->code;
    pthread_cond_signal(&viewer->changed);
}

static void viewer_start(struct viewer *viewer, struct office *office, const char *event_id,
    const char *token, bool pauses) {
    static const struct booking_service_watch_availability_events events = {
        .on_message = on_message, .on_done = on_done};
    Myevents__V1__WatchAvailabilityRequest request = MYEVENTS__V1__WATCH_AVAILABILITY_REQUEST__INIT;
    *viewer = (struct viewer){
        .pauses = pauses,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    request.event_id = (char *)event_id;
    request.resume_token = (char *)token;
    viewer->rpc = booking_service_watch_availability(office->channel,
        &(struct rpc_options){.timeout_ms = RPC_NO_TIMEOUT}, &request, &events, viewer);
}

static void viewer_wait_for(struct viewer *viewer, size_t count) {
    MUTEX_GUARD(&viewer->lock);
    while (viewer->seen_count < count && !viewer->is_done)
        pthread_cond_wait(&viewer->changed, &viewer->lock);
    assert_true(viewer->seen_count >= count);
}

/* Until it was shown this many free seats. */
static void viewer_wait_for_free(struct viewer *viewer, int32_t free_seats) {
    MUTEX_GUARD(&viewer->lock);
    while (!viewer->is_done &&
           (viewer->seen_count == 0 || viewer->seen[viewer->seen_count - 1].free != free_seats))
        pthread_cond_wait(&viewer->changed, &viewer->lock);
    assert_false(viewer->is_done);
}

static enum status_code viewer_end(struct viewer *viewer) {
    MUTEX_GUARD(&viewer->lock);
    while (!viewer->is_done)
        pthread_cond_wait(&viewer->changed, &viewer->lock);
    return viewer->code;
}

static enum status_code viewer_stop(struct viewer *viewer) {
    rpc_cancel(viewer->rpc);
    return viewer_end(viewer);
}

static void viewer_go_on(struct viewer *viewer) {
    pthread_mutex_lock(&viewer->lock);
    viewer->pauses = false;
    pthread_mutex_unlock(&viewer->lock);
    rpc_read(viewer->rpc);
}

static void book(struct office *office, const char *event_id, const char *user_id) {
    const Myevents__V1__Booking *booking;
    struct status status = office_book(office, event_id, user_id, 1, false, "", &booking);
    assert_ok(&status);
}

static void a_watch_shows_the_state_and_then_each_change(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 10), *user_id = office_user(office);
    static struct viewer viewer;
    viewer_start(&viewer, office, event_id, "", false);
    viewer_wait_for(&viewer, 1);
    assert_int_equal(viewer.seen[0].free, 10);
    for (int32_t i = 1; i <= 3; i++) {
        book(office, event_id, user_id);
        viewer_wait_for(&viewer, (size_t)i + 1);
        assert_int_equal(viewer.seen[i].free, 10 - i);
        assert_true(viewer.seen[i].sequence > viewer.seen[i - 1].sequence);
    }
    assert_int_equal(viewer_stop(&viewer), STATUS_CANCELLED);
    assert_int_equal(viewer.seen_count, 4);
}

static void a_watch_resumes_after_what_was_seen(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 10), *user_id = office_user(office);
    static struct viewer first, second, third;
    viewer_start(&first, office, event_id, "", false);
    viewer_wait_for(&first, 1);
    viewer_stop(&first);
    /* Nothing happened since: the next message is the next change. */
    viewer_start(&second, office, event_id, first.seen[0].token, false);
    usleep(20 * 1000);
    book(office, event_id, user_id);
    viewer_wait_for(&second, 1);
    assert_int_equal(second.seen[0].free, 9);
    viewer_stop(&second);
    /* Something happened since: the state now comes at once. */
    viewer_start(&third, office, event_id, first.seen[0].token, false);
    viewer_wait_for(&third, 1);
    assert_int_equal(third.seen[0].free, 9);
    viewer_stop(&third);
}

static void a_watch_of_nothing_ends(void **state) {
    struct office *office = *state;
    static struct viewer viewer;
    viewer_start(&viewer, office, "01890000-0000-7000-8000-000000000000", "", false);
    assert_int_equal(viewer_end(&viewer), STATUS_NOT_FOUND);
    viewer_start(&viewer, office, "nonsense", "", false);
    assert_int_equal(viewer_end(&viewer), STATUS_INVALID_ARGUMENT);
    viewer_start(&viewer, office, "01890000-0000-7000-8000-000000000000", "nonsense", false);
    assert_int_equal(viewer_end(&viewer), STATUS_INVALID_ARGUMENT);
}

/* Flow control holds some 64 KiB of messages back before the server feels it. */
static void a_slow_reader_gets_the_newest_state(void **state) {
    enum { CHANGES = 3000 };
    struct office *office = *state;
    const char *event_id = office_event(office, CHANGES), *user_id = office_user(office);
    static struct viewer slow, quick;
    viewer_start(&slow, office, event_id, "", true);
    viewer_start(&quick, office, event_id, "", false);
    viewer_wait_for(&slow, 1);
    for (int i = 0; i < CHANGES; i++)
        book(office, event_id, user_id);
    viewer_wait_for_free(&quick, 0);
    assert_int_equal(slow.seen_count, 1);
    viewer_go_on(&slow);
    viewer_wait_for_free(&slow, 0);
    assert_true(slow.seen_count < CHANGES);
    for (size_t i = 1; i < slow.seen_count; i++)
        assert_true(slow.seen[i].sequence > slow.seen[i - 1].sequence);
    viewer_stop(&slow);
    viewer_stop(&quick);
}

struct topic_look {
    struct office *office;
    struct uuid event_id;
    bool is_watched;
};

static void look_at_topic(void *data) {
    struct topic_look *look = data;
    look->is_watched = lanes_find(&look->office->stand.desk.lanes, &look->event_id)->watch;
}

static bool is_watched(struct office *office, const char *event_id) {
    struct topic_look look = {.office = office};
    assert_int_equal(uuid_parse(text_from(event_id), &look.event_id), 0);
    loop_run_and_wait(office->stand.loop, look_at_topic, &look);
    return look.is_watched;
}

static void watchers_come_and_go(void **state) {
    enum { VIEWERS = 8, ROUNDS = 15 };
    struct office *office = *state;
    const char *event_id = office_event(office, 1000), *user_id = office_user(office);
    static struct viewer viewers[VIEWERS];
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < VIEWERS; i++)
            viewer_start(&viewers[i], office, event_id, "", false);
        for (int i = 0; i < VIEWERS / 2; i++)
            viewer_stop(&viewers[i]); /* some before they were shown anything */
        book(office, event_id, user_id);
        for (int i = VIEWERS / 2; i < VIEWERS; i++)
            viewer_wait_for_free(&viewers[i], 1000 - round - 1);
        for (int i = VIEWERS / 2; i < VIEWERS; i++)
            viewer_stop(&viewers[i]);
    }
    while (is_watched(office, event_id))
        usleep(1000);
}

static void a_drain_ends_the_watches(void **state) {
    struct office *office = *state;
    const char *event_id = office_event(office, 10);
    static struct viewer viewer;
    viewer_start(&viewer, office, event_id, "", false);
    viewer_wait_for(&viewer, 1);
    office_drain(office);
    assert_int_equal(viewer_end(&viewer), STATUS_UNAVAILABLE);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_watch_shows_the_state_and_then_each_change, setup, teardown),
        cmocka_unit_test_setup_teardown(a_watch_resumes_after_what_was_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(a_watch_of_nothing_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(a_slow_reader_gets_the_newest_state, setup, teardown),
        cmocka_unit_test_setup_teardown(watchers_come_and_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_drain_ends_the_watches, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
