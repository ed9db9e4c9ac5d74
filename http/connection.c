/* SPDX-License-Identifier: Apache-2.0 */
#include "http/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "http/deadline.h"
#include "http/exchange.h"
#include "http/output.h"
#include "http/server_private.h"

enum { STEPS_PER_TURN = 8 }; /* each of at most HTTP_READ_SIZE bytes */

bool http_connection_is_busy(const struct http_connection *connection) {
    return connection->exchange && http_exchange_is_handled(connection->exchange);
}

static bool has_input(const struct http_connection *connection) {
    return connection->input.size > 0;
}

/* --- requests --- */

static void hand_out(struct http_connection *connection) {
    http_deadline_forget(connection); /* the next request has its own */
    connection->has_continued = false;
    connection->exchange->state = HTTP_EXCHANGE_HANDLED;
}

static void handle(struct http_connection *connection) {
    const struct http_handler *handler = &connection->server->handler;
    hand_out(connection);
    handler->handle(connection->exchange, handler->data);
}

void http_connection_refuse(struct http_connection *connection, struct http_refusal refusal) {
    const struct http_handler *handler = &connection->server->handler;
    connection->closes = true;
    http_reader_give_up(&connection->exchange->reader);
    hand_out(connection);
    handler->on_refused(connection->exchange, refusal.status, refusal.why, handler->data);
}

/* A client that waits for it has sent nothing of the body yet. */
static void say_continue(struct http_connection *connection) {
    const struct http_reader *reader = &connection->exchange->reader;
    if (reader->phase != HTTP_READING_BODY || !reader->head.expects_continue ||
        connection->has_continued || reader->body.bytes.size > 0)
        return;
    connection->has_continued = true;
    buffer_append_text(http_connection_output(connection), TEXT("HTTP/1.1 100 Continue\r\n\r\n"));
}

static bool takes_requests(const struct http_connection *connection) {
    return !connection->is_broken && !connection->is_cut && !connection->closes &&
           !http_connection_is_busy(connection) && http_output_size(connection) <= HTTP_BACKLOG_MAX;
}

static size_t take_one(struct http_connection *connection, struct text bytes) {
    struct http_server *server = connection->server;
    if (!connection->exchange)
        connection->exchange = http_exchange_new(server, connection);
    struct http_reader *reader = &connection->exchange->reader;
    size_t used;
    int r = http_reader_feed(reader, bytes, server->options.body_size_max, &used);
    if (r == 0)
        handle(connection);
    else if (r == HTTP_READ_REFUSED)
        http_connection_refuse(connection, reader->refusal);
    else
        say_continue(connection);
    return used;
}

/* Takes requests until the bytes end or one is not answered at once. */
static size_t take(struct http_connection *connection, struct text bytes) {
    size_t used = 0;
    while (used < bytes.size && takes_requests(connection))
        used += take_one(connection, (struct text){bytes.data + used, bytes.size - used});
    return used;
}

static void drop_input(struct http_connection *connection) {
    buffer_deinit(&connection->input);
    connection->input_used = 0;
}

static bool take_input(struct http_connection *connection) {
    struct buffer *input = &connection->input;
    size_t used = take(connection,
        (struct text){input->data + connection->input_used, input->size - connection->input_used});
    connection->input_used += used;
    if (connection->input_used == input->size)
        drop_input(connection);
    return used > 0;
}

/* The number of bytes read into the server's buffer; 0: none, whatever the reason. */
static size_t receive(struct http_connection *connection) {
    char *bytes = connection->server->read_buffer;
    ssize_t n;
    do
        n = recv(connection->source.fd, bytes, HTTP_READ_SIZE, 0);
    while (n < 0 && errno == EINTR);
    /* Edge-triggered: whatever comes after less than was asked for is a new edge. */
    connection->is_readable = n == HTTP_READ_SIZE;
    if (n == 0)
        connection->is_half_closed = true;
    else if (n < 0 && errno != EAGAIN)
        connection->is_broken = true;
    return n > 0 ? (size_t)n : 0;
}

static bool take_received(struct http_connection *connection) {
    size_t size = receive(connection);
    if (size == 0)
        return false;
    const char *bytes = connection->server->read_buffer;
    size_t used = take(connection, (struct text){bytes, size});
    if (!connection->closes)
        buffer_append(&connection->input, bytes + used, size - used);
    return true;
}

/* True: something happened, there may be more to do. */
static bool take_requests(struct http_connection *connection) {
    if (!takes_requests(connection))
        return false;
    if (has_input(connection))
        return take_input(connection);
    return connection->is_readable && take_received(connection);
}

/* --- answers --- */

struct buffer *http_connection_output(struct http_connection *connection) {
    http_connection_settle_later(connection);
    return http_output_open(connection);
}

void http_connection_respond(
    struct http_connection *connection, const struct http_response *response, struct text body) {
    struct buffer *output = http_connection_output(connection);
    http_append_head(output, response, &connection->server->date);
    if (body.size < HTTP_LARGE_BODY_SIZE)
        buffer_append_text(output, body);
    else
        http_output_flush_with(connection, body);
}

int http_connection_check_backlog(struct http_connection *connection) {
    if (http_output_size(connection) > HTTP_BACKLOG_MAX)
        http_output_flush(connection);
    connection->is_full = http_output_size(connection) > HTTP_BACKLOG_MAX;
    return connection->is_full ? HTTP_FULL : 0;
}

