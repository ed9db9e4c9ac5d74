/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/visit_span.h"

#include <stdio.h>

#include "base/span.h"
#include "gateway/traffic.h"
#include "gateway/visit.h"
#include "http/server.h"

/* A client that has no trace gets a new one; what it says wrongly is as good as nothing. */
void visit_span_begin(struct visit *visit) {
    struct trace parent;
    visit->has_parent = trace_parse(visit_header(visit, "traceparent"), &parent) == 0;
    visit->span = span_begin(
        SPAN_SERVER, "HTTP", visit->has_parent ? &parent : NULL, &visit->trace);
}

void visit_span_drop(struct visit *visit) {
    span_drop(visit->span);
    visit->span = NULL;
}

/* Names that a client invents are not to become names of spans. */
static struct text known_method(struct text method) {
    static const struct text known[] = {{"GET", 3}, {"HEAD", 4}, {"POST", 4}, {"PUT", 3},
        {"PATCH", 5}, {"DELETE", 6}, {"OPTIONS", 7}};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (text_equal(method, known[i]))
            return known[i];
    return TEXT("_OTHER");
}

static void name_by_route(struct visit *visit, struct text method) {
    char name[SPAN_NAME_SIZE];
    const char *pattern = visit->traffic->pattern; /* a path, or a word for what is no route */
    const char *route = pattern[0] == '/' ? pattern : "";
    snprintf(name, sizeof(name), "%.*s%s%s", TEXT_ARG(method), *route ? " " : "", route);
    span_rename(visit->span, name);
    if (*route)
        span_text(visit->span, "http.route", text_from(route));
}

static void fail(struct span *span, int status) {
    char code[16];
    snprintf(code, sizeof(code), "%d", status);
    span_text(span, "error.type", text_from(code));
    span_fail(span, "");
}

void visit_span_answer(struct visit *visit, int status) {
    if (!visit->span)
        return;
    struct text method = known_method(visit->request->method);
    name_by_route(visit, method);
    span_text(visit->span, "http.request.method", method);
    span_text(visit->span, "url.scheme", TEXT("http"));
    span_text(visit->span, "url.path", visit->request->path);
    span_number(visit->span, "http.response.status_code", status);
    if (status >= 500)
        fail(visit->span, status);
}

void visit_span_end(struct visit *visit) {
    span_end(visit->span);
    visit->span = NULL;
}
