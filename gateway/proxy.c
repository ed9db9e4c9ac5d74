/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/proxy.h"

#include "base/arena.h"
#include "gateway/answer.h"
#include "gateway/call_options.h"
#include "gateway/error.h"
#include "gateway/gateway_private.h"
#include "gateway/upstream.h"
#include "gateway/visit.h"
#include "http/server.h"

/* Lives in the exchange's arena. */
struct proxy {
    struct visit *visit;
    const struct endpoint *endpoint;
    struct upstream upstream;
};

/* A page of another origin can send any other type without being asked for permission first. */
static bool is_json(const struct visit *visit) {
    struct text type = visit_header(visit, "content-type");
    struct text essence = text_trim(text_cut(&type, ';'));
    return essence.size == 0 || text_equal_ignore_case(essence, TEXT("application/json"));
}

static bool is_plain(const struct visit *visit) {
    struct text coding = text_trim(visit_header(visit, "content-encoding"));
    return coding.size == 0 || text_equal_ignore_case(coding, TEXT("identity"));
}

bool proxy_prepare(struct visit *visit, const struct endpoint *endpoint,
    const struct route_match *match, struct call_options *ret_options) {
    struct gateway *gateway = visit->gateway;
    struct transcode_extra extras[CALL_FIELDS];
    struct transcode_request request = {
        .query = call_query(visit, endpoint->route->method->input),
        .body = visit->request->body,
        .extras = extras,
        .extra_count = call_fields_read(visit, extras),
    };
    if (request.body.size > 0 && !is_json(visit)) {
        error_reply(visit, 415, "the body must be application/json");
        return false;
    }
    if (request.body.size > 0 && !is_plain(visit)) {
        error_reply(visit, 415, "the body must be sent without a Content-Encoding");
        return false;
    }
    bool is_stream = endpoint->method->kind != METHOD_UNARY;
    const char *problem = call_options_read(ret_options, visit, is_stream);
    if (problem) {
        error_reply(visit, 400, "%s", problem);
        return false;
    }
    struct transcode_error error;
    buffer_clear(&gateway->wire);
    if (transcode_request(
            gateway->api.schema, match, &request, visit->arena, &gateway->wire, &error) != 0) {
        error_reply_transcode(visit, &error);
        return false;
    }
    return true;
}

static void reply_json(struct proxy *proxy, struct text reply) {
    struct visit *visit = proxy->visit;
    struct gateway *gateway = visit->gateway;
    struct transcode_error error;
    buffer_clear(&gateway->json);
    int r = transcode_response(gateway->api.schema, proxy->endpoint->route, reply,
        JSON_ZEROS_LISTED, visit->arena, &gateway->json, &error);
    if (r == 0) {
        answer_json(visit, buffer_text(&gateway->json));
        scratch_trim(&gateway->json);
        return;
    }
    const struct log_scope scope = {.trace = &visit->trace};
    log_error(&scope, "reply does not transcode method=%s field=%s problem=%s",
        proxy->endpoint->method->path, error.path, error.message);
    error_reply(visit, 500, "the service's reply cannot be shown");
}

static void on_end(struct upstream *upstream, const struct status *status, struct text reply) {
    struct proxy *proxy = container_of(upstream, struct proxy, upstream);
    if (http_is_gone(proxy->visit->exchange))
        visit_reply_empty(proxy->visit, 499);
    else if (status->code == STATUS_OK)
        reply_json(proxy, reply);
    else
        error_reply_call(proxy->visit, status);
}

static void on_gone(struct http_exchange *exchange) {
    struct proxy *proxy = http_user(exchange);
    upstream_cancel(&proxy->upstream);
}

void proxy_start(
    struct visit *visit, const struct endpoint *endpoint, const struct route_match *match) {
    static const struct upstream_events events = {NULL, on_end};
    struct gateway *gateway = visit->gateway;
    struct call_options options;
    if (!proxy_prepare(visit, endpoint, match, &options))
        return;
    struct proxy *proxy = arena_alloc(visit->arena, sizeof(*proxy));
    proxy->visit = visit;
    proxy->endpoint = endpoint;
    http_set_user(visit->exchange, proxy);
    http_on_gone(visit->exchange, on_gone);
    upstream_start(&proxy->upstream, gateway->upstreams, endpoint->channel, endpoint->method,
        &options.rpc, buffer_text(&gateway->wire), &events);
}
