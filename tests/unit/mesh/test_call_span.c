/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/call_span.h"

#include <stdio.h>

#include "tests/unit/mesh/stand.h"

enum { QUEUE = 64 };

static void on_batch(void *data) {
}

static struct span *taken;

static void start_spans(void) {
    const struct spans_options options = {
        .sampler = sampler_make(SAMPLER_PARENT_ALWAYS_ON, 1),
        .queue_max = QUEUE,
        .batch = QUEUE,
        .on_batch = on_batch,
    };
    spans_start(&options);
}

static int teardown(void **state) {
    spans_stop();
    span_drop_all(&taken);
    return 0;
}

/* Both sides have ended what they began. Returns how many spans there are. */
static size_t stop_all(struct stand *stand) {
    stand_stop(stand);
    span_drop_all(&taken);
    return spans_take(QUEUE, &taken);
}

/* The n-th of the kind, 0 the first. */
static struct span *find(enum span_kind kind, unsigned n) {
    for (struct span *span = taken; span; span = span->next)
        if (span->kind == kind && n-- == 0)
            return span;
    fail_msg("there is no span of kind %d", kind);
    return NULL;
}

static const struct span_attribute *attribute(const struct span *span, const char *key) {
    for (uint32_t i = 0; i < span->attribute_count; i++)
        if (strcmp(span->attributes[i].key, key) == 0)
            return &span->attributes[i];
    fail_msg("%s has no attribute %s", span->name, key);
    return NULL;
}

static void assert_text(const struct span *span, const char *key, const char *expected) {
    struct text text = attribute(span, key)->text;
    char value[256];
    snprintf(value, sizeof(value), "%.*s", TEXT_ARG(text));
    assert_string_equal(value, expected);
}

static void assert_describes(
    const struct span *span, const struct span *parent, const char *method, int code) {
    char name[128];
    snprintf(name, sizeof(name), "mesh.test.v1.EchoService/%s", method);
    assert_string_equal(span->name, name);
    assert_string_equal(span->trace.trace_id, parent->trace.trace_id);
    assert_string_equal(span->parent_id, parent->trace.span_id);
    assert_text(span, "rpc.system", "grpc");
    assert_text(span, "rpc.service", "mesh.test.v1.EchoService");
    assert_text(span, "rpc.method", method);
    assert_int_equal(attribute(span, "rpc.grpc.status_code")->number, code);
}

static void a_call_is_a_span_on_both_sides(void **state) {
    struct stand stand;
    struct span root = {0};
    EchoRequest request = ECHO_REQUEST_INIT;
    start_spans();
    stand_start(&stand, NULL);
    trace_start(&root.trace);
    stand_call(&stand, ECHO_SERVICE_ECHO, &(struct rpc_options){.trace = &root.trace}, &request,
        &(const EchoResponse *){0});
    int64_t port = stand.port;
    assert_int_equal(stop_all(&stand), 2);
    struct span *client = find(SPAN_CLIENT, 0), *server = find(SPAN_SERVER, 0);
    assert_describes(client, &root, "Echo", STATUS_OK);
    assert_describes(server, client, "Echo", STATUS_OK);
    assert_text(client, "server.address", "127.0.0.1");
    assert_int_equal(attribute(client, "server.port")->number, port);
    assert_false(client->has_failed);
    assert_false(server->has_failed);
    assert_true(client->end_ns - client->start_ns >= server->end_ns - server->start_ns);
}

