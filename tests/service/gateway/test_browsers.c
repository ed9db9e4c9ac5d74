/* SPDX-License-Identifier: Apache-2.0 */
/* What browsers ask before and besides: permissions, options, the description of the API. */
#include "tests/service/gateway/stand.h"
#include "tests/unit/base/check.h"

static void test_listed_origins_are_permitted(void **state) {
    const struct gateway_options options = {
        .cors_origins = "https://a.example, https://b.example:8443"};
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, &options);
    ask(&stand, &reply, NULL, "GET /t1/things/x", "Origin: https://b.example:8443");
    assert_header(&reply, "Access-Control-Allow-Origin: https://b.example:8443");
    assert_header(&reply, "Vary: Origin");
    assert_header(&reply, "Access-Control-Expose-Headers: ETag, Retry-After, X-Request-Id");
    ask(&stand, &reply, NULL, "GET /t1/things/missing", "Origin: https://a.example");
    assert_error(&reply, 404, 5, "THING_NOT_FOUND");
    assert_header(&reply, "Access-Control-Allow-Origin: https://a.example");
    ask(&stand, &reply, NULL, "GET /t1/things/x", "Origin: https://evil.example");
    assert_int_equal(reply.status, 200);
    assert_no_header(&reply, "Access-Control-Allow-Origin");
    assert_header(&reply, "Vary: Origin");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_preflights_are_answered_here(void **state) {
    const struct gateway_options options = {.cors_origins = "https://a.example"};
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, &options);
    ask(&stand, &reply, NULL, "OPTIONS /t1/things/x", "Origin: https://a.example",
        "Access-Control-Request-Method: PATCH", "Access-Control-Request-Headers: content-type");
    assert_int_equal(reply.status, 204);
    assert_header(&reply, "Access-Control-Allow-Origin: https://a.example");
    assert_text_equal(
        header_value(&reply, "Access-Control-Allow-Methods"), "GET, HEAD, PUT, PATCH, DELETE");
    assert_non_null(
        strstr(header_value(&reply, "Access-Control-Allow-Headers").data, "Idempotency-Key"));
    assert_header(&reply, "Access-Control-Max-Age: 86400");
    ask(&stand, &reply, NULL, "OPTIONS /t1/things/x", "Origin: https://evil.example",
        "Access-Control-Request-Method: PATCH");
    assert_int_equal(reply.status, 204);
    assert_no_header(&reply, "Access-Control-Allow-Methods");
    assert_no_header(&reply, "Access-Control-Allow-Origin");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_all_origins(void **state) {
    const struct gateway_options options = {.cors_origins = "*"};
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, &options);
    ask(&stand, &reply, NULL, "GET /t1/things/x", "Origin: https://anybody.example");
    assert_header(&reply, "Access-Control-Allow-Origin: *");
    assert_no_header(&reply, "Vary");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_no_other_origin_by_default(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/things/x", "Origin: https://anybody.example");
    assert_int_equal(reply.status, 200);
    assert_no_header(&reply, "Access-Control-Allow-Origin");
    ask(&stand, &reply, NULL, "OPTIONS /t1/things");
    assert_int_equal(reply.status, 204);
    assert_text_equal(header_value(&reply, "Allow"), "GET, HEAD, POST");
    ask(&stand, &reply, NULL, "OPTIONS *");
    assert_int_equal(reply.status, 204);
    ask(&stand, &reply, NULL, "OPTIONS /nothing");
    assert_error(&reply, 404, 5, "PATH_NOT_FOUND");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_the_api_describes_itself(void **state) {
    const struct gateway_options options = {.title = "Things"};
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, &options);
    ask(&stand, &reply, NULL, "GET /openapi.json");
    assert_int_equal(reply.status, 200);
    assert_header(&reply, "Content-Type: application/json");
    assert_body_has(&reply, "{\"openapi\":\"3.1.");
    assert_body_has(&reply, "\"title\":\"Things\"");
    assert_body_has(&reply, "\"/t1/things/{id}:hold\"");
    assert_body_has(&reply, "\"Idempotency-Key\"");
    reply_deinit(&reply);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listed_origins_are_permitted),
        cmocka_unit_test(test_preflights_are_answered_here),
        cmocka_unit_test(test_all_origins),
        cmocka_unit_test(test_no_other_origin_by_default),
        cmocka_unit_test(test_the_api_describes_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
