/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever is sent over REST, the answer is a 4xx with a google.rpc.Status that says what is wrong,
 * and nobody dies of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stand.h"
#include "tests/e2e/wire.h"

enum { TEXT_SIZE = 1024, DEEP = 100 * 1000, HUGE = 3 * 1024 * 1024, SILENCE_MS = 60000 };

#define NOBODY "00000000-0000-7000-8000-000000000000"

static struct stand *stand;
static struct api api;
static struct id event, user;
static struct stand_pids pids;

static int setup(void **state) {
    *state = stand = stand_new();
    stand->arguments[0] = "--no-seed";
    stand_start(stand);
    api_init(&api, stand);
    event = api_new_event(&api, 100);
    user = api_new_user(&api);
    pids = stand_pids(stand);
    return 0;
}

static int teardown(void **state) {
    api_deinit(&api);
    return stand_end(stand);
}

/* {event} and {user} become ids that exist. */
static void fill_in(const char *pattern, char ret_text[static TEXT_SIZE]) {
    const struct {
        const char *name;
        const char *value;
    } names[] = {{"{event}", event.text}, {"{user}", user.text}};
    size_t size = 0;
    while (*pattern) {
        size_t i = 0;
        while (i < ARRAY_SIZE(names) && strncmp(pattern, names[i].name, strlen(names[i].name)) != 0)
            i++;
        bool is_name = i < ARRAY_SIZE(names);
        assert_true(size + ID_SIZE < TEXT_SIZE);
        size += (size_t)snprintf(ret_text + size, TEXT_SIZE - size, "%.*s", is_name ? ID_SIZE : 1,
            is_name ? names[i].value : pattern);
        pattern += is_name ? strlen(names[i].name) : 1;
    }
    ret_text[size] = '\0';
}

/* A google.rpc.Status with a code, a message and details. */
static void expect_status(const char *what, int status, const char *words) {
    if (api.answer.status != status || !api_says(&api, words) || !api_says(&api, "{\"code\":") ||
        !api_says(&api, "\"message\":\"") || !api_says(&api, "google.rpc.ErrorInfo"))
        fail_msg("%s: %d, not %d, or no google.rpc.Status with \"%s\": %.*s", what,
            api.answer.status, status, words, (int)api.answer.body.size, api.answer.body.data);
}