static void a_failure_is_the_clients_and_sometimes_the_servers(void **state) {
    static const struct {
        enum status_code code;
        bool is_servers;
    } rows[] = {
        {STATUS_CANCELLED, false},
        {STATUS_UNKNOWN, true},
        {STATUS_INVALID_ARGUMENT, false},
        {STATUS_DEADLINE_EXCEEDED, true},
        {STATUS_NOT_FOUND, false},
        {STATUS_ALREADY_EXISTS, false},
        {STATUS_PERMISSION_DENIED, false},
        {STATUS_RESOURCE_EXHAUSTED, false},
        {STATUS_FAILED_PRECONDITION, false},
        {STATUS_ABORTED, false},
        {STATUS_OUT_OF_RANGE, false},
        {STATUS_UNIMPLEMENTED, true},
        {STATUS_INTERNAL, true},
        {STATUS_UNAVAILABLE, true},
        {STATUS_DATA_LOSS, true},
        {STATUS_UNAUTHENTICATED, false},
    };
    struct stand stand;
    start_spans();
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        EchoRequest request = ECHO_REQUEST_INIT;
        request.code = rows[i].code;
        request.text = (char *)"on purpose";
        stand_call(&stand, ECHO_SERVICE_FAIL, NULL, &request, &(const EchoResponse *){0});
    }
    assert_int_equal(stop_all(&stand), 2 * ARRAY_SIZE(rows));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct span *client = find(SPAN_CLIENT, (unsigned)i);
        struct span *server = find(SPAN_SERVER, (unsigned)i);
        assert_int_equal(attribute(server, "rpc.grpc.status_code")->number, rows[i].code);
        assert_int_equal(attribute(client, "rpc.grpc.status_code")->number, rows[i].code);
        assert_true(client->has_failed);
        assert_true(text_equal(client->failure, TEXT("on purpose")));
        assert_int_equal(server->has_failed, rows[i].is_servers);
    }
}

static void a_stream_is_a_span_until_its_end(void **state) {
    struct stand stand;
    struct span *none;
    start_spans();
    stand_start(&stand, NULL);
    stand_begin_raw(&stand, &echo_service.methods[ECHO_SERVICE_WATCH], TEXT(""));
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(spans_take(QUEUE, &none), 0);
    call_finish(call);
    stand_wait(&stand, &stand.done_count, 1);
    assert_int_equal(stop_all(&stand), 2);
    assert_describes(find(SPAN_SERVER, 0), find(SPAN_CLIENT, 0), "Watch", STATUS_OK);
    assert_string_equal(find(SPAN_CLIENT, 0)->parent_id, "");
}

static void a_call_to_another_is_below_the_one_it_serves(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    start_spans();
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *call = stand_held(&stand, 0);
    stand_begin(&stand, ECHO_SERVICE_ECHO, &(struct rpc_options){.parent = call}, &request);
    stand_wait(&stand, &stand.done_count, 1);
    reply_text(call, "");
    stand_wait(&stand, &stand.done_count, 2);
    assert_int_equal(stop_all(&stand), 4);
    /* In the order of their ends. */
    struct span *inner_server = find(SPAN_SERVER, 0), *inner_client = find(SPAN_CLIENT, 0);
    struct span *outer_server = find(SPAN_SERVER, 1), *outer_client = find(SPAN_CLIENT, 1);
    assert_describes(outer_server, outer_client, "Hold", STATUS_OK);
    assert_describes(inner_client, outer_server, "Echo", STATUS_OK);
    assert_describes(inner_server, inner_client, "Echo", STATUS_OK);
}

static void what_is_not_sampled_is_not_recorded(void **state) {
    struct stand stand;
    struct trace root;
    EchoRequest request = ECHO_REQUEST_INIT;
    start_spans();
    stand_start(&stand, NULL);
    trace_start(&root);
    root.sampled = false;
    stand_begin(&stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.trace = &root}, &request);
    struct call *call = stand_held(&stand, 0);
    assert_string_equal(call_trace(call)->trace_id, root.trace_id);
    assert_false(call_trace(call)->sampled);
    reply_text(call, "");
    stand_wait(&stand, &stand.done_count, 1);
    assert_int_equal(stop_all(&stand), 0);
}

static void an_untraced_call_has_no_span_on_either_side(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    start_spans();
    stand_start(&stand, NULL);
    stand_call(&stand, ECHO_SERVICE_ECHO, &(struct rpc_options){.is_untraced = true}, &request,
        &(const EchoResponse *){0});
    assert_int_equal(stop_all(&stand), 0);
}

