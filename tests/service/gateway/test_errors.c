/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/gateway/stand.h"
#include "tests/service/gateway/thing.mesh.h"
#include "tests/unit/base/check.h"

static void test_paths_and_methods(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/nothing");
    assert_error(&reply, 404, 5, "PATH_NOT_FOUND");
    ask(&stand, &reply, NULL, "GET /");
    assert_error(&reply, 404, 5, "PATH_NOT_FOUND");
    ask(&stand, &reply, NULL, "DELETE /t1/things");
    assert_error(&reply, 405, 12, "METHOD_NOT_ALLOWED");
    assert_text_equal(header_value(&reply, "Allow"), "GET, HEAD, POST");
    ask(&stand, &reply, "{}", "POST /healthz");
    assert_error(&reply, 405, 12, "METHOD_NOT_ALLOWED");
    assert_text_equal(header_value(&reply, "Allow"), "GET, HEAD");
    ask(&stand, &reply, NULL, "GET /t1/things/%zz");
    assert_error(&reply, 400, 3, "BAD_REQUEST");
    ask(&stand, &reply, NULL, "GET /t1/things/..");
    assert_error(&reply, 400, 3, "BAD_REQUEST");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_requests_that_do_not_fit(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/things?pageSize=many");
    assert_error(&reply, 400, 3, "INVALID_REQUEST");
    assert_body_has(&reply, "\"fieldViolations\":[{\"field\":\"pageSize\",\"description\":\"");
    ask(&stand, &reply, NULL, "GET /t1/things?unknown=1");
    assert_error(&reply, 400, 3, "INVALID_REQUEST");
    assert_body_has(&reply, "\"field\":\"unknown\"");
    ask(&stand, &reply, "{\"size\":\"x\"}", "POST /t1/things");
    assert_error(&reply, 400, 3, "INVALID_REQUEST");
    assert_body_has(&reply, "\"field\":\"thing.size\"");
    ask(&stand, &reply, "{\"size\":", "POST /t1/things");
    assert_error(&reply, 400, 3, "INVALID_REQUEST");
    ask(&stand, &reply, "{\"id\":\"y\"}", "PUT /t1/things/x");
    assert_error(&reply, 400, 3, "INVALID_REQUEST");
    ask(&stand, &reply, "name=x", "POST /t1/things",
        "Content-Type: application/x-www-form-urlencoded");
    assert_error(&reply, 415, 3, "UNSUPPORTED_MEDIA_TYPE");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_what_the_parser_refuses(void **state) {
    struct stand stand;
    struct reply reply = {0};
    const struct gateway_options options = {.body_size_max = 10};
    char target[9000], header[20000];
    stand_start(&stand, &options);
    ask(&stand, &reply, "{\"name\":\"x\"}", "POST /t1/things");
    assert_error(&reply, 413, 3, "BODY_TOO_LARGE");
    memset(target, 'a', sizeof(target));
    memcpy(target, "GET /", 5);
    target[sizeof(target) - 1] = '\0';
    ask(&stand, &reply, NULL, target);
    assert_error(&reply, 414, 3, "TARGET_TOO_LONG");
    memset(header, 'a', sizeof(header));
    memcpy(header, "A: ", 3);
    header[sizeof(header) - 1] = '\0';
    ask(&stand, &reply, NULL, "GET /t1/things/x", header);
    assert_error(&reply, 431, 3, "HEADERS_TOO_LARGE");
    ask(&stand, &reply, NULL, "GET /t1/things/x", "Host: twice");
    assert_error(&reply, 400, 3, "BAD_REQUEST");
    ask(&stand, &reply, NULL, "GET /t1/things/x", "Transfer-Encoding: gzip");
    assert_in_range(reply.status, 400, 501);
    assert_body_has(&reply, "\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\"");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_headers_that_make_no_sense(void **state) {
    static const char *const lines[] = {"Grpc-Timeout: 5", "Grpc-Timeout: 123456789S",
        "Grpc-Timeout: -1S", "X-Server-Timeout: soon", "X-Server-Timeout: 1.2345678",
        "Connect-Timeout-Ms: 1s", "Authorization: Bearer \xc3\xa4"};
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        ask(&stand, &reply, NULL, "GET /t1/things/x", lines[i]);
        assert_error(&reply, 400, 3, "BAD_REQUEST");
    }
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_every_code_has_its_status(void **state) {
    static const int statuses[] = {
        0, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401};
    struct stand stand;
    struct reply reply = {0};
    char body[256];
    stand_start(&stand, NULL);
    for (int code = 1; code < (int)ARRAY_SIZE(statuses); code++) {
        snprintf(body, sizeof(body),
            "{\"status\":{\"code\":%d,\"message\":\"no \\\"more\\\"\"},\"retryDelayMs\":1001,"
            "\"violation\":{\"field\":\"thing.made_at\",\"description\":\"is late\"}}",
            code);
        ask(&stand, &reply, body, "POST /t1/things/x:fail");
        assert_error(&reply, statuses[code], code, "ON_PURPOSE");
        assert_body_has(&reply, "\"message\":\"no \\\"more\\\"\"");
        assert_body_has(&reply, "\"retryDelay\":\"1.001s\"");
        assert_body_has(&reply, "{\"field\":\"thing.madeAt\",\"description\":\"is late\"}");
        assert_text_equal(header_value(&reply, "Retry-After"), "2");
        assert_int_equal(stand_count(&stand, &stand.fail_count),
            code); /* what a service says is not asked for again */
    }
    assert_header(&reply, "WWW-Authenticate: Bearer");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_a_service_that_does_not_know_the_method(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/forgotten/x");
    assert_int_equal(reply.status, 501);
    assert_body_has(&reply, "{\"code\":12,");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_a_reply_that_json_cannot_have(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/things/unprintable");
    assert_error(&reply, 500, 13, "INTERNAL");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_a_service_that_is_not_there(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    stand_wait_until_ready(&stand, true);
    ask(&stand, &reply, NULL, "GET /readyz");
    assert_int_equal(reply.status, 200);
    stand_stop_server(&stand);
    static const char started[] = "grpc_client_started_total{grpc_type=\"unary\","
                                  "grpc_service=\"gateway.test.v1.ThingService\","
                                  "grpc_method=\"GetThing\"} ";
    long before = stand_series(started);
    ask(&stand, &reply, NULL, "GET /t1/things/x");
    assert_in_range(stand_series(started) - before, 1, 2);
    assert_error(&reply, 503, 14, "SERVICE_UNAVAILABLE");
    assert_null(memmem(reply.body.data, reply.body.size, "127.0.0.1", 9));
    stand_wait_until_ready(&stand, false);
    ask(&stand, &reply, NULL, "GET /readyz");
    assert_error(&reply, 503, 14, "UNAVAILABLE");
    ask(&stand, &reply, NULL, "GET /healthz");
    assert_int_equal(reply.status, 200);
    stand_start_server(&stand);
    stand_wait_until_ready(&stand, true);
    ask(&stand, &reply, NULL, "GET /t1/things/x");
    assert_int_equal(reply.status, 200);
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void expect_no_start(const struct gateway_options *options, const char *why) {
    struct buffer error = {0};
    assert_null(gateway_new(options, &error));
    assert_text_equal(buffer_text(&error), why);
    buffer_deinit(&error);
}

static void test_what_cannot_work_ends_the_start(void **state) {
    const struct gateway_target target = {"gateway.test.v1.ThingService", "127.0.0.1:1"};
    struct gateway_options options = {
        .descriptor_sets = thing_service.descriptor_set, .descriptor_set_count = 1};
    expect_no_start(&options, "no target is known for gateway.test.v1.ThingService");
    options.targets = &target;
    options.target_count = 1;
    options.cors_origins = "https://ok.example,ok.example";
    expect_no_start(&options,
        "CORS origins: not a list of scheme://host or scheme://host:port, without a path");
    options.cors_origins = NULL;
    options.static_dir = "/nowhere/at/all";
    expect_no_start(&options, "/nowhere/at/all: No such file or directory");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_and_methods),
        cmocka_unit_test(test_requests_that_do_not_fit),
        cmocka_unit_test(test_what_the_parser_refuses),
        cmocka_unit_test(test_headers_that_make_no_sense),
        cmocka_unit_test(test_every_code_has_its_status),
        cmocka_unit_test(test_a_service_that_does_not_know_the_method),
        cmocka_unit_test(test_a_reply_that_json_cannot_have),
        cmocka_unit_test(test_a_service_that_is_not_there),
        cmocka_unit_test(test_what_cannot_work_ends_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
