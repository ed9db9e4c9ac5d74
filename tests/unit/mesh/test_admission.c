/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"
#include "base/task.h"
#include "grpc/health/v1/health.mesh.h"

enum { BRIEF_MS = 3000 }; /* long enough to reach the server on a busy machine */

static EchoRequest ask(const char *text) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)text;
    return request;
}

static struct metric_series *queued(void) {
    return metric_series(metric_gauge("grpc_server_calls_queued", "", NULL));
}

static struct metric_series *in_flight(void) {
    return metric_series(metric_gauge("grpc_server_calls_in_flight", "", NULL));
}

static struct metric_series *shed(const char *reason) {
    return metric_series(
        metric_counter("grpc_server_calls_shed_total", "", "reason", NULL), reason);
}

static void wait_for_series(struct metric_series *series, int64_t value) {
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (metric_get(series) != value && clock_monotonic_ms() < until_ms)
        usleep(1000);
    assert_int_equal(metric_get(series), value);
}

/* One call is held; `count` more are made to wait behind it. */
static struct call *fill(struct stand *stand, int count) {
    static char texts[HELD_MAX][8];
    EchoRequest request = ask("first");
    stand_begin(stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *first = stand_held(stand, 0);
    for (int i = 0; i < count; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%d", i);
        request.text = texts[i];
        stand_begin(stand, ECHO_SERVICE_HOLD, NULL, &request);
        wait_for_series(queued(), i + 1);
    }
    return first;
}

static void assert_refused(struct stand *stand, struct status status, const char *message) {
    assert_string_equal(status_code_name(status.code), "RESOURCE_EXHAUSTED");
    assert_string_equal(status.message, message);
    assert_string_equal(status_reason(&stand->arena, &status), "OVERLOADED");
    assert_in_range(status_retry_delay_ms(&status), 1, 1000);
}

/* Of the calls that have ended. */
static void assert_answer(struct stand *stand, const char *text) {
    MUTEX_GUARD(&stand->lock);
    assert_string_equal(stand->message, text);
}

static void assert_last(struct stand *stand, const char *code) {
    MUTEX_GUARD(&stand->lock);
    assert_string_equal(status_code_name(stand->status.code), code);
}

static void test_calls_wait_in_the_order_of_their_arrival(void **state) {
    enum { WAITING = 3 };
    struct stand stand;
    int64_t full = metric_get(shed("full"));
    stand_start(&stand, &(struct server_options){.calls_in_flight_max = 1,
                            .calls_queued_max = WAITING,
                            .queue_wait_max_ms = STAND_TIMEOUT_MS});
    struct call *running = fill(&stand, WAITING);
    assert_int_equal(metric_get(in_flight()), 1);
    EchoRequest request = ask("surplus");
    assert_refused(&stand, stand_call(&stand, ECHO_SERVICE_HOLD, NULL, &request, NULL),
        "too many calls in flight");
    assert_int_equal(metric_get(shed("full")), full + 1);
    for (int i = 0; i <= WAITING; i++) {
        char expected[8];
        assert_int_equal(stand.held_count, i + 1); /* the others have not begun */
        snprintf(expected, sizeof(expected), "%d", i);
        reply_text(running, expected);
        stand_wait(&stand, &stand.done_count, i + 1);
        assert_answer(&stand, expected);
        if (i == WAITING)
            break;
        running = stand_held(&stand, i + 1);
        assert_string_equal(call_user(running), expected);
    }
    wait_for_series(queued(), 0);
    wait_for_series(in_flight(), 0);
    stand_stop(&stand);
}

static void test_a_refused_request_is_not_even_read(void **state) {
    struct stand stand;
    stand_start(&stand, &(struct server_options){.calls_in_flight_max = 1});
    struct call *running = fill(&stand, 0);
    stand_begin_raw(&stand, &echo_service.methods[ECHO_SERVICE_ECHO], TEXT("\x0a\xff"));
    stand_wait(&stand, &stand.done_count, 1);
    assert_last(&stand, "RESOURCE_EXHAUSTED");
    reply_text(running, "");
    stand_wait(&stand, &stand.done_count, 2);
    stand_wait_idle(&stand);
    stand_begin_raw(&stand, &echo_service.methods[ECHO_SERVICE_ECHO], TEXT("\x0a\xff"));
    stand_wait(&stand, &stand.done_count, 3);
    assert_last(&stand, "INVALID_ARGUMENT");
    stand_stop(&stand);
}

static void test_a_call_waits_so_long_and_no_longer(void **state) {
    enum { WAIT_MS = 100 };
    struct stand stand;
    int64_t waited = metric_get(shed("waited"));
    stand_start(&stand,
        &(struct server_options){
            .calls_in_flight_max = 1, .calls_queued_max = 10, .queue_wait_max_ms = WAIT_MS});
    struct call *running = fill(&stand, 0);
    EchoRequest request = ask("late");
    int64_t begin_ms = clock_monotonic_ms();
    assert_refused(&stand, stand_call(&stand, ECHO_SERVICE_HOLD, NULL, &request, NULL),
        "the call has waited too long for its turn");
    assert_in_range(clock_monotonic_ms() - begin_ms, WAIT_MS - 1, STAND_TIMEOUT_MS);
    assert_int_equal(metric_get(shed("waited")), waited + 1);
    reply_text(running, "");
    stand_wait(&stand, &stand.done_count, 1);
    assert_int_equal(stand.held_count, 1);
    stand_stop(&stand);
}

static void test_a_call_whose_client_has_left_does_not_run(void **state) {
    struct stand stand;
    int64_t left = metric_get(shed("left"));
    stand_start(&stand, &(struct server_options){.calls_in_flight_max = 1,
                            .calls_queued_max = 10,
                            .queue_wait_max_ms = STAND_TIMEOUT_MS});
    struct call *running = fill(&stand, 0);
    EchoRequest request = ask("gone");
    struct rpc *rpc = stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    wait_for_series(queued(), 1);
    rpc_cancel(rpc);
    wait_for_series(shed("left"), left + 1);
    stand_wait(&stand, &stand.done_count, 1);
    stand_begin(&stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.timeout_ms = BRIEF_MS}, &request);
    wait_for_series(queued(), 1);
    stand_wait(&stand, &stand.done_count, 2);
    assert_last(&stand, "DEADLINE_EXCEEDED");
    wait_for_series(shed("left"), left + 2);
    assert_int_equal(metric_get(queued()), 0);
    reply_text(running, "");
    stand_wait(&stand, &stand.done_count, 3);
    request = ask("next");
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    reply_text(stand_held(&stand, 1), "next"); /* the first to run after the one held */
    stand_wait(&stand, &stand.done_count, 4);
    assert_int_equal(stand.held_count, 2);
    stand_stop(&stand);
}

