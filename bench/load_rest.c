/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A closed loop over REST: so many connections, one request each at a time, one thread.
 *
 *     load_rest HOST:PORT METHOD TARGET BODY CONNECTIONS REQUESTS [NAME=PID ...]
 *
 * BODY may hold %d, which becomes the number of the request. Prints answers by status, latency, and
 * what the named processes spent.
 */

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "bench/usage.h"
#include "cli/loadgen/histogram.h"

enum { RECEIVE_SIZE = 64 * 1024, REQUEST_SIZE = 2048, STATUS_MAX = 600 };

struct connection {
    int fd;
    int64_t begin_us;
    size_t size;
    char in[RECEIVE_SIZE];
};

struct load {
    const char *host, *method, *target, *body;
    size_t started, done, requests;
    size_t by_status[STATUS_MAX];
    struct histogram latency;
    int epoll;
};

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void send_next(struct load *load, struct connection *connection) {
    if (load->started == load->requests)
        return;
    char request[REQUEST_SIZE], body[REQUEST_SIZE / 2] = "";
    int number = (int)load->started++;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int body_size = load->body[0] ? snprintf(body, sizeof body, load->body, number) : 0;
#pragma GCC diagnostic pop
    int size = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\n%s", load->method,
        load->target, load->host, body_size ? "Content-Type: application/json\r\n" : "");
    size += snprintf(request + size, sizeof request - (size_t)size,
        body_size ? "Content-Length: %d\r\n\r\n%s" : "\r\n", body_size, body);
    connection->begin_us = clock_monotonic_us();
    connection->size = 0;
    if (send(connection->fd, request, (size_t)size, MSG_NOSIGNAL) != size)
        die("send");
}

/* The whole answer is there: its status. 0: more is to come. */
static int complete(const struct connection *connection) {
    const char *head_end = memmem(connection->in, connection->size, "\r\n\r\n", 4);
    if (!head_end)
        return 0;
    const char *length = strcasestr(connection->in, "\r\ncontent-length:");
    size_t body = length && length < head_end ? strtoul(length + 17, NULL, 10) : 0;
    bool is_whole = connection->size >= (size_t)(head_end + 4 - connection->in) + body;
    return is_whole ? atoi(connection->in + 9) : 0;
}

static void receive(struct load *load, struct connection *connection) {
    ssize_t size = recv(
        connection->fd, connection->in + connection->size, RECEIVE_SIZE - 1 - connection->size, 0);
    if (size <= 0)
        die("connection closed");
    connection->size += (size_t)size;
    connection->in[connection->size] = '\0';
    int status = complete(connection);
    if (!status)
        return;
    histogram_add(&load->latency, clock_monotonic_us() - connection->begin_us);
    load->by_status[status % STATUS_MAX]++;
    load->done++;
    send_next(load, connection);
}

static struct connection *connect_one(struct load *load, const char *address) {
    struct connection *connection = memory_new(sizeof *connection);
    struct sockaddr_in to = {.sin_family = AF_INET};
    char host[64];
    const char *colon = strrchr(address, ':');
    snprintf(host, sizeof host, "%.*s", colon ? (int)(colon - address) : 0, address);
    to.sin_port = htons((uint16_t)(colon ? atoi(colon + 1) : 0));
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1)
        die("address");
    int on = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection->fd, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event);
    return connection;
}

static void run(struct load *load) {
    struct epoll_event events[64];
    while (load->done < load->requests) {
        int count = epoll_wait(load->epoll, events, 64, 10000);
        if (count == 0)
            die("no answer for ten seconds");
        for (int i = 0; i < count; i++)
            receive(load, events[i].data.ptr);
    }
}

static void report(const struct load *load, int64_t took_us) {
    printf("  %s %s: %.0f requests/s, p50 %.2f ms, p99 %.2f ms;", load->method, load->target,
        (double)load->requests * 1e6 / (double)took_us,
        (double)histogram_quantile(&load->latency, 0.5) / 1e3,
        (double)histogram_quantile(&load->latency, 0.99) / 1e3);
    for (int i = 0; i < STATUS_MAX; i++)
        if (load->by_status[i])
            printf(" %zu x %d", load->by_status[i], i);
    printf("\n");
}

int main(int argc, char **argv) {
    struct usage usage = {0};
    if (argc < 7) {
        fprintf(
            stderr, "load_rest HOST:PORT METHOD TARGET BODY CONNECTIONS REQUESTS [NAME=PID ...]\n");
        return 2;
    }
    static struct load load;
    load = (struct load){.host = argv[1], .method = argv[2], .target = argv[3], .body = argv[4]};
    size_t connections = strtoul(argv[5], NULL, 10);
    load.requests = strtoul(argv[6], NULL, 10);
    load.epoll = epoll_create1(0);
    for (int i = 7; i < argc; i++)
        if (usage_add(&usage, argv[i]) < 0)
            return 2;
    struct connection **all = memory_new(connections * sizeof *all);
    for (size_t i = 0; i < connections; i++)
        all[i] = connect_one(&load, argv[1]);
    usage_begin(&usage);
    int64_t begin_us = clock_monotonic_us();
    for (size_t i = 0; i < connections; i++)
        send_next(&load, all[i]);
    run(&load);
    report(&load, clock_monotonic_us() - begin_us);
    usage_print(&usage, load.requests);
    return 0;
}
