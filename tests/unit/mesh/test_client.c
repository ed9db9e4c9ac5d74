/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/metric.h"
#include "base/task.h"
#include "tests/support/ports.h"

static struct status echo(struct stand *stand, const struct rpc_options *options) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)"hello";
    return stand_call(stand, ECHO_SERVICE_ECHO, options, &request, NULL);
}

static void test_without_a_server_is_unavailable(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    channel_free(stand.channel);
    stand.channel = channel_new(stand.client_loop, "127.0.0.1:1", NULL);
    assert_string_equal(status_code_name(echo(&stand, NULL).code), "UNAVAILABLE");
    channel_free(stand.channel);
    stand.channel = channel_new(stand.client_loop, "no such scheme://", NULL);
    assert_string_equal(status_code_name(echo(&stand, NULL).code), "UNAVAILABLE");
    stand_stop(&stand);
}

static void test_finds_a_restarted_server(void **state) {
    struct stand stand, again;
    char address[64];
    snprintf(address, sizeof(address), "127.0.0.1:%d", ports_find());
    stand_start_with(&stand, NULL, address, NULL);
    assert_int_equal(echo(&stand, NULL).code, STATUS_OK);
    stand_stop_server(&stand);
    assert_string_equal(status_code_name(echo(&stand, NULL).code), "UNAVAILABLE");
    stand_start_with(&again, NULL, address, NULL);
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (echo(&stand, NULL).code != STATUS_OK)
        assert_true(clock_monotonic_ms() < until_ms);
    stand_stop(&again);
    stand_stop(&stand);
}

static void test_spreads_calls_over_addresses(void **state) {
    struct stand one, two;
    char target[128];
    stand_start(&one, NULL);
    stand_start(&two, NULL);
    channel_free(one.channel);
    snprintf(target, sizeof(target), "ipv4:127.0.0.1:%d,127.0.0.1:%d", one.port, two.port);
    one.channel = channel_new(
        one.client_loop, target, &(struct channel_options){.default_timeout_ms = STAND_TIMEOUT_MS});
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (one.echo_count == 0 || two.echo_count == 0) {
        assert_int_equal(echo(&one, NULL).code, STATUS_OK);
        assert_true(clock_monotonic_ms() < until_ms);
    }
    stand_stop(&one);
    stand_stop(&two);
}

static void test_sends_metadata(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    const struct rpc_metadata metadata[] = {
        {"x-plain", TEXT("value")}, {"x-any-bin", TEXT("\0\xff\n")}, {"x-plain", TEXT("second")}};
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD,
        &(struct rpc_options){.metadata = metadata, .metadata_count = 3}, &request);
    struct call *call = stand_held(&stand, 0);
    assert_true(text_equal(call_metadata(call, "x-plain"), TEXT("value")));
    assert_true(text_equal(call_metadata(call, "x-any-bin"), TEXT("\0\xff\n")));
    assert_int_equal(call_metadata(call, "x-absent").size, 0);
    assert_string_equal(call_method(call)->name, "Hold");
    reply_text(call, "");
    stand_wait(&stand, &stand.done_count, 1);
    stand_stop(&stand);
}

static void test_reports_a_start_that_failed(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    const struct rpc_metadata rows[] = {
        {"Not Legal", TEXT("value")},
        {"", TEXT("value")},
        {":path", TEXT("/elsewhere")},
        {"grpc-timeout", TEXT("1n")},
        {"grpc-encoding", TEXT("gzip")},
        {"x-plain", TEXT("line\nfeed")},
        {"x-plain", TEXT("\xc3\xa4")},
    };
    stand_start(&stand, NULL);
    for (int i = 0; i < (int)ARRAY_SIZE(rows); i++) {
        const struct rpc_options options = {.metadata = &rows[i], .metadata_count = 1};
        stand_begin(&stand, ECHO_SERVICE_ECHO, &options, &request);
        stand_wait(&stand, &stand.done_count, i + 1);
        assert_string_equal(status_code_name(stand.status.code), "INTERNAL");
        assert_string_equal(stand.message, "the call's metadata is not acceptable");
    }
    stand_stop(&stand);
    assert_int_equal(stand.done_count, ARRAY_SIZE(rows));
    assert_int_equal(stand.echo_count, 0);
}

