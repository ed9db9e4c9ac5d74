/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/base/check.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/stand.h"

#define REQUEST(target)       "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"
#define HEAD_REQUEST(target)  "HEAD " target " HTTP/1.1\r\nHost: a\r\n\r\n"
#define CLOSE_REQUEST(target) "GET " target " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static int set_up(void **state) {
    *state = stand_new(NULL);
    return 0;
}

static int tear_down(void **state) {
    stand_free(*state);
    return 0;
}

static void a_connection_serves_one_request_after_the_other(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    for (int i = 0; i < 100; i++)
        client_expect(&client, REQUEST("/echo?a"), 200, "GET /echo?a ");
    client_expect(&client, REQUEST("/later?b"), 200, "GET /later?b ");
    assert_int_equal(atomic_load(&stand->handled), 101);
}

static void an_answer_has_date_length_and_our_headers(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, REQUEST("/echo"));
    client_read(&client, &reply);
    assert_true(reply_has(&reply, "HTTP/1.1 200 OK"));
    assert_true(reply_has(&reply, "Content-Length: 10"));
    assert_true(reply_has(&reply, "Content-Type: text/plain"));
    assert_non_null(strstr(reply.head.data, "\r\nDate: "));
    assert_null(strstr(reply.head.data, "Connection:"));
}

static void a_body_arrives_whole(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_expect(&client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 200,
        "POST /echo hello");
    client_expect(&client,
        "POST /later HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n4;x\r\n you\r\n0\r\nT: t\r\n\r\n",
        200, "POST /later hello you");
    client_expect(&client, REQUEST("/echo"), 200, "GET /echo ");
}

static void a_large_body_goes_both_ways(void **state) {
    struct stand *stand = *state;
    enum { SIZE = 1024 * 1024 };
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    _cleanup_(buffer_deinit) struct buffer request = {0};
    buffer_printf(&request, "PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", SIZE);
    for (size_t i = 0; i < SIZE; i++)
        buffer_append_char(&request, (char)('a' + i % 26));
    client_send_text(&client, buffer_text(&request));
    client_read(&client, &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body.size, SIZE + strlen("PUT /echo "));
    assert_memory_equal(
        reply.body.data + strlen("PUT /echo "), request.data + request.size - SIZE, SIZE);
}

static void pipelined_requests_are_answered_in_order(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/later?1") REQUEST("/echo?2") REQUEST("/later?3")
                             REQUEST("/later?4") REQUEST("/echo?5") REQUEST("/echo?6"));
    client_expect(&client, "", 200, "GET /later?1 ");
    client_expect(&client, "", 200, "GET /echo?2 ");
    client_expect(&client, "", 200, "GET /later?3 ");
    client_expect(&client, "", 200, "GET /later?4 ");
    client_expect(&client, "", 200, "GET /echo?5 ");
    client_expect(&client, "", 200, "GET /echo?6 ");
}

static void only_one_request_of_a_connection_is_handled_at_a_time(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/hold") REQUEST("/hold"));
    stand_wait(&stand->held_count, 1);
    client_send(&client, REQUEST("/echo"));
    usleep(20 * 1000);
    assert_int_equal(atomic_load(&stand->handled), 1);
    stand_run(stand, stand_end_all);
    client_expect(&client, "", 200, "held");
    stand_wait(&stand->held_count, 1);
    assert_int_equal(atomic_load(&stand->handled), 2);
    stand_run(stand, stand_end_all);
    client_expect(&client, "", 200, "held");
    client_expect(&client, "", 200, "GET /echo ");
}