static void *drain(void *data) {
    server_drain(((struct stand *)data)->server, 20);
    return NULL;
}

static void test_a_server_ends_with_calls_that_wait(void **state) {
    struct stand stand;
    pthread_t thread;
    stand_start(&stand, &(struct server_options){.calls_in_flight_max = 1,
                            .calls_queued_max = 10,
                            .queue_wait_max_ms = STAND_TIMEOUT_MS});
    struct call *running = fill(&stand, 5);
    pthread_create(&thread, NULL, drain, &stand);
    stand_wait(&stand, &stand.done_count, 6);
    stand_wait(&stand, &stand.cancelled_count, 1);
    wait_for_series(queued(), 0);
    reply_text(running, "too late");
    pthread_join(thread, NULL);
    server_free(stand.server);
    stand.server = NULL;
    assert_int_equal(stand.held_count, 1);
    stand_stop(&stand);
}

/*
 * Overload. One worker takes the calls in turn, some time for each, and does not look whether
 * anybody still waits: as a pool of connections to a database does.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WORK_US = 10000 };
#else
enum { WORK_US = 2000 };
#endif
enum {
    RUNNING_MAX = 5, /* with those that wait done long before patience ends */
    WAITING_MAX = 5,
    PATIENCE_MS = 150, /* of the clients */
    MEASURE_MS = 1500,
    TICK_MS = 2,
    PROBE_MS = 50,
    TIMES = 10, /* so much more is asked than can be done */
    BACKLOG_MAX = 64 * 1024,
};

