/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/cors.h"

#include <string.h>

#include "gateway/gateway_private.h"
#include "gateway/visit.h"
#include "http/server.h"

static const char REQUEST_HEADERS[] =
    "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Traceparent, "
    "Tracestate, X-Request-Id, X-Server-Timeout";
static const char REPLY_HEADERS[] = "ETag, Retry-After, X-Request-Id";

static const char *add_origin(struct cors *cors, struct text origin) {
    if (cors->origin_count == CORS_ORIGINS_MAX)
        return "too many";
    struct text rest = origin;
    struct text scheme = text_cut(&rest, ':');
    bool is_sound = scheme.size > 0 && text_starts_with(rest, TEXT("//")) && rest.size > 2 &&
                    !memchr(rest.data + 2, '/', rest.size - 2);
    if (!is_sound)
        return "not a list of scheme://host or scheme://host:port, without a path";
    cors->origins[cors->origin_count++] = origin;
    return NULL;
}

const char *cors_init(struct cors *cors, const char *origins) {
    *cors = (struct cors){0};
    struct text rest = text_from(origins);
    const char *problem = NULL;
    while (rest.size > 0 && !problem) {
        struct text origin = text_trim(text_cut(&rest, ','));
        if (text_equal(origin, TEXT("*")))
            cors->allows_all = true;
        else
            problem = add_origin(cors, origin);
    }
    return problem;
}

static bool is_listed(const struct cors *cors, struct text origin) {
    for (size_t i = 0; i < cors->origin_count; i++)
        if (text_equal_ignore_case(cors->origins[i], origin))
            return true;
    return false;
}

static bool allows(const struct cors *cors, struct text origin) {
    return origin.size > 0 && (cors->allows_all || is_listed(cors, origin));
}

/* With a list the answer depends on who asks, and caches must know. */
void cors_add_headers(const struct cors *cors, struct visit *visit) {
    if (!cors->allows_all && cors->origin_count == 0)
        return;
    struct text origin = visit_header(visit, "origin");
    if (!cors->allows_all)
        http_add_header(visit->exchange, "Vary", TEXT("Origin"));
    if (!allows(cors, origin))
        return;
    http_add_header(
        visit->exchange, "Access-Control-Allow-Origin", cors->allows_all ? TEXT("*") : origin);
    http_add_header(visit->exchange, "Access-Control-Expose-Headers", text_from(REPLY_HEADERS));
}

bool cors_is_preflight(const struct visit *visit) {
    return visit_header(visit, "origin").size > 0 &&
           visit_header(visit, "access-control-request-method").size > 0;
}

void cors_answer_preflight(struct visit *visit, struct text allow) {
    if (allows(&visit->gateway->cors, visit_header(visit, "origin"))) {
        http_add_header(visit->exchange, "Access-Control-Allow-Methods", allow);
        http_add_header(
            visit->exchange, "Access-Control-Allow-Headers", text_from(REQUEST_HEADERS));
        http_add_header(visit->exchange, "Access-Control-Max-Age", TEXT("86400"));
    }
    visit_reply_empty(visit, 204);
}
