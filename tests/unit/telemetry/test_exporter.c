/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/exporter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/span.h"
#include "mesh/loop.h"
#include "telemetry/config.h"
#include "tests/support/otlp_sink.h"

enum { PATIENCE_MS = 60000, NEVER_MS = 600000, BATCH = 4, QUEUE = 32 };

static struct loop *main_loop;
static struct otlp_sink *sink;
static struct exporter *exporter;
static struct settings settings;
static char target[32];

/* What was counted before the test. */
enum count { EXPORTED, QUEUE_FULL, UNAVAILABLE, REFUSED, REJECTED, STOPPED, COUNTS };
static int64_t before[COUNTS];

static int64_t count_now(enum count count) {
    static const char *const reasons[COUNTS] = {
        NULL, "queue_full", "unavailable", "refused", "rejected", "stopped"};
    if (count == EXPORTED)
        return metric_get(metric_series(metric_counter("myevents_spans_exported_total", "", NULL)));
    return metric_get(metric_series(
        metric_counter("myevents_spans_dropped_total", "", "reason", NULL), reasons[count]));
}

static int64_t counted(enum count count) {
    return count_now(count) - before[count];
}

static void start(const struct exporter_options *given) {
    struct exporter_options options = *given;
    options.loop = main_loop;
    options.settings = &settings;
    options.batch_max = BATCH;
    options.queue_max = options.queue_max ? options.queue_max : QUEUE;
    options.delay_ms = options.delay_ms ? options.delay_ms : NEVER_MS;
    options.timeout_ms = options.timeout_ms ? options.timeout_ms : PATIENCE_MS;
    options.export_timeout_ms = options.export_timeout_ms ? options.export_timeout_ms : PATIENCE_MS;
    options.backoff_first_ms = 10;
    exporter = exporter_new(&options);
    exporter_start(exporter);
    for (unsigned i = 0; i < COUNTS; i++)
        before[i] = count_now(i);
}

static void stop(void) {
    exporter_stop(exporter);
    exporter_free(exporter);
    exporter = NULL;
}

static int setup(void **state) {
    main_loop = loop_new("main");
    loop_start(main_loop);
    sink = otlp_sink_new(0);
    snprintf(target, sizeof(target), "127.0.0.1:%d", otlp_sink_port(sink));
    settings = (struct settings){
        .target = target,
        .attributes = {{"service.name", "tested"}},
        .attribute_count = 1,
        .headers = {{"x-token", "secret"}},
        .header_count = 1,
        .sampler = sampler_make(SAMPLER_PARENT_ALWAYS_ON, 1),
    };
    return 0;
}

static int teardown(void **state) {
    if (exporter)
        stop();
    if (sink)
        otlp_sink_free(sink);
    loop_stop(main_loop);
    loop_free(main_loop);
    return 0;
}

static void end_spans(unsigned count) {
    struct trace own;
    for (unsigned i = 0; i < count; i++)
        span_end(span_begin(SPAN_SERVER, "Get", NULL, &own));
}

static void wait_for_count(enum count count, int64_t value) {
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
    while (counted(count) < value && clock_monotonic_ms() < until_ms)
        sched_yield();
    assert_int_equal(counted(count), value);
}

/* The first: nothing was exported yet. */
static void exports_are_counted_from_zero(void **state) {
    _cleanup_(buffer_deinit) struct buffer text = {0};
    start(&(struct exporter_options){0});
    metric_render(&text, METRIC_TEXT);
    buffer_append_char(&text, '\0');
    assert_non_null(strstr(text.data,
        "\ngrpc_client_handled_total{grpc_type=\"unary\",grpc_service=\"opentelemetry.proto."
        "collector.trace.v1.TraceService\",grpc_method=\"Export\",grpc_code=\"OK\"} 0\n"));
}

static void a_full_batch_leaves_at_once(void **state) {
    start(&(struct exporter_options){0});
    end_spans(BATCH);
    assert_true(otlp_sink_wait_spans(sink, BATCH, PATIENCE_MS));
    wait_for_count(EXPORTED, BATCH);
    struct sink_span span = otlp_sink_span(sink, 0);
    assert_string_equal(span.service, "tested");
    assert_string_equal(span.span->name, "Get");
    assert_int_equal(strlen(span.trace_id), 32);
    assert_string_equal(otlp_sink_token(sink), "secret");
    assert_int_equal(otlp_sink_export_count(sink), 1);
}

static void a_batch_that_is_not_full_leaves_after_a_while(void **state) {
    start(&(struct exporter_options){.delay_ms = 20});
    end_spans(1);
    assert_true(otlp_sink_wait_spans(sink, 1, PATIENCE_MS));
    end_spans(1);
    assert_true(otlp_sink_wait_spans(sink, 2, PATIENCE_MS));
    wait_for_count(EXPORTED, 2);
}

