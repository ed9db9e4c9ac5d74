/* SPDX-License-Identifier: Apache-2.0 */
#include "http/metrics.h"

#include <errno.h>
#include <stdatomic.h>

#include "base/metric.h"
#include "tests/unit/base/check.h"
#include "tests/unit/http/client.h"

#define REQUEST(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

static bool say_ready(void *data) {
    return atomic_load((atomic_bool *)data);
}

static void an_operator_asks_for_health_and_readiness(void **state) {
    struct metrics_server *server;
    atomic_bool is_ready = false;
    int port;
    assert_int_equal(metrics_server_new("127.0.0.1:0", say_ready, &is_ready, &server, &port), 0);
    struct client client = client_connect(port);
    client_expect(&client, REQUEST("/healthz"), 200, "alive\n");
    client_expect(&client, REQUEST("/readyz"), 503, "not ready\n");
    atomic_store(&is_ready, true);
    client_expect(&client, REQUEST("/readyz"), 200, "ready\n");
    client_expect(&client, REQUEST("/readyz?verbose"), 200, "ready\n");
    client_expect(&client, REQUEST("/"), 404, NULL);
    client_expect(&client, "POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 405, NULL);
    client_expect(&client, "GET /metrics HTTP/1.1\r\n\r\n", 400, NULL);
    client_close(&client);
    metrics_server_free(server);
}

static void metrics_are_rendered_when_they_are_asked_for(void **state) {
    struct metrics_server *server;
    struct reply reply = {0};
    int port;
    metric_init("test");
    struct metric *metric = metric_counter("test_asked_total", "How often.", NULL);
    struct metric_series *asked = metric_series(metric, NULL);
    assert_int_equal(metrics_server_new("localhost:0", NULL, NULL, &server, &port), 0);
    struct client client = client_connect(port);
    client_expect(&client, REQUEST("/readyz"), 200, "ready\n");
    for (int i = 1; i <= 2; i++) {
        metric_add(asked, 1);
        client_send(&client, REQUEST("/metrics"));
        client_read(&client, &reply);
        buffer_append_char(&reply.body, '\0');
        assert_non_null(
            strstr(reply.body.data, i == 1 ? "\ntest_asked_total 1\n" : "\ntest_asked_total 2\n"));
    }
    assert_true(reply_has(&reply, "Content-Type: text/plain; version=0.0.4; charset=utf-8"));
    reply_deinit(&reply);
    client_close(&client);
    metrics_server_free(server);
}

static const char text_type[] = "text/plain; version=0.0.4; charset=utf-8";
static const char open_type[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

static void a_scraper_gets_the_format_it_prefers(void **state) {
    static const struct {
        const char *accept, *type;
    } cases[] = {
        {"*/*", text_type},
        {"text/*;q=0.9, */*;q=0.1", text_type},
        {"application/openmetrics-text", open_type},
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            open_type},
        {"text/plain;version=0.0.4;q=0.5, application/openmetrics-text;version=1.0.0;q=0.4",
            text_type},
        {"application/openmetrics-text;version=0.0.1", text_type},
        {"application/openmetrics-text;q=0, */*", text_type},
        {"application/openmetrics-text, */*", open_type},
        {"text/plain;q=0, */*", open_type},
        {"text/html", text_type},
    };
    struct metrics_server *server;
    int port;
    assert_int_equal(metrics_server_new("127.0.0.1:0", NULL, NULL, &server, &port), 0);
    struct client client = client_connect(port);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char request[512], expected[128];
        struct reply reply = {0};
        snprintf(request, sizeof(request), "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: %s\r\n\r\n",
            cases[i].accept);
        snprintf(expected, sizeof(expected), "Content-Type: %s", cases[i].type);
        client_send(&client, request);
        client_read(&client, &reply);
        if (!reply_has(&reply, expected))
            fail_msg("Accept: %s is not answered with %s", cases[i].accept, cases[i].type);
        assert_true(reply_has(&reply, "Vary: Accept"));
        assert_int_equal(
            text_ends_with(buffer_text(&reply.body), TEXT("# EOF\n")), cases[i].type == open_type);
        reply_deinit(&reply);
    }
    client_close(&client);
    metrics_server_free(server);
}

static void an_address_in_use_is_said(void **state) {
    struct metrics_server *first, *second = NULL;
    char address[32];
    int port, unused;
    assert_int_equal(metrics_server_new("127.0.0.1:0", NULL, NULL, &first, &port), 0);
    snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    assert_int_equal(metrics_server_new(address, NULL, NULL, &second, &unused), -EADDRINUSE);
    assert_null(second);
    metrics_server_free(first);
    metrics_server_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operator_asks_for_health_and_readiness),
        cmocka_unit_test(metrics_are_rendered_when_they_are_asked_for),
        cmocka_unit_test(a_scraper_gets_the_format_it_prefers),
        cmocka_unit_test(an_address_in_use_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