void http_connection_end_exchange(struct http_connection *connection, bool keeps_alive) {
    connection->exchange = NULL;
    connection->is_full = false;
    connection->closes |= !keeps_alive;
    http_connection_settle_later(connection);
}

void http_connection_cut(struct http_connection *connection, bool with_reset) {
    connection->is_cut = true;
    connection->is_reset = with_reset;
}

static bool tell_writable(struct http_connection *connection) {
    if (!connection->is_full || http_output_size(connection) > HTTP_BACKLOG_MAX / 2)
        return false;
    struct http_exchange *exchange = connection->exchange;
    connection->is_full = false;
    if (exchange->on_writable)
        exchange->on_writable(exchange);
    return true;
}

/* --- life --- */

static void discard_received(struct http_connection *connection) {
    for (int steps = 0; connection->is_readable && receive(connection) > 0; steps++) {
        if (steps == STEPS_PER_TURN) {
            http_output_watch(connection);
            return;
        }
    }
}

/* The last answer is out. */
static bool is_done(const struct http_connection *connection) {
    return connection->closes && !connection->is_cut && !http_connection_is_busy(connection) &&
           http_output_size(connection) == 0;
}

/* A socket that is closed with bytes unread sends a reset, which may overtake the last answer. */
static void linger(struct http_connection *connection) {
    if (!connection->lingers)
        shutdown(connection->source.fd, SHUT_WR);
    connection->lingers = true;
    drop_input(connection);
    discard_received(connection);
}

static bool is_idle(const struct http_connection *connection) {
    return !connection->exchange && !has_input(connection) && http_output_size(connection) == 0 &&
           !connection->lingers;
}

/* Nothing is under way and nothing more may come. */
static bool is_over(const struct http_connection *connection) {
    if (connection->is_broken || connection->is_cut)
        return true;
    if (connection->is_half_closed)
        return http_connection_is_busy(connection) || http_output_size(connection) == 0;
    return connection->server->is_draining && is_idle(connection);
}

/* One client must not keep the others waiting: after so many steps epoll brings it round again. */
static void advance(struct http_connection *connection) {
    http_output_flush(connection);
    for (int steps = 0; take_requests(connection) || tell_writable(connection); steps++) {
        http_output_flush(connection);
        if (steps == STEPS_PER_TURN) {
            http_output_watch(connection);
            return;
        }
    }
}

void http_connection_settle(struct http_connection *connection) {
    list_remove(&connection->unsettled);
    connection->is_settling = true;
    advance(connection);
    connection->is_settling = false;
    if (is_done(connection))
        linger(connection);
    if (is_over(connection)) {
        http_connection_drop(connection);
        return;
    }
    http_deadline_update(connection);
}

void http_connection_settle_later(struct http_connection *connection) {
    if (!connection->is_settling && list_is_empty(&connection->unsettled))
        list_push_back(&connection->server->unsettled, &connection->unsettled);
}

static void on_ready(struct http_source *source, uint32_t events) {
    struct http_connection *connection = container_of(source, struct http_connection, source);
    if (events & (EPOLLERR | EPOLLHUP))
        connection->is_broken = true;
    if (events & (EPOLLIN | EPOLLRDHUP))
        connection->is_readable = true;
    if (events & EPOLLRDHUP)
        connection->is_half_closed = true;
    if (events & EPOLLOUT)
        connection->is_blocked = false;
    http_connection_settle(connection);
}

static struct http_connection *connection_new(struct http_server *server, int fd) {
    struct http_connection *connection = memory_new(sizeof(*connection));
    connection->source = (struct http_source){fd, on_ready};
    connection->server = server;
    list_push_back(&server->connections, &connection->link);
    list_init(&connection->unsettled);
    http_deadline_init(connection);
    server->connection_count++;
    int r = http_loop_add(&server->loop, &connection->source, EPOLLIN | EPOLLRDHUP | EPOLLET);
    connection->is_broken = r < 0; /* the kernel is out of memory */
    return connection;
}

void http_connection_new(struct http_server *server, int fd) {
    struct http_connection *connection = connection_new(server, fd);
    if (connection->is_broken)
        http_connection_drop(connection);
}

void http_connection_new_refused(struct http_server *server, int fd) {
    struct http_connection *connection = connection_new(server, fd);
    connection->exchange = http_exchange_new(server, connection);
    http_connection_refuse(
        connection, (struct http_refusal){503, "There are too many connections."});
    http_connection_settle(connection);
}

static void reset_on_close(int fd) {
    struct linger linger = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

void http_connection_drop(struct http_connection *connection) {
    struct http_server *server = connection->server;
    struct http_exchange *exchange = connection->exchange;
    if (connection->is_reset)
        reset_on_close(connection->source.fd);
    close(connection->source.fd);
    http_timer_stop(&connection->deadline.timer);
    list_remove(&connection->unsettled);
    list_remove(&connection->link);
    buffer_deinit(&connection->input);
    http_output_drop(connection);
    free(connection);
    server->connection_count--;
    if (exchange)
        http_exchange_lose(exchange);
    http_server_check_drained(server);
}

void http_connection_drain(struct http_connection *connection) {
    bool is_stream = connection->exchange && connection->exchange->state == HTTP_EXCHANGE_BEGUN;
    if (is_stream)
        http_connection_cut(connection, connection->exchange->is_unframed);
    connection->is_readable = true; /* a request may have come that we were not told of yet */
    http_connection_settle(connection);
}
