/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/observe.h"

#include <stdio.h>

#include "base/buffer.h"
#include "base/trace.h"
#include "tests/unit/mesh/stand.h"

/* The line that begins so, without its line end; empty when there is none. */
static struct text find_line(const struct buffer *buffer, const char *begin) {
    struct text rest = buffer_text(buffer);
    while (rest.size > 0) {
        struct text line = text_cut(&rest, '\n');
        if (text_starts_with(line, text_from(begin)))
            return line;
    }
    return TEXT("");
}

static void assert_reads(const struct buffer *buffer, const char *series, const char *value) {
    char expected[256];
    struct text line = find_line(buffer, series);
    snprintf(expected, sizeof(expected), "%s %s", series, value);
    if (!text_equal(line, text_from(expected)))
        fail_msg("\"%.*s\", not \"%s\"", TEXT_ARG(line), expected);
}

/* Every family of a side has this method, with each code there is, and all read 0. */
static void assert_zero(
    const char *side, const char *kind, const char *service, const char *method) {
    static const char *const families[] = {
        "started_total", "msg_received_total", "msg_sent_total", "handling_seconds_count"};
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    char series[256];
    metric_render(&buffer, METRIC_TEXT);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        snprintf(series, sizeof(series),
            "grpc_%s_%s{grpc_type=\"%s\",grpc_service=\"%s\",grpc_method=\"%s\"}", side,
            families[i], kind, service, method);
        assert_reads(&buffer, series, "0");
    }
    for (int code = 0; code < STATUS_CODE_COUNT; code++) {
        snprintf(series, sizeof(series),
            "grpc_%s_handled_total{grpc_type=\"%s\",grpc_service=\"%s\",grpc_method=\"%s\","
            "grpc_code=\"%s\"}",
            side, kind, service, method, status_code_name(code));
        assert_reads(&buffer, series, "0");
    }
}

#define ECHO "mesh.test.v1.EchoService"

static bool is_known(const char *side) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    char series[64];
    metric_render(&buffer, METRIC_TEXT);
    snprintf(series, sizeof(series), "grpc_%s_started_total", side);
    return find_line(&buffer, series).size > 0;
}

/* The first test of this process: nothing was called yet. */
static void test_counts_from_zero(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    assert_zero("server", "unary", ECHO, "Echo");
    assert_zero("server", "unary", ECHO, "Fail");
    assert_zero("server", "server_stream", ECHO, "Watch");
    assert_zero("server", "unary", "grpc.health.v1.Health", "Check");
    assert_zero("server", "unknown", "unknown", "unknown");
    assert_false(is_known("client"));
    observe_service(OBSERVE_CLIENT, &echo_service);
    assert_zero("client", "unary", ECHO, "Echo");
    assert_zero("client", "server_stream", ECHO, "Watch");
    stand_stop(&stand);
}

/* "... # {trace_id="T",span_id="S"} value time": the span, when the trace is this one. */
static void read_span(const struct buffer *buffer, const char *series, const char *trace_id,
    char ret_span[static SPAN_ID_SIZE + 1]) {
    char line[512], seen[TRACE_ID_SIZE + 1] = "";
    snprintf(line, sizeof(line), "%.*s", TEXT_ARG(find_line(buffer, series)));
    const char *exemplar = strstr(line, " # ");
    if (!exemplar || sscanf(exemplar, " # {trace_id=\"%32[0-9a-f]\",span_id=\"%16[0-9a-f]\"} ",
                         seen, ret_span) != 2)
        fail_msg("no exemplar in \"%s\" of %s", line, series);
    assert_string_equal(seen, trace_id);
}

static void test_leaves_its_trace(void **state) {
    static const char server[] =
        "grpc_server_handled_total{grpc_type=\"unary\",grpc_service=\"" ECHO
        "\",grpc_method=\"Hold\",grpc_code=\"OK\"} 1";
    static const char client[] =
        "grpc_client_handled_total{grpc_type=\"unary\",grpc_service=\"" ECHO
        "\",grpc_method=\"Hold\",grpc_code=\"OK\"} 1";
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    EchoRequest request = ECHO_REQUEST_INIT;
    struct stand stand;
    struct trace root;
    char span[SPAN_ID_SIZE + 1], servers_span[SPAN_ID_SIZE + 1];
    trace_start(&root);
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.trace = &root}, &request);
    struct call *call = stand_held(&stand, 0);
    snprintf(servers_span, sizeof(servers_span), "%s", call_trace(call)->span_id);
    reply_text(call, "");
    stand_wait(&stand, &stand.done_count, 1);
    stand_stop(&stand);
    metric_render(&buffer, METRIC_OPENMETRICS);
    read_span(&buffer, server, root.trace_id, span);
    assert_string_equal(span, servers_span);
    read_span(&buffer, client, root.trace_id, span);
    assert_string_not_equal(span, servers_span);
    assert_string_not_equal(span, root.span_id);
    assert_non_null(memmem(buffer.data, buffer.size, root.trace_id, TRACE_ID_SIZE));
}

static void test_of_unknown_methods_is_one_label(void **state) {
    static const struct method methods[] = {
        {.path = "/no.Such/One", .name = "One"}, {.path = "/no.Such/Two", .name = "Two"}};
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    struct stand stand;
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        stand_begin_raw(&stand, &methods[i], TEXT(""));
        stand_wait(&stand, &stand.done_count, (int)i + 1);
        assert_int_equal(stand.status.code, STATUS_UNIMPLEMENTED);
    }
    stand_stop(&stand);
    metric_render(&buffer, METRIC_TEXT);
    assert_reads(&buffer,
        "grpc_server_handled_total{grpc_type=\"unknown\",grpc_service=\"unknown\","
        "grpc_method=\"unknown\",grpc_code=\"UNIMPLEMENTED\"}",
        "2");
    assert_int_equal(
        find_line(&buffer, "grpc_server_started_total{grpc_type=\"unary\",grpc_service=\"no.Such")
            .size,
        0);
}

/* The last: nothing further fits in. */
static void test_of_too_many_methods_is_unknown(void **state) {
    static struct method methods[OBSERVE_METHODS_MAX];
    static char names[OBSERVE_METHODS_MAX][24];
    const struct method_series *unknown = observe_method(OBSERVE_CLIENT, NULL);
    size_t known = 0;
    for (size_t i = 0; i < OBSERVE_METHODS_MAX; i++) {
        snprintf(names[i], sizeof(names[i]), "/many.Service/M%zu", i);
        methods[i] = (struct method){.path = names[i], .name = names[i] + 14};
        known += observe_method(OBSERVE_CLIENT, &methods[i]) != unknown;
    }
    assert_in_range(known, 1, OBSERVE_METHODS_MAX - 1); /* some were there before */
    assert_ptr_equal(observe_method(OBSERVE_CLIENT, &methods[OBSERVE_METHODS_MAX - 1]), unknown);
    assert_ptr_not_equal(observe_method(OBSERVE_CLIENT, &methods[0]), unknown);
    assert_ptr_equal(
        observe_method(OBSERVE_CLIENT, &methods[0]), observe_method(OBSERVE_CLIENT, &methods[0]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_from_zero),
        cmocka_unit_test(test_leaves_its_trace),
        cmocka_unit_test(test_of_unknown_methods_is_one_label),
        cmocka_unit_test(test_of_too_many_methods_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
