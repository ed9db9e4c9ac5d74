/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a booking costs behind the handler: a closed loop of callers on one event (or on many), each
 * asking again when it is answered; the store is real.
 *
 *     booking_lane [bookings] [callers] [events]
 *
 * Prints durable bookings a second, and the processor time that the service's loop spent on each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "services/booking/desk.h"
#include "services/booking/docs.h"

enum { AN_HOUR_MS = 3600 * 1000, KEY_SIZE = 20 };

struct caller {
    struct lane_request request;
    struct bench *bench;
    struct uuid event_id;
    char key[KEY_SIZE + 1];
};

struct bench {
    struct desk desk;
    struct loop *loop;
    struct store *store;
    struct user_entry *user;
    struct uuid *events;
    struct caller *callers;
    long wanted, asked, answered, caller_count, event_count;
    long outcomes[OUTCOME_COUNT];
    bool has_keys;
    int64_t cpu_us;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done;
};

static int64_t thread_cpu_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void caller_ask(struct caller *caller) {
    struct bench *bench = caller->bench;
    if (bench->asked == bench->wanted)
        return;
    const struct uuid *event_id = &bench->events[bench->asked % bench->event_count];
    snprintf(caller->key, sizeof(caller->key), "key-%ld", bench->asked++);
    caller->request.book.key = bench->has_keys ? text_from(caller->key) : (struct text){0};
    caller->request.book.user = bench->user;
    caller->request.book.seats = 1;
    lanes_submit(&bench->desk.lanes, event_id, &caller->request);
}

/* With the last answer the next run may begin on another thread: nothing comes after it. */
static void on_answer(struct lane_request *request, const struct lane_answer *answer) {
    struct caller *caller = container_of(request, struct caller, request);
    struct bench *bench = caller->bench;
    bench->outcomes[answer->outcome]++;
    caller_ask(caller);
    if (++bench->answered < bench->wanted)
        return;
    bench->cpu_us = thread_cpu_us() - bench->cpu_us;
    MUTEX_GUARD(&bench->lock);
    bench->is_done = true;
    pthread_cond_signal(&bench->changed);
}

static void start_callers(void *data) {
    struct bench *bench = data;
    bench->cpu_us = thread_cpu_us();
    for (long i = 0; i < bench->caller_count; i++) {
        bench->callers[i].bench = bench;
        bench->callers[i].request.verb = LANE_BOOK;
        bench->callers[i].request.done = on_answer;
        caller_ask(&bench->callers[i]);
    }
}

static void run(struct bench *bench, const char *what, enum outcome expected, bool has_keys) {
    memset(bench->outcomes, 0, sizeof(bench->outcomes));
    bench->asked = bench->answered = 0;
    bench->has_keys = has_keys;
    bench->is_done = false;
    int64_t started_us = clock_monotonic_us();
    loop_run_and_wait(bench->loop, start_callers, bench);
    pthread_mutex_lock(&bench->lock);
    while (!bench->is_done)
        pthread_cond_wait(&bench->changed, &bench->lock);
    pthread_mutex_unlock(&bench->lock);
    double seconds = (double)(clock_monotonic_us() - started_us) / 1e6;
    printf("%-9s %8.0f /s, %.2f us of the loop each\n", what, (double)bench->wanted / seconds,
        (double)bench->cpu_us / (double)bench->wanted);
    if (bench->outcomes[expected] != bench->wanted)
        printf("only %ld of %ld came to that\n", bench->outcomes[expected], bench->wanted);
}

static struct uuid new_uuid(void) {
    struct uuid id;
    if (uuid_parse(text_from(id_new().text), &id) < 0)
        abort();
    return id;
}

static void on_published(struct lane_request *request, const struct lane_answer *answer) {
    free(request);
}

static void open_events(void *data) {
    struct bench *bench = data;
    struct uuid user_id = new_uuid();
    bench->user = directory_add_user(&bench->desk.directory, &user_id);
    for (long i = 0; i < bench->event_count; i++) {
        struct lane_request *request = memory_new(sizeof(*request));
        request->verb = LANE_FACTS;
        request->done = on_published;
        request->facts = (struct event_facts){
            .capacity = (int32_t)(bench->wanted / bench->event_count),
            .start_ms = clock_wall_ms() + AN_HOUR_MS,
            .version = 1,
        };
        bench->events[i] = new_uuid();
        lanes_submit(&bench->desk.lanes, &bench->events[i], request);
    }
}

static void open_desk(struct bench *bench, const char *folder) {
    char url[96];
    snprintf(url, sizeof(url), "lmdb://%s", folder);
    if (store_open(url, &booking_schema, NULL, &bench->store) != 0) {
        fprintf(stderr, "%s\n", store_open_error());
        exit(1);
    }
    bench->loop = loop_new("desk");
    desk_init(&bench->desk, &(struct desk_options){
                                .loop = bench->loop,
                                .store = bench->store,
                                .hold_ms = AN_HOUR_MS,
                                .key_window_ms = AN_HOUR_MS,
                                .data = bench,
                            });
    loop_start(bench->loop);
}

int main(int argc, char **argv) {
    static struct bench bench = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    char folder[] = "/tmp/booking-bench-XXXXXX", command[64];
    bench.wanted = argc > 1 ? atol(argv[1]) : 300000;
    bench.caller_count = argc > 2 ? atol(argv[2]) : 512;
    bench.event_count = argc > 3 ? atol(argv[3]) : 1;
    bench.callers = memory_new((size_t)bench.caller_count * sizeof(*bench.callers));
    bench.events = memory_new((size_t)bench.event_count * sizeof(*bench.events));
    if (!mkdtemp(folder))
        return 1;
    open_desk(&bench, folder);
    loop_run_and_wait(bench.loop, open_events, &bench);
    run(&bench, "booked", OUTCOME_OK, true);
    run(&bench, "repeated", OUTCOME_UNCHANGED, true); /* nothing is written */
    run(&bench, "sold out", OUTCOME_SOLD_OUT, false); /* nor here */
    desk_drain(&bench.desk);
    loop_stop(bench.loop);
    store_close(bench.store);
    desk_deinit(&bench.desk);
    loop_free(bench.loop);
    free(bench.callers);
    free(bench.events);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}
