/* SPDX-License-Identifier: Apache-2.0 */
/* What operators see of it: numbers and lines. */
#include "base/clock.h"
#include "tests/service/gateway/stand.h"
#include "tests/unit/base/check.h"

static void test_requests_are_counted_by_route(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    static const char *const classes[] = {"2xx", "3xx", "4xx", "5xx"};
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        char series[128];
        snprintf(series, sizeof(series),
            "http_server_request_duration_seconds_count{method=\"GET\","
            "route=\"/t1/things/{id}\",code=\"%s\"} ",
            classes[i]);
        assert_int_equal(stand_series(series), 0);
    }
    assert_int_equal(stand_series("http_server_requests_total{code=\"415\"} "), 0);
    ask(&stand, &reply, NULL, "GET /t1/things/x");
    ask(&stand, &reply, NULL, "GET /t1/things/y");
    ask(&stand, &reply, NULL, "GET /t1/things/missing");
    ask(&stand, &reply, NULL, "GET /some/where");
    ask(&stand, &reply, NULL, "GET /some/where/else");
    stand_wait_for_series("http_server_request_duration_seconds_count{method=\"GET\","
                          "route=\"/t1/things/{id}\",code=\"2xx\"} ",
        2);
    stand_wait_for_series("http_server_request_duration_seconds_count{method=\"GET\","
                          "route=\"/t1/things/{id}\",code=\"4xx\"} ",
        1);
    stand_wait_for_series("http_server_request_duration_seconds_count{method=\"any\","
                          "route=\"none\",code=\"4xx\"} ",
        2);
    stand_wait_for_series("http_server_requests_total{code=\"200\"} ", 2);
    stand_wait_for_series("http_server_requests_total{code=\"404\"} ", 3);
    stand_wait_for_series("grpc_client_handled_total{grpc_type=\"unary\","
                          "grpc_service=\"gateway.test.v1.ThingService\","
                          "grpc_method=\"GetThing\",grpc_code=\"OK\"} ",
        2);
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_open_streams_are_counted(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    stand_wait_for_series("http_server_open_streams ", 0);
    struct client client = client_connect(stand.port);
    send_lines(&client, NULL, (const char *const[]){"GET /t1/things:watch", NULL});
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(send_thing(call, "one", "t-1"), 0);
    stand_wait_for_series("http_server_open_streams ", 1);
    client_close(&client);
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(call);
    stand_wait_for_series("http_server_open_streams ", 0);
    stand_stop(&stand);
}

static size_t count(const char *text, const char *part) {
    size_t found = 0;
    for (; (text = strstr(text, part)); text++)
        found++;
    return found;
}

static void test_lines_keep_to_their_budget(void **state) {
    const struct gateway_options options = {.log_calls_per_second = 3};
    struct stand stand;
    struct reply reply = {0};
    struct capture capture;
    static char lines[64 * 1024];
    stand_start(&stand, &options);
    capture_start(&capture, 1);
    int64_t begun_ms = clock_monotonic_ms();
    for (int i = 0; i < 50; i++)
        ask(&stand, &reply, NULL, "GET /t1/things/x?", "X-Request-Id: r");
    capture_end(&capture, lines, sizeof(lines));
    size_t written = count(lines, "msg=\"request answered\"");
    /* With the seconds in which it began and ended. */
    int64_t seconds = 2 + (clock_monotonic_ms() - begun_ms) / 1000;
    assert_in_range(written, 3, 3 * seconds);
    assert_non_null(strstr(lines, "http_method=GET path=/t1/things/x status=200 "));
    assert_non_null(strstr(lines, "trace_id="));
    reply_deinit(&reply);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_counted_by_route),
        cmocka_unit_test(test_open_streams_are_counted),
        cmocka_unit_test(test_lines_keep_to_their_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