static const struct row {
    const char *method, *target, *body;
    int status;
    const char *words;
} rows[] = {
    /* no JSON */
    {"POST", "/v1/events/{event}/bookings", "{", 400, "no valid JSON"},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":1} x", 400,
        "no valid JSON"},
    {"POST", "/v1/events/{event}/bookings", "[]", 400, "must be an object"},
    {"POST", "/v1/events/{event}/bookings", "null", 400, "must be an object"},
    {"POST", "/v1/events/{event}/bookings", "{'seats':1}", 400, "no valid JSON"},
    {"POST", "/v1/events/{event}/bookings", "{\"seats\":01}", 400, "no valid JSON"},
    {"POST", "/v1/users", "{\"firstName\":\"\xff\xfe\"}", 400, "no valid UTF-8"},
    {"POST", "/v1/users", "{\"firstName\":\"\\ud800\"}", 400, "firstName"},
    {"POST", "/v1/users", "{\"firstName\":\"a\nb\"}", 400, "no valid JSON"},
    /* wrong fields, wrong types */
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":1,\"row\":7}", 400,
        "\"field\":\"row\""},
    {"POST", "/v1/events/{event}/bookings",
        "{\"userId\":\"{user}\",\"userId\":\"{user}\",\"seats\":1}", 400, "\"field\":\"userId\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":7,\"seats\":1}", 400,
        "\"field\":\"userId\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":\"x\"}", 400,
        "\"field\":\"seats\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":1.5}", 400,
        "\"field\":\"seats\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":[1]}", 400,
        "\"field\":\"seats\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":99999999999}", 400,
        "\"field\":\"seats\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":1,\"hold\":\"yes\"}",
        400, "\"field\":\"hold\""},
    {"POST", "/v1/locations", "{\"name\":\"x\",\"halls\":{}}", 400, "\"field\":\"location.halls\""},
    {"POST", "/v1/events", "{\"startTime\":\"tomorrow\"}", 400, "\"field\":\"event.startTime\""},
    /* wrong values */
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":0}", 400,
        "\"field\":\"seats\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":-1}", 400,
        "\"field\":\"seats\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":1000000000}", 400,
        "\"field\":\"seats\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"{user}\",\"seats\":21}", 400,
        "\"field\":\"seats\""},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"me\",\"seats\":1}", 400,
        "\"field\":\"userId\""},
    {"POST", "/v1/events/{event}/bookings", "{\"seats\":1}", 400, "\"field\":\"userId\""},
    {"POST", "/v1/events/{event}/bookings", "", 400, "\"field\":\"userId\""},
    {"POST", "/v1/users", "{\"firstName\":\"A\",\"lastName\":\"B\",\"email\":\"nowhere\"}", 400,
        "\"field\":\"user.email\""},
    {"POST", "/v1/locations", "{\"name\":\"x\"}", 400, "\"field\":\"location.country\""},
    {"POST", "/v1/events",
        "{\"name\":\"x\",\"locationId\":\"" NOBODY "\",\"hall\":\"a\","
        "\"startTime\":\"2020-01-01T00:00:00Z\",\"endTime\":\"2020-01-01T01:00:00Z\"}",
        400, "\"field\":\"event.startTime\""},
    {"PATCH", "/v1/events/{event}", "{\"capacity\":-5}", 400, "\"field\":\"event.capacity\""},
    {"PATCH", "/v1/events/{event}?updateMask=luck", "{\"capacity\":5}", 400, "luck"},
    {"PATCH", "/v1/events/{event}", "{\"name\":\"y\",\"etag\":\"old\"}", 409, "STALE_ETAG"},
    /* what is not there */
    {"POST", "/v1/events/" NOBODY "/bookings", "{\"userId\":\"{user}\",\"seats\":1}", 404,
        "EVENT_NOT_FOUND"},
    {"POST", "/v1/events/{event}/bookings", "{\"userId\":\"" NOBODY "\",\"seats\":1}", 404,
        "USER_NOT_FOUND"},
    {"GET", "/v1/events/" NOBODY, "", 404, "EVENT_NOT_FOUND"},
    {"GET", "/v1/events/" NOBODY "/availability", "", 404, "EVENT_NOT_FOUND"},
    {"GET", "/v1/events/" NOBODY "/availability:watch", "", 404, "EVENT_NOT_FOUND"},
    {"GET", "/v1/users/" NOBODY, "", 404, "USER_NOT_FOUND"},
    {"POST", "/v1/bookings/" NOBODY ":confirm", "{}", 404, "BOOKING_NOT_FOUND"},
    {"GET", "/v1/locations/" NOBODY, "", 404, "LOCATION_NOT_FOUND"},
    {"GET", "/v2/events", "", 404, "PATH_NOT_FOUND"},
    {"GET", "/v1/events/a/b/c/d", "", 404, "PATH_NOT_FOUND"},
    {"PUT", "/v1/events", "{}", 405, "METHOD_NOT_ALLOWED"},
    {"DELETE", "/v1/users/{user}", "", 405, "METHOD_NOT_ALLOWED"},
    {"POST", "/v1/bookings/" NOBODY ":explode", "{}", 405, "METHOD_NOT_ALLOWED"},
    /* ids, tokens, parameters */
    {"GET", "/v1/events/x", "", 400, "\"field\":\"eventId\""},
    {"GET", "/v1/users/{user}{user}", "", 400, "\"field\":\"userId\""},
    {"GET", "/v1/events?pageToken=zz", "", 400, "\"field\":\"pageToken\""},
    {"GET", "/v1/locations?pageToken=zz", "", 400, "\"field\":\"pageToken\""},
    {"GET", "/v1/users/{user}/bookings?pageToken=zz", "", 400, "\"field\":\"pageToken\""},
    {"GET", "/v1/events?pageSize=-1", "", 400, "\"field\":\"pageSize\""},
    {"GET", "/v1/events?pageSize=1001", "", 400, "\"field\":\"pageSize\""},
    {"GET", "/v1/events?pageSize=x", "", 400, "\"field\":\"pageSize\""},
    {"GET", "/v1/events?pageSize=1&pageSize=2", "", 400, "\"field\":\"pageSize\""},
    {"GET", "/v1/events?colour=red", "", 400, "\"field\":\"colour\""},
    {"GET", "/v1/events?state=SOLD", "", 400, "\"field\":\"state\""},
    {"GET", "/v1/events?orderBy=luck", "", 400, "\"field\":\"orderBy\""},
    {"GET", "/v1/events?startTimeFrom=yesterday", "", 400, "\"field\":\"startTimeFrom\""},
    {"GET", "/v1/events?withSeats=perhaps", "", 400, "\"field\":\"withSeats\""},
    {"GET", "/v1/events?query=%zz", "", 400, "%"},
    {"GET", "/v1/events?query=%ff", "", 400, "\"field\":\"query\""},
    {"GET", "/v1/events/%zz", "", 400, "%"},
    {"GET", "/v1/events/%00", "", 400, "%"},
    {"GET", "/v1/events/%2e%2e/x", "", 400, "path"},
    {"GET", "/v1/../v1/events", "", 400, "path"},
};

