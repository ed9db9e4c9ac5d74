/* SPDX-License-Identifier: Apache-2.0 */

/* Targets with several addresses: a list, and a name that a name server of ours resolves. */

#include "backends.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/task.h"

#ifdef __SANITIZE_ADDRESS__
/* Debian's c-ares loses the ten bytes of "localhost" when it is asked for that name. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libcares.so";
}
#endif

enum { CALLS = 200, HALF = CALLS / 2, NAMES_MAX = 4, PACKET_SIZE = 512, TTL_S = 1 };

/* --- a name server: every name has these addresses --- */

struct name_server {
    int socket, port;
    int end[2];
    pthread_t thread;
    pthread_mutex_t lock;
    uint8_t last_bytes[NAMES_MAX]; /* 127.0.0.x */
    size_t count;
    atomic_int asked;
};

enum { HEADER_SIZE = 12, QUESTION_TAIL = 4, TYPE_A = 1 };

/* The question ends with a type and a class behind the name's final zero. */
static size_t question_size(const uint8_t *packet, size_t size) {
    const uint8_t *zero = memchr(packet + HEADER_SIZE, 0, size - HEADER_SIZE);
    assert_non_null(zero);
    return (size_t)(zero - packet) + 1 + QUESTION_TAIL - HEADER_SIZE;
}

static size_t add_answers(struct name_server *server, uint8_t *packet, size_t size) {
    MUTEX_GUARD(&server->lock);
    packet[7] = (uint8_t)server->count;
    for (size_t i = 0; i < server->count; i++) {
        const uint8_t answer[] = {0xc0, HEADER_SIZE, 0, TYPE_A, 0, 1, 0, 0, 0, TTL_S, 0, 4, 127, 0,
            0, server->last_bytes[i]};
        memcpy(packet + size, answer, sizeof(answer));
        size += sizeof(answer);
    }
    return size;
}

static void answer(struct name_server *server) {
    uint8_t packet[PACKET_SIZE];
    struct sockaddr_in from;
    socklen_t from_size = sizeof(from);
    ssize_t got = recvfrom(
        server->socket, packet, sizeof(packet), 0, (struct sockaddr *)&from, &from_size);
    if (got <= HEADER_SIZE)
        return;
    size_t size = HEADER_SIZE + question_size(packet, (size_t)got);
    bool is_a = packet[size - 3] == TYPE_A && packet[size - 4] == 0;
    packet[2] = 0x81;                       /* an answer */
    packet[3] = 0x80;                       /* no error */
    memset(packet + 6, 0, HEADER_SIZE - 6); /* one question, nothing else */
    if (is_a)
        size = add_answers(server, packet, size);
    server->asked++;
    sendto(server->socket, packet, size, 0, (struct sockaddr *)&from, from_size);
}

static void *serve_names(void *data) {
    struct name_server *server = data;
    struct pollfd polled[2] = {{.fd = server->socket, .events = POLLIN}, {.fd = server->end[0]}};
    while (poll(polled, 2, -1) > 0 && polled[1].revents == 0)
        answer(server);
    return NULL;
}

static void name_server_start(struct name_server *server) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    *server = (struct name_server){.lock = PTHREAD_MUTEX_INITIALIZER};
    server->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(server->socket, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pipe(server->end), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, serve_names, server), 0);
}

static void name_server_set(struct name_server *server, const char *last_bytes) {
    MUTEX_GUARD(&server->lock);
    server->count = strlen(last_bytes);
    memcpy(server->last_bytes, last_bytes, server->count);
}

static void name_server_stop(struct name_server *server) {
    close(server->end[1]);
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    close(server->end[0]);
    close(server->socket);
}

/* --- tests --- */

/* B listens on A's port on a further loopback address. */
static void listen_beside(struct backends *backends, const char *host) {
    char address[64];
    snprintf(address, sizeof(address), "%s:%d", host, backends->backend[0].port);
    struct backend *b = &backends->backend[1];
    server_drain(b->server, STAND_TIMEOUT_MS);
    server_free(b->server);
    backend_start(backends, b, address);
}

static void test_a_list_is_used_in_turn(void **state) {
    struct backends backends;
    char target[128];
    backends_start(&backends);
    listen_beside(&backends, "127.0.0.2");
    snprintf(target, sizeof(target), "ipv4:127.0.0.1:%d,127.0.0.2:%d", backends.backend[0].port,
        backends.backend[0].port);
    backends_connect_to(&backends, target, "{}", NULL);
    backends_settle(&backends);
    struct figures figures = backends_call_often(&backends, CALLS);
    figures_print("a list of two addresses", &figures);
    assert_int_equal(figures.codes[STATUS_OK], CALLS);
    assert_int_equal(figures.at[1], HALF);
    backends_stop(&backends);
}

