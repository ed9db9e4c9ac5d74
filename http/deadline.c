/* SPDX-License-Identifier: Apache-2.0 */
#include "http/deadline.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "http/connection.h"
#include "http/exchange.h"
#include "http/output.h"
#include "http/server_private.h"

static int64_t now_ms(const struct http_connection *connection) {
    return connection->server->loop.now_ms;
}

/* What the client has not acknowledged: it shrinks long before there is room for more. */
static int queue_size(const struct http_connection *connection) {
    int size = 0;
    ioctl(connection->source.fd, SIOCOUTQ, &size);
    return size;
}

void http_deadline_expect_progress(struct http_connection *connection) {
    connection->deadline.queue_size = queue_size(connection);
    connection->deadline.stall_ends_ms = now_ms(connection) +
                                         connection->server->options.stall_timeout_ms;
}

void http_deadline_expect_nothing(struct http_connection *connection) {
    connection->deadline.stall_ends_ms = INT64_MAX;
}

static bool has_progress(struct http_connection *connection) {
    if (queue_size(connection) >= connection->deadline.queue_size)
        return false;
    http_deadline_expect_progress(connection);
    return true;
}

static enum http_phase current_phase(const struct http_connection *connection) {
    const struct http_exchange *exchange = connection->exchange;
    if (connection->lingers)
        return HTTP_PHASE_LINGER;
    if (http_connection_is_busy(connection))
        return HTTP_PHASE_ANSWER;
    if (!exchange)
        return http_output_size(connection) > 0 ? HTTP_PHASE_ANSWER : HTTP_PHASE_IDLE;
    return exchange->reader.phase == HTTP_READING_HEAD ? HTTP_PHASE_HEAD : HTTP_PHASE_BODY;
}

static int64_t phase_ends_ms(const struct http_connection *connection) {
    const struct http_server_options *options = &connection->server->options;
    switch (connection->deadline.phase) {
    case HTTP_PHASE_IDLE:
        return now_ms(connection) + options->idle_timeout_ms;
    case HTTP_PHASE_HEAD:
        return now_ms(connection) + options->head_timeout_ms;
    case HTTP_PHASE_BODY:
        return now_ms(connection) + options->body_timeout_ms;
    case HTTP_PHASE_LINGER:
        return now_ms(connection) + HTTP_LINGER_MS;
    case HTTP_PHASE_ANSWER:
        break; /* the application's own, or the stall timeout */
    }
    return INT64_MAX;
}

static void set_phase(struct http_connection *connection, enum http_phase phase) {
    connection->deadline.phase = phase;
    connection->deadline.phase_ends_ms = phase_ends_ms(connection);
}

static void arm(struct http_deadline *deadline) {
    int64_t ends_ms = deadline->phase_ends_ms < deadline->stall_ends_ms ? deadline->phase_ends_ms
                                                                        : deadline->stall_ends_ms;
    bool is_late = !http_timer_is_started(&deadline->timer) || deadline->timer.entry.key > ends_ms;
    if (is_late && ends_ms != INT64_MAX)
        http_timer_start_at(&deadline->timer, ends_ms);
}

void http_deadline_update(struct http_connection *connection) {
    enum http_phase phase = current_phase(connection);
    if (phase != connection->deadline.phase)
        set_phase(connection, phase);
    arm(&connection->deadline);
}

/* So that the next phase is a new one even if it is of the same kind. */
void http_deadline_forget(struct http_connection *connection) {
    set_phase(connection, HTTP_PHASE_ANSWER);
}

static void on_phase_end(struct http_connection *connection) {
    switch (connection->deadline.phase) {
    case HTTP_PHASE_HEAD:
        http_connection_refuse(
            connection, (struct http_refusal){408, "The request's head took too long."});
        break;
    case HTTP_PHASE_BODY:
        http_connection_refuse(
            connection, (struct http_refusal){408, "The request's body took too long."});
        break;
    case HTTP_PHASE_IDLE:
    case HTTP_PHASE_LINGER:
        http_connection_cut(connection, false);
        break;
    case HTTP_PHASE_ANSWER:
        break;
    }
}

static void on_timer(void *data) {
    struct http_connection *connection = data;
    const struct http_deadline *deadline = &connection->deadline;
    if (deadline->stall_ends_ms <= now_ms(connection) && !has_progress(connection))
        http_connection_cut(connection, true);
    else if (deadline->phase_ends_ms <= now_ms(connection))
        on_phase_end(connection);
    http_connection_settle(connection);
}

void http_deadline_init(struct http_connection *connection) {
    http_timer_init(&connection->deadline.timer, &connection->server->loop, on_timer, connection);
    http_deadline_expect_nothing(connection);
    set_phase(connection, HTTP_PHASE_IDLE);
    arm(&connection->deadline);
}
