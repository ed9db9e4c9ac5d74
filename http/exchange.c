/* SPDX-License-Identifier: Apache-2.0 */
#include "http/exchange.h"

#include <assert.h>
#include <string.h>

#include "http/connection.h"
#include "http/response.h"
#include "http/server_private.h"
#include "http/syntax.h"

enum { HEADERS_KEPT_MAX = 4 * 1024 }; /* memory that is kept from answer to answer */

struct http_exchange *http_exchange_new(
    struct http_server *server, struct http_connection *connection) {
    struct http_exchange *exchange = http_pool_take_exchange(&server->pool);
    exchange->server = server;
    exchange->connection = connection;
    exchange->state = HTTP_EXCHANGE_READING;
    exchange->is_unframed = exchange->has_no_body = false;
    exchange->user = NULL;
    exchange->on_gone = exchange->on_writable = NULL;
    http_reader_clear(&exchange->reader);
    if (exchange->headers.capacity > HEADERS_KEPT_MAX)
        buffer_deinit(&exchange->headers);
    buffer_clear(&exchange->headers);
    return exchange;
}

void http_exchange_free(struct http_exchange *exchange) {
    http_pool_give_exchange(&exchange->server->pool, exchange);
}

bool http_exchange_is_handled(const struct http_exchange *exchange) {
    return exchange->state != HTTP_EXCHANGE_READING;
}

void http_exchange_lose(struct http_exchange *exchange) {
    exchange->connection = NULL;
    if (!http_exchange_is_handled(exchange))
        http_exchange_free(exchange);
    else if (exchange->on_gone)
        exchange->on_gone(exchange);
}

const struct http_request *http_request(const struct http_exchange *exchange) {
    return &exchange->reader.request;
}

struct arena *http_arena(struct http_exchange *exchange) {
    return &exchange->arena;
}

struct http_server *http_exchange_server(struct http_exchange *exchange) {
    return exchange->server;
}

struct text http_request_header(const struct http_exchange *exchange, const char *name) {
    const struct http_request *request = &exchange->reader.request;
    struct text wanted = text_from(name);
    for (size_t i = 0; i < request->header_count; i++)
        if (text_equal_ignore_case(request->headers[i].name, wanted))
            return request->headers[i].value;
    return TEXT("");
}

void http_set_user(struct http_exchange *exchange, void *user) {
    exchange->user = user;
}

void *http_user(const struct http_exchange *exchange) {
    return exchange->user;
}

void http_on_gone(struct http_exchange *exchange, void (*on_gone)(struct http_exchange *exchange)) {
    exchange->on_gone = on_gone;
}

void http_on_writable(
    struct http_exchange *exchange, void (*on_writable)(struct http_exchange *exchange)) {
    exchange->on_writable = on_writable;
}

bool http_is_gone(const struct http_exchange *exchange) {
    return !exchange->connection;
}

/* An exchange answered by another thread would be a race that shows months later. */
static void assert_state(const struct http_exchange *exchange, enum http_exchange_state expected) {
    assert(http_loop_is_current(&exchange->server->loop) && "other threads use http_post()");
    assert(exchange->state == expected && "http_begin() comes before http_write(), and one ends");
}

static bool is_ours(struct text name) {
    static const struct text ours[] = {
        {"Content-Length", 14}, {"Date", 4}, {"Connection", 10}, {"Transfer-Encoding", 17}};
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
        if (text_equal_ignore_case(name, ours[i]))
            return true;
    return false;
}

void http_add_header(struct http_exchange *exchange, const char *name, struct text value) {
    assert_state(exchange, HTTP_EXCHANGE_HANDLED);
    assert(http_is_token(text_from(name)) && !is_ours(text_from(name)));
    http_append_header(&exchange->headers, name, value);
}

/* A client that was refused may have left half a request on the way: it is not read on. */
static bool keeps_alive(const struct http_exchange *exchange) {
    const struct http_reader *reader = &exchange->reader;
    return reader->phase == HTTP_READ_COMPLETE && reader->head.keeps_alive &&
           !exchange->is_unframed && !exchange->server->is_draining;
}

static bool is_head(const struct http_exchange *exchange) {
    return text_equal(exchange->reader.request.method, TEXT("HEAD"));
}

static void end(struct http_exchange *exchange) {
    if (exchange->connection)
        http_connection_end_exchange(exchange->connection, keeps_alive(exchange));
    http_exchange_free(exchange);
}

void http_reply(struct http_exchange *exchange, int status, struct text body) {
    assert_state(exchange, HTTP_EXCHANGE_HANDLED);
    bool has_body = http_status_has_body(status);
    struct http_response response = {
        .status = status,
        .headers = buffer_text(&exchange->headers),
        .framing = has_body ? HTTP_BY_LENGTH : HTTP_NO_BODY,
        .body_size = body.size,
        .closes = !keeps_alive(exchange),
    };
    if (!has_body || is_head(exchange))
        body = TEXT("");
    if (exchange->connection)
        http_connection_respond(exchange->connection, &response, body);
    end(exchange);
}

void http_begin(struct http_exchange *exchange, int status) {
    assert_state(exchange, HTTP_EXCHANGE_HANDLED);
    exchange->state = HTTP_EXCHANGE_BEGUN;
    exchange->has_no_body = is_head(exchange) || !http_status_has_body(status);
    exchange->is_unframed = exchange->reader.parser.minor_version == 0 &&
                            http_status_has_body(status);
    struct http_response response = {
        .status = status,
        .headers = buffer_text(&exchange->headers),
        .framing = exchange->is_unframed          ? HTTP_BY_CLOSE
                   : http_status_has_body(status) ? HTTP_BY_CHUNKS
                                                  : HTTP_NO_BODY,
        .closes = !keeps_alive(exchange),
    };
    if (exchange->connection)
        http_connection_respond(exchange->connection, &response, TEXT(""));
    buffer_clear(&exchange->headers);
}

int http_write(struct http_exchange *exchange, struct text bytes) {
    assert_state(exchange, HTTP_EXCHANGE_BEGUN);
    if (!exchange->connection || exchange->has_no_body)
        return 0;
    struct buffer *output = http_connection_output(exchange->connection);
    if (exchange->is_unframed)
        buffer_append_text(output, bytes);
    else
        http_append_chunk(output, bytes);
    return http_connection_check_backlog(exchange->connection);
}

void http_end(struct http_exchange *exchange) {
    assert_state(exchange, HTTP_EXCHANGE_BEGUN);
    if (exchange->connection && !exchange->has_no_body && !exchange->is_unframed)
        http_append_last_chunk(http_connection_output(exchange->connection));
    end(exchange);
}

void http_abort(struct http_exchange *exchange) {
    assert_state(exchange, exchange->state);
    assert(http_exchange_is_handled(exchange));
    if (exchange->connection)
        http_connection_cut(exchange->connection, exchange->is_unframed);
    end(exchange);
}
