/* SPDX-License-Identifier: Apache-2.0 */
#include "base/attr.h"
#include "tests/service/gateway/stand.h"
#include "tests/unit/base/check.h"

static void test_every_verb_reaches_its_method(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/things/a%20b");
    assert_int_equal(reply.status, 200);
    assert_body(&reply, "{\"id\":\"a b\",\"name\":\"\",\"size\":\"0\",\"metadata\":{}}");
    ask(&stand, &reply, NULL, "GET /t1/things?pageSize=1");
    assert_body_has(&reply, "{\"things\":[{\"id\":\"thing-0\"");
    ask(&stand, &reply, "{\"name\":\"new\",\"size\":\"7\"}", "POST /t1/things",
        "Content-Type: application/json; charset=utf-8", "Idempotency-Key: once");
    assert_body_has(&reply, "{\"id\":\"once\",\"name\":\"new\",\"size\":\"7\"");
    ask(&stand, &reply, "{\"name\":\"other\"}", "PUT /t1/things/x");
    assert_body_has(&reply, "{\"id\":\"x\",\"name\":\"other\",\"size\":\"0\"");
    ask(&stand, &reply, "{\"size\":5}", "PATCH /t1/things/x");
    assert_body_has(&reply, "{\"id\":\"x\",\"name\":\"[size]\",\"size\":\"5\"");
    ask(&stand, &reply, NULL, "DELETE /t1/things/x");
    assert_int_equal(reply.status, 200);
    assert_body(&reply, "{}");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_head_is_get_without_a_body(void **state) {
    struct stand stand;
    struct reply get = {0}, head = {0};
    stand_start(&stand, NULL);
    ask(&stand, &get, NULL, "GET /t1/things/x");
    ask(&stand, &head, NULL, "HEAD /t1/things/x");
    assert_int_equal(head.status, 200);
    assert_int_equal(head.body.size, 0);
    assert_true(
        text_equal(header_value(&head, "Content-Length"), header_value(&get, "Content-Length")));
    assert_true(text_equal(header_value(&head, "ETag"), header_value(&get, "ETag")));
    reply_deinit(&get);
    reply_deinit(&head);
    stand_stop(&stand);
}

static void test_only_listed_headers_reach_the_service(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/things/metadata", "Authorization: Bearer abc",
        "Accept-Language: pt", "X-Secret: no", "X-Request-Id: r-1",
        "Traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", "Tracestate: a=b");
    assert_int_equal(reply.status, 200);
    assert_body_has(&reply, "\"authorization\":\"Bearer abc\"");
    assert_body_has(&reply, "\"accept-language\":\"pt\"");
    assert_body_has(&reply, "\"x-request-id\":\"r-1\"");
    assert_body_has(&reply, "\"traceparent\":\"00-0123456789abcdef0123456789abcdef-");
    assert_body_has(&reply, "\"tracestate\":\"a=b\"");
    assert_null(memmem(reply.body.data, reply.body.size, "x-secret", 8));
    assert_null(memmem(reply.body.data, reply.body.size, "-0123456789abcdef-", 18));
    assert_header(&reply, "X-Request-Id: r-1");
    reply_deinit(&reply);
    stand_stop(&stand);
}

/* Whether the service sees a tracestate of that size. */
static bool is_passed_on(struct stand *stand, size_t size) {
    struct reply reply = {0};
    char line[1024];
    int begin = snprintf(line, sizeof(line), "Tracestate: a=");
    memset(line + begin, 'x', size - 2);
    line[(size_t)begin + size - 2] = '\0';
    ask(stand, &reply, NULL, "GET /t1/things/metadata",
        "Traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01", line);
    assert_int_equal(reply.status, 200);
    bool is_seen = memmem(reply.body.data, reply.body.size, "\"tracestate\":\"a=x", 17) != NULL;
    reply_deinit(&reply);
    return is_seen;
}

static void test_a_trace_state_has_a_limit(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    assert_true(is_passed_on(&stand, 512));
    assert_false(is_passed_on(&stand, 513));
    stand_stop(&stand);
}

