/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/watch.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/metric.h"
#include "gateway/call_options.h"
#include "gateway/error.h"
#include "gateway/gateway_private.h"
#include "gateway/proxy.h"
#include "gateway/upstream.h"
#include "gateway/visit.h"
#include "gateway/visit_span.h"
#include "http/accept.h"
#include "http/server.h"
#include "http/sse.h"
#include "mesh/status.h"

/* Lives in the exchange's arena. */
struct watch {
    struct visit *visit;
    const struct endpoint *endpoint;
    const struct stream_form *form;
    const struct schema_field *token; /* of the messages; NULL: they have none */
    struct upstream upstream;
    struct http_timer *timer;
    bool has_begun;
    bool is_broken;  /* a message did not transcode */
    bool has_spoken; /* since the timer was set */
    uint64_t message_count;
};

/* --- forms --- */

/* All return what http_write() returns. */
struct stream_form {
    struct text type;
    void (*begin)(struct http_exchange *exchange);
    int (*write)(struct http_exchange *exchange, struct text token, struct text json);
    int (*fail)(struct http_exchange *exchange, struct text status_json);
    int (*beat)(struct http_exchange *exchange); /* NULL: has no word for it */
};

static void sse_form_begin(struct http_exchange *exchange) {
    http_add_header(exchange, "X-Accel-Buffering", TEXT("no")); /* for proxies in front of us */
    sse_begin(exchange);
    http_write(exchange, TEXT("retry: 1000\n\n"));
}
_Static_assert(WATCH_RECONNECT_MS == 1000, "as it is written above");

static int sse_form_write(struct http_exchange *exchange, struct text token, struct text json) {
    return sse_event(exchange, token, TEXT(""), json);
}

static int sse_form_fail(struct http_exchange *exchange, struct text status_json) {
    return sse_event(exchange, TEXT(""), TEXT("error"), status_json);
}

static void lines_begin(struct http_exchange *exchange) {
    http_add_header(exchange, "Content-Type", TEXT("application/x-ndjson"));
    http_add_header(exchange, "Cache-Control", TEXT("no-store"));
    http_begin(exchange, 200);
}

static int lines_write(struct http_exchange *exchange, struct text token, struct text json) {
    http_write(exchange, json);
    return http_write(exchange, TEXT("\n"));
}

static int lines_fail(struct http_exchange *exchange, struct text status_json) {
    http_write(exchange, TEXT("{\"error\":"));
    http_write(exchange, status_json);
    return http_write(exchange, TEXT("}\n"));
}

static const struct stream_form forms[] = {
    {{"text/event-stream", 17}, sse_form_begin, sse_form_write, sse_form_fail, sse_heartbeat},
    {{"application/x-ndjson", 20}, lines_begin, lines_write, lines_fail, NULL},
};

/* The first of those the client likes best; NULL: it wants none. */
static const struct stream_form *choose_form(const struct visit *visit) {
    struct text accept = visit_header(visit, "accept");
    if (accept.size == 0)
        return &forms[0];
    const struct stream_form *best = NULL;
    int best_quality = 0;
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        int quality = accept_quality(accept, forms[i].type);
        if (quality > best_quality) {
            best = &forms[i];
            best_quality = quality;
        }
    }
    return best;
}

/* --- the stream --- */

static void begin(struct watch *watch) {
    watch->has_begun = true;
    visit_begin(watch->visit, 200);
    watch->form->begin(watch->visit->exchange);
    metric_add(watch->visit->gateway->traffic.streams, 1);
    http_timer_start(watch->timer, watch->visit->gateway->options.heartbeat_ms);
}

/* A client that takes no more stops the service, until on_writable(). */
static void heed(struct watch *watch, int r) {
    watch->has_spoken = true;
    if (r == HTTP_FULL)
        upstream_pause(&watch->upstream);
}

static void on_writable(struct http_exchange *exchange) {
    struct watch *watch = http_user(exchange);
    upstream_resume(&watch->upstream);
}

static void on_timer(void *data) {
    struct watch *watch = data;
    if (!watch->has_begun) {
        begin(watch);
        return;
    }
    if (!watch->has_spoken && watch->form->beat)
        heed(watch, watch->form->beat(watch->visit->exchange));
    watch->has_spoken = false;
    http_timer_start(watch->timer, watch->visit->gateway->options.heartbeat_ms);
}

/* The string in that field of the message; empty when there is none. */
static struct text find_token(const struct watch *watch, struct text message) {
    struct text token = TEXT("");
    struct wire_reader reader = wire_reader(message);
    struct wire_field field;
    while (watch->token && reader.at < reader.end && wire_read_field(&reader, &field))
        if (field.number == watch->token->number && field.type == WIRE_BYTES)
            token = field.bytes;
    return token;
}