static void wrong_requests_are_answered_with_what_is_wrong(void **state) {
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct row *row = &rows[i];
        char target[TEXT_SIZE], body[TEXT_SIZE], what[3 * TEXT_SIZE];
        fill_in(row->target, target);
        fill_in(row->body, body);
        snprintf(what, sizeof what, "%s %s %s", row->method, target, body);
        api_ask(&api, row->method, target, body);
        expect_status(what, row->status, row->words);
    }
}

static void ask_with(const char *headers, const char *body) {
    int r = rest_request(&api.rest, "POST", "/v1/users", headers, text_from(body), &api.answer);
    assert_int_equal(r, 0);
}

static const char good_user[] =
    "{\"firstName\":\"Ada\",\"lastName\":\"Test\",\"email\":\"ada@example.com\"}";

static void wrong_headers_are_refused(void **state) {
    char headers[512];
    snprintf(headers, sizeof headers, "Idempotency-Key: %0200d\r\n", 7);
    ask_with(headers, good_user);
    expect_status("a key that is too long", 400, "\"field\":\"requestId\"");
    ask_with("Idempotency-Key: \xc3\xa4\r\n", good_user);
    expect_status("a key that is not ASCII", 400, "\"field\":\"requestId\"");
    ask_with("Content-Encoding: br\r\n", good_user);
    expect_status("a coding that nobody knows", 415, "ncod");
}

/* Broken from the bytes on: sent as they are, on a connection of their own. */
/* A constant struct text; zeros may stand in it. */
#define BYTES(literal)                                                                             \
    { "" literal, sizeof(literal) - 1 }

