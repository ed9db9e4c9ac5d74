/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is served, in numbers and in lines. Routes are labelled by their pattern, so that labels are
 * bounded. Of the http loop.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/text.h"

struct metric_series;
struct visit;

enum { TRAFFIC_CLASSES = 5 }; /* 1xx to 5xx */

/* Zeroed memory is a valid one that was not made. */
struct traffic_route {
    char *method;
    char *pattern;
    struct metric_series *seconds[TRAFFIC_CLASSES]; /* NULL: not needed yet */
};

struct traffic {
    struct log_budget lines;
    struct log_budget failures; /* of their own: a rush must not hide them */
    struct traffic_route built_in;
    struct traffic_route files;
    struct traffic_route nowhere; /* paths that lead to nothing */
    struct metric_series *streams;
};

void traffic_init(struct traffic *traffic, uint32_t log_calls_per_second);
void traffic_deinit(struct traffic *traffic);
void traffic_route_init(struct traffic_route *route, struct text method, struct text pattern);
void traffic_route_deinit(struct traffic_route *route);

/* Once per visit, when its answer is given or, of a stream, begun. */
void traffic_note(const struct visit *visit, int status, size_t size);
/* When a stream that was begun ends. */
void traffic_note_end(const struct visit *visit, const char *how, uint64_t message_count);