struct overload {
    struct stand stand;
    pthread_t worker;
    pthread_mutex_t lock;
    pthread_cond_t added;
    struct call *backlog[BACKLOG_MAX];
    unsigned first, count;
    bool is_over;

    /* on the client's loop */
    struct timer tick, probe;
    int64_t end_ms, begin_ms;
    double per_ms;
    bool is_asked; /* the last call is made */
    int64_t sent, served, refused, expired, other;
    int64_t under_way;
    int64_t probes, probes_failed, probe_worst_us;
    atomic_bool is_done;
};

static void handle_work(struct call *call, const EchoRequest *request, void *data) {
    struct overload *overload = container_of((struct stand *)data, struct overload, stand);
    MUTEX_GUARD(&overload->lock);
    assert_true(overload->count < BACKLOG_MAX);
    overload->backlog[(overload->first + overload->count++) % BACKLOG_MAX] = call;
    pthread_cond_signal(&overload->added);
}

static struct call *next_work(struct overload *overload, bool *ret_is_over) {
    MUTEX_GUARD(&overload->lock);
    while (overload->count == 0 && !overload->is_over)
        pthread_cond_wait(&overload->added, &overload->lock);
    *ret_is_over = overload->is_over;
    if (overload->count == 0)
        return NULL;
    struct call *call = overload->backlog[overload->first];
    overload->first = (overload->first + 1) % BACKLOG_MAX;
    overload->count--;
    return call;
}

static void *work(void *data) {
    struct call *call;
    bool is_over;
    while ((call = next_work(data, &is_over))) {
        if (!is_over)
            usleep(WORK_US);
        reply_text(call, "done");
    }
    return NULL;
}

static void finish_when_last(struct overload *overload) {
    if (overload->under_way == 0 && overload->is_asked)
        overload->is_done = true;
}

static void on_worked(const struct status *status, const EchoResponse *reply, void *data) {
    struct overload *overload = data;
    overload->under_way--;
    if (status->code == STATUS_OK)
        overload->served++;
    else if (status->code == STATUS_RESOURCE_EXHAUSTED)
        overload->refused++;
    else if (status->code == STATUS_DEADLINE_EXCEEDED)
        overload->expired++;
    else
        overload->other++;
    finish_when_last(overload);
}

static void on_tick(struct timer *timer) {
    struct overload *overload = container_of(timer, struct overload, tick);
    EchoRequest request = ECHO_REQUEST_INIT;
    int64_t now_ms = clock_monotonic_ms();
    int64_t due = (int64_t)((double)(now_ms - overload->begin_ms) * overload->per_ms);
    for (; overload->sent < due; overload->sent++, overload->under_way++)
        rpc_call(overload->stand.channel, &echo_service.methods[ECHO_SERVICE_ECHO],
            &(struct rpc_options){.timeout_ms = PATIENCE_MS}, &request.base, (any_fn)on_worked,
            overload);
    if (now_ms < overload->end_ms) {
        timer_start(timer, TICK_MS);
    } else {
        timer_stop(&overload->probe);
        overload->is_asked = true;
        finish_when_last(overload);
    }
}

struct probing {
    struct overload *overload;
    int64_t begin_us;
};

static void on_probed(
    const struct status *status, const Grpc__Health__V1__HealthCheckResponse *reply, void *data) {
    struct probing *probing = data;
    struct overload *overload = probing->overload;
    int64_t taken_us = clock_monotonic_us() - probing->begin_us;
    overload->under_way--;
    overload->probes++;
    overload->probes_failed += status->code != STATUS_OK;
    if (taken_us > overload->probe_worst_us)
        overload->probe_worst_us = taken_us;
    free(probing);
    finish_when_last(overload);
}