static void test_passes_its_trace_on(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    struct trace root;
    trace_start(&root);
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.trace = &root}, &request);
    struct call *call = stand_held(&stand, 0);
    assert_string_equal(call_trace(call)->trace_id, root.trace_id);
    assert_string_not_equal(call_trace(call)->span_id, root.span_id);

    stand_begin(&stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.parent = call}, &request);
    struct call *child = stand_held(&stand, 1);
    assert_string_equal(call_trace(child)->trace_id, root.trace_id);
    assert_string_not_equal(call_trace(child)->span_id, call_trace(call)->span_id);

    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *other = stand_held(&stand, 2);
    assert_int_equal(strlen(call_trace(other)->trace_id), TRACE_ID_SIZE);
    assert_string_not_equal(call_trace(other)->trace_id, root.trace_id);
    reply_text(child, "");
    stand_wait(&stand, &stand.done_count, 1);
    reply_text(call, "");
    reply_text(other, "");
    stand_wait(&stand, &stand.done_count, 3);
    stand_stop(&stand);
}

static void test_is_bounded_by_its_parent(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_start(&stand, NULL);
    struct rpc *rpc = stand_begin(
        &stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.timeout_ms = 9000}, &request);
    struct call *call = stand_held(&stand, 0);
    stand_begin(&stand, ECHO_SERVICE_HOLD,
        &(struct rpc_options){.parent = call, .timeout_ms = 60000}, &request);
    struct call *child = stand_held(&stand, 1);
    /* A deadline travels as a timeout, so it moves by the time on the way; but not by 51 seconds.
     */
    assert_in_range(call_deadline_ms(child), 1, call_deadline_ms(call) + 20000);
    rpc_cancel(rpc);
    stand_wait(&stand, &stand.cancelled_count, 2); /* the cancellation goes down the tree */
    stand_wait(&stand, &stand.done_count, 2);
    reply_text(call, "");
    reply_text(child, "");
    stand_stop(&stand);
}

/* A call that was made for another one. */
struct child {
    struct stand *stand;
    int done_count;
    enum status_code code;
};

static void note_child(struct child *child, const struct status *status) {
    MUTEX_GUARD(&child->stand->lock);
    child->code = status->code;
    child->done_count++;
    pthread_cond_broadcast(&child->stand->changed);
}

static void on_child_reply(const struct status *status, const EchoResponse *reply, void *data) {
    note_child(data, status);
}

static enum rpc_flow on_child_message(struct rpc *rpc, const EchoResponse *message, void *data) {
    return RPC_NEXT;
}

static void on_child_done(struct rpc *rpc, const struct status *status, void *data) {
    note_child(data, status);
}

static void begin_child(struct child *child, struct call *parent, enum method_kind kind) {
    static const struct echo_service_watch_events events = {on_child_message, on_child_done};
    const struct rpc_options options = {.parent = parent};
    EchoRequest request = ECHO_REQUEST_INIT;
    if (kind == METHOD_UNARY)
        echo_service_hold(child->stand->channel, &options, &request, on_child_reply, child);
    else
        echo_service_watch(child->stand->channel, &options, &request, &events, child);
}

static void end_parent(struct stand *stand, struct rpc *rpc, struct call *call, bool is_cancelled) {
    if (is_cancelled)
        rpc_cancel(rpc);
    else
        reply_text(call, "answered without it");
    stand_wait(stand, &stand->done_count, 1);
    if (is_cancelled)
        reply_text(call, "nobody listens");
}

static void test_ends_with_its_parent(void **state) {
    for (int round = 0; round < 4; round++) {
        struct stand stand;
        EchoRequest request = ECHO_REQUEST_INIT;
        struct child child = {.stand = &stand};
        stand_start(&stand, NULL);
        struct rpc *rpc = stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
        struct call *parent = stand_held(&stand, 0);
        begin_child(&child, parent, round / 2 ? METHOD_SERVER_STREAM : METHOD_UNARY);
        struct call *call = stand_held(&stand, 1);
        end_parent(&stand, rpc, parent, round % 2);
        stand_wait(&stand, &child.done_count, 1);
        assert_string_equal(status_code_name(child.code), "CANCELLED"); /* nobody was away */
        stand_wait(&stand, &stand.cancelled_count, 1);
        call_fail(call, STATUS_ABORTED, NULL, "nobody listens");
        stand_stop(&stand);
        assert_int_equal(child.done_count, 1);
    }
}

/* What a handler of Hold sees of a call with these options. */
static int64_t time_left_ms(struct stand *stand, int index, const struct rpc_options *options) {
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_begin(stand, ECHO_SERVICE_HOLD, options, &request);
    struct call *call = stand_held(stand, index);
    int64_t left_ms = call_deadline_ms(call) - clock_monotonic_ms();
    reply_text(call, "");
    stand_wait(stand, &stand->done_count, index + 1);
    return left_ms;
}