static void give_up(struct watch *watch, const struct transcode_error *error) {
    const struct log_scope scope = {.trace = &watch->visit->trace};
    log_error(&scope, "message does not transcode method=%s field=%s problem=%s",
        watch->endpoint->method->path, error->path, error->message);
    watch->is_broken = true;
    upstream_cancel(&watch->upstream);
}

static void on_message(struct upstream *upstream, struct text message) {
    struct watch *watch = container_of(upstream, struct watch, upstream);
    struct gateway *gateway = watch->visit->gateway;
    struct transcode_error error;
    /* The exchange's arena lives as long as the stream: what one message needs is given back. */
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    buffer_clear(&gateway->json);
    if (transcode_response(gateway->api.schema, watch->endpoint->route, message, JSON_ZEROS_LISTED,
            &arena, &gateway->json, &error) != 0) {
        give_up(watch, &error);
        return;
    }
    if (!watch->has_begun)
        begin(watch);
    watch->message_count++;
    heed(watch, watch->form->write(watch->visit->exchange, find_token(watch, message),
                    buffer_text(&gateway->json)));
    scratch_trim(&gateway->json);
}

static const struct status broken = {
    STATUS_INTERNAL, "the service's message cannot be shown", {"", 0}};

static void end_begun(struct watch *watch, const struct status *status) {
    struct visit *visit = watch->visit;
    const char *how = http_is_gone(visit->exchange) ? "gone" : status_code_name(status->code);
    traffic_note_end(visit, how, watch->message_count);
    visit_span_end(visit);
    metric_add(visit->gateway->traffic.streams, -1);
    if (status->code != STATUS_OK && status->code != STATUS_UNAVAILABLE)
        watch->form->fail(visit->exchange, error_json(visit, status));
    http_end(visit->exchange);
}

static void end_held(struct watch *watch, const struct status *status) {
    if (http_is_gone(watch->visit->exchange)) {
        visit_reply_empty(watch->visit, 499);
    } else if (status->code == STATUS_OK) {
        begin(watch);
        end_begun(watch, status);
    } else {
        error_reply_call(watch->visit, status);
    }
}

static void on_end(struct upstream *upstream, const struct status *status, struct text reply) {
    struct watch *watch = container_of(upstream, struct watch, upstream);
    struct http_timer *timer = watch->timer;
    if (watch->is_broken)
        status = &broken;
    if (watch->has_begun)
        end_begun(watch, status);
    else
        end_held(watch, status);
    http_timer_free(timer);
}

static void on_gone(struct http_exchange *exchange) {
    struct watch *watch = http_user(exchange);
    http_timer_stop(watch->timer);
    upstream_cancel(&watch->upstream);
}

static const struct schema_field *find_token_field(const struct endpoint *endpoint) {
    const struct schema_field *field = schema_field(
        endpoint->route->method->output, TEXT("resume_token"));
    return field && field->kind == KIND_STRING && !field->is_repeated ? field : NULL;
}

static struct watch *watch_new(
    struct visit *visit, const struct endpoint *endpoint, const struct stream_form *form) {
    struct watch *watch = arena_zalloc(visit->arena, sizeof(*watch));
    watch->visit = visit;
    watch->endpoint = endpoint;
    watch->form = form;
    watch->token = find_token_field(endpoint);
    watch->timer = http_timer_new(visit->gateway->server, on_timer, watch);
    http_timer_start(watch->timer, WATCH_HOLD_MS);
    http_set_user(visit->exchange, watch);
    http_on_gone(visit->exchange, on_gone);
    http_on_writable(visit->exchange, on_writable);
    return watch;
}

void watch_start(
    struct visit *visit, const struct endpoint *endpoint, const struct route_match *match) {
    static const struct upstream_events events = {on_message, on_end};
    struct gateway *gateway = visit->gateway;
    struct call_options *options = arena_alloc(visit->arena, sizeof(*options));
    const struct stream_form *form = choose_form(visit);
    if (!form) {
        error_reply(visit, 406, "a stream is text/event-stream or application/x-ndjson");
        return;
    }
    if (text_equal(visit->request->method, TEXT("HEAD"))) {
        visit_reply(visit, 200, form->type.data, TEXT(""));
        return;
    }
    if (!proxy_prepare(visit, endpoint, match, options))
        return;
    struct watch *watch = watch_new(visit, endpoint, form);
    upstream_start(&watch->upstream, gateway->upstreams, endpoint->channel, endpoint->method,
        &options->rpc, buffer_text(&gateway->wire), &events);
}