static void the_stop_exports_what_is_left(void **state) {
    start(&(struct exporter_options){0});
    end_spans(2 * BATCH + 3);
    stop();
    assert_int_equal(otlp_sink_span_count(sink), 2 * BATCH + 3);
    assert_int_equal(counted(EXPORTED), 2 * BATCH + 3);
    end_spans(1);
    assert_int_equal(counted(EXPORTED), 2 * BATCH + 3);
}

static void an_export_makes_no_span(void **state) {
    start(&(struct exporter_options){.delay_ms = 1});
    end_spans(BATCH);
    assert_true(otlp_sink_wait_spans(sink, BATCH, PATIENCE_MS));
    wait_for_count(EXPORTED, BATCH);
    stop();
    assert_int_equal(otlp_sink_span_count(sink), BATCH);
}

static void what_may_pass_is_tried_again(void **state) {
    static const enum status_code codes[] = {STATUS_CANCELLED, STATUS_DEADLINE_EXCEEDED,
        STATUS_ABORTED, STATUS_OUT_OF_RANGE, STATUS_UNAVAILABLE, STATUS_DATA_LOSS};
    struct sink_answer answers[ARRAY_SIZE(codes)] = {0};
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        answers[i].code = codes[i];
    otlp_sink_answer(sink, answers, ARRAY_SIZE(codes));
    start(&(struct exporter_options){0});
    end_spans(BATCH);
    assert_true(otlp_sink_wait_spans(sink, BATCH, PATIENCE_MS));
    wait_for_count(EXPORTED, BATCH);
    assert_int_equal(otlp_sink_export_count(sink), ARRAY_SIZE(codes) + 1);
    assert_int_equal(otlp_sink_span_count(sink), BATCH);
}

static void what_will_not_pass_is_dropped(void **state) {
    static const enum status_code codes[] = {STATUS_INVALID_ARGUMENT, STATUS_UNAUTHENTICATED,
        STATUS_PERMISSION_DENIED, STATUS_UNIMPLEMENTED, STATUS_INTERNAL,
        STATUS_RESOURCE_EXHAUSTED /* without a word when to come again */};
    start(&(struct exporter_options){0});
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        otlp_sink_answer(sink, &(struct sink_answer){.code = codes[i]}, 1);
        end_spans(BATCH);
        wait_for_count(REFUSED, (int64_t)(i + 1) * BATCH);
        assert_int_equal(otlp_sink_export_count(sink), i + 1);
    }
    end_spans(BATCH);
    wait_for_count(EXPORTED, BATCH);
}

static void a_collector_says_when_to_come_again(void **state) {
    enum { ASKED_MS = 300 };
    otlp_sink_answer(
        sink, &(struct sink_answer){STATUS_RESOURCE_EXHAUSTED, .retry_delay_ms = ASKED_MS}, 1);
    start(&(struct exporter_options){0});
    end_spans(BATCH);
    assert_true(otlp_sink_wait_spans(sink, BATCH, PATIENCE_MS));
    assert_int_equal(otlp_sink_export_count(sink), 2);
    int64_t pause_ms = otlp_sink_export_ms(sink, 1) - otlp_sink_export_ms(sink, 0);
    print_message("came again after %lld ms\n", (long long)pause_ms);
    assert_true(pause_ms >= ASKED_MS);
}

static void who_is_asked_to_wait_too_long_gives_up(void **state) {
    static const struct sink_answer answers[] = {
        {STATUS_RESOURCE_EXHAUSTED, .retry_delay_ms = NEVER_MS},
        {STATUS_RESOURCE_EXHAUSTED, .retry_delay_ms = INT64_MAX - 1000},
    };
    otlp_sink_answer(sink, answers, ARRAY_SIZE(answers));
    start(&(struct exporter_options){0});
    end_spans(BATCH);
    wait_for_count(UNAVAILABLE, BATCH);
    end_spans(BATCH); /* what is no length of time is no invitation */
    wait_for_count(REFUSED, BATCH);
    end_spans(BATCH);
    wait_for_count(EXPORTED, BATCH);
}

static void a_partial_success_is_counted(void **state) {
    static const struct sink_answer answers[] = {
        {STATUS_OK, .rejected = 3, .message = "too old"},
        {STATUS_OK, .rejected = 1000}, /* more than were sent */
        {STATUS_OK, .rejected = -1},
        {STATUS_OK, .message = "only a warning"},
    };
    otlp_sink_answer(sink, answers, ARRAY_SIZE(answers));
    start(&(struct exporter_options){0});
    end_spans(BATCH);
    wait_for_count(REJECTED, 3);
    wait_for_count(EXPORTED, BATCH - 3);
    end_spans(BATCH);
    wait_for_count(REJECTED, 3 + BATCH);
    assert_int_equal(counted(EXPORTED), BATCH - 3);
    end_spans(BATCH);
    wait_for_count(EXPORTED, 2 * BATCH - 3);
    end_spans(BATCH);
    wait_for_count(EXPORTED, 3 * BATCH - 3);
    assert_int_equal(counted(REJECTED), 3 + BATCH);
}

