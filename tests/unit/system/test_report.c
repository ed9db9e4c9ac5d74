/* SPDX-License-Identifier: Apache-2.0 */
#include "system/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/metric.h"
#include "mesh/method.h"
#include "mesh/observe.h"

typedef Myevents__V1__MethodCount MethodCount;
typedef Myevents__V1__Process Process;

static struct arena arena;

static int setup(void **state) {
    arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state) {
    arena_deinit(&arena);
    return 0;
}

static Process look(void) {
    Process process;
    report_fill(&arena, "test-service", &process);
    return process;
}

static const MethodCount *find(MethodCount **counts, size_t count, const char *method) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(counts[i]->method, method) == 0)
            return counts[i];
    return NULL;
}

static int64_t code(const MethodCount *count, const char *name) {
    for (size_t i = 0; i < count->n_codes; i++)
        if (strcmp(count->codes[i]->code, name) == 0)
            return count->codes[i]->count;
    return 0;
}

static void call(const struct method_series *series, enum status_code end, int64_t took_us) {
    observe_started(series);
    observe_handled(series, end, 0, took_us, NULL);
}

static void calls_are_told_by_method_code_and_time(void **state) {
    static const struct method get = {.path = "/t.v1.Things/Get", .name = "Get"};
    static const struct method list = {.path = "/t.v1.Things/List", .name = "List"};
    static const struct method watch = {
        .path = "/t.v1.Things/Watch", .name = "Watch", .kind = METHOD_SERVER_STREAM};
    const struct method_series *series = observe_method(OBSERVE_SERVER, &get);
    observe_method(OBSERVE_SERVER, &list);
    observe_started(observe_method(OBSERVE_SERVER, &watch));
    call(series, STATUS_OK, 100);
    call(series, STATUS_OK, 101);
    call(series, STATUS_UNAVAILABLE, 60 * 1000 * 1000);
    observe_started(series);
    call(observe_method(OBSERVE_CLIENT, &get), STATUS_OK, 1);

    Process process = look();
    const MethodCount *told = find(process.served, process.n_served, "Get");
    assert_non_null(told);
    assert_string_equal(told->service, "t.v1.Things");
    assert_false(told->streaming);
    assert_int_equal(told->started, 4);
    assert_int_equal(told->n_codes, 2);
    assert_int_equal(code(told, "OK"), 2);
    assert_int_equal(code(told, "UNAVAILABLE"), 1);
    assert_int_equal(told->n_latency_counts, process.n_latency_bounds + 1);
    assert_true(process.latency_bounds[0] == 0.0001 && process.latency_bounds[1] == 0.00025);
    assert_int_equal(told->latency_counts[0], 1);
    assert_int_equal(told->latency_counts[1], 1);
    assert_int_equal(told->latency_counts[process.n_latency_bounds], 1);

    const MethodCount *unused = find(process.served, process.n_served, "List");
    assert_int_equal(unused->started + (int64_t)unused->n_codes, 0);
    assert_int_equal(unused->n_latency_counts, 0);
    assert_true(find(process.served, process.n_served, "Watch")->streaming);
    assert_int_equal(find(process.called, process.n_called, "Get")->started, 1);
    assert_null(find(process.called, process.n_called, "List"));
}

static void what_the_runtime_serves_itself_is_left_out(void **state) {
    static const struct method check = {.path = "/grpc.health.v1.Health/Check", .name = "Check"};
    call(observe_method(OBSERVE_SERVER, &check), STATUS_OK, 1);
    call(observe_method(OBSERVE_SERVER, NULL), STATUS_UNIMPLEMENTED, 1);
    Process process = look();
    assert_null(find(process.served, process.n_served, "Check"));
    assert_null(find(process.served, process.n_served, "unknown"));
}

static struct metric_series *route(const char *verb, const char *pattern, const char *class) {
    return metric_series(metric_histogram("http_server_request_duration_seconds", "Time.", NULL,
                             "method", "route", "code", NULL),
        verb, pattern, class);
}

