/* SPDX-License-Identifier: Apache-2.0 */
/* What a request leaves in its trace. */
#include "tests/service/gateway/stand.h"
#include "tests/support/span_box.h"
#include "tests/unit/base/check.h"

#define TRACE_ID "4bf92f3577b34da6a3ce929d0e0e4736"

static const char traceparent[] = "traceparent: 00-" TRACE_ID "-00f067aa0ba902b7-01";

/* Of the HTTP server; the calls' server in the same process ends its own. */
static struct span *find_request(unsigned n) {
    for (unsigned i = 0;; i++) {
        struct span *span = span_box_find(SPAN_SERVER, i);
        if (!span)
            return NULL;
        if (span_box_value(span, "http.request.method")[0] && n-- == 0)
            return span;
    }
}

static struct stand stand;

static int setup(void **state) {
    span_box_open();
    stand_start(&stand, NULL);
    return 0;
}

static int teardown(void **state) {
    span_box_close();
    return 0;
}

static void a_request_is_a_span_above_its_call(void **state) {
    struct reply reply = {0};
    ask(&stand, &reply, NULL, "GET /t1/things?pageSize=7", traceparent);
    reply_deinit(&reply);
    stand_stop(&stand);
    struct span *request = find_request(0), *call = span_box_find(SPAN_CLIENT, 0);
    assert_non_null(request);
    assert_string_equal(request->name, "GET /t1/things");
    assert_string_equal(request->trace.trace_id, TRACE_ID);
    assert_string_equal(request->parent_id, "00f067aa0ba902b7");
    assert_string_equal(span_box_value(request, "http.request.method"), "GET");
    assert_string_equal(span_box_value(request, "http.route"), "/t1/things");
    assert_string_equal(span_box_value(request, "http.response.status_code"), "200");
    assert_string_equal(span_box_value(request, "url.path"), "/t1/things");
    assert_string_equal(span_box_value(request, "url.scheme"), "http");
    assert_false(request->has_failed);
    assert_string_equal(call->parent_id, request->trace.span_id);
    assert_string_equal(call->name, "gateway.test.v1.ThingService/ListThings");
}

static void what_goes_wrong_shows_by_whose_fault_it_is(void **state) {
    struct reply reply = {0};
    ask(&stand, &reply, NULL, "GET /some/where");
    ask(&stand, &reply, NULL, "BREW /t1/things/x");
    ask(&stand, &reply, NULL, "GET /t1/things/missing");
    stand_stop_server(&stand);
    ask(&stand, &reply, NULL, "GET /t1/things/x");
    reply_deinit(&reply);
    stand_stop(&stand);
    static const struct {
        const char *name, *method, *status, *route;
        bool has_failed;
    } rows[] = {
        {"GET", "GET", "404", "", false},
        {"_OTHER", "_OTHER", "405", "", false},
        {"GET /t1/things/{id}", "GET", "404", "/t1/things/{id}", false},
        {"GET /t1/things/{id}", "GET", "503", "/t1/things/{id}", true},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct span *span = find_request(i);
        assert_non_null(span);
        assert_string_equal(span->name, rows[i].name);
        assert_string_equal(span->parent_id, "");
        assert_string_equal(span_box_value(span, "http.request.method"), rows[i].method);
        assert_string_equal(span_box_value(span, "http.response.status_code"), rows[i].status);
        assert_string_equal(span_box_value(span, "http.route"), rows[i].route);
        assert_string_equal(
            span_box_value(span, "error.type"), rows[i].has_failed ? rows[i].status : "");
        assert_int_equal(span->has_failed, rows[i].has_failed);
    }
    assert_null(find_request(ARRAY_SIZE(rows)));
}

static void a_stream_is_a_span_until_its_end(void **state) {
    struct client client = client_connect(stand.port);
    send_lines(&client, NULL, (const char *const[]){"GET /t1/things:watch", traceparent, NULL});
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(send_thing(call, "one", "t-1"), 0);
    read_until(&client, "t-1");
    assert_null(find_request(0));
    client_close(&client);
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(call);
    stand_stop(&stand);
    struct span *request = find_request(0);
    assert_non_null(request);
    assert_string_equal(request->name, "GET /t1/things:watch");
    assert_string_equal(span_box_value(request, "http.response.status_code"), "200");
    assert_null(find_request(1));
}

static void a_client_that_goes_leaves_a_whole_span(void **state) {
    struct client client = client_connect(stand.port);
    send_lines(&client, NULL, (const char *const[]){"GET /t1/held/x", NULL});
    struct call *call = stand_held(&stand, 0);
    client_close(&client);
    stand_wait(&stand, &stand.cancelled_count, 1);
    reply_thing(call, "late");
    stand_stop(&stand);
    struct span *request = find_request(0);
    assert_non_null(request);
    assert_string_equal(span_box_value(request, "http.response.status_code"), "499");
}

static void probes_leave_nothing(void **state) {
    struct reply reply = {0};
    stand_wait_until_ready(&stand, true);
    ask(&stand, &reply, NULL, "GET /healthz", traceparent);
    ask(&stand, &reply, NULL, "GET /readyz", traceparent);
    reply_deinit(&reply);
    stand_stop(&stand);
    assert_int_equal(span_box_count(), 0);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_is_a_span_above_its_call, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_goes_wrong_shows_by_whose_fault_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stream_is_a_span_until_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_client_that_goes_leaves_a_whole_span, setup, teardown),
        cmocka_unit_test_setup_teardown(probes_leave_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
