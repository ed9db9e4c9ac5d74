/* SPDX-License-Identifier: Apache-2.0 */
#include "http/metrics.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/metric.h"
#include "http/accept.h"
#include "http/server.h"

struct metrics_server {
    struct http_server *http;
    bool (*is_ready)(void *data);
    void *data;
    struct buffer text;
};

static const struct form {
    struct text type, version, content_type;
} forms[] = {
    [METRIC_TEXT] = {{"text/plain", 10}, {"0.0.4", 5},
        {"text/plain; version=0.0.4; charset=utf-8", 40}},
    [METRIC_OPENMETRICS] = {{"application/openmetrics-text", 28}, {"1.0.0", 5},
        {"application/openmetrics-text; version=1.0.0; charset=utf-8", 58}},
};

static int quality_of(struct text accept, enum metric_format format) {
    return accept_quality_of_version(accept, forms[format].type, forms[format].version);
}

/* Who likes both the same gets what it called by name, and who asks for neither gets text, as
 * scrapers and people expect. */
static enum metric_format choose_format(struct text accept) {
    int open = quality_of(accept, METRIC_OPENMETRICS), text = quality_of(accept, METRIC_TEXT);
    bool is_named = text_contains_ignore_case(accept, forms[METRIC_OPENMETRICS].type);
    return open > text || (open > 0 && open == text && is_named) ? METRIC_OPENMETRICS : METRIC_TEXT;
}

static void reply_metrics(struct metrics_server *server, struct http_exchange *exchange) {
    enum metric_format format = choose_format(http_request_header(exchange, "accept"));
    buffer_clear(&server->text);
    metric_render(&server->text, format);
    http_add_header(exchange, "Content-Type", forms[format].content_type);
    http_add_header(exchange, "Vary", TEXT("Accept"));
    http_reply(exchange, 200, buffer_text(&server->text));
}

static void reply_line(struct http_exchange *exchange, int status, struct text line) {
    http_add_header(exchange, "Content-Type", TEXT("text/plain; charset=utf-8"));
    http_add_header(exchange, "Cache-Control", TEXT("no-store"));
    http_reply(exchange, status, line);
}

static void reply_health(struct metrics_server *server, struct http_exchange *exchange) {
    reply_line(exchange, 200, TEXT("alive\n"));
}

static void reply_readiness(struct metrics_server *server, struct http_exchange *exchange) {
    if (!server->is_ready || server->is_ready(server->data))
        reply_line(exchange, 200, TEXT("ready\n"));
    else
        reply_line(exchange, 503, TEXT("not ready\n"));
}

static const struct {
    struct text path;
    void (*reply)(struct metrics_server *server, struct http_exchange *exchange);
} pages[] = {
    {{"/healthz", 8}, reply_health},
    {{"/metrics", 8}, reply_metrics},
    {{"/readyz", 7}, reply_readiness},
};

static bool is_read(struct text method) {
    return text_equal(method, TEXT("GET")) || text_equal(method, TEXT("HEAD"));
}

static void handle(struct http_exchange *exchange, void *data) {
    const struct http_request *request = http_request(exchange);
    if (!is_read(request->method)) {
        http_add_header(exchange, "Allow", TEXT("GET, HEAD"));
        reply_line(exchange, 405, TEXT("only GET and HEAD\n"));
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++) {
        if (text_equal(request->path, pages[i].path)) {
            pages[i].reply(data, exchange);
            return;
        }
    }
    reply_line(exchange, 404, TEXT("only /healthz, /metrics and /readyz\n"));
}

static void on_refused(struct http_exchange *exchange, int status, const char *why, void *data) {
    reply_line(exchange, status, text_from(why));
}

int metrics_server_new(const char *address, bool (*is_ready)(void *data), void *data,
    struct metrics_server **ret_server, int *ret_port) {
    static const struct http_server_options options = {
        .body_size_max = 1, .connections_max = 256, .thread_name = "metrics"};
    struct metrics_server *server = memory_new(sizeof(*server));
    const struct http_handler handler = {handle, on_refused, server};
    *server = (struct metrics_server){.is_ready = is_ready, .data = data};
    server->http = http_server_new(&handler, &options);
    int r = http_server_listen(server->http, address, ret_port);
    if (r < 0) {
        metrics_server_free(server);
        return r;
    }
    http_server_start(server->http);
    *ret_server = server;
    return 0;
}

void metrics_server_free(struct metrics_server *server) {
    if (!server)
        return;
    http_server_free(server->http);
    buffer_deinit(&server->text);
    free(server);
}
