/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/proxy.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/attr.h"

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void pair_close(struct proxy_pair *pair) {
    close(pair->fds[0]);
    close(pair->fds[1]);
    memset(pair, 0, sizeof(*pair));
}

static struct proxy_pair *free_pair(struct proxy *proxy) {
    for (size_t i = 0; i < PROXY_PAIRS_MAX; i++)
        if (!proxy->pairs[i].fds[0])
            return &proxy->pairs[i];
    return NULL;
}

static void accept_one(struct proxy *proxy) {
    struct sockaddr_in address = loopback(proxy->target_port);
    struct proxy_pair *pair = free_pair(proxy);
    int client = accept4(proxy->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0 || !pair || connect(server, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(client);
        close(server);
        return;
    }
    *pair = (struct proxy_pair){.fds = {client, server}};
}

static void carry(struct proxy_pair *pair, int side) {
    char bytes[16384];
    ssize_t size = recv(pair->fds[side], bytes, sizeof(bytes), 0);
    if (size <= 0 || send(pair->fds[!side], bytes, (size_t)size, MSG_NOSIGNAL) != size)
        pair_close(pair);
}

/* Two entries per pair behind the first two; dead pairs are not looked at. */
static size_t fill(struct proxy *proxy, struct pollfd *fds) {
    fds[0] = (struct pollfd){.fd = proxy->listen_fd, .events = POLLIN};
    fds[1] = (struct pollfd){.fd = proxy->wake_fd, .events = POLLIN};
    for (size_t i = 0; i < 2 * PROXY_PAIRS_MAX; i++) {
        struct proxy_pair *pair = &proxy->pairs[i / 2];
        bool is_open = pair->fds[0] && !pair->is_dead;
        fds[2 + i] = (struct pollfd){.fd = is_open ? pair->fds[i % 2] : -1, .events = POLLIN};
    }
    return 2 + 2 * PROXY_PAIRS_MAX;
}

static void sever(struct proxy *proxy) {
    for (size_t i = 0; i < PROXY_PAIRS_MAX; i++)
        proxy->pairs[i].is_dead = proxy->pairs[i].fds[0] != 0;
    proxy->is_severing = false;
}

static void *run(void *data) {
    struct proxy *proxy = data;
    struct pollfd fds[2 + 2 * PROXY_PAIRS_MAX];
    eventfd_t wakes;
    while (!proxy->is_over) {
        poll(fds, fill(proxy, fds), -1);
        if (fds[1].revents)
            eventfd_read(proxy->wake_fd, &wakes);
        if (proxy->is_severing)
            sever(proxy);
        if (fds[0].revents)
            accept_one(proxy);
        for (size_t i = 0; i < 2 * PROXY_PAIRS_MAX; i++) {
            struct proxy_pair *pair = &proxy->pairs[i / 2];
            if (fds[2 + i].revents && pair->fds[0] && !pair->is_dead)
                carry(pair, i % 2);
        }
    }
    return NULL;
}

void proxy_start(struct proxy *proxy, int target_port) {
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    *proxy = (struct proxy){.target_port = target_port};
    proxy->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    proxy->wake_fd = eventfd(0, EFD_CLOEXEC);
    int r = bind(proxy->listen_fd, (struct sockaddr *)&address, sizeof(address));
    r |= listen(proxy->listen_fd, PROXY_PAIRS_MAX);
    r |= getsockname(proxy->listen_fd, (struct sockaddr *)&address, &size);
    assert(r == 0);
    proxy->port = ntohs(address.sin_port);
    r = pthread_create(&proxy->thread, NULL, run, proxy);
    assert(r == 0);
}

void proxy_sever(struct proxy *proxy) {
    proxy->is_severing = true;
    eventfd_write(proxy->wake_fd, 1);
    while (proxy->is_severing)
        nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
}

void proxy_stop(struct proxy *proxy) {
    proxy->is_over = true;
    eventfd_write(proxy->wake_fd, 1);
    pthread_join(proxy->thread, NULL);
    for (size_t i = 0; i < PROXY_PAIRS_MAX; i++)
        if (proxy->pairs[i].fds[0])
            pair_close(&proxy->pairs[i]);
    close(proxy->listen_fd);
    close(proxy->wake_fd);
}
