/* SPDX-License-Identifier: Apache-2.0 */
#include "http/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/address.h"
#include "http/connection.h"
#include "http/server_private.h"

enum {
    ACCEPTS_PER_ROUND = 64,
    REFUSED_MAX = 128, /* connections beyond the limit that still get their 503 */
    REST_MS = 100,
};

static void serve(struct http_server *server, int fd) {
    size_t limit = (size_t)server->options.connections_max;
    if (server->connection_count < limit)
        http_connection_new(server, fd);
    else if (server->connection_count < limit + REFUSED_MAX)
        http_connection_new_refused(server, fd);
    else
        close(fd);
}

/* Level-triggered, a listener that cannot accept would keep the loop busy. */
static void rest(struct http_listener *listener) {
    http_loop_modify(&listener->server->loop, &listener->source, 0);
    http_timer_start(&listener->rest, REST_MS);
}

static void on_rested(void *data) {
    struct http_listener *listener = data;
    http_loop_modify(&listener->server->loop, &listener->source, EPOLLIN);
}

static void on_ready(struct http_source *source, uint32_t events) {
    struct http_listener *listener = container_of(source, struct http_listener, source);
    for (int i = 0; i < ACCEPTS_PER_ROUND; i++) {
        int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            serve(listener->server, fd);
        } else {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                rest(listener);
            return; /* none left, or one that was gone before we came: the next round tells */
        }
    }
}

/* Inherited by what is accepted: a client that is gone without a word is one that stalls. */
static void set_stall_timeout(const struct http_listener *listener) {
    unsigned timeout_ms = (unsigned)listener->server->options.stall_timeout_ms;
    setsockopt(listener->source.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof(timeout_ms));
}

int http_listener_open(struct http_listener *listener, struct http_server *server,
    const char *address, int *ret_port) {
    *listener = (struct http_listener){.source = {-1, on_ready}, .server = server};
    http_timer_init(&listener->rest, &server->loop, on_rested, listener);
    int r = http_address_listen(address, &listener->source.fd, ret_port);
    if (r < 0)
        return r;
    set_stall_timeout(listener);
    r = http_loop_add(&server->loop, &listener->source, EPOLLIN);
    if (r < 0)
        http_listener_close(listener);
    return r;
}

void http_listener_close(struct http_listener *listener) {
    if (listener->source.fd < 0)
        return;
    http_timer_stop(&listener->rest);
    close(listener->source.fd);
    listener->source.fd = -1;
}
