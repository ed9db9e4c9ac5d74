/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "mesh/acceptor.h"
#include "mesh/server_core.h"

enum { DESCRIPTORS_MAX = 4096 };

static int socket_new(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    return fd;
}

static void socket_connect(int fd, int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

static int connect_to(const struct stand *stand) {
    int fd = socket_new();
    socket_connect(fd, stand->port);
    return fd;
}

/* The server speaks first: its SETTINGS come, or the end. */
static bool is_accepted(int fd) {
    char byte;
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, STAND_TIMEOUT_MS), 1);
    return recv(fd, &byte, 1, MSG_PEEK) == 1;
}

static void assert_serves(struct stand *stand) {
    EchoRequest request = ECHO_REQUEST_INIT;
    struct status status = stand_call(stand, ECHO_SERVICE_ECHO, NULL, &request, NULL);
    assert_string_equal(status_code_name(status.code), "OK");
}

static void wait_for_count(struct stand *stand, size_t count) {
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (connections_count(acceptor_connections(stand->server->acceptor)) != count &&
           clock_monotonic_ms() < until_ms)
        usleep(1000);
    assert_int_equal(connections_count(acceptor_connections(stand->server->acceptor)), count);
}

static void test_takes_so_many_connections_and_no_more(void **state) {
    enum { MAX = 3 };
    struct stand stand;
    int fds[MAX];
    stand_start(&stand, &(struct server_options){.connections_max = MAX});
    for (int i = 0; i < MAX; i++) {
        fds[i] = connect_to(&stand);
        assert_true(is_accepted(fds[i]));
    }
    int surplus = connect_to(&stand);
    assert_false(is_accepted(surplus));
    close(surplus);
    assert_int_equal(connections_count(acceptor_connections(stand.server->acceptor)), MAX);
    close(fds[0]); /* makes room for a good client */
    wait_for_count(&stand, MAX - 1);
    assert_serves(&stand);
    close(fds[1]);
    close(fds[2]);
    wait_for_count(&stand, 1);
    stand_stop(&stand);
}

static void test_lives_through_a_shortage_of_descriptors(void **state) {
    static int spare[DESCRIPTORS_MAX];
    struct rlimit limit, low = {DESCRIPTORS_MAX, DESCRIPTORS_MAX};
    struct stand stand;
    size_t count = 0;
    stand_start(&stand, NULL);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low.rlim_max = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    int fd = socket_new();
    while ((spare[count] = fcntl(fd, F_DUPFD_CLOEXEC, 0)) >= 0)
        count++;
    assert_int_equal(errno, EMFILE);
    socket_connect(fd, stand.port);
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, 300), 0); /* it waits, for some pauses */
    while (count > 0)
        close(spare[--count]);
    assert_true(is_accepted(fd));
    assert_serves(&stand);
    close(fd);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    stand_stop(&stand);
}

static void test_takes_what_has_connected_before_it_stops(void **state) {
    enum { ROUNDS = 50 };
    for (int i = 0; i < ROUNDS; i++) {
        struct stand stand;
        stand_start(&stand, NULL);
        int fd = connect_to(&stand);
        acceptor_stop(stand.server->acceptor);
        assert_true(is_accepted(fd));
        close(fd);
        stand_stop(&stand);
    }
}

static void test_listens_at_every_address_at_once(void **state) {
    struct stand stand;
    char target[32];
    stand_start_with(&stand, NULL, "0.0.0.0:0", NULL);
    assert_serves(&stand); /* at 127.0.0.1 */
    snprintf(target, sizeof(target), "[::1]:%d", stand.port);
    struct channel *first = stand.channel;
    stand.channel = channel_new(stand.client_loop, target, NULL);
    int probe = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 local = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    if (probe >= 0 && bind(probe, (struct sockaddr *)&local, sizeof(local)) == 0)
        assert_serves(&stand);
    close(probe);
    channel_free(first);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_so_many_connections_and_no_more),
        cmocka_unit_test(test_lives_through_a_shortage_of_descriptors),
        cmocka_unit_test(test_takes_what_has_connected_before_it_stops),
        cmocka_unit_test(test_listens_at_every_address_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