static void thousands_of_pipelined_requests_do_not_recurse(void **state) {
    struct stand *stand = *state;
    enum { COUNT = 10 * 1000 };
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(buffer_deinit) struct buffer requests = {0};
    for (int i = 0; i < COUNT; i++)
        buffer_printf(&requests, "GET /echo?%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
    client_send_text(&client, buffer_text(&requests));
    for (int i = 0; i < COUNT; i++) {
        char expected[32];
        snprintf(expected, sizeof(expected), "GET /echo?%d ", i);
        client_expect(&client, "", 200, expected);
    }
    assert_int_equal(atomic_load(&stand->deepest), 1);
}

static void a_request_may_come_byte_by_byte(void **state) {
    static const char request[] =
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    for (size_t i = 0; i + 1 < sizeof(request); i++) {
        client_send_text(&client, (struct text){request + i, 1});
        usleep(200);
    }
    client_expect(&client, "", 200, "POST /echo ab");
}

static void head_gets_the_head_of_get(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(
        &client, HEAD_REQUEST("/big?100000") HEAD_REQUEST("/flood?100000") REQUEST("/echo"));
    client_read_head(&client, &reply);
    assert_true(reply_has(&reply, "Content-Length: 100000"));
    client_read_head(&client, &reply);
    assert_true(reply_has(&reply, "Transfer-Encoding: chunked"));
    client_expect(&client, "", 200, "GET /echo ");
}

static void some_statuses_have_no_body(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, REQUEST("/status?204") REQUEST("/status?304") REQUEST("/status?201"));
    for (int i = 0; i < 2; i++) {
        client_read(&client, &reply);
        assert_int_equal(reply.status, i == 0 ? 204 : 304);
        assert_null(strstr(reply.head.data, "Content-Length"));
        assert_null(strstr(reply.head.data, "Transfer-Encoding"));
    }
    client_expect(&client, "", 201, "body");
}

static void a_client_that_asks_first_is_told_to_continue(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    for (int i = 0; i < 2; i++) {
        client_send(&client,
            "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
        client_read_head(&client, &reply);
        assert_string_equal(reply.head.data, "HTTP/1.1 100 Continue\r\n\r\n");
        client_expect(&client, "hello", 200, "POST /echo hello");
    }
}

static void a_client_is_told_to_continue_once(void **state) {
    static const char body[] = "2\r\nab\r\n0\r\n\r\n";
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n");
    client_read_head(&client, &reply);
    assert_int_equal(reply.status, 100);
    for (size_t i = 0; i + 1 < sizeof(body); i++) {
        client_send_text(&client, (struct text){body + i, 1});
        usleep(500);
    }
    client_expect(&client, "", 200, "POST /echo ab");
}

static void a_client_that_does_not_wait_is_not_told_to_continue(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_expect(&client,
        "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", 200,
        "POST /echo a");
}

static void a_client_that_asks_for_too_much_is_not_told_to_continue(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_expect(&client,
        "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n",
        413, "413 POST /a");
    client_expect_end(&client);
}

static void the_last_answer_says_so_and_the_connection_ends(void **state) {
    static const char *const requests[] = {CLOSE_REQUEST("/echo"), CLOSE_REQUEST("/later"),
        CLOSE_REQUEST("/flood?10"), "GET /echo HTTP/1.0\r\n\r\n",
        "GET /later HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /flood?10 HTTP/1.0\r\n\r\n"};
    struct stand *stand = *state;
    for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
        _cleanup_(client_close) struct client client = client_connect(stand->port);
        _cleanup_(reply_deinit) struct reply reply = {0};
        client_send(&client, requests[i]);
        client_send(&client, REQUEST("/echo?ignored"));
        client_read(&client, &reply);
        assert_int_equal(reply.status, 200);
        assert_true(reply_has(&reply, "Connection: close"));
        client_expect_end(&client);
    }
    assert_int_equal(atomic_load(&stand->handled), ARRAY_SIZE(requests));
}

static void a_stream_to_an_old_client_is_not_chunked(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, "GET /flood?10 HTTP/1.0\r\n\r\n");
    client_read(&client, &reply);
    assert_null(strstr(reply.head.data, "Transfer-Encoding"));
    assert_text_equal(buffer_text(&reply.body), "abcdefghij");
}