/* The time on the way is not much of a minute, nor of an hour. */
static void test_takes_its_deadline_along(void **state) {
    enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };
    struct stand stand;
    stand_start(&stand, NULL);
    assert_in_range(time_left_ms(&stand, 0, NULL), 1, STAND_TIMEOUT_MS + 1000);
    assert_in_range(time_left_ms(&stand, 1, &(struct rpc_options){.timeout_ms = HOUR_MS}),
        HOUR_MS - MINUTE_MS, HOUR_MS + 1000);
    channel_free(stand.channel);
    stand.channel = channel_new(stand.client_loop, stand.target,
        &(struct channel_options){.default_timeout_ms = 2 * HOUR_MS});
    assert_in_range(time_left_ms(&stand, 2, NULL), 2 * HOUR_MS - MINUTE_MS, 2 * HOUR_MS + 1000);
    stand_stop(&stand);
}

static int64_t counted(const char *family, const char *method, const char *code) {
    const char *kind = strcmp(method, "Watch") == 0 ? "server_stream" : "unary";
    if (!code)
        return metric_get(metric_series(
            metric_counter(family, "", "grpc_type", "grpc_service", "grpc_method", NULL), kind,
            "mesh.test.v1.EchoService", method));
    return metric_get(metric_series(
        metric_counter(family, "", "grpc_type", "grpc_service", "grpc_method", "grpc_code", NULL),
        kind, "mesh.test.v1.EchoService", method, code));
}

static void test_is_counted(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    int64_t before = counted("grpc_server_handled_total", "Fail", "NOT_FOUND");
    int64_t sent = counted("grpc_server_msg_sent_total", "Fail", NULL);
    int64_t started = counted("grpc_client_started_total", "Fail", NULL);
    stand_start(&stand, NULL);
    request.code = STATUS_NOT_FOUND;
    request.text = (char *)"";
    for (int i = 0; i < 7; i++)
        stand_call(&stand, ECHO_SERVICE_FAIL, NULL, &request, NULL);
    stand_stop(&stand);
    assert_int_equal(counted("grpc_server_handled_total", "Fail", "NOT_FOUND"), before + 7);
    assert_int_equal(counted("grpc_client_handled_total", "Fail", "NOT_FOUND"), before + 7);
    assert_int_equal(counted("grpc_server_msg_sent_total", "Fail", NULL), sent);
    assert_int_equal(counted("grpc_client_started_total", "Fail", NULL), started + 7);
    assert_int_equal(counted("grpc_server_handled_total", "Fail", "OK"), 0);
}

/* What the caller was told is what is counted, also where core has seen no failure. */
static void test_is_counted_as_its_caller_saw_it(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    EchoResponse response = ECHO_RESPONSE_INIT;
    struct child child = {.stand = &stand};
    stand_start(&stand, NULL);
    int64_t ok = counted("grpc_client_handled_total", "Hold", "OK");
    int64_t internal = counted("grpc_client_handled_total", "Hold", "INTERNAL");
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    reply_text(stand_held(&stand, 0), "\xff"); /* is no text */
    stand_wait(&stand, &stand.done_count, 1);
    assert_string_equal(status_code_name(stand.status.code), "INTERNAL");
    assert_string_equal(stand.message, "the reply is malformed");
    assert_int_equal(counted("grpc_client_handled_total", "Hold", "OK"), ok);
    assert_int_equal(counted("grpc_client_handled_total", "Hold", "INTERNAL"), internal + 1);
    int64_t cancelled = counted("grpc_client_handled_total", "Watch", "CANCELLED");
    begin_child(&child, NULL, METHOD_SERVER_STREAM);
    struct call *call = stand_held(&stand, 1);
    response.text = (char *)"\xff";
    assert_int_equal(call_send(call, &response.base), 0);
    stand_wait(&stand, &child.done_count, 1);
    assert_string_equal(status_code_name(child.code), "INTERNAL");
    assert_int_equal(counted("grpc_client_handled_total", "Watch", "CANCELLED"), cancelled);
    assert_int_equal(counted("grpc_client_handled_total", "Watch", "INTERNAL"), 1);
    call_finish(call);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_server_is_unavailable),
        cmocka_unit_test(test_finds_a_restarted_server),
        cmocka_unit_test(test_spreads_calls_over_addresses),
        cmocka_unit_test(test_sends_metadata),
        cmocka_unit_test(test_reports_a_start_that_failed),
        cmocka_unit_test(test_passes_its_trace_on),
        cmocka_unit_test(test_is_bounded_by_its_parent),
        cmocka_unit_test(test_ends_with_its_parent),
        cmocka_unit_test(test_takes_its_deadline_along),
        cmocka_unit_test(test_is_counted),
        cmocka_unit_test(test_is_counted_as_its_caller_saw_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
