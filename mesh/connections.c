/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/connections.h"

#include <arpa/inet.h>
#include <assert.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/task.h"

enum {
    PEER_SIZE = 80,
    CENSUS_MS = 5000,      /* how often the gauge is brought up to date */
    CENSUS_FULL_MS = 20,   /* ... when there is no room */
    DESCRIPTORS_OWN = 128, /* those that are not connections of clients */
    LINES_PER_SECOND = 2,
};

struct connection {
    int fd;
    ino_t inode;
    int64_t read_size; /* when it was last measured */
};

static const struct log_scope scope = {.component = "server"};

/* A process that ran out of descriptors could not write a file either. */
static size_t bounded_by_descriptors(int64_t connections_max) {
    struct rlimit limit;
    int r = getrlimit(RLIMIT_NOFILE, &limit);
    assert(r == 0);
    if (limit.rlim_cur == RLIM_INFINITY)
        return (size_t)connections_max;
    size_t room = limit.rlim_cur > 2 * DESCRIPTORS_OWN ? limit.rlim_cur - DESCRIPTORS_OWN
                                                       : limit.rlim_cur / 2;
    return (size_t)connections_max < room ? (size_t)connections_max : room;
}

void connections_init(struct connections *connections, int64_t max) {
    *connections = (struct connections){.max = bounded_by_descriptors(max)};
    connections->all = memory_new(connections->max * sizeof(*connections->all));
    connections->budget.per_second = LINES_PER_SECOND;
    pthread_mutex_init(&connections->lock, NULL);
    connections->open = metric_series(
        metric_gauge("grpc_server_connections", "Connections that clients have open.", NULL));
    connections->cut = metric_series(metric_counter("grpc_server_connections_cut_total",
        "Connections cut because their peer did what no client does.", NULL));
}

void connections_deinit(struct connections *connections) {
    pthread_mutex_destroy(&connections->lock);
    free(connections->all);
}

static bool is_open(const struct connection *connection) {
    struct stat now;
    return fstat(connection->fd, &now) == 0 && now.st_ino == connection->inode;
}

static void forget_closed(struct connections *connections) {
    size_t kept = 0;
    for (size_t i = 0; i < connections->count; i++)
        if (is_open(&connections->all[i]))
            connections->all[kept++] = connections->all[i];
    connections->count = kept;
    connections->census_ms = clock_monotonic_ms();
    metric_set(connections->open, (int64_t)kept);
}

size_t connections_count(struct connections *connections) {
    MUTEX_GUARD(&connections->lock);
    forget_closed(connections);
    return connections->count;
}

bool connections_is_empty(struct connections *connections) {
    MUTEX_GUARD(&connections->lock);
    return connections->count == 0;
}

void connections_keep_true(struct connections *connections) {
    MUTEX_GUARD(&connections->lock);
    if (clock_monotonic_ms() - connections->census_ms >= CENSUS_MS)
        forget_closed(connections);
}

bool connections_add(struct connections *connections, int fd) {
    struct stat now;
    MUTEX_GUARD(&connections->lock);
    if (connections->count == connections->max &&
        clock_monotonic_ms() - connections->census_ms >= CENSUS_FULL_MS)
        forget_closed(connections);
    if (connections->count == connections->max || fstat(fd, &now) < 0)
        return false;
    connections->all[connections->count++] = (struct connection){fd, now.st_ino, 0};
    metric_set(connections->open, (int64_t)connections->count);
    return true;
}

/* As core names it. */
static bool name_peer(int fd, char *name, size_t size) {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } peer;
    char host[INET6_ADDRSTRLEN];
    socklen_t peer_size = sizeof(peer);
    if (getpeername(fd, &peer.any, &peer_size) < 0)
        return false;
    if (peer.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &peer.v4.sin_addr, host, sizeof(host));
        snprintf(name, size, "ipv4:%s:%d", host, ntohs(peer.v4.sin_port));
    } else if (peer.any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&peer.v6.sin6_addr)) {
        inet_ntop(AF_INET, &peer.v6.sin6_addr.s6_addr[12], host, sizeof(host));
        snprintf(name, size, "ipv4:%s:%d", host, ntohs(peer.v6.sin6_port));
    } else if (peer.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &peer.v6.sin6_addr, host, sizeof(host));
        snprintf(name, size, "ipv6:%%5B%s%%5D:%d", host, ntohs(peer.v6.sin6_port));
    }
    return peer.any.sa_family == AF_INET || peer.any.sa_family == AF_INET6;
}

/* A socket that is connected to nowhere has lost its connection, and what it had received. */
static void disconnect(int fd) {
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    if (connect(fd, &nowhere, sizeof(nowhere)) < 0)
        shutdown(fd, SHUT_RDWR);
}

/* With the lock. */
static void cut(
    struct connections *connections, const struct connection *connection, const char *why) {
    char name[PEER_SIZE];
    if (!is_open(connection) || !name_peer(connection->fd, name, sizeof(name)))
        return;
    disconnect(connection->fd);
    metric_add(connections->cut, 1);
    if (log_budget_take(&connections->budget, "cuts"))
        log_warn(&scope, "connection cut peer=%s reason=%s", name, why);
}

void connections_cut(struct connections *connections, const char *peer, const char *why) {
    char name[PEER_SIZE];
    MUTEX_GUARD(&connections->lock);
    for (size_t i = 0; i < connections->count; i++) {
        const struct connection *connection = &connections->all[i];
        if (is_open(connection) && name_peer(connection->fd, name, sizeof(name)) &&
            strcmp(name, peer) == 0)
            cut(connections, connection, why);
    }
}

/* Bytes that core has read from it; 0 when that is not known. */
static int64_t read_size(const struct connection *connection) {
    struct tcp_info info;
    socklen_t size = sizeof(info);
    int unread = 0;
    if (!is_open(connection) ||
        getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ||
        ioctl(connection->fd, FIONREAD, &unread) < 0)
        return 0;
    return (int64_t)info.tcpi_bytes_received - unread;
}

/* The connection that core has read most from since it was last measured. */
static struct connection *find_busiest(struct connections *connections) {
    struct connection *busiest = NULL;
    int64_t most = 0;
    for (size_t i = 0; i < connections->count; i++) {
        struct connection *connection = &connections->all[i];
        int64_t before = connection->read_size;
        connection->read_size = read_size(connection);
        if (connection->read_size - before > most) {
            most = connection->read_size - before;
            busiest = connection;
        }
    }
    return busiest;
}

void connections_measure(struct connections *connections) {
    MUTEX_GUARD(&connections->lock);
    find_busiest(connections);
}

void connections_cut_busiest(struct connections *connections, const char *why) {
    MUTEX_GUARD(&connections->lock);
    struct connection *busiest = find_busiest(connections);
    if (busiest)
        cut(connections, busiest, why);
}
