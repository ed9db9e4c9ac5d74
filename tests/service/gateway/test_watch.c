/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/gateway/stand.h"
#include "tests/unit/base/check.h"

static struct client watch(struct stand *stand, const char *line, const char *header) {
    struct client client = client_connect(stand->port);
    send_lines(&client, NULL, (const char *const[]){line, header, NULL});
    return client;
}

static void test_messages_become_events(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    struct client client = watch(
        &stand, "GET /t1/things:watch?resumeToken=t-7", "Accept: text/event-stream");
    struct call *call = stand_held(&stand, 0);
    assert_string_equal(stand.token, "t-7");
    assert_int_equal(stand.remaining_ms, INT64_MAX);
    assert_int_equal(send_thing(call, "one", "t-8"), 0);
    const char *head = read_until(&client, "\r\n\r\n");
    assert_non_null(strstr(head, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(head, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(head, "Cache-Control: no-store\r\n"));
    read_until(&client, "retry: 1000\n\n");
    read_until(&client, "id: t-8\ndata: {\"thing\":{\"id\":\"one\",");
    read_until(&client, "\"resumeToken\":\"t-8\"}\n\n");
    assert_int_equal(send_thing(call, "two", "t-9"), 0);
    read_until(&client, "id: t-9\ndata: {\"thing\":{\"id\":\"two\",");
    call_finish(call);
    read_until(&client, "\r\n0\r\n\r\n");
    client_close(&client);
    stand_stop(&stand);
}

/* The end comes while the last messages are being shown, each time at another one. */
static void test_streams_that_end_while_they_are_read(void **state) {
    enum { ROUNDS = 300, MESSAGES = 5 };
    struct stand stand;
    stand_start(&stand, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        struct client client = watch(&stand, "GET /t1/things:watch", "Accept: */*");
        struct call *call = stand_held(&stand, i);
        for (int j = 0; j < MESSAGES; j++)
            assert_int_equal(send_thing(call, "one", "t-1"), 0);
        call_finish(call);
        for (int j = 0; j < MESSAGES; j++)
            read_until(&client, "id: t-1\n");
        read_until(&client, "\r\n0\r\n\r\n");
        client_close(&client);
    }
    stand_stop(&stand);
}

static void test_a_browser_goes_on_where_it_was(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    struct client client = watch(
        &stand, "GET /t1/things:watch?id=a&resumeToken=t-1&resume_token=t-2", "Last-Event-ID: t-9");
    struct call *call = stand_held(&stand, 0);
    assert_string_equal(stand.token, "t-9");
    client_close(&client);
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(call);
    stand_stop(&stand);
}

static void test_a_stream_may_have_a_deadline(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    stand_wait_until_ready(&stand, true);
    ask_with_deadline(&stand, "GET /t1/things:watch");
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(stand_held(&stand, 0));
    stand_stop(&stand);
}

static void test_lines_for_who_prefers_them(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    struct client client = watch(
        &stand, "GET /t1/things:watch", "Accept: text/event-stream;q=0.5, application/x-ndjson");
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(send_thing(call, "one", "t-1"), 0);
    read_until(&client, "Content-Type: application/x-ndjson\r\n");
    read_until(&client, "\r\n{\"thing\":{\"id\":\"one\",");
    call_fail(call, STATUS_INTERNAL, "BROKEN", "it broke");
    read_until(&client, "{\"error\":");
    read_until(&client, "{\"code\":13,\"message\":\"it broke\",");
    read_until(&client, "0\r\n\r\n");
    client_close(&client);
    stand_stop(&stand);
}

static void test_a_refusal_is_answered_like_any_other(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    ask(&stand, &reply, NULL, "GET /t1/things:watch?id=refused", "Accept: text/event-stream");
    assert_error(&reply, 403, 7, "NOT_YOURS");
    ask(&stand, &reply, NULL, "GET /t1/things:watch", "Accept: application/json");
    assert_error(&reply, 406, 3, "NOT_ACCEPTABLE");
    ask(&stand, &reply, NULL, "GET /t1/things:watch?nothing=1");
    assert_error(&reply, 400, 3, "INVALID_REQUEST");
    ask(&stand, &reply, NULL, "HEAD /t1/things:watch");
    assert_int_equal(reply.status, 200);
    assert_header(&reply, "Content-Type: text/event-stream");
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_an_error_is_the_last_event(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    struct client client = watch(&stand, "GET /t1/things:watch", "Accept: */*");
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(send_thing(call, "one", "t-1"), 0);
    call_fail(call, STATUS_NOT_FOUND, "GONE", "the thing\nis gone");
    read_until(&client, "id: t-1\n");
    read_until(&client,
        "event: error\ndata: {\"code\":5,\"message\":\"the thing\\nis gone\",\"details\":[");
    read_until(&client, "]}\n\n\r\n0\r\n\r\n");
    client_close(&client);
    stand_stop(&stand);
}

static void test_a_message_that_json_cannot_have_is_the_last(void **state) {
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, NULL);
    for (int i = 0; i < 20; i++) {
        struct client client = watch(&stand, "GET /t1/things:watch", "Accept: */*");
        struct call *call = stand_held(&stand, i);
        bool is_begun = i % 2;
        if (is_begun) {
            assert_int_equal(send_thing(call, "one", "t-1"), 0);
            read_until(&client, "id: t-1\n");
        }
        assert_int_equal(send_unprintable(call), 0);
        call_finish(call);
        if (is_begun) {
            read_until(&client, "event: error\ndata: {\"code\":13,\"message\":\"");
            read_until(&client, "\r\n0\r\n\r\n");
        } else {
            client_read(&client, &reply);
            assert_error(&reply, 500, 13, "INTERNAL");
        }
        client_close(&client);
    }
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_a_silent_stream_shows_that_it_lives(void **state) {
    const struct gateway_options options = {.heartbeat_ms = 20};
    struct stand stand;
    stand_start(&stand, &options);
    struct client client = watch(&stand, "GET /t1/things:watch", "Accept: text/event-stream");
    struct call *call = stand_held(&stand, 0);
    read_until(&client, "HTTP/1.1 200 OK\r\n"); /* although nothing has come */
    for (int i = 0; i < 3; i++)
        read_until(&client, "\r\n:\n\n\r\n");
    assert_int_equal(send_thing(call, "one", "t-1"), 0);
    read_until(&client, "id: t-1\n");
    call_finish(call);
    read_until(&client, "\r\n0\r\n\r\n");
    client_close(&client);
    stand_stop(&stand);
}

/* A service that heeds CALL_FULL is held up by a client that does not read; nothing is lost. */
static void test_a_slow_client_holds_up_the_service(void **state) {
    enum { SIZE = 8 * 1024, MESSAGES_MAX = 100000 };
    struct stand stand;
    static char id[SIZE + 1];
    char token[32];
    memset(id, 'x', SIZE);
    stand_start(&stand, NULL);
    struct client client = client_connect_narrow(stand.port, 4096);
    send_lines(&client, NULL, (const char *const[]){"GET /t1/things:watch", NULL});
    struct call *call = stand_held(&stand, 0);
    int count = 0, writable = 0, r = 0;
    /* On and on, until no room is made although we wait. */
    for (bool is_stuck = false; !is_stuck && count < MESSAGES_MAX; count++) {
        snprintf(token, sizeof(token), "t-%d", count);
        r = send_thing(call, id, token);
        assert_in_range(r, 0, CALL_FULL);
        if (r == 0)
            continue;
        writable++;
        is_stuck = true;
        for (int i = 0; i < 400 && is_stuck; i++) {
            usleep(5000);
            MUTEX_GUARD(&stand.lock);
            is_stuck = stand.writable_count < writable;
        }
    }
    assert_in_range(count, 1, MESSAGES_MAX - 1);
    /* It reads: everything comes, in order, and the service may go on. */
    read_until(&client, "\r\n\r\n");
    for (int i = 0; i < count; i++) {
        snprintf(token, sizeof(token), "id: t-%d\n", i);
        read_until(&client, token);
    }
    stand_wait(&stand, &stand.writable_count, writable);
    call_finish(call);
    read_until(&client, "\r\n0\r\n\r\n");
    client_close(&client);
    stand_stop(&stand);
}

static void test_a_slow_client_that_leaves(void **state) {
    struct stand stand;
    static char id[64 * 1024];
    memset(id, 'x', sizeof(id) - 1);
    stand_start(&stand, NULL);
    struct client client = client_connect_narrow(stand.port, 4096);
    send_lines(&client, NULL, (const char *const[]){"GET /t1/things:watch", NULL});
    struct call *call = stand_held(&stand, 0);
    while (send_thing(call, id, "t") == 0)
        ;
    usleep(50000); /* lets the pause spread through the gateway; nothing depends on it */
    client_reset(&client);
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(call);
    stand_stop(&stand);
}

static void test_a_service_that_restarts_is_found_again(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    struct client client = watch(&stand, "GET /t1/things:watch", "Accept: text/event-stream");
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(send_thing(call, "one", "t-1"), 0);
    read_until(&client, "id: t-1\n");
    call_fail(call, STATUS_UNAVAILABLE, "SHUTTING_DOWN", "the server is shutting down");
    stand_stop_server(&stand);
    assert_null(strstr(read_until(&client, "\r\n0\r\n\r\n"), "event: error"));
    client_close(&client);
    stand_start_server(&stand);
    stand_wait_until_ready(&stand, true);
    client = watch(&stand, "GET /t1/things:watch", "Last-Event-ID: t-1");
    call = stand_held(&stand, 1);
    assert_string_equal(stand.token, "t-1");
    assert_int_equal(send_thing(call, "two", "t-2"), 0);
    read_until(&client, "id: t-2\n");
    call_finish(call);
    read_until(&client, "\r\n0\r\n\r\n");
    client_close(&client);
    stand_stop(&stand);
}

static void test_a_drain_ends_streams(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    struct client client = watch(&stand, "GET /t1/things:watch", "Accept: text/event-stream");
    struct client held = watch(&stand, "GET /t1/things:watch", "Accept: text/event-stream");
    struct call *call = stand_held(&stand, 0);
    assert_int_equal(send_thing(call, "one", "t-1"), 0);
    stand_held(&stand, 1);
    gateway_drain(stand.gateway, 0, 100);
    gateway_free(stand.gateway);
    stand_wait(&stand, &stand.cancelled_count, 2);
    call_finish(call);
    call_finish(stand_held(&stand, 1));
    client_close(&client);
    client_close(&held);
    stand_stop_server(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_become_events),
        cmocka_unit_test(test_streams_that_end_while_they_are_read),
        cmocka_unit_test(test_a_browser_goes_on_where_it_was),
        cmocka_unit_test(test_a_stream_may_have_a_deadline),
        cmocka_unit_test(test_lines_for_who_prefers_them),
        cmocka_unit_test(test_a_refusal_is_answered_like_any_other),
        cmocka_unit_test(test_an_error_is_the_last_event),
        cmocka_unit_test(test_a_message_that_json_cannot_have_is_the_last),
        cmocka_unit_test(test_a_silent_stream_shows_that_it_lives),
        cmocka_unit_test(test_a_slow_client_holds_up_the_service),
        cmocka_unit_test(test_a_slow_client_that_leaves),
        cmocka_unit_test(test_a_service_that_restarts_is_found_again),
        cmocka_unit_test(test_a_drain_ends_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