static void on_probe(struct timer *timer) {
    struct overload *overload = container_of(timer, struct overload, probe);
    Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    struct probing *probing = malloc(sizeof(*probing));
    *probing = (struct probing){overload, clock_monotonic_us()};
    overload->under_way++;
    health_check(overload->stand.channel, NULL, &request, on_probed, probing);
    timer_start(timer, PROBE_MS);
}

static void begin_load(void *data) {
    struct overload *overload = data;
    overload->begin_ms = clock_monotonic_ms();
    overload->end_ms = overload->begin_ms + MEASURE_MS;
    timer_init(&overload->tick, overload->stand.client_loop, on_tick);
    timer_init(&overload->probe, overload->stand.client_loop, on_probe);
    on_tick(&overload->tick);
    on_probe(&overload->probe);
}

/* Asks for so many calls a second and returns how many were served. */
static double measure(
    struct overload *overload, const struct server_options *options, double asked) {
    any_fn handlers[ECHO_SERVICE_METHOD_COUNT];
    *overload = (struct overload){
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .added = PTHREAD_COND_INITIALIZER,
        .per_ms = asked / 1000,
    };
    stand_default_handlers(handlers);
    handlers[ECHO_SERVICE_ECHO] = (any_fn)handle_work;
    stand_start_with(&overload->stand, options, "127.0.0.1:0", handlers);
    pthread_create(&overload->worker, NULL, work, overload);
    loop_run_and_wait(overload->stand.client_loop, begin_load, overload);
    while (!overload->is_done)
        usleep(1000);
    pthread_mutex_lock(&overload->lock);
    overload->is_over = true;
    pthread_cond_signal(&overload->added);
    pthread_mutex_unlock(&overload->lock);
    pthread_join(overload->worker, NULL);
    stand_stop(&overload->stand);
    return (double)overload->served * 1000 / MEASURE_MS;
}

static void show(const char *what, const struct overload *overload) {
    print_message("%-28s asked %6.0f/s served %5.0f/s refused %5.0f/s expired %5.0f/s, "
                  "%d probes, the slowest %.1f ms\n",
        what, overload->per_ms * 1000, (double)overload->served * 1000 / MEASURE_MS,
        (double)overload->refused * 1000 / MEASURE_MS,
        (double)overload->expired * 1000 / MEASURE_MS, (int)overload->probes,
        (double)overload->probe_worst_us / 1000);
}

static void test_ten_times_too_much_is_asked_and_as_much_is_done(void **state) {
    static struct overload overload;
    const struct server_options bounded = {.calls_in_flight_max = RUNNING_MAX,
        .calls_queued_max = WAITING_MAX,
        .queue_wait_max_ms = PATIENCE_MS};
    double capacity = measure(&overload, &bounded, 0.7 * 1e6 / WORK_US);
    show("within capacity", &overload);
    const double too_much = TIMES * 1e6 / WORK_US;
    double kept = measure(&overload, &bounded, too_much);
    show("10 times, admission", &overload);
    assert_in_range(overload.refused, 1, INT32_MAX);
    assert_int_equal(overload.other, 0);
    assert_int_equal(overload.probes_failed, 0);
    assert_in_range(overload.probes, 1, INT32_MAX);
    double lost = measure(&overload, NULL, too_much);
    show("10 times, without admission", &overload);
    /* What is served on a machine that does other things too is shown, not judged. */
    print_message("served of what fits: %.0f %% with admission, %.0f %% without\n",
        100 * kept / capacity, 100 * lost / capacity);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls_wait_in_the_order_of_their_arrival),
        cmocka_unit_test(test_a_refused_request_is_not_even_read),
        cmocka_unit_test(test_a_call_waits_so_long_and_no_longer),
        cmocka_unit_test(test_a_call_whose_client_has_left_does_not_run),
        cmocka_unit_test(test_a_server_ends_with_calls_that_wait),
        cmocka_unit_test(test_ten_times_too_much_is_asked_and_as_much_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
