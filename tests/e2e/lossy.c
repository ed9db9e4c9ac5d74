/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/lossy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK_SIZE = 16 * 1024 };

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void close_link(struct lossy_link *link) {
    if (link->client >= 0)
        close(link->client);
    if (link->service >= 0)
        close(link->service);
    *link = (struct lossy_link){.client = -1, .service = -1};
}

static void accept_link(struct lossy *lossy) {
    struct sockaddr_in address = loopback(lossy->service_port);
    int client = accept4(lossy->listener, NULL, NULL, SOCK_CLOEXEC);
    for (int i = 0; client >= 0 && i < LOSSY_LINKS_MAX; i++) {
        struct lossy_link *link = &lossy->links[i];
        if (link->client >= 0)
            continue;
        link->client = client;
        link->service = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(link->service, (struct sockaddr *)&address, sizeof address) < 0)
            close_link(link);
        return;
    }
    if (client >= 0)
        close(client);
}

/* Is here, on the wire, a CreateBookingRequest of two seats of the event? Its fields 1, 2 and 3
 * follow each other; no other message has these three. */
static const char *find_booking(const struct lossy *lossy, const char *data, size_t size) {
    enum { REST_SIZE = 2 + ID_SIZE + 2 };
    const char *end = data + size;
    const char *found = memmem(data, size, lossy->event.text, ID_SIZE);
    for (; found; found = memmem(found, (size_t)(end - found), lossy->event.text, ID_SIZE)) {
        found += ID_SIZE;
        if (end - found >= REST_SIZE && memcmp(found, "\x12\x24", 2) == 0 &&
            memcmp(found + 2 + ID_SIZE, "\x18\x02", 2) == 0)
            return found + REST_SIZE;
    }
    return NULL;
}

static void look_for_booking(
    struct lossy *lossy, struct lossy_link *link, const char *data, size_t size) {
    char seen[LOSSY_TAIL_SIZE + CHUNK_SIZE];
    memcpy(seen, link->tail, link->tail_size);
    memcpy(seen + link->tail_size, data, size);
    size += link->tail_size;
    const char *rest = seen, *end = seen + size;
    for (const char *next; (next = find_booking(lossy, rest, (size_t)(end - rest))); rest = next)
        if (atomic_fetch_add(&lossy->bookings, 1) == 0)
            link->is_mute = true;
    link->tail_size = (size_t)(end - rest);
    if (link->tail_size > sizeof link->tail)
        link->tail_size = sizeof link->tail;
    memcpy(link->tail, end - link->tail_size, link->tail_size);
}

static bool send_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        data += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void pass(struct lossy *lossy, struct lossy_link *link, bool is_from_client) {
    char data[CHUNK_SIZE];
    ssize_t size = recv(is_from_client ? link->client : link->service, data, sizeof data, 0);
    if (size > 0 && is_from_client)
        look_for_booking(lossy, link, data, (size_t)size);
    if (size > 0 && !is_from_client && link->is_mute)
        return;
    if (size <= 0 || !send_all(is_from_client ? link->service : link->client, data, (size_t)size))
        close_link(link);
}

static void *serve(void *data) {
    struct lossy *lossy = data;
    struct pollfd polled[2 + 2 * LOSSY_LINKS_MAX];
    for (;;) {
        polled[0] = (struct pollfd){lossy->order, POLLIN, 0};
        polled[1] = (struct pollfd){lossy->listener, POLLIN, 0};
        for (int i = 0; i < LOSSY_LINKS_MAX; i++) {
            polled[2 + 2 * i] = (struct pollfd){lossy->links[i].client, POLLIN, 0};
            polled[3 + 2 * i] = (struct pollfd){lossy->links[i].service, POLLIN, 0};
        }
        poll(polled, sizeof polled / sizeof *polled, -1);
        if (polled[0].revents)
            return NULL;
        for (int i = 0; i < LOSSY_LINKS_MAX; i++) {
            struct lossy_link *link = &lossy->links[i];
            if (polled[2 + 2 * i].revents)
                pass(lossy, link, true);
            if (polled[3 + 2 * i].revents && link->service >= 0)
                pass(lossy, link, false);
        }
        if (polled[1].revents)
            accept_link(lossy);
    }
}

void lossy_start(struct lossy *lossy, int service_port, struct id event) {
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int order[2];
    *lossy = (struct lossy){.service_port = service_port, .event = event};
    for (int i = 0; i < LOSSY_LINKS_MAX; i++)
        lossy->links[i] = (struct lossy_link){.client = -1, .service = -1};
    lossy->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(lossy->listener, (struct sockaddr *)&address, size) < 0 ||
        listen(lossy->listener, LOSSY_LINKS_MAX) < 0 ||
        getsockname(lossy->listener, (struct sockaddr *)&address, &size) < 0 ||
        pipe2(order, O_CLOEXEC) < 0) {
        perror("lossy");
        exit(1);
    }
    lossy->port = ntohs(address.sin_port);
    lossy->order = order[0];
    lossy->order_end = order[1];
    pthread_create(&lossy->thread, NULL, serve, lossy);
}

void lossy_stop(struct lossy *lossy) {
    close(lossy->order_end);
    pthread_join(lossy->thread, NULL);
    for (int i = 0; i < LOSSY_LINKS_MAX; i++)
        close_link(&lossy->links[i]);
    close(lossy->listener);
    close(lossy->order);
}