static void test_localhost_is_found_by_its_name(void **state) {
    struct backends backends;
    char target[128];
    backends_start(&backends);
    snprintf(target, sizeof(target), "dns:///localhost:%d", backends.backend[0].port);
    backends_connect_to(&backends, target, "{}", NULL);
    struct figures figures = backends_call_often(&backends, CALLS);
    figures_print(target, &figures);
    assert_int_equal(figures.codes[STATUS_OK], CALLS);
    assert_int_equal(figures.at[0], CALLS);
    backends_stop(&backends);
}

static void use_each_address_of_a_name(const char *config) {
    struct backends backends;
    struct name_server names;
    char target[128];
    backends_start(&backends);
    listen_beside(&backends, "127.0.0.2");
    name_server_start(&names);
    name_server_set(&names, "\x01\x02");
    snprintf(target, sizeof(target), "dns://127.0.0.1:%d/both.myevents.test:%d", names.port,
        backends.backend[0].port);
    if (config)
        backends_connect_to(&backends, target, config, NULL);
    else
        backends.channel = channel_new(backends.client_loop, target, NULL);
    backends_settle(&backends);
    struct figures figures = backends_call_often(&backends, CALLS);
    figures_print(
        config ? "a name with two addresses" : "a name with two addresses, no config", &figures);
    assert_int_equal(figures.codes[STATUS_OK], CALLS);
    assert_int_equal(figures.at[0], HALF);
    assert_int_equal(figures.at[1], HALF);
    assert_in_range(names.asked, 1, INT32_MAX);
    backends_stop(&backends);
    name_server_stop(&names);
}

static void test_each_address_of_a_name_is_used(void **state) {
    use_each_address_of_a_name("{}");
    use_each_address_of_a_name(NULL);
}

/* An instance is replaced by one with another address, as an orchestrator does it. */
static void test_a_name_that_moves_is_followed(void **state) {
    struct backends backends;
    struct name_server names;
    char target[128];
    backends_start(&backends);
    listen_beside(&backends, "127.0.0.2");
    name_server_start(&names);
    name_server_set(&names, "\x01\x02");
    snprintf(target, sizeof(target), "dns://127.0.0.1:%d/moving.myevents.test:%d", names.port,
        backends.backend[0].port);
    backends_connect_to(&backends, target, "{}", NULL);
    backends_settle(&backends);
    name_server_set(&names, "\x01\x03");
    listen_beside(&backends, "127.0.0.3");
    backends_call_until_reached(&backends, 1);
    struct figures figures = backends_call_often(&backends, CALLS);
    figures_print("one of two addresses has moved", &figures);
    assert_int_equal(figures.codes[STATUS_OK], CALLS);
    assert_int_equal(figures.at[1], HALF);
    backends_stop(&backends);
    name_server_stop(&names);
}

static bool metrics_say(const char *target, const char *state, int count) {
    _cleanup_(buffer_deinit) struct buffer text = {0}, line = {0};
    metric_render(&text, METRIC_TEXT);
    buffer_printf(&line, "grpc_client_channel_state{grpc_target=\"%s\",state=\"%s\"} %d\n", target,
        state, count);
    return memmem(text.data, text.size, line.data, line.size) != NULL;
}

static void test_the_state_of_a_channel_is_known(void **state) {
    struct backends backends;
    char target[128];
    backends_start(&backends);
    snprintf(target, sizeof(target), "dns:///127.0.0.1:%d", relay_port(backends.backend[1].relay));
    backends_connect_to(&backends, target, "{}", NULL);
    assert_string_equal(channel_state_name(channel_state(backends.channel, false)), "IDLE");
    assert_true(metrics_say(target, "IDLE", 1));
    assert_false(channel_wait(backends.channel, CHANNEL_CLOSED, 1));
    assert_true(channel_wait(backends.channel, CHANNEL_READY, STAND_TIMEOUT_MS));
    assert_true(metrics_say(target, "IDLE", 0));
    assert_true(metrics_say(target, "READY", 1));
    relay_cut(backends.backend[1].relay);
    assert_true(channel_wait(backends.channel, CHANNEL_FAILING, STAND_TIMEOUT_MS));
    assert_int_equal(backends_call(&backends).code, STATUS_UNAVAILABLE);
    backends_disconnect(&backends);
    assert_true(metrics_say(target, "READY", 0));
    backends_stop(&backends);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_list_is_used_in_turn),
        cmocka_unit_test(test_localhost_is_found_by_its_name),
        cmocka_unit_test(test_each_address_of_a_name_is_used),
        cmocka_unit_test(test_a_name_that_moves_is_followed),
        cmocka_unit_test(test_the_state_of_a_channel_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
