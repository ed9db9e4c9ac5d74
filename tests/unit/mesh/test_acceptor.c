/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "mesh/acceptor.h"
#include "mesh/capture.h"
#include "mesh/server_core.h"
#include "tests/support/http2_peer.h"

enum { DESCRIPTORS_MAX = 4096 };

/* What the server's threads ask the kernel for passes through here. */
static atomic_int accept_count;
static atomic_bool reads_on; /* whoever sends keeps the server's loop to itself */

int accept4(int fd, __SOCKADDR_ARG address, socklen_t *size, int flags) {
    accept_count++;
    return (int)syscall(SYS_accept4, fd, address.__sockaddr__, size, flags);
}

static ssize_t read_once(int fd, struct msghdr *message, int flags) {
    return syscall(SYS_recvmsg, fd, message, flags);
}

/* As core does while a connection has something to read: it never comes back. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags) {
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    ssize_t size = read_once(fd, message, flags);
    while (reads_on && size > 0 && clock_monotonic_ms() < until_ms)
        do
            size = read_once(fd, message, flags);
        while (size < 0 && errno == EAGAIN && clock_monotonic_ms() < until_ms);
    return size;
}

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
    int before = accept_count;
    assert_int_equal(poll(&polled, 1, 300), 0);    /* it waits, for some pauses */
    assert_in_range(accept_count - before, 1, 20); /* and does not try again and again */
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

/* Until the server has cut it. */
static void *flood(void *data) {
    static const char settings[] = "\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64";
    int fd = *(const int *)data;
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (send(fd, settings, sizeof(settings) - 1, MSG_NOSIGNAL) > 0 &&
           clock_monotonic_ms() < until_ms)
        ;
    return (void *)(uintptr_t)(clock_monotonic_ms() < until_ms);
}

static void test_cuts_who_keeps_the_loop_to_itself(void **state) {
    struct stand stand;
    pthread_t thread;
    void *was_cut;
    stand_start(&stand, &(struct server_options){.handshake_timeout_ms = 10 * STAND_TIMEOUT_MS});
    channel_free(stand.channel);
    stand.channel = NULL;
    loop_stop(stand.client_loop); /* which might read for the server */
    int quiet = connect_to(&stand), loud = connect_to(&stand);
    assert_true(is_accepted(quiet));
    assert_true(is_accepted(loud));
    reads_on = true;
    assert_int_equal(pthread_create(&thread, NULL, flood, &loud), 0);
    assert_int_equal(pthread_join(thread, &was_cut), 0);
    reads_on = false;
    assert_non_null(was_cut);
    int next = connect_to(&stand);
    assert_true(is_accepted(next)); /* its loop is free again */
    wait_for_count(&stand, 2);      /* this one, and the quiet one */
    close(quiet);
    close(loud);
    close(next);
    stand_stop(&stand);
}

/* It calls nothing, so that the loop is in one wait all the time, and yet costs it some time. */
static void test_leaves_those_alone_who_wait_for_their_answers(void **state) {
    enum { WORK_US = 400 * 1000 }; /* more than a captor may have of it */
    struct stand stand;
    struct http2_peer peer;
    struct http2_frame frame;
    int64_t count = 0;
    stand_start(&stand, NULL);
    channel_free(stand.channel);
    stand.channel = NULL;
    loop_stop(stand.client_loop);
    http2_open(&peer, stand.port);
    http2_begin(&peer);
    for (; loop_cpu_us(stand.server_loop) < WORK_US; count++) {
        http2_frame(&peer, HTTP2_SETTINGS, 0, 0, "\0\x03\0\0\0\x64", 6);
        assert_true(http2_flush(&peer));
        enum http2_outcome outcome = http2_await(
            &peer, HTTP2_SETTINGS, false, &frame, STAND_TIMEOUT_MS);
        assert_int_equal(outcome, HTTP2_FRAME);
    }
    print_message("%d answers in one wait of the loop\n", (int)count);
    http2_close(&peer);
    stand_stop(&stand);
}

/* What a thread has computed at each look, in order. */
static void test_tells_a_loop_that_is_kept_from_one_that_rests(void **state) {
    enum { MS = 1000 };
    static const struct {
        uint64_t wait;
        int64_t cpu_us, sleep_count, expected_us;
    } looks[] = {
        {1, 50 * MS, 10, 0},                                  /* the first of this wait */
        {1, 150 * MS, 10, 100 * MS},                          /* without rest */
        {1, 150 * MS, 10, 100 * MS},                          /* it waits for a processor */
        {1, 250 * MS, 12, 200 * MS},                          /* and for a lock */
        {3, 350 * MS, 12, 0},                                 /* another wait */
        {3, 450 * MS, 12, 100 * MS},                          /* in which it computes */
        {0, 550 * MS, 12, 0},                                 /* it is in none */
        {5, 650 * MS, 12, 0},                                 /* one that lasts for hours */
        {5, 651 * MS, 13, 0},                                 /* and has but a ping now and then */
        {5, 951 * MS, 900, 0},                                /* or very many */
        {5, 1051 * MS, 900, 100 * MS}, {5, 1151 * MS, -1, 0}, /* nobody can tell */
    };
    struct capture capture = {0};
    for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
        assert_int_equal(
            capture_look_us(&capture, looks[i].wait, looks[i].cpu_us, looks[i].sleep_count),
            looks[i].expected_us);
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
        cmocka_unit_test(test_cuts_who_keeps_the_loop_to_itself),
        cmocka_unit_test(test_leaves_those_alone_who_wait_for_their_answers),
        cmocka_unit_test(test_tells_a_loop_that_is_kept_from_one_that_rests),
        cmocka_unit_test(test_listens_at_every_address_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
