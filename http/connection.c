/* SPDX-License-Identifier: Apache-2.0 */
#include "http/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "http/exchange.h"
#include "http/output.h"
#include "http/server_private.h"

enum { STEPS_PER_TURN = 8 }; /* each of at most HTTP_READ_SIZE bytes */

static bool is_busy(const struct http_connection *connection) {
    return connection->exchange && http_exchange_is_handled(connection->exchange);
}

static bool has_input(const struct http_connection *connection) {
    return connection->input.size > 0;
}

/* --- requests --- */

static void hand_out(struct http_connection *connection) {
    connection->phase = HTTP_PHASE_ANSWER; /* the next request's deadline is a new one */
    connection->has_continued = false;
    connection->exchange->state = HTTP_EXCHANGE_HANDLED;
}

static void handle(struct http_connection *connection) {
    const struct http_handler *handler = &connection->server->handler;
    hand_out(connection);
    handler->handle(connection->exchange, handler->data);
}

static void refuse(struct http_connection *connection, struct http_refusal refusal) {
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
           !is_busy(connection) && http_output_size(connection) <= HTTP_BACKLOG_MAX;
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
        refuse(connection, reader->refusal);
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

/* --- timeouts --- */

static enum http_phase current_phase(const struct http_connection *connection) {
    if (connection->phase == HTTP_PHASE_LINGERING)
        return HTTP_PHASE_LINGERING;
    if (is_busy(connection))
        return HTTP_PHASE_ANSWER;
    if (!connection->exchange)
        return http_output_size(connection) > 0 ? HTTP_PHASE_ANSWER : HTTP_PHASE_IDLE;
    return connection->exchange->reader.phase == HTTP_READING_HEAD ? HTTP_PHASE_HEAD
                                                                   : HTTP_PHASE_BODY;
}

static int64_t phase_timeout_ms(const struct http_connection *connection) {
    const struct http_server_options *options = &connection->server->options;
    switch (connection->phase) {
    case HTTP_PHASE_IDLE:
        return options->idle_timeout_ms;
    case HTTP_PHASE_HEAD:
        return options->head_timeout_ms;
    case HTTP_PHASE_BODY:
        return options->body_timeout_ms;
    case HTTP_PHASE_LINGERING:
        return HTTP_LINGER_MS;
    case HTTP_PHASE_ANSWER:
        break;
    }
    return -1;
}

static void enter_phase(struct http_connection *connection, enum http_phase phase) {
    if (phase == connection->phase && phase != HTTP_PHASE_ANSWER)
        return;
    connection->phase = phase;
    int64_t timeout_ms = phase_timeout_ms(connection);
    connection->phase_deadline_ms = timeout_ms < 0 ? INT64_MAX
                                                   : connection->server->loop.now_ms + timeout_ms;
}

/* The timer is only ever moved forward here: one that fires too early finds out and sleeps on. */
static void arm(struct http_connection *connection) {
    int64_t deadline_ms = connection->phase_deadline_ms < connection->stall_deadline_ms
                              ? connection->phase_deadline_ms
                              : connection->stall_deadline_ms;
    if (deadline_ms == INT64_MAX)
        return;
    if (!http_timer_is_started(&connection->timer) || connection->timer.entry.key > deadline_ms)
        http_timer_start_at(&connection->timer, deadline_ms);
}

static void on_phase_timeout(struct http_connection *connection) {
    switch (connection->phase) {
    case HTTP_PHASE_HEAD:
        refuse(connection, (struct http_refusal){408, "The request's head took too long."});
        break;
    case HTTP_PHASE_BODY:
        refuse(connection, (struct http_refusal){408, "The request's body took too long."});
        break;
    case HTTP_PHASE_IDLE:
    case HTTP_PHASE_LINGERING:
    case HTTP_PHASE_ANSWER:
        connection->is_cut = true;
    }
}

static void on_timer(void *data) {
    struct http_connection *connection = data;
    int64_t now_ms = connection->server->loop.now_ms;
    if (connection->stall_deadline_ms <= now_ms && !http_output_has_progress(connection))
        connection->is_broken = true;
    else if (connection->phase_deadline_ms <= now_ms)
        on_phase_timeout(connection);
    http_connection_settle(connection);
}

/* --- life --- */

static void discard_received(struct http_connection *connection) {
    while (connection->is_readable && receive(connection) > 0)
        ;
}

/* The last answer is out. */
static bool is_done(const struct http_connection *connection) {
    return connection->closes && !connection->is_cut && !is_busy(connection) &&
           http_output_size(connection) == 0;
}

static void linger(struct http_connection *connection) {
    if (connection->phase != HTTP_PHASE_LINGERING)
        shutdown(connection->source.fd, SHUT_WR);
    enter_phase(connection, HTTP_PHASE_LINGERING);
    drop_input(connection);
    discard_received(connection);
}

/* Nothing is under way and nothing more may come. */
static bool is_over(const struct http_connection *connection) {
    if (connection->is_broken || connection->is_cut)
        return true;
    if (connection->is_half_closed)
        return is_busy(connection) || http_output_size(connection) == 0;
    return connection->server->is_draining && !connection->exchange && !has_input(connection) &&
           http_output_size(connection) == 0 && connection->phase != HTTP_PHASE_LINGERING &&
           !connection->closes;
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
    enter_phase(connection, current_phase(connection));
    arm(connection);
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
    connection->phase_deadline_ms = server->loop.now_ms + server->options.idle_timeout_ms;
    connection->stall_deadline_ms = INT64_MAX;
    list_push_back(&server->connections, &connection->link);
    list_init(&connection->unsettled);
    http_timer_init(&connection->timer, &server->loop, on_timer, connection);
    server->connection_count++;
    int r = http_loop_add(&server->loop, &connection->source, EPOLLIN | EPOLLRDHUP | EPOLLET);
    connection->is_broken = r < 0; /* the kernel is out of memory */
    arm(connection);
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
    refuse(connection, (struct http_refusal){503, "There are too many connections."});
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
    http_timer_stop(&connection->timer);
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
