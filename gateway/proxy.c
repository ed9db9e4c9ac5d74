/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/proxy.h"

#include "base/arena.h"
#include "base/clock.h"
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
    struct call_options *options;
    struct text request; /* kept while the call may be repeated; else empty */
    bool may_repeat;
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

static void start(struct proxy *proxy, struct text request);

/* The runtime has no details about how a call ended; a service always has. */
static bool must_repeat(const struct proxy *proxy, const struct status *status) {
    return proxy->may_repeat && status->code == STATUS_UNAVAILABLE && status->details.size == 0;
}

/* Within the time that the request had from the beginning. */
static bool repeat(struct proxy *proxy) {
    int64_t spent_ms = (clock_monotonic_us() - proxy->visit->started_us) / 1000;
    proxy->may_repeat = false;
    proxy->options->rpc.timeout_ms -= spent_ms;
    if (proxy->options->rpc.timeout_ms <= 0)
        return false;
    start(proxy, proxy->request);
    return true;
}

static void on_end(struct upstream *upstream, const struct status *status, struct text reply) {
    struct proxy *proxy = container_of(upstream, struct proxy, upstream);
    if (http_is_gone(proxy->visit->exchange))
        visit_reply_empty(proxy->visit, 499);
    else if (status->code == STATUS_OK)
        reply_json(proxy, reply);
    else if (!must_repeat(proxy, status) || !repeat(proxy))
        error_reply_call(proxy->visit, status);
}

static void on_gone(struct http_exchange *exchange) {
    struct proxy *proxy = http_user(exchange);
    upstream_cancel(&proxy->upstream);
}

static void start(struct proxy *proxy, struct text request) {
    static const struct upstream_events events = {NULL, on_end};
    upstream_start(&proxy->upstream, proxy->visit->gateway->upstreams, proxy->endpoint->channel,
        proxy->endpoint->method, &proxy->options->rpc, request, &events);
}

/* What the channel retries by itself has been tried often enough. */
static bool is_repeatable(const struct visit *visit, const struct endpoint *endpoint) {
    if (endpoint->is_retried)
        return false;
    return endpoint->method->idempotency != METHOD_SIDE_EFFECTS ||
           (visit_header(visit, "idempotency-key").size > 0 &&
               schema_field(endpoint->route->method->input, TEXT("request_id")));
}

void proxy_start(
    struct visit *visit, const struct endpoint *endpoint, const struct route_match *match) {
    struct proxy *proxy = arena_alloc(visit->arena, sizeof(*proxy));
    struct call_options *options = arena_alloc(visit->arena, sizeof(*options));
    if (!proxy_prepare(visit, endpoint, match, options))
        return;
    struct text request = buffer_text(&visit->gateway->wire);
    proxy->visit = visit;
    proxy->endpoint = endpoint;
    proxy->options = options;
    proxy->may_repeat = is_repeatable(visit, endpoint);
    if (proxy->may_repeat)
        proxy->request = (struct text){
            arena_copy(visit->arena, request.data, request.size), request.size};
    http_set_user(visit->exchange, proxy);
    http_on_gone(visit->exchange, on_gone);
    start(proxy, request);
}
