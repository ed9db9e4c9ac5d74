/* SPDX-License-Identifier: Apache-2.0 */

/* WatchAvailability through a real server and client. */

#include "tests/service/booking/office.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "services/booking/watch.h"

enum { SEEN_MAX = 8 }; /* what is looked at closely: the first */

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
        char token[24];
    } seen[SEEN_MAX];
    size_t seen_count;
    int32_t last_free;
    int64_t last_sequence;
    bool pauses; /* takes one message and no more until viewer_go_on() */
    bool is_done;
    enum status_code code;
};

static enum rpc_flow on_message(
    struct rpc *rpc, const Myevents__V1__WatchAvailabilityResponse *message, void *data) {
    struct viewer *viewer = data;
    MUTEX_GUARD(&viewer->lock);
    assert_true(message->availability->sequence > viewer->last_sequence);
    viewer->last_free = message->availability->seats_available;
    viewer->last_sequence = message->availability->sequence;
    if (viewer->seen_count < SEEN_MAX) {
        viewer->seen[viewer->seen_count].free = viewer->last_free;
        snprintf(viewer->seen[viewer->seen_count].token, sizeof(viewer->seen[0].token), "%s",
            message->resume_token);
    }
    viewer->seen_count++;
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
    while (!viewer->is_done && (viewer->seen_count == 0 || viewer->last_free != free_seats))
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

/* So many changes, one a round of the loop, that no flow control can swallow them: they are not in
 * the store, the watchers cannot tell. */
struct pump {
    struct task task;
    struct office *office;
    struct uuid event_id;
    int64_t until;
    sem_t done;
};

static void pump_once(struct task *task) {
    struct pump *pump = container_of(task, struct pump, task);
    struct lane *lane = lanes_find(&pump->office->stand.desk.lanes, &pump->event_id);
    lane->inventory.sequence++;
    watch_on_change(lane);
    if (lane->inventory.sequence < pump->until)
        loop_post(pump->office->stand.loop, task);
    else
        sem_post(&pump->done);
}

static void viewer_wait_for_sequence(struct viewer *viewer, int64_t sequence) {
    MUTEX_GUARD(&viewer->lock);
    while (!viewer->is_done && viewer->last_sequence != sequence)
        pthread_cond_wait(&viewer->changed, &viewer->lock);
    assert_false(viewer->is_done);
}

static void a_slow_reader_gets_the_newest_state(void **state) {
    enum { CHANGES = 300000 };
    struct office *office = *state;
    const char *event_id = office_event(office, 1);
    static struct viewer viewer;
    struct pump pump = {.task.run = pump_once, .office = office, .until = CHANGES};
    assert_int_equal(uuid_parse(text_from(event_id), &pump.event_id), 0);
    sem_init(&pump.done, 0, 0);
    viewer_start(&viewer, office, event_id, "", true);
    viewer_wait_for(&viewer, 1);
    loop_post(office->stand.loop, &pump.task);
    sem_wait(&pump.done);
    assert_int_equal(viewer.seen_count, 1);
    viewer_go_on(&viewer);
    viewer_wait_for_sequence(&viewer, CHANGES);
    print_message("%zu of %d changes seen\n", viewer.seen_count, CHANGES);
    assert_true(viewer.seen_count < CHANGES / 2);
    viewer_stop(&viewer);
    sem_destroy(&pump.done);
}

struct stopper {
    struct task task;
    sem_t stopped, go_on;
};

static void stop_here(struct task *task) {
    struct stopper *stopper = container_of(task, struct stopper, task);
    sem_post(&stopper->stopped);
    sem_wait(&stopper->go_on);
}

/* While the watchers' loop is busy, any number of changes is one message. */
static void a_burst_of_changes_is_one_message(void **state) {
    enum { CHANGES = 200 };
    struct office *office = *state;
    const char *event_id = office_event(office, CHANGES), *user_id = office_user(office);
    static struct viewer viewer;
    struct stopper stopper = {.task.run = stop_here};
    sem_init(&stopper.stopped, 0, 0);
    sem_init(&stopper.go_on, 0, 0);
    viewer_start(&viewer, office, event_id, "", false);
    viewer_wait_for(&viewer, 1);
    loop_post(office->stream_loop, &stopper.task);
    sem_wait(&stopper.stopped);
    for (int i = 0; i < CHANGES; i++)
        book(office, event_id, user_id);
    sem_post(&stopper.go_on);
    viewer_wait_for_free(&viewer, 0);
    /* The first state, the change that was under way, all the others. */
    assert_int_equal(viewer.seen_count, 3);
    viewer_stop(&viewer);
    sem_destroy(&stopper.stopped);
    sem_destroy(&stopper.go_on);
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
        cmocka_unit_test_setup_teardown(a_burst_of_changes_is_one_message, setup, teardown),
        cmocka_unit_test_setup_teardown(watchers_come_and_go, setup, teardown),
        cmocka_unit_test_setup_teardown(a_drain_ends_the_watches, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
