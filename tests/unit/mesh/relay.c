/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAIRS_MAX = 4, CHUNK = 16 * 1024 };

struct relay {
    int listener;
    int port;
    int server_port;
    int order[2]; /* the thread ends when this pipe ends */
    int pairs[PAIRS_MAX][2];
    bool is_ended[PAIRS_MAX][2]; /* says nothing more */
    int pair_count;
    int64_t limit[2]; /* of bytes, by way */
    _Atomic int64_t passed[2];
    pthread_t thread;
    bool is_cut;
};

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
}

static void relay_accept(struct relay *relay) {
    struct sockaddr_in address = loopback(relay->server_port);
    int *pair = relay->pairs[relay->pair_count++];
    assert(relay->pair_count <= PAIRS_MAX);
    pair[0] = accept(relay->listener, NULL, NULL);
    pair[1] = socket(AF_INET, SOCK_STREAM, 0);
    int r = connect(pair[1], (struct sockaddr *)&address, sizeof(address));
    assert(pair[0] >= 0 && r == 0);
}

static bool write_all(int fd, const char *data, ssize_t size) {
    for (ssize_t done = 0, n; done < size; done += n)
        if ((n = send(fd, data + done, (size_t)(size - done), MSG_NOSIGNAL)) <= 0)
            return false;
    return true;
}

static void relay_end(struct relay *relay) {
    for (int i = 0; i < 2 * relay->pair_count; i++)
        shutdown(relay->pairs[i / 2][i % 2], SHUT_RDWR);
    shutdown(relay->listener, SHUT_RDWR);
}

/* False: the limit is reached, and everything has ended. */
static bool relay_pass(struct relay *relay, int pair, enum relay_way way) {
    int from = relay->pairs[pair][way], to = relay->pairs[pair][1 - way];
    char chunk[CHUNK];
    ssize_t size = read(from, chunk, sizeof(chunk));
    int64_t left = relay->limit[way] - relay->passed[way];
    if (size > left)
        size = (ssize_t)left;
    else if (size <= 0) {
        shutdown(to, SHUT_RDWR);
        relay->is_ended[pair][way] = true;
        return true;
    }
    write_all(to, chunk, size);
    relay->passed[way] += size;
    if (size < left)
        return true;
    relay_end(relay);
    return false;
}

static void *relay_run(void *data) {
    struct relay *relay = data;
    struct pollfd polled[2 + 2 * PAIRS_MAX];
    for (;;) {
        polled[0] = (struct pollfd){.fd = relay->order[0], .events = POLLIN};
        polled[1] = (struct pollfd){.fd = relay->listener, .events = POLLIN};
        for (int i = 0; i < 2 * relay->pair_count; i++)
            polled[2 + i] = (struct pollfd){
                .fd = relay->is_ended[i / 2][i % 2] ? -1 : relay->pairs[i / 2][i % 2],
                .events = POLLIN};
        int pair_count = relay->pair_count;
        poll(polled, (nfds_t)(2 + 2 * pair_count), -1);
        if (polled[0].revents)
            return NULL;
        if (polled[1].revents)
            relay_accept(relay);
        for (int i = 0; i < 2 * pair_count; i++)
            if (polled[2 + i].revents &&
                !relay_pass(relay, i / 2, i % 2 == 0 ? RELAY_TO_SERVER : RELAY_TO_CLIENT))
                return NULL;
    }
}

struct relay *relay_new(int server_port) {
    struct relay *relay = calloc(1, sizeof(*relay));
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    relay->server_port = server_port;
    relay->limit[0] = relay->limit[1] = INT64_MAX;
    relay->listener = socket(AF_INET, SOCK_STREAM, 0);
    int r = bind(relay->listener, (struct sockaddr *)&address, size);
    assert(r == 0);
    r = listen(relay->listener, PAIRS_MAX);
    assert(r == 0);
    r = getsockname(relay->listener, (struct sockaddr *)&address, &size);
    assert(r == 0);
    relay->port = ntohs(address.sin_port);
    r = pipe(relay->order);
    assert(r == 0);
    pthread_create(&relay->thread, NULL, relay_run, relay);
    return relay;
}

void relay_cut_after(struct relay *relay, enum relay_way way, int64_t bytes) {
    relay->limit[way] = bytes;
}

int64_t relay_passed(struct relay *relay, enum relay_way way) {
    return relay->passed[way];
}

int relay_port(const struct relay *relay) {
    return relay->port;
}

void relay_cut(struct relay *relay) {
    if (relay->is_cut)
        return;
    relay->is_cut = true;
    close(relay->order[1]);
    pthread_join(relay->thread, NULL);
    close(relay->order[0]);
    close(relay->listener);
    for (int i = 0; i < 2 * relay->pair_count; i++)
        close(relay->pairs[i / 2][i % 2]);
}

void relay_free(struct relay *relay) {
    relay_cut(relay);
    free(relay);
}
