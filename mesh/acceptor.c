/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/acceptor.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/task.h"
#include "mesh/address.h"
#include "mesh/capture.h"

enum {
    ADDRESSES_MAX = 8,
    POLLED_MAX = 1 + ADDRESSES_MAX * ADDRESS_SOCKETS_MAX,
    NAME_SIZE = 16,
    PEER_SIZE = 80,
    LOOK_MS = 100, /* also how long a shortage is waited for */
    LOOK_CLOSELY_MS = 20,
    SUSPECT_US = 20 * 1000,
    CAPTURED_US = 150 * 1000,
    CENSUS_MS = 5000,      /* how often the gauge is brought up to date */
    CENSUS_FULL_MS = 20,   /* ... when there is no room */
    DESCRIPTORS_OWN = 128, /* those that are not connections of clients */
    LINES_PER_SECOND = 2,
};

/*
 * Core's C++ interface for connections that somebody else has accepted ("external:" addresses; the
 * C++ library shows it as ExternalConnectionAcceptor). An object begins with its virtual functions,
 * in the order of their declaration, the destructor being two.
 */
struct core_handler;
struct core_handler_methods {
    void (*destroy)(struct core_handler *handler);
    void (*destroy_and_free)(struct core_handler *handler);
    void (*handle)(
        struct core_handler *handler, int listener, int fd, grpc_byte_buffer *already_read);
};
struct core_handler {
    const struct core_handler_methods *methods;
};

struct place {
    char name[NAME_SIZE];         /* core's */
    struct core_handler *handler; /* written by core */
    struct address address;
};

/* Core owns and closes the socket. As long as the number still means the same inode it is open. */
struct connection {
    int fd;
    ino_t inode;
    int64_t read_size; /* when the loop was last seen captured */
};

struct acceptor {
    struct place places[ADDRESSES_MAX];
    unsigned place_count;
    int order; /* an eventfd: stop */
    atomic_bool is_stopping;
    bool is_running;
    pthread_t thread;
    struct metric_series *open, *refused, *cut;
    struct log_budget budget;