static void what_the_parser_refuses_the_application_answers(void **state) {
    static const struct {
        const char *request;
        int status;
        const char *body;
    } rows[] = {
        {"GET /a HTTP/1.1\r\n\r\n", 400, "400 GET /a"},
        {"GET /a HTTP/1.1\nHost: a\n\n", 400, "400 GET /a"},
        {"nonsense\r\n", 400, "400  "},
        {"PUT /a HTTP/2.0\r\n\r\n", 505, "505 PUT /a"},
        {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", 400, "400 POST /a"},
        {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501, "501 POST /a"},
    };
    struct stand *stand = *state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_(client_close) struct client client = client_connect(stand->port);
        _cleanup_(reply_deinit) struct reply reply = {0};
        client_send(&client, rows[i].request);
        client_read(&client, &reply);
        assert_int_equal(reply.status, rows[i].status);
        assert_text_equal(buffer_text(&reply.body), rows[i].body);
        assert_true(reply_has(&reply, "Connection: close"));
        client_expect_end(&client);
    }
    assert_int_equal(atomic_load(&stand->refused), ARRAY_SIZE(rows));
    assert_int_equal(atomic_load(&stand->handled), 0);
}

/* Had the socket been closed with bytes unread, a reset would have overtaken the answer. */
static void a_refusal_survives_what_the_client_still_sends(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(buffer_deinit) struct buffer rest = {0};
    memset(buffer_reserve(&rest, 1 << 20), 'x', 1 << 20);
    rest.size = 1 << 20;
    client_send(&client, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
    client_send_text(&client, buffer_text(&rest));
    usleep(20 * 1000);
    client_send_text(&client, buffer_text(&rest));
    client_expect(&client, "", 413, "413 POST /a");
    client_expect_end(&client);
}

static void nothing_behind_a_refused_request_is_served(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" REQUEST("/echo"));
    client_expect(&client, "", 400, "400 POST /a");
    client_expect_end(&client);
    assert_int_equal(atomic_load(&stand->handled), 0);
}

static void a_header_value_never_splits_the_answer(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, "GET /header HTTP/1.1\r\nHost: a\r\n"
                         "X-Value: a~Set-Cookie: b~~HTTP/1.1 200 OK\r\n\r\n");
    client_read(&client, &reply);
    assert_true(reply_has(&reply, "X-Value: a  Set-Cookie: b    HTTP/1.1 200 OK"));
    assert_false(reply_has(&reply, "Set-Cookie: b"));
    client_expect(&client, REQUEST("/echo"), 200, "GET /echo ");
}

static void large_answers_are_whole(void **state) {
    static const size_t sizes[] = {0, 1, 16383, 16384, 16385, 70000, 5 * 1024 * 1024};
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        _cleanup_(reply_deinit) struct reply reply = {0};
        char request[64];
        snprintf(request, sizeof(request), "GET /big?%zu HTTP/1.1\r\nHost: a\r\n\r\n", sizes[i]);
        client_send(&client, request);
        client_send(&client, REQUEST("/echo"));
        client_read(&client, &reply);
        assert_int_equal(reply.body.size, sizes[i]);
        for (size_t at = 0; at < sizes[i]; at++)
            if (reply.body.data[at] != (char)('a' + at % 26))
                fail_msg("byte %zu of %zu is '%c'", at, sizes[i], reply.body.data[at]);
        client_expect(&client, "", 200, "GET /echo ");
    }
}

/* More answers than the sockets hold wait for a client that does not read. */
static void a_client_that_only_sends_is_slowed_down(void **state) {
    struct stand *stand = *state;
    enum { COUNT = 400, SIZE = 64 * 1024 };
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    for (int i = 0; i < COUNT; i++)
        client_send(&client, "GET /big?65536 HTTP/1.1\r\nHost: a\r\n\r\n");
    int before = -1;
    while (atomic_load(&stand->handled) != before) {
        before = atomic_load(&stand->handled);
        usleep(100 * 1000);
    }
    print_message("%d of %d are handled\n", before, COUNT);
    assert_true(before < COUNT / 2);
    for (int i = 0; i < COUNT; i++) {
        _cleanup_(reply_deinit) struct reply reply = {0};
        client_read(&client, &reply);
        assert_int_equal(reply.body.size, SIZE);
    }
    assert_int_equal(atomic_load(&stand->handled), COUNT);
}

static int try_listen(const char *address, int *ret_port) {
    const struct http_handler handler = {0};
    struct http_server *server = http_server_new(&handler, NULL);
    int r = http_server_listen(server, address, ret_port);
    http_server_free(server);
    return r;
}

