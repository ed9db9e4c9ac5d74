/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/metric.h"
#include "gateway/gateway_private.h"
#include "gateway/visit.h"
#include "http/server.h"

enum { STATUS_MAX = 600 };

static const char *const class_names[TRAFFIC_CLASSES] = {"1xx", "2xx", "3xx", "4xx", "5xx"};

static char *copy_text(struct text text) {
    char *copy = memory_new(text.size + 1);
    memcpy(copy, text.data, text.size);
    return copy;
}

static struct metric_series *make_seconds(const struct traffic_route *route, unsigned class) {
    struct metric *metric = metric_histogram("http_server_request_duration_seconds",
        "Time from a complete request to its answer, or to the begin of a stream.", NULL, "method",
        "route", "code", NULL);
    return metric_series(metric, route->method, route->pattern, class_names[class]);
}

static struct metric_series *make_count(int status) {
    char code[16];
    snprintf(code, sizeof(code), "%d", status);
    struct metric *metric = metric_counter(
        "http_server_requests_total", "Requests answered, by status.", "code", NULL);
    return metric_series(metric, code);
}

/* Series live as long as the process, so what finds them does, too. Of the http loop, and of who
 * makes the gateway before it runs. */
static struct metric_series *count_of(int status) {
    static struct metric_series *counts[STATUS_MAX];
    if (!counts[status])
        counts[status] = make_count(status);
    return counts[status];
}

static struct metric_series *seconds_of(struct traffic_route *route, int status) {
    unsigned class = (unsigned)status / 100 - 1;
    if (!route->seconds[class])
        route->seconds[class] = make_seconds(route, class);
    return route->seconds[class];
}

/* These read 0 until they happen. */
static const int usual_statuses[] = {200, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 412,
    413, 414, 415, 417, 429, 431, 499, 500, 501, 503, 504, 505};

void traffic_route_init(struct traffic_route *route, struct text method, struct text pattern) {
    *route = (struct traffic_route){.method = copy_text(method), .pattern = copy_text(pattern)};
    seconds_of(route, 200);
    if (text_equal(method, TEXT("GET")))
        seconds_of(route, 304);
    seconds_of(route, 400);
    seconds_of(route, 500);
}

void traffic_route_deinit(struct traffic_route *route) {
    free(route->method);
    free(route->pattern);
}

void traffic_init(struct traffic *traffic, uint32_t log_calls_per_second) {
    *traffic = (struct traffic){
        .lines.per_second = log_calls_per_second,
        .failures.per_second = log_calls_per_second,
    };
    traffic_route_init(&traffic->built_in, TEXT("GET"), TEXT("built-in"));
    traffic_route_init(&traffic->files, TEXT("GET"), TEXT("files"));
    traffic_route_init(&traffic->nowhere, TEXT("any"), TEXT("none"));
    traffic->streams = metric_series(
        metric_gauge("http_server_open_streams", "Streams that clients follow at present.", NULL));
    for (size_t i = 0; i < ARRAY_SIZE(usual_statuses); i++)
        count_of(usual_statuses[i]);
}

void traffic_deinit(struct traffic *traffic) {
    traffic_route_deinit(&traffic->built_in);
    traffic_route_deinit(&traffic->files);
    traffic_route_deinit(&traffic->nowhere);
}

static struct log_scope scope_of(const struct visit *visit) {
    return (struct log_scope){.trace = &visit->trace};
}

static void write_line(const struct visit *visit, int status, size_t size, int64_t duration_us) {
    struct traffic *traffic = &visit->gateway->traffic;
    const struct log_scope scope = scope_of(visit);
    bool is_failure = status >= 500;
    if (!log_budget_take(is_failure ? &traffic->failures : &traffic->lines, "request"))
        return;
    log_write(is_failure ? LOG_WARN : LOG_INFO, &scope,
        "request answered http_method=%.*s path=%.*s status=%d size=%zu took_us=%lld",
        TEXT_ARG(visit->request->method), TEXT_ARG(visit->request->path), status, size,
        (long long)duration_us);
}

void traffic_note(const struct visit *visit, int status, size_t size) {
    int64_t duration_us = clock_monotonic_us() - visit->started_us;
    metric_add(count_of(status), 1);
    metric_observe_us_traced(seconds_of(visit->traffic, status), duration_us, &visit->trace,
        visit->started_us + duration_us);
    write_line(visit, status, size, duration_us);
}

void traffic_note_end(const struct visit *visit, const char *how, uint64_t message_count) {
    const struct log_scope scope = scope_of(visit);
    if (!log_budget_take(&visit->gateway->traffic.lines, "stream"))
        return;
    log_info(&scope, "stream ended path=%.*s how=%s messages=%llu took_ms=%lld",
        TEXT_ARG(visit->request->path), how, (unsigned long long)message_count,
        (long long)(clock_monotonic_us() - visit->started_us) / 1000);
}
