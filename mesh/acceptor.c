/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/acceptor.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"
#include "mesh/address.h"
#include "mesh/capture.h"
#include "mesh/loop.h"

enum {
    ADDRESSES_MAX = 8,
    POLLED_MAX = 1 + ADDRESSES_MAX * ADDRESS_SOCKETS_MAX,
    NAME_SIZE = 16,
    LOOK_MS = 100, /* also how long a shortage is waited for */
    LOOK_CLOSELY_MS = 20,
    SUSPECT_US = 20 * 1000,
    CAPTURED_US = 150 * 1000,
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

struct acceptor {
    struct place places[ADDRESSES_MAX];
    unsigned place_count;
    int order; /* an eventfd: stop */
    atomic_bool is_stopping;
    bool is_running;
    pthread_t thread;
    struct metric_series *refused;
    struct log_budget budget;
    struct connections connections;
    const struct loop *loop;

    /* Of the thread's own. */
    int64_t look_ms;
    int look_delay_ms;
    struct capture capture;
    bool was_captured;
};

static const struct log_scope scope = {.component = "server"};

struct acceptor *acceptor_new(const struct loop *loop, int64_t connections_max) {
    struct acceptor *acceptor = memory_new(sizeof(*acceptor));
    connections_init(&acceptor->connections, connections_max);
    acceptor->loop = loop;
    acceptor->look_delay_ms = LOOK_MS;
    acceptor->budget.per_second = LINES_PER_SECOND;
    acceptor->order = eventfd(0, EFD_CLOEXEC);
    assert(acceptor->order >= 0);
    acceptor->refused = metric_series(metric_counter("grpc_server_connections_refused_total",
        "Connections closed at once because there were too many.", NULL));
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
    connections_deinit(&acceptor->connections);
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

struct connections *acceptor_connections(struct acceptor *acceptor) {
    return &acceptor->connections;
}

static void take(struct acceptor *acceptor, struct place *place, int listener, int fd) {
    if (connections_add(&acceptor->connections, fd)) {
        place->handler->methods->handle(place->handler, listener, fd, NULL);
        return;
    }
    close(fd);
    metric_add(acceptor->refused, 1);
    if (log_budget_take(&acceptor->budget, "connections"))
        log_warn(
            &scope, "connection refused, too many are open max=%zu", acceptor->connections.max);
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

/* The first look that finds the loop captured sees what has been read, the next who it is. */
static void look_for_captors(struct acceptor *acceptor) {
    int64_t computed_us = capture_look_us(&acceptor->capture, loop_wait(acceptor->loop),
        loop_cpu_us(acceptor->loop), loop_sleep_count(acceptor->loop));
    bool is_captured = computed_us >= CAPTURED_US;
    acceptor->look_delay_ms = computed_us >= SUSPECT_US ? LOOK_CLOSELY_MS : LOOK_MS;
    if (is_captured && acceptor->was_captured)
        connections_cut_busiest(
            &acceptor->connections, "it sends faster than anybody can be served");
    else if (is_captured)
        connections_measure(&acceptor->connections);
    acceptor->was_captured = is_captured;
}

/* What is due from time to time. */
static void look_around(struct acceptor *acceptor) {
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms - acceptor->look_ms < acceptor->look_delay_ms)
        return;
    acceptor->look_ms = now_ms;
    look_for_captors(acceptor);
    connections_keep_true(&acceptor->connections);
}

static void *run(void *data) {
    struct acceptor *acceptor = data;
    struct pollfd polled[POLLED_MAX];
    nfds_t count = fill_polled(acceptor, polled);
    bool is_short = false;
    pthread_setname_np(pthread_self(), "accept");
    while (!atomic_load(&acceptor->is_stopping)) {
        int delay_ms = is_short || !connections_is_empty(&acceptor->connections)
                           ? acceptor->look_delay_ms
                           : -1;
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