static void nobody_waits_for_a_collector_that_is_away(void **state) {
    otlp_sink_free(sink);
    sink = NULL;
    start(&(struct exporter_options){.export_timeout_ms = 200});
    end_spans(BATCH);
    wait_for_count(UNAVAILABLE, BATCH);
    /* The first batch is under way, the queue takes as many as it holds, the rest is counted. */
    end_spans(10 * QUEUE);
    assert_true(counted(QUEUE_FULL) > 0);
    stop();
    int64_t sum = counted(UNAVAILABLE) + counted(QUEUE_FULL) + counted(STOPPED);
    assert_int_equal(sum, BATCH + 10 * QUEUE);
    assert_int_equal(counted(EXPORTED), 0);
}

static void a_collector_that_comes_back_gets_what_waited(void **state) {
    int port = otlp_sink_port(sink);
    otlp_sink_free(sink);
    sink = NULL;
    start(&(struct exporter_options){0});
    end_spans(BATCH + 1);
    sink = otlp_sink_new(port);
    assert_non_null(sink);
    assert_true(otlp_sink_wait_spans(sink, BATCH, PATIENCE_MS));
    wait_for_count(EXPORTED, BATCH);
}

static void a_silent_collector_costs_one_attempt_its_time(void **state) {
    static const struct sink_answer silent = {.is_silent = true};
    otlp_sink_answer(sink, &silent, 1);
    start(&(struct exporter_options){.timeout_ms = 1000});
    end_spans(BATCH);
    assert_true(otlp_sink_wait_spans(sink, BATCH, PATIENCE_MS));
    assert_true(otlp_sink_export_count(sink) >= 2);
    wait_for_count(EXPORTED, BATCH);
}

static void the_stop_does_not_wait_for_a_silent_collector(void **state) {
    static const struct sink_answer silent[] = {{.is_silent = true}, {.is_silent = true}};
    otlp_sink_answer(sink, silent, 2);
    start(&(struct exporter_options){0});
    end_spans(BATCH + 2);
    assert_true(otlp_sink_wait_exports(sink, 1, PATIENCE_MS));
    int64_t start_ms = clock_monotonic_ms();
    stop();
    int64_t took_ms = clock_monotonic_ms() - start_ms;
    print_message("stopped after %lld ms\n", (long long)took_ms);
    assert_true(took_ms < PATIENCE_MS); /* which is what an attempt may take */
    assert_int_equal(counted(STOPPED), BATCH + 2);
}

static void who_waits_for_its_next_try_stops_at_once(void **state) {
    otlp_sink_answer(
        sink, &(struct sink_answer){STATUS_RESOURCE_EXHAUSTED, .retry_delay_ms = 20000}, 1);
    start(&(struct exporter_options){0});
    end_spans(BATCH + 1);
    assert_true(otlp_sink_wait_exports(sink, 1, PATIENCE_MS));
    stop();
    assert_int_equal(otlp_sink_span_count(sink), BATCH + 1);
    assert_int_equal(counted(EXPORTED), BATCH + 1);
}

enum { THREADS = 4, SPANS_EACH = 2000 };

static void *end_many(void *data) {
    end_spans(SPANS_EACH);
    return NULL;
}

/* Whatever the pace, each span is exported or counted as dropped, and none twice. */
static void a_rush_of_spans_adds_up(void **state) {
    pthread_t threads[THREADS];
    start(&(struct exporter_options){.delay_ms = 1, .queue_max = 2048});
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, end_many, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    stop();
    print_message("exported %lld\n", (long long)counted(EXPORTED));
    assert_int_equal(otlp_sink_span_count(sink), counted(EXPORTED));
    assert_int_equal(counted(EXPORTED) + counted(QUEUE_FULL), THREADS * SPANS_EACH);
}

#define WITH_SINK(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    static const struct CMUnitTest tests[] = {
        WITH_SINK(exports_are_counted_from_zero),
        WITH_SINK(a_full_batch_leaves_at_once),
        WITH_SINK(a_batch_that_is_not_full_leaves_after_a_while),
        WITH_SINK(the_stop_exports_what_is_left),
        WITH_SINK(an_export_makes_no_span),
        WITH_SINK(what_may_pass_is_tried_again),
        WITH_SINK(what_will_not_pass_is_dropped),
        WITH_SINK(a_collector_says_when_to_come_again),
        WITH_SINK(who_is_asked_to_wait_too_long_gives_up),
        WITH_SINK(a_partial_success_is_counted),
        WITH_SINK(nobody_waits_for_a_collector_that_is_away),
        WITH_SINK(a_collector_that_comes_back_gets_what_waited),
        WITH_SINK(a_silent_collector_costs_one_attempt_its_time),
        WITH_SINK(the_stop_does_not_wait_for_a_silent_collector),
        WITH_SINK(who_waits_for_its_next_try_stops_at_once),
        WITH_SINK(a_rush_of_spans_adds_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