static void test_a_request_without_a_trace_begins_one(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/things/metadata", "Traceparent: rubbish", "Tracestate: a=b",
        "X-Request-Id: has spaces in it");
    struct text id = header_value(&reply, "X-Request-Id");
    assert_int_equal(id.size, 32);
    char expected[128];
    snprintf(expected, sizeof(expected), "\"traceparent\":\"00-%.*s-", TEXT_ARG(id));
    assert_body_has(&reply, expected);
    assert_null(memmem(reply.body.data, reply.body.size, "tracestate", 10));
    assert_null(memmem(reply.body.data, reply.body.size, "x-request-id", 12));
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_an_unchanged_answer_is_not_sent_again(void **state) {
    struct stand stand;
    struct reply reply = {0}, again = {0};
    char condition[64];
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/things/x");
    assert_header(&reply, "Cache-Control: no-cache");
    struct text etag = header_value(&reply, "ETag");
    snprintf(condition, sizeof(condition), "If-None-Match: \"other\", W/%.*s", TEXT_ARG(etag));
    ask(&stand, &again, NULL, "GET /t1/things/x", condition);
    assert_int_equal(again.status, 304);
    assert_int_equal(again.body.size, 0);
    assert_true(text_equal(header_value(&again, "ETag"), etag));
    ask(&stand, &again, NULL, "GET /t1/things/y", condition);
    assert_int_equal(again.status, 200);
    ask(&stand, &again, "{\"name\":\"x\"}", "POST /t1/things", "If-None-Match: *");
    assert_int_equal(again.status, 200);
    assert_no_header(&again, "ETag");
    reply_deinit(&reply);
    reply_deinit(&again);
    stand_stop(&stand);
}

static void test_large_answers_are_compressed_for_who_takes_it(void **state) {
    struct stand stand;
    struct reply plain = {0}, zipped = {0}, small = {0};
    stand_start(&stand, NULL);
    ask(&stand, &plain, NULL, "GET /t1/things?pageSize=100", "Accept-Encoding: br, gzip;q=0");
    ask(&stand, &zipped, NULL, "GET /t1/things?pageSize=100", "Accept-Encoding: br, gzip;q=0.5");
    ask(&stand, &small, NULL, "GET /t1/things?pageSize=1", "Accept-Encoding: gzip");
    assert_no_header(&plain, "Content-Encoding");
    assert_header(&plain, "Vary: Accept-Encoding");
    assert_header(&zipped, "Content-Encoding: gzip");
    assert_no_header(&small, "Content-Encoding");
    assert_in_range(zipped.body.size, 20, plain.body.size / 4);
    assert_memory_equal(zipped.body.data, "\x1f\x8b", 2);
    assert_false(text_equal(header_value(&zipped, "ETag"), header_value(&plain, "ETag")));
    reply_deinit(&plain);
    reply_deinit(&zipped);
    reply_deinit(&small);
    stand_stop(&stand);
}

/* Around the size at which a stream would be held. */
static void test_an_answer_of_any_size_arrives_whole(void **state) {
    static const int counts[] = {1000, 4000, 8000, 50000};
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        char line[64], last[64];
        snprintf(line, sizeof(line), "GET /t1/things?pageSize=%d", counts[i]);
        snprintf(last, sizeof(last), "{\"id\":\"thing-%d\"", counts[i] - 1);
        ask(&stand, &reply, NULL, line);
        assert_int_equal(reply.status, 200);
        assert_body_has(&reply, "{\"id\":\"thing-0\"");
        assert_body_has(&reply, last);
    }
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_many_requests_share_a_connection(void **state) {
    enum { REQUESTS = 10000 };
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    struct client client = client_connect(stand.port);
    for (int i = 0; i < REQUESTS; i++) {
        client_send(&client, "GET /t1/things/x HTTP/1.1\r\nHost: test\r\n\r\n");
        client_read(&client, &reply);
        assert_int_equal(reply.status, 200);
    }
    client_close(&client);
    reply_deinit(&reply);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_verb_reaches_its_method),
        cmocka_unit_test(test_head_is_get_without_a_body),
        cmocka_unit_test(test_only_listed_headers_reach_the_service),
        cmocka_unit_test(test_a_trace_state_has_a_limit),
        cmocka_unit_test(test_a_request_without_a_trace_begins_one),
        cmocka_unit_test(test_an_unchanged_answer_is_not_sent_again),
        cmocka_unit_test(test_large_answers_are_compressed_for_who_takes_it),
        cmocka_unit_test(test_an_answer_of_any_size_arrives_whole),
        cmocka_unit_test(test_many_requests_share_a_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