static void routes_are_told_by_class_of_status(void **state) {
    metric_observe_us(route("GET", "/v1/things", "2xx"), 100);
    metric_observe_us(route("GET", "/v1/things", "5xx"), 100);
    metric_observe_us(route("GET", "/v1/things", "2xx"), 200);
    route("GET", "/v1/things:watch", "2xx");
    Process process = look();
    const MethodCount *told = find(process.served, process.n_served, "GET /v1/things");
    assert_string_equal(told->service, "");
    assert_int_equal(told->started, 3);
    assert_int_equal(code(told, "2xx"), 2);
    assert_int_equal(code(told, "5xx"), 1);
    assert_int_equal(told->latency_counts[0], 2);
    assert_int_equal(told->latency_counts[1], 1);
    assert_true(find(process.served, process.n_served, "GET /v1/things:watch")->streaming);
}

static void set(const char *name, const char *stream, int64_t value) {
    metric_set(metric_series(metric_gauge(name, "Records.", "stream", NULL), stream), value);
}

static void add_applied(const char *stream, const char *group, int64_t amount) {
    metric_add(metric_series(metric_counter("myevents_stream_applied_total", "Records.", "stream",
                                 "group", NULL),
                   stream, group),
        amount);
}

static void numbers_of_streams_stand_with_their_stream(void **state) {
    set("myevents_outbox_pending", "a", 3);
    set("myevents_outbox_oldest_seconds", "a", 4);
    set("myevents_outbox_pending", "b", 5);
    add_applied("c", "g", 6);
    add_applied("c", "h", 7);
    Process process = look();
    assert_int_equal(process.n_outboxes, 2);
    assert_string_equal(process.outboxes[0]->stream, "a");
    assert_int_equal(process.outboxes[0]->waiting, 3);
    assert_int_equal(process.outboxes[0]->oldest_seconds, 4);
    assert_int_equal(process.outboxes[1]->waiting, 5);
    assert_int_equal(process.n_consumers, 2);
    assert_string_equal(process.consumers[1]->stream, "c");
    assert_string_equal(process.consumers[1]->group, "h");
    assert_int_equal(process.consumers[1]->applied, 7);
}

static void seats_are_told_where_they_are_decided(void **state) {
    assert_null(look().conservation);
    static const double sizes[] = {1, 10, 0};
    metric_add(
        metric_series(metric_counter("myevents_conservation_errors_total", "Errors.", NULL)), 2);
    metric_observe_us(
        metric_series(metric_histogram("myevents_batch_requests", "Requests.", sizes, NULL)), 1);
    Process process = look();
    assert_int_equal(process.conservation->errors, 2);
    assert_int_equal(process.conservation->checked, 1);
}

static void a_process_is_known_by_its_start(void **state) {
    char end[32];
    Process process = look(), again = look();
    snprintf(end, sizeof(end), "/%ld", (long)getpid());
    assert_string_equal(process.name, "test-service");
    assert_string_equal(strchr(process.instance, '/'), end);
    assert_string_equal(process.version, MYEVENTS_VERSION);
    assert_in_range(process.memory_bytes, 1 << 20, (int64_t)1 << 40);
    assert_true(process.cpu_seconds > 0);
    int64_t now_s = clock_wall_ms() / 1000;
    assert_in_range(process.start_time->seconds, now_s - 3600, now_s + 1);
    assert_int_equal(process.start_time->seconds, again.start_time->seconds);
    assert_int_equal(process.start_time->nanos, again.start_time->nanos);
}

static void health_and_methods_are_bounded(void **state) {
    char name[32];
    for (int i = 0; i < 2 * REPORT_METHODS_MAX; i++) {
        snprintf(name, sizeof(name), "/v1/many/%d", i);
        route("GET", name, "2xx");
    }
    Process process = look();
    for (int i = 0; i < 2 * REPORT_HEALTH_MAX; i++)
        report_add_health(&arena, &process, "x", i == 0);
    assert_int_equal(process.n_served, REPORT_METHODS_MAX);
    assert_int_equal(process.n_health, REPORT_HEALTH_MAX);
    assert_true(process.health[0]->serving);
    assert_false(process.health[1]->serving);
}

#define report_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        report_test(calls_are_told_by_method_code_and_time),
        report_test(what_the_runtime_serves_itself_is_left_out),
        report_test(routes_are_told_by_class_of_status),
        report_test(numbers_of_streams_stand_with_their_stream),
        report_test(seats_are_told_where_they_are_decided),
        report_test(a_process_is_known_by_its_start),
        report_test(health_and_methods_are_bounded),
    };
    metric_init("test");
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
