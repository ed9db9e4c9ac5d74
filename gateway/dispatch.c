/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/dispatch.h"

#include "base/arena.h"
#include "gateway/answer.h"
#include "gateway/error.h"
#include "gateway/files.h"
#include "gateway/gateway_private.h"
#include "gateway/proxy.h"
#include "gateway/readiness.h"
#include "gateway/survey.h"
#include "gateway/visit.h"
#include "gateway/visit_span.h"
#include "gateway/watch.h"
#include "http/server.h"

static void answer_state(struct visit *visit, struct text json) {
    http_add_header(visit->exchange, "Cache-Control", TEXT("no-store"));
    visit_reply(visit, 200, "application/json", json);
}

static void answer_health(struct visit *visit) {
    answer_state(visit, TEXT("{\"alive\":true}"));
}

static void answer_readiness(struct visit *visit) {
    if (readiness_get(visit->gateway->readiness))
        answer_state(visit, TEXT("{\"ready\":true}"));
    else
        error_reply(visit, 503, "not every service is there to be called");
}

static void answer_description(struct visit *visit) {
    answer_json(visit, buffer_text(&visit->gateway->api.openapi));
}

static const struct page {
    struct text path;
    void (*answer)(struct visit *visit);
    bool is_probe; /* and no part of a trace */
} pages[] = {
    {{"/healthz", 8}, answer_health, true},
    {{"/openapi.json", 13}, answer_description, false},
    {{"/readyz", 7}, answer_readiness, true},
};

static const struct page *find_page(struct text path) {
    for (size_t i = 0; i < ARRAY_SIZE(pages); i++)
        if (text_equal(path, pages[i].path))
            return &pages[i];
    return NULL;
}

static void refuse_method(struct visit *visit, struct text allow) {
    http_add_header(visit->exchange, "Allow", allow);
    error_reply(visit, 405, "%.*s is not for this path, only: %.*s",
        TEXT_ARG(visit->request->method), TEXT_ARG(allow));
}

static void answer_page(struct visit *visit, const struct page *page) {
    visit->traffic = &visit->gateway->traffic.built_in;
    if (page->is_probe)
        visit_span_drop(visit);
    if (visit_is_read(visit))
        page->answer(visit);
    else
        refuse_method(visit, TEXT("GET, HEAD"));
}

static void call(struct visit *visit, const struct route_match *match) {
    struct endpoint *endpoint = &visit->gateway->api.endpoints[match->route->index];
    visit->traffic = &endpoint->traffic;
    if (!endpoint->channel)
        survey_answer(visit->gateway->survey, visit, endpoint, match);
    else if (endpoint->method->kind == METHOD_UNARY)
        proxy_start(visit, endpoint, match);
    else
        watch_start(visit, endpoint, match);
}

/* The path is one of ours, but not with this method. */
static void answer_method(struct visit *visit, struct text allow) {
    if (!text_equal(visit->request->method, TEXT("OPTIONS"))) {
        refuse_method(visit, allow);
    } else if (cors_is_preflight(visit)) {
        cors_answer_preflight(visit, allow);
    } else {
        http_add_header(visit->exchange, "Allow", allow);
        visit_reply_empty(visit, 204);
    }
}

static struct text first_segment(struct text path) {
    text_cut(&path, '/');
    return text_cut(&path, '/');
}

/* Below a segment with which a path of the API begins there are no pages. */
static bool is_of_api(const struct api *api, struct text path) {
    struct text segment = first_segment(path);
    for (size_t i = 0; i < api->router->route_count; i++)
        if (text_equal(first_segment(api->router->routes[i].rule->pattern), segment))
            return true;
    return false;
}

static void answer_elsewhere(struct visit *visit) {
    const struct gateway *gateway = visit->gateway;
    if (gateway->files && files_answer(gateway->files, visit))
        return;
    if (gateway->files && !is_of_api(&gateway->api, visit->request->path) &&
        files_answer_page(gateway->files, visit))
        return;
    error_reply(visit, 404, "there is nothing at this path");
}

static void dispatch_path(struct visit *visit) {
    const struct http_request *request = visit->request;
    struct route_match match;
    switch (router_match(visit->gateway->api.router, request->method, request->path, &match)) {
    case ROUTE_FOUND:
        call(visit, &match);
        break;
    case ROUTE_WRONG_METHOD:
        answer_method(visit, text_from(match.allow));
        break;
    case ROUTE_BAD_PATH:
        error_reply(visit, 400, "the path has an unsound %% escape or a dot segment");
        break;
    case ROUTE_NOT_FOUND:
        answer_elsewhere(visit);
    }
}

void dispatch(struct http_exchange *exchange, void *data) {
    struct visit *visit = visit_new(data, exchange);
    const struct page *page = find_page(visit->request->path);
    if (page)
        answer_page(visit, page);
    else if (text_equal(visit->request->path, TEXT("*")))
        answer_method(visit, TEXT("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
    else
        dispatch_path(visit);
}

void dispatch_refused(struct http_exchange *exchange, int status, const char *why, void *data) {
    error_reply(visit_new(data, exchange), status, "%s", why);
}