    pthread_mutex_t lock;
    struct connection *connections;
    size_t count, max;
    int64_t census_ms;
    int64_t look_ms; /* of the thread's own */
    int look_delay_ms;
    struct capture capture;
    bool was_captured;
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

struct acceptor *acceptor_new(const struct loop *loop, int64_t connections_max) {
    struct acceptor *acceptor = memory_new(sizeof(*acceptor));
    acceptor->max = bounded_by_descriptors(connections_max);
    acceptor->connections = memory_new(acceptor->max * sizeof(*acceptor->connections));
    acceptor->capture.loop = loop;
    acceptor->look_delay_ms = LOOK_MS;
    acceptor->budget.per_second = LINES_PER_SECOND;
    pthread_mutex_init(&acceptor->lock, NULL);
    acceptor->order = eventfd(0, EFD_CLOEXEC);
    assert(acceptor->order >= 0);
    acceptor->open = metric_series(
        metric_gauge("grpc_server_connections", "Connections that clients have open.", NULL));
    acceptor->refused = metric_series(metric_counter("grpc_server_connections_refused_total",
        "Connections closed at once because there were too many.", NULL));
    acceptor->cut = metric_series(metric_counter("grpc_server_connections_cut_total",
        "Connections cut because their peer did what no client does.", NULL));
    for (unsigned i = 0; i < ADDRESSES_MAX; i++)
        snprintf(acceptor->places[i].name, NAME_SIZE, "external:%u", i);
    return acceptor;
}

void acceptor_free(struct acceptor *acceptor) {
    if (!acceptor)
        return;
    assert(!acceptor->is_running);
    for (unsigned i = 0; i < acceptor->place_count; i++)
        address_close(&acceptor->places[i].address);
    close(acceptor->order);
    pthread_mutex_destroy(&acceptor->lock);
    free(acceptor->connections);
    free(acceptor);
}

static void *share(void *pointer) {
    return pointer;
}

static void forget(void *pointer) {
}

static int compare(void *a, void *b) {
    return (a > b) - (a < b);
}

void acceptor_args(struct acceptor *acceptor, struct core_args *args) {
    static const grpc_arg_pointer_vtable shared = {share, forget, compare};
    for (unsigned i = 0; i < ADDRESSES_MAX; i++)
        core_args_pointer(args, acceptor->places[i].name, &acceptor->places[i].handler, &shared);
}

int acceptor_listen(
    struct acceptor *acceptor, grpc_server *server, const char *name, int *ret_port) {
    if (acceptor->place_count == ADDRESSES_MAX)
        return -EMFILE;
    struct place *place = &acceptor->places[acceptor->place_count];
    int r = address_listen(&place->address, name);
    if (r < 0)
        return r;
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();
    grpc_server_add_http2_port(server, place->name, credentials);
    grpc_server_credentials_release(credentials);
    assert(place->handler);
    acceptor->place_count++;
    *ret_port = place->address.port;
    return 0;
}

static bool is_open(const struct connection *connection) {
    struct stat now;
    return fstat(connection->fd, &now) == 0 && now.st_ino == connection->inode;
}

static void forget_closed(struct acceptor *acceptor) {
    size_t kept = 0;
    for (size_t i = 0; i < acceptor->count; i++)
        if (is_open(&acceptor->connections[i]))
            acceptor->connections[kept++] = acceptor->connections[i];
    acceptor->count = kept;
    acceptor->census_ms = clock_monotonic_ms();
    metric_set(acceptor->open, (int64_t)kept);
}

size_t acceptor_count(struct acceptor *acceptor) {
    MUTEX_GUARD(&acceptor->lock);
    forget_closed(acceptor);
    return acceptor->count;
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
static void cut(struct acceptor *acceptor, const struct connection *connection, const char *why) {
    char name[PEER_SIZE];
    if (!is_open(connection) || !name_peer(connection->fd, name, sizeof(name)))
        return;
    disconnect(connection->fd);
    metric_add(acceptor->cut, 1);
    if (log_budget_take(&acceptor->budget, "cuts"))
        log_warn(&scope, "connection cut peer=%s reason=%s", name, why);
}

void acceptor_cut(struct acceptor *acceptor, const char *peer, const char *why) {
    char name[PEER_SIZE];
    MUTEX_GUARD(&acceptor->lock);
    for (size_t i = 0; i < acceptor->count; i++) {
        const struct connection *connection = &acceptor->connections[i];
        if (is_open(connection) && name_peer(connection->fd, name, sizeof(name)) &&
            strcmp(name, peer) == 0)
            cut(acceptor, connection, why);
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

/* The connection that core has read most from since the last look. */
static struct connection *find_captor(struct acceptor *acceptor) {
    struct connection *captor = NULL;
    int64_t most = 0;
    for (size_t i = 0; i < acceptor->count; i++) {
        struct connection *connection = &acceptor->connections[i];
        int64_t before = connection->read_size;
        connection->read_size = read_size(connection);
        if (connection->read_size - before > most) {
            most = connection->read_size - before;
            captor = connection;
        }
    }
    return captor;
}

/* The first look that finds the loop captured sees what has been read, the next who it is. */
static void look_for_captors(struct acceptor *acceptor) {
    int64_t computed_us = capture_look_us(&acceptor->capture);
    bool is_captured = computed_us >= CAPTURED_US;
    acceptor->look_delay_ms = computed_us >= SUSPECT_US ? LOOK_CLOSELY_MS : LOOK_MS;
    MUTEX_GUARD(&acceptor->lock);
    struct connection *captor = is_captured ? find_captor(acceptor) : NULL;
    if (captor && acceptor->was_captured)
        cut(acceptor, captor, "it sends faster than anybody can be served");
    acceptor->was_captured = is_captured;
}

/* False when there is no room for it. */
static bool remember(struct acceptor *acceptor, int fd) {
    struct stat now;
    MUTEX_GUARD(&acceptor->lock);
    if (acceptor->count == acceptor->max &&
        clock_monotonic_ms() - acceptor->census_ms >= CENSUS_FULL_MS)
        forget_closed(acceptor);
    if (acceptor->count == acceptor->max || fstat(fd, &now) < 0)
        return false;
    acceptor->connections[acceptor->count++] = (struct connection){fd, now.st_ino, 0};
    metric_set(acceptor->open, (int64_t)acceptor->count);
    return true;
}

static void take(struct acceptor *acceptor, struct place *place, int listener, int fd) {
    if (remember(acceptor, fd)) {
        place->handler->methods->handle(place->handler, listener, fd, NULL);
        return;
    }
    close(fd);
    metric_add(acceptor->refused, 1);
    if (log_budget_take(&acceptor->budget, "connections"))
        log_warn(&scope, "connection refused, too many are open max=%zu", acceptor->max);
}

static bool is_shortage(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Takes all that wait. False when the process lacks what a connection needs. */
static bool take_all(struct acceptor *acceptor, struct place *place, int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take(acceptor, place, listener, fd);
        } else if (is_shortage(errno)) {
            if (log_budget_take(&acceptor->budget, "shortages"))
                log_error(&scope, "connections have to wait reason=%s", strerrorname_np(errno));
            return false;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return true; /* nothing waits, or what waited has failed on its way */
        }
    }
}

static bool take_everywhere(struct acceptor *acceptor) {
    bool ok = true;
    for (unsigned i = 0; i < acceptor->place_count; i++) {
        struct place *place = &acceptor->places[i];
        for (unsigned j = 0; j < place->address.count; j++)
            ok &= take_all(acceptor, place, place->address.sockets[j]);
    }
    return ok;
}

static nfds_t fill_polled(const struct acceptor *acceptor, struct pollfd *polled) {
    nfds_t count = 0;
    polled[count++] = (struct pollfd){.fd = acceptor->order, .events = POLLIN};
    for (unsigned i = 0; i < acceptor->place_count; i++)
        for (unsigned j = 0; j < acceptor->places[i].address.count; j++)
            polled[count++] = (struct pollfd){
                .fd = acceptor->places[i].address.sockets[j], .events = POLLIN};
    return count;
}

static bool has_connections(struct acceptor *acceptor) {
    MUTEX_GUARD(&acceptor->lock);
    return acceptor->count > 0;
}

/* What is due from time to time. */
static void look_around(struct acceptor *acceptor) {
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - acceptor->look_ms < acceptor->look_delay_ms)
        return;
    acceptor->look_ms = now_ms;
    look_for_captors(acceptor);
    if (now_ms - acceptor->census_ms >= CENSUS_MS)
        acceptor_count(acceptor);
}

static void *run(void *data) {
    struct acceptor *acceptor = data;
    struct pollfd polled[POLLED_MAX];
    nfds_t count = fill_polled(acceptor, polled);
    bool is_short = false;
    pthread_setname_np(pthread_self(), "accept");
    while (!atomic_load(&acceptor->is_stopping)) {
        int delay_ms = is_short || has_connections(acceptor) ? acceptor->look_delay_ms : -1;
        poll(polled, is_short ? 1 : count, delay_ms);
        is_short = !take_everywhere(acceptor);
        look_around(acceptor);
    }
    take_everywhere(acceptor);
    return NULL;
}

void acceptor_start(struct acceptor *acceptor) {
    assert(!acceptor->is_running);
    acceptor->is_running = true;
    int r = pthread_create(&acceptor->thread, NULL, run, acceptor);
    assert(r == 0);
}

void acceptor_stop(struct acceptor *acceptor) {
    if (!acceptor->is_running)
        return;
    atomic_store(&acceptor->is_stopping, true);
    ssize_t size = write(acceptor->order, &(uint64_t){1}, sizeof(uint64_t));
    assert(size == sizeof(uint64_t));
    pthread_join(acceptor->thread, NULL);
    acceptor->is_running = false;
    for (unsigned i = 0; i < acceptor->place_count; i++)
        address_close(&acceptor->places[i].address);
}
