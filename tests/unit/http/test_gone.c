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

static void half_close(struct client *client) {
    shutdown(client->fd, SHUT_WR);
}

static void (*const ways_to_go[])(struct client *client) = {client_close, client_reset, half_close};

static void check_all_gone(struct stand *stand) {
    for (int i = 0; i < atomic_load(&stand->held_count); i++)
        assert_true(http_is_gone(stand->held[i]));
}

static void nobody_is_gone(struct stand *stand) {
    for (int i = 0; i < atomic_load(&stand->held_count); i++)
        assert_false(http_is_gone(stand->held[i]));
}

static void expect_gone_once(struct stand *stand, int gone) {
    stand_wait(&stand->gone, gone);
    stand_run(stand, check_all_gone);
    stand_run(stand, stand_end_all);
    usleep(5 * 1000);
    assert_int_equal(atomic_load(&stand->gone), gone);
}

static void a_hang_up_is_seen_while_a_request_is_pending(void **state) {
    struct stand *stand = *state;
    for (size_t i = 0; i < ARRAY_SIZE(ways_to_go); i++) {
        struct client client = client_connect(stand->port);
        client_send(&client, REQUEST("/hold"));
        stand_wait(&stand->held_count, 1);
        stand_run(stand, nobody_is_gone);
        ways_to_go[i](&client);
        expect_gone_once(stand, (int)i + 1);
        client_close(&client);
    }
}

static void a_hang_up_is_seen_while_a_stream_is_idle(void **state) {
    struct stand *stand = *state;
    for (size_t i = 0; i < ARRAY_SIZE(ways_to_go); i++) {
        struct client client = client_connect(stand->port);
        struct reply reply = {0};
        client_send(&client, REQUEST("/stream"));
        client_read_head(&client, &reply);
        ways_to_go[i](&client);
        stand_wait(&stand->gone, (int)i + 1);
        stand_run(stand, stand_write_all);
        expect_gone_once(stand, (int)i + 1);
        client_close(&client);
        reply_deinit(&reply);
    }
}

static void a_hang_up_is_seen_while_the_client_takes_nothing(void **state) {
    struct stand *stand = *state;
    for (int i = 0; i < 2; i++) {
        struct client client = client_connect(stand->port);
        client_send(&client, REQUEST("/flood?1000000000"));
        stand_wait_for(&stand->full, i + 1);
        if (i == 0)
            client_close(&client);
        else
            client_reset(&client);
        stand_wait(&stand->gone, i + 1);
    }
}

static void a_hang_up_is_seen_behind_pipelined_requests(void **state) {
    struct stand *stand = *state;
    struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/hold") REQUEST("/echo") REQUEST("/echo"));
    stand_wait(&stand->held_count, 1);
    client_close(&client);
    expect_gone_once(stand, 1);
    assert_int_equal(atomic_load(&stand->handled), 1);
}

static void a_request_and_its_hang_up_may_come_together(void **state) {
    struct stand *stand = *state;
    for (int i = 0; i < 50; i++) {
        struct client client = client_connect(stand->port);
        client_send(&client, REQUEST("/hold"));
        client_close(&client);
        stand_wait(&stand->held_count, 1);
        expect_gone_once(stand, i + 1);
    }
}

/* What is answered at once reaches also a client that has said that it sends no more. */
static void a_half_closed_client_still_gets_what_was_answered_at_once(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/echo") REQUEST("/big?1000000"));
    half_close(&client);
    client_expect(&client, "", 200, "GET /echo ");
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_read(&client, &reply);
    assert_int_equal(reply.body.size, 1000000);
    client_expect_end(&client);
}

static void a_client_that_goes_in_the_middle_of_a_request_reaches_nobody(void **state) {
    static const char *const parts[] = {"", "GET", "GET / HTTP/1.1\r\nHost: a\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"};
    struct stand *stand = *state;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        for (size_t way = 0; way < ARRAY_SIZE(ways_to_go); way++) {
            struct client client = client_connect(stand->port);
            client_send(&client, parts[i]);
            ways_to_go[way](&client);
            client_close(&client);
        }
    struct client client = client_connect(stand->port);
    client_expect(&client, REQUEST("/echo"), 200, "GET /echo ");
    client_close(&client);
    assert_int_equal(atomic_load(&stand->handled), 1);
    assert_int_equal(atomic_load(&stand->refused), 0);
}

static void on_gone_does_not_run_after_the_answer(void **state) {
    struct stand *stand = *state;
    struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/hold"));
    stand_wait(&stand->held_count, 1);
    stand_run(stand, stand_end_all);
    client_expect(&client, "", 200, "held");
    client_reset(&client);
    struct client other = client_connect(stand->port);
    client_expect(&other, REQUEST("/echo"), 200, "GET /echo ");
    client_close(&other);
    assert_int_equal(atomic_load(&stand->gone), 0);
}

static void stopping_the_server_tells_everybody(void **state) {
    struct stand *stand = stand_new(NULL);
    struct client pending = client_connect(stand->port), stream = client_connect(stand->port);
    client_send(&pending, REQUEST("/hold"));
    client_send(&stream, REQUEST("/stream"));
    stand_wait(&stand->held_count, 2);
    http_server_free(stand->server);
    assert_int_equal(atomic_load(&stand->gone), 2);
    client_expect_end(&pending);
    client_close(&pending);
    client_close(&stream);
    const struct http_handler handler = {0};
    stand->server = http_server_new(&handler, NULL);
    stand_free(stand);
}

#define WITH_STAND(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_STAND(a_hang_up_is_seen_while_a_request_is_pending),
        WITH_STAND(a_hang_up_is_seen_while_a_stream_is_idle),
        WITH_STAND(a_hang_up_is_seen_while_the_client_takes_nothing),
        WITH_STAND(a_hang_up_is_seen_behind_pipelined_requests),
        WITH_STAND(a_request_and_its_hang_up_may_come_together),
        WITH_STAND(a_half_closed_client_still_gets_what_was_answered_at_once),
        WITH_STAND(a_client_that_goes_in_the_middle_of_a_request_reaches_nobody),
        WITH_STAND(on_gone_does_not_run_after_the_answer),
        cmocka_unit_test(stopping_the_server_tells_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