static void a_probe_is_no_part_of_a_trace(void **state) {
    static const struct method check = {
        .path = "/grpc.health.v1.Health/Check", .name = "Check", .kind = METHOD_UNARY};
    struct stand stand;
    start_spans();
    stand_start(&stand, NULL);
    stand_begin_raw(&stand, &check, TEXT(""));
    stand_wait(&stand, &stand.done_count, 1);
    assert_int_equal(stop_all(&stand), 1);
    assert_string_equal(find(SPAN_CLIENT, 0)->name, "grpc.health.v1.Health/Check");
}

/* What the service sees of a tracestate that its caller was sent. */
static void pass_on(struct text given, struct text expected) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    const struct rpc_metadata metadata = {"tracestate", given};
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD,
        &(struct rpc_options){.metadata = &metadata, .metadata_count = given.size > 0}, &request);
    struct call *call = stand_held(&stand, 0);
    stand_begin(&stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.parent = call}, &request);
    struct call *inner = stand_held(&stand, 1);
    struct text seen = call_metadata(inner, "tracestate");
    if (!text_equal(seen, expected))
        fail_msg("\"%.*s\" became \"%.*s\"", TEXT_ARG(given), TEXT_ARG(seen));
    reply_text(inner, "");
    stand_wait(&stand, &stand.done_count, 1);
    reply_text(call, "");
    stand_wait(&stand, &stand.done_count, 2);
    stand_stop(&stand);
}

static void a_trace_state_is_passed_on_unchanged(void **state) {
    char longest[TRACE_STATE_SIZE_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    pass_on(TEXT("vendor=a:1,other@x=b"), TEXT("vendor=a:1,other@x=b"));
    pass_on(TEXT(""), TEXT(""));
    pass_on(
        (struct text){longest, TRACE_STATE_SIZE_MAX}, (struct text){longest, TRACE_STATE_SIZE_MAX});
    pass_on((struct text){longest, TRACE_STATE_SIZE_MAX + 1}, TEXT(""));
}

static void a_target_names_its_peer(void **state) {
    static const struct {
        const char *target, *address;
        int64_t port;
    } rows[] = {
        {"127.0.0.1:50051", "127.0.0.1", 50051},
        {"dns:///event-service:50051", "event-service", 50051},
        {"dns://8.8.8.8/event:50051", "event", 50051},
        {"dns:event:50051", "event", 50051},
        {"event", "event", 0},
        {"[::1]:50051", "::1", 50051},
        {"ipv6:[::1]:50051", "::1", 50051},
        {"unix:/run/event.sock", "/run/event.sock", 0},
        {"unix:///run/event.sock", "/run/event.sock", 0},
        {"ipv4:10.0.0.1:1,10.0.0.2:1", "10.0.0.1:1,10.0.0.2:1", 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct peer_name name;
        peer_name_read(rows[i].target, &name);
        assert_string_equal(name.address, rows[i].address);
        assert_int_equal(name.port, rows[i].port);
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_call_is_a_span_on_both_sides, teardown),
        cmocka_unit_test_teardown(a_failure_is_the_clients_and_sometimes_the_servers, teardown),
        cmocka_unit_test_teardown(a_stream_is_a_span_until_its_end, teardown),
        cmocka_unit_test_teardown(a_call_to_another_is_below_the_one_it_serves, teardown),
        cmocka_unit_test_teardown(what_is_not_sampled_is_not_recorded, teardown),
        cmocka_unit_test_teardown(an_untraced_call_has_no_span_on_either_side, teardown),
        cmocka_unit_test_teardown(a_probe_is_no_part_of_a_trace, teardown),
        cmocka_unit_test(a_trace_state_is_passed_on_unchanged),
        cmocka_unit_test(a_target_names_its_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
