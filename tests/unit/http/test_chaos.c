/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/unit/base/check.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/requests.h"
#include "tests/unit/http/stand.h"

/*
 * Clients that do at random what clients do: send requests whole, cut or wrong, pipeline them, read
 * a little or nothing, and go in one way or another at any moment. What matters is that the server
 * stands afterwards; under the sanitizers, that it touched nothing it no longer owned.
 */

enum { CLIENTS = 4, SESSIONS = 150, ACTIONS_MAX = 6 };

struct guest {
    pthread_t thread;
    int port;
    uint32_t random;
};

static uint32_t below(struct guest *guest, uint32_t limit) {
    return next_number(&guest->random) % limit;
}

static int join(int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(0x7f000001)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        abort();
    return fd;
}

static void say(struct guest *guest, int fd, struct text bytes) {
    if (below(guest, 4) == 0)
        bytes.size = below(guest, (uint32_t)bytes.size + 1);
    if (send(fd, bytes.data, bytes.size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return; /* the server has had enough of us */
}

static void say_valid(struct guest *guest, int fd) {
    static const char *const targets[] = {
        "/echo", "/later", "/later", "/big?100000", "/flood?300000", "/sse", "/abort", "/none"};
    char request[256];
    int size = snprintf(request, sizeof(request),
        "%s %s HTTP/1.%u\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        below(guest, 8) ? "GET" : "HEAD", targets[below(guest, ARRAY_SIZE(targets))],
        below(guest, 8) ? 1u : 0u);
    say(guest, fd, (struct text){request, (size_t)size});
}

static void say_anything(struct guest *guest, int fd) {
    say(guest, fd, raw_requests[below(guest, ARRAY_SIZE(raw_requests))].bytes);
}

static void hear(struct guest *guest, int fd) {
    static _Thread_local char bytes[32 * 1024];
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    while (poll(&poll_fd, 1, (int)below(guest, 4)) > 0 && recv(fd, bytes, sizeof(bytes), 0) > 0)
        ;
}

static void leave(struct guest *guest, int fd) {
    struct linger reset = {.l_onoff = 1};
    uint32_t way = below(guest, 3);
    if (way == 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    if (way == 1)
        shutdown(fd, SHUT_WR);
    if (way == 1)
        hear(guest, fd);
    close(fd);
}

static void *visit(void *data) {
    struct guest *guest = data;
    for (int i = 0; i < SESSIONS; i++) {
        int fd = join(guest->port);
        for (uint32_t actions = below(guest, ACTIONS_MAX); actions > 0; actions--) {
            uint32_t action = below(guest, 8);
            if (action < 5)
                say_valid(guest, fd);
            else if (action < 6)
                say_anything(guest, fd);
            else
                hear(guest, fd);
        }
        leave(guest, fd);
    }
    return NULL;
}

static void a_server_stands_whatever_its_clients_do(void **state) {
    static struct guest guests[CLIENTS];
    struct stand *stand = stand_new(NULL);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        guests[i] = (struct guest){.port = stand->port, .random = i + 1};
        assert_int_equal(pthread_create(&guests[i].thread, NULL, visit, &guests[i]), 0);
    }
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(guests[i].thread, NULL);
    struct client client = client_connect(stand->port);
    client_expect(&client, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /later ");
    client_close(&client);
    print_message("%d handled, %d refused, %d gone\n", atomic_load(&stand->handled),
        atomic_load(&stand->refused), atomic_load(&stand->gone));
    assert_true(atomic_load(&stand->handled) > CLIENTS);
    assert_true(atomic_load(&stand->refused) > 0);
    http_server_drain(stand->server, 5000);
    stand_free(stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_stands_whatever_its_clients_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