static const struct raw {
    const char *what;
    struct text bytes;
    int status;
} raws[] = {
    {"garbage", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n"), 400},
    {"no version", BYTES("GET /v1/events\r\n\r\n"), 400},
    {"no host", BYTES("GET /v1/events HTTP/1.1\r\n\r\n"), 400},
    {"two hosts", BYTES("GET /v1/events HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400},
    {"a folded header", BYTES("GET /v1/events HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"), 400},
    {"a space before the colon", BYTES("GET /v1/events HTTP/1.1\r\nHost : a\r\n\r\n"), 400},
    {"a zero in a header", BYTES("GET /v1/events HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"), 400},
    {"length and chunks",
        BYTES("POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
              "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        400},
    {"two lengths",
        BYTES("POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n"
              "Content-Length: 5\r\n\r\n{}"),
        400},
    {"a length of no number",
        BYTES("POST /v1/users HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n{}"), 400},
    {"a chunk of no size",
        BYTES("POST /v1/users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
        400},
    {"another coding",
        BYTES("POST /v1/users HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 501},
    {"a version of the future", BYTES("GET /v1/events HTTP/9.9\r\nHost: a\r\n\r\n"), 505},
    {"HTTP/2 without asking", BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
};

static void broken_bytes_are_refused_and_the_connection_ends(void **state) {
    for (size_t i = 0; i < ARRAY_SIZE(raws); i++) {
        struct wire wire;
        int status = wire_exchange(&wire, stand->port, raws[i].bytes, SILENCE_MS);
        if (status != raws[i].status || !wire.has_ended || !strstr(wire.in.data, "{\"code\":"))
            fail_msg("%s: %d, not %d, and the end: %s", raws[i].what, status, raws[i].status,
                wire.in.data);
        wire_close(&wire);
    }
}

/* What a client writes into a value must not come back as a header of its own. */
static void a_value_does_not_become_a_header(void **state) {
    static const struct text bytes = BYTES(
        "GET /v1/events/%0d%0aInjected:%20yes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        "Origin: http://a\x0bInjected\r\nX-Request-Id: a\rInjected: yes\r\n\r\n");
    struct wire wire;
    int status = wire_exchange(&wire, stand->port, bytes, SILENCE_MS);
    assert_int_equal(status, 400);
    assert_null(strstr(wire.in.data, "\nInjected"));
    assert_null(strstr(wire.in.data, "\rInjected"));
    wire_close(&wire);
}

static char *repeat(const char *unit, size_t count, const char *before) {
    size_t unit_size = strlen(unit), before_size = strlen(before);
    char *text = memory_new(before_size + unit_size * count + 1);
    memcpy(text, before, before_size);
    for (size_t i = 0; i < count; i++)
        memcpy(text + before_size + i * unit_size, unit, unit_size);
    return text;
}

static void depth_and_size_have_limits(void **state) {
    const struct {
        const char *target, *before, *unit;
        size_t count;
        int status;
    } bodies[] = {
        {"/v1/users", "", "[", DEEP, 400},
        {"/v1/users", "", "{\"a\":", DEEP, 400},
        {"/v1/locations", "{\"halls\":", "[", DEEP, 400},
        {"/v1/users", "{\"firstName\":\"", "a", HUGE, 413},
    };
    for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
        _cleanup_(memory_freep) char *body = repeat(
            bodies[i].unit, bodies[i].count, bodies[i].before);
        char head[256];
        struct wire wire;
        snprintf(head, sizeof head,
            "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
            bodies[i].target, strlen(body));
        struct buffer bytes = {0};
        buffer_append_string(&bytes, head);
        buffer_append_string(&bytes, body);
        int status = wire_exchange(&wire, stand->port, buffer_text(&bytes), SILENCE_MS);
        buffer_deinit(&bytes);
        if (status != bodies[i].status)
            fail_msg("%zu times %s: %d, not %d: %s", bodies[i].count, bodies[i].unit, status,
                bodies[i].status, wire.in.data);
        wire_close(&wire);
    }
}

/* Many headers, a long line: each has a limit of its own. */
static void heads_have_limits(void **state) {
    const struct {
        const char *before, *unit;
        size_t count;
        int status;
    } heads[] = {
        {"GET /v1/events?query=", "a", 20000, 414},
        {"GET /v1/events HTTP/1.1\r\nHost: a\r\nX: ", "a", 40000, 431},
        {"GET /v1/events HTTP/1.1\r\nHost: a\r\n", "X: a\r\n", 500, 431},
    };
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
        struct wire wire;
        _cleanup_(memory_freep) char *head = repeat(heads[i].unit, heads[i].count, heads[i].before);
        int status = wire_exchange(&wire, stand->port, text_from(head), SILENCE_MS);
        assert_int_equal(status, heads[i].status);
        wire_close(&wire);
    }
}

static void nobody_died_and_good_requests_are_served(void **state) {
    stand_expect_same_pids(stand, &pids);
    api_expect(&api, "POST", "/v1/users", good_user, 200);
    api_book(&api, event, user, 1, false);
    stand_expect_clean_books(stand);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_requests_are_answered_with_what_is_wrong),
        cmocka_unit_test(wrong_headers_are_refused),
        cmocka_unit_test(broken_bytes_are_refused_and_the_connection_ends),
        cmocka_unit_test(a_value_does_not_become_a_header),
        cmocka_unit_test(depth_and_size_have_limits),
        cmocka_unit_test(heads_have_limits),
        cmocka_unit_test(nobody_died_and_good_requests_are_served),
        cmocka_unit_test(everything_ends_well),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
