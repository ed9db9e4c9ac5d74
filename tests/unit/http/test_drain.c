/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tests/unit/base/check.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/stand.h"

#define REQUEST(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

enum { LONG_MS = 3600 * 1000 };

static int set_up(void **state) {
    *state = stand_new(NULL);
    return 0;
}

static int tear_down(void **state) {
    stand_free(*state);
    return 0;
}

/* A drain on a thread of its own, because it blocks. */
struct drain {
    struct stand *stand;
    int64_t timeout_ms;
    pthread_t thread;
    atomic_int is_over;
};

static void *run_drain(void *data) {
    struct drain *drain = data;
    http_server_drain(drain->stand->server, drain->timeout_ms);
    atomic_store(&drain->is_over, 1);
    return NULL;
}

static void drain_start(struct drain *drain, struct stand *stand, int64_t timeout_ms) {
    *drain = (struct drain){.stand = stand, .timeout_ms = timeout_ms};
    assert_int_equal(pthread_create(&drain->thread, NULL, run_drain, drain), 0);
}

static void drain_wait(struct drain *drain) {
    stand_wait(&drain->is_over, 1);
    pthread_join(drain->thread, NULL);
}

static bool can_connect(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(0x7f000001)}};
    bool is_connected = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return is_connected;
}

static void wait_until_closed(int port) {
    for (int i = 0; i < 60000 && can_connect(port); i++)
        usleep(1000);
    assert_false(can_connect(port));
}

static void draining_nothing_is_over_at_once(void **state) {
    struct stand *stand = *state;
    http_server_drain(stand->server, LONG_MS);
    assert_false(can_connect(stand->port));
    http_server_drain(stand->server, LONG_MS);
}

static void idle_connections_are_closed(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client fresh = client_connect(stand->port);
    _cleanup_(client_close) struct client used = client_connect(stand->port);
    client_expect(&used, REQUEST("/echo"), 200, "GET /echo ");
    http_server_drain(stand->server, LONG_MS);
    client_expect_end(&fresh);
    client_expect_end(&used);
}

static void a_request_in_flight_is_answered_with_close(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    struct drain drain;
    client_send(&client, REQUEST("/hold"));
    stand_wait(&stand->held_count, 1);
    drain_start(&drain, stand, LONG_MS);
    wait_until_closed(stand->port);
    assert_int_equal(atomic_load(&drain.is_over), 0);
    stand_run(stand, stand_end_all);
    client_read(&client, &reply);
    assert_int_equal(reply.status, 200);
    assert_true(reply_has(&reply, "Connection: close"));
    client_expect_end(&client);
    client_close(&client);
    drain_wait(&drain);
    assert_int_equal(atomic_load(&stand->gone), 0);
}

static void a_request_that_is_half_here_is_still_served(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    struct drain drain;
    client_send(&client, "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                         "Content-Length: 5\r\n\r\n");
    client_read_head(&client, &reply);
    drain_start(&drain, stand, LONG_MS);
    wait_until_closed(stand->port);
    client_send(&client, "hello");
    client_read(&client, &reply);
    assert_text_equal(buffer_text(&reply.body), "POST /echo hello");
    assert_true(reply_has(&reply, "Connection: close"));
    client_close(&client);
    drain_wait(&drain);
}

static void streams_are_told_at_once(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_send(&client, REQUEST("/stream"));
    stand_wait(&stand->held_count, 1);
    http_server_drain(stand->server, LONG_MS);
    assert_int_equal(atomic_load(&stand->gone), 1);
    client_read(&client, &reply);
    assert_text_equal(buffer_text(&reply.body), "begun");
    assert_false(reply.is_complete);
    stand_run(stand, stand_end_all); /* the loop goes on for those who have to end something */
}

static void a_drain_does_not_wait_for_ever(void **state) {
    struct stand *stand = *state;
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/hold"));
    stand_wait(&stand->held_count, 1);
    http_server_drain(stand->server, 20);
    assert_int_equal(atomic_load(&stand->gone), 1);
    client_expect_end(&client);
    stand_run(stand, stand_end_all);
}

static void a_server_that_never_started_is_drained_and_freed(void **state) {
    const struct http_handler handler = {0};
    struct http_server *server = http_server_new(&handler, NULL);
    int port;
    assert_int_equal(http_server_listen(server, "127.0.0.1:0", &port), 0);
    http_server_drain(server, LONG_MS);
    http_server_free(server);
    http_server_free(NULL);
}

#define WITH_STAND(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_STAND(draining_nothing_is_over_at_once),
        WITH_STAND(idle_connections_are_closed),
        WITH_STAND(a_request_in_flight_is_answered_with_close),
        WITH_STAND(a_request_that_is_half_here_is_still_served),
        WITH_STAND(streams_are_told_at_once),
        WITH_STAND(a_drain_does_not_wait_for_ever),
        cmocka_unit_test(a_server_that_never_started_is_drained_and_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
