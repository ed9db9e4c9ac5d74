/* SPDX-License-Identifier: Apache-2.0 */
#include "http/output.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "http/connection.h"
#include "http/deadline.h"
#include "http/server_private.h"

struct buffer *http_output_open(struct http_connection *connection) {
    if (!connection->output.data)
        connection->output = http_pool_take_output(&connection->server->pool);
    return &connection->output;
}

size_t http_output_size(const struct http_connection *connection) {
    return connection->output.size - connection->output_sent;
}

void http_output_drop(struct http_connection *connection) {
    if (connection->output.data)
        http_pool_give_output(&connection->server->pool, &connection->output);
    connection->output_sent = 0;
    http_deadline_expect_nothing(connection);
}

void http_output_watch(struct http_connection *connection) {
    connection->watches_writable = true; /* and so it stays: an edge costs nothing */
    http_loop_modify(
        &connection->server->loop, &connection->source, EPOLLIN | EPOLLRDHUP | EPOLLOUT | EPOLLET);
}

static void block(struct http_connection *connection) {
    connection->is_blocked = true;
    http_deadline_expect_progress(connection);
    if (!connection->watches_writable)
        http_output_watch(connection);
}

/* How many bytes the socket took. */
static size_t send_parts(struct http_connection *connection, struct iovec *parts, size_t count) {
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t n;
    do
        n = sendmsg(connection->source.fd, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN)
        connection->is_broken = true;
    return n > 0 ? (size_t)n : 0;
}

static bool can_send(const struct http_connection *connection) {
    return !connection->is_blocked && !connection->is_broken;
}

static struct iovec waiting(const struct http_connection *connection) {
    return (struct iovec){connection->output.data + connection->output_sent,
        connection->output.size - connection->output_sent};
}

void http_output_flush(struct http_connection *connection) {
    if (http_output_size(connection) > 0 && can_send(connection)) {
        struct iovec part = waiting(connection);
        connection->output_sent += send_parts(connection, &part, 1);
        if (http_output_size(connection) > 0 && can_send(connection))
            block(connection);
    }
    if (http_output_size(connection) == 0)
        http_output_drop(connection);
}

void http_output_flush_with(struct http_connection *connection, struct text last) {
    size_t before = http_output_size(connection), sent = 0;
    if (can_send(connection)) {
        struct iovec parts[] = {waiting(connection), {(void *)last.data, last.size}};
        sent = send_parts(connection, parts, ARRAY_SIZE(parts));
    }
    size_t of_waiting = sent < before ? sent : before;
    connection->output_sent += of_waiting;
    sent -= of_waiting;
    buffer_append(&connection->output, last.data + sent, last.size - sent);
    http_output_flush(connection);
}
