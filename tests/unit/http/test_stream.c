/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <sys/socket.h>

#include "tests/unit/base/check.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/stand.h"

#define REQUEST(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

static int set_up(void **state) {
    *state = stand_new(NULL);
    return 0;
}

static int tear_down(void **state) {
    stand_free(*state);
    return 0;
}

static void expect_unread(struct client *client, const char *expected) {
    while (client_unread(client).size < strlen(expected) && client_read_some(client))
        ;
    assert_text_equal(client_unread(client), expected);
    client->used = client->input.size;
}

static void a_stream_leaves_as_it_is_written(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, REQUEST("/stream"));
    client_read_head(&client, &reply);
    assert_true(reply_has(&reply, "Transfer-Encoding: chunked"));
    expect_unread(&client, "5\r\nbegun\r\n");
    stand_run(stand, stand_write_all);
    expect_unread(&client, "4\r\ntick\r\n");
    stand_run(stand, stand_end_all);
    expect_unread(&client, "0\r\n\r\n");
    client_expect(&client, REQUEST("/echo"), 200, "GET /echo ");
}

static void write_in_pieces(struct stand *stand) {
    for (int i = 0; i < 3; i++)
        http_write(stand->held[0], TEXT("0123456789abcdef!"));
    http_write(stand->held[0], TEXT(""));
    http_write(stand->held[0], TEXT("."));
}

static void an_empty_write_does_not_end_a_stream(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/stream"));
    stand_wait(&stand->held_count, 1);
    stand_run(stand, write_in_pieces);
    stand_run(stand, stand_end_all);
    client_expect(&client, "", 200, "begun0123456789abcdef!0123456789abcdef!0123456789abcdef!.");
}

static void the_request_behind_a_stream_waits(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/stream") REQUEST("/echo"));
    stand_wait(&stand->held_count, 1);
    assert_int_equal(atomic_load(&stand->handled), 1);
    stand_run(stand, stand_end_all);
    client_expect(&client, "", 200, "begun");
    client_expect(&client, "", 200, "GET /echo ");
}

static void a_writer_is_told_when_the_client_is_slow(void **state) {
    struct stand *stand = *state;
    enum { SIZE = 32 * 1024 * 1024 };
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, REQUEST("/flood?33554432"));
    stand_wait_for(&stand->full, 1); /* and soon it stays: nothing is read */
    assert_in_range(atomic_load(&stand->writable), 0, SIZE / (8 * 1024) / 4);
    client_read(&client, &reply);
    assert_true(reply.is_complete);
    assert_int_equal(reply.body.size, SIZE);
    for (size_t at = 0; at < SIZE; at++)
        if (reply.body.data[at] != (char)('a' + at % (8 * 1024) % 26))
            fail_msg("byte %zu is '%c'", at, reply.body.data[at]);
    assert_true(atomic_load(&stand->writable) > 0);
    assert_int_equal(atomic_load(&stand->writable), atomic_load(&stand->full));
    client_expect(&client, REQUEST("/echo"), 200, "GET /echo ");
}

static void a_slow_client_holds_up_nobody_else(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client slow = client_connect(stand->port);
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&slow, REQUEST("/flood?33554432"));
    stand_wait_for(&stand->full, 1);
    client_expect(&client, REQUEST("/later"), 200, "GET /later ");
}

static void an_aborted_stream_is_seen_to_be_incomplete(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, REQUEST("/abort"));
    client_read(&client, &reply);
    assert_int_equal(reply.status, 200);
    assert_text_equal(buffer_text(&reply.body), "half");
    assert_false(reply.is_complete);
}

/* Without chunks only a reset tells an old client that something is missing. */
static void an_aborted_stream_without_chunks_ends_with_a_reset(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    char byte;
    ssize_t n;
    client_send(&client, "GET /abort HTTP/1.0\r\n\r\n");
    do
        n = recv(client.fd, &byte, 1, 0);
    while (n > 0);
    assert_int_equal(n, -1);
}

static void abort_all(struct stand *stand) {
    int count = atomic_load(&stand->held_count);
    atomic_store(&stand->held_count, 0);
    for (int i = 0; i < count; i++)
        http_abort(stand->held[i]);
}

static void an_unanswered_request_can_be_aborted(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/hold"));
    stand_wait(&stand->held_count, 1);
    stand_run(stand, abort_all);
    client_expect_end(&client);
    assert_int_equal(atomic_load(&stand->gone), 0);
}

static void events_have_ids_names_and_lines(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, REQUEST("/sse"));
    client_read(&client, &reply);
    assert_true(reply_has(&reply, "Content-Type: text/event-stream"));
    assert_true(reply_has(&reply, "Cache-Control: no-store"));
    assert_text_equal(buffer_text(&reply.body),
        "id: 7\nevent: change\ndata: a\ndata: b\ndata: c\ndata: d\n\n"
        ":\n\n"
        "id: 8\ndata: \n\n");
}

#define WITH_STAND(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_STAND(a_stream_leaves_as_it_is_written),
        WITH_STAND(an_empty_write_does_not_end_a_stream),
        WITH_STAND(the_request_behind_a_stream_waits),
        WITH_STAND(a_writer_is_told_when_the_client_is_slow),
        WITH_STAND(a_slow_client_holds_up_nobody_else),
        WITH_STAND(an_aborted_stream_is_seen_to_be_incomplete),
        WITH_STAND(an_aborted_stream_without_chunks_ends_with_a_reset),
        WITH_STAND(an_unanswered_request_can_be_aborted),
        WITH_STAND(events_have_ids_names_and_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