static void addresses_are_understood(void **state) {
    static const char *const good[] = {"127.0.0.1:0", "localhost:0", ":0", "0.0.0.0:0"};
    int port;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        assert_int_equal(try_listen(good[i], &port), 0);
        assert_true(port > 0);
    }
}

static void an_ipv6_address_stands_in_brackets(void **state) {
    int port, r = try_listen("[::1]:0", &port);
    if (r == -EADDRNOTAVAIL || r == -EAFNOSUPPORT)
        skip(); /* this machine has no IPv6 */
    assert_int_equal(r, 0);
}

static void addresses_are_refused(void **state) {
    static const struct {
        const char *address;
        int r;
    } rows[] = {{"", -EINVAL}, {"127.0.0.1", -EINVAL}, {"127.0.0.1:", -EINVAL},
        {"127.0.0.1:http", -EINVAL}, {"127.0.0.1:65536", -EINVAL}, {"127.0.0.1:-1", -EINVAL},
        {"::1:80", -EINVAL}, {"[::1:80", -EINVAL}, {"192.0.2.1:0", -EADDRNOTAVAIL}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int port = -1;
        print_message("'%s'\n", rows[i].address);
        assert_int_equal(try_listen(rows[i].address, &port), rows[i].r);
        assert_int_equal(port, -1);
    }
}

static void a_port_in_use_is_refused(void **state) {
    struct stand *stand = *state;
    char address[32];
    int port;
    snprintf(address, sizeof(address), "127.0.0.1:%d", stand->port);
    assert_int_equal(try_listen(address, &port), -EADDRINUSE);
}

static void listening_on_all_addresses_serves_ipv4_too(void **state) {
    const struct http_handler handler = {0};
    struct http_server *server = http_server_new(&handler, NULL);
    int port;
    assert_int_equal(http_server_listen(server, ":0", &port), 0);
    http_server_start(server);
    struct client client = client_connect(port);
    client_close(&client);
    http_server_free(server);
}

static void every_status_has_a_text(void **state) {
    assert_string_equal(http_status_text(200), "OK");
    assert_string_equal(http_status_text(505), "HTTP Version Not Supported");
    assert_string_equal(http_status_text(299), "Unknown");
    assert_string_equal(http_status_text(-1), "Unknown");
    assert_string_equal(http_status_text(1000), "Unknown");
}

#define WITH_STAND(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_STAND(a_connection_serves_one_request_after_the_other),
        WITH_STAND(an_answer_has_date_length_and_our_headers),
        WITH_STAND(a_body_arrives_whole),
        WITH_STAND(a_large_body_goes_both_ways),
        WITH_STAND(pipelined_requests_are_answered_in_order),
        WITH_STAND(only_one_request_of_a_connection_is_handled_at_a_time),
        WITH_STAND(thousands_of_pipelined_requests_do_not_recurse),
        WITH_STAND(a_request_may_come_byte_by_byte),
        WITH_STAND(head_gets_the_head_of_get),
        WITH_STAND(some_statuses_have_no_body),
        WITH_STAND(a_client_that_asks_first_is_told_to_continue),
        WITH_STAND(a_client_is_told_to_continue_once),
        WITH_STAND(a_client_that_does_not_wait_is_not_told_to_continue),
        WITH_STAND(a_client_that_asks_for_too_much_is_not_told_to_continue),
        WITH_STAND(the_last_answer_says_so_and_the_connection_ends),
        WITH_STAND(a_stream_to_an_old_client_is_not_chunked),
        WITH_STAND(what_the_parser_refuses_the_application_answers),
        WITH_STAND(a_refusal_survives_what_the_client_still_sends),
        WITH_STAND(nothing_behind_a_refused_request_is_served),
        WITH_STAND(a_header_value_never_splits_the_answer),
        WITH_STAND(large_answers_are_whole),
        WITH_STAND(a_client_that_only_sends_is_slowed_down),
        cmocka_unit_test(addresses_are_understood),
        cmocka_unit_test(an_ipv6_address_stands_in_brackets),
        cmocka_unit_test(addresses_are_refused),
        WITH_STAND(a_port_in_use_is_refused),
        cmocka_unit_test(listening_on_all_addresses_serves_ipv4_too),
        cmocka_unit_test(every_status_has_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
