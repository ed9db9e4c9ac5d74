/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/visit.h"

#include "base/arena.h"
#include "base/clock.h"
#include "gateway/gateway_private.h"
#include "gateway/visit_span.h"
#include "http/server.h"

static bool is_sound_id(struct text id) {
    if (id.size == 0 || id.size > REQUEST_ID_SIZE_MAX)
        return false;
    for (size_t i = 0; i < id.size; i++)
        if (id.data[i] < 0x21 || id.data[i] > 0x7e)
            return false;
    return true;
}

static void read_request_id(struct visit *visit) {
    visit->request_id = visit_header(visit, "x-request-id");
    visit->has_request_id = is_sound_id(visit->request_id);
    if (!visit->has_request_id)
        visit->request_id = (struct text){visit->trace.trace_id, TRACE_ID_SIZE};
}

struct visit *visit_new(struct gateway *gateway, struct http_exchange *exchange) {
    struct arena *arena = http_arena(exchange);
    struct visit *visit = arena_alloc(arena, sizeof(*visit));
    *visit = (struct visit){
        .gateway = gateway,
        .exchange = exchange,
        .request = http_request(exchange),
        .arena = arena,
        .traffic = &gateway->traffic.nowhere,
        .started_us = clock_monotonic_us(),
    };
    visit_span_begin(visit);
    read_request_id(visit);
    return visit;
}

struct text visit_header(const struct visit *visit, const char *name) {
    return http_request_header(visit->exchange, name);
}

bool visit_is_read(const struct visit *visit) {
    return text_equal(visit->request->method, TEXT("GET")) ||
           text_equal(visit->request->method, TEXT("HEAD"));
}

static void add_headers(struct visit *visit) {
    http_add_header(visit->exchange, "X-Request-Id", visit->request_id);
    http_add_header(visit->exchange, "X-Content-Type-Options", TEXT("nosniff"));
    cors_add_headers(&visit->gateway->cors, visit);
}

void visit_begin(struct visit *visit, int status) {
    add_headers(visit);
    traffic_note(visit, status, 0);
    visit_span_answer(visit, status);
}

void visit_reply(struct visit *visit, int status, const char *content_type, struct text body) {
    http_add_header(visit->exchange, "Content-Type", text_from(content_type));
    add_headers(visit);
    traffic_note(visit, status, body.size);
    visit_span_answer(visit, status);
    visit_span_end(visit);
    http_reply(visit->exchange, status, body);
}

void visit_reply_empty(struct visit *visit, int status) {
    add_headers(visit);
    traffic_note(visit, status, 0);
    visit_span_answer(visit, status);
    visit_span_end(visit);
    http_reply(visit->exchange, status, TEXT(""));
}
