/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Prometheus metrics. A family is declared once with its label names; a series is made at start for
 * every label value that can occur, so labels are bounded and every series reads 0 before its first
 * use. Changing a series is one atomic addition (of a histogram, two). Any thread.
 *
 *     static struct metric *handled;
 *     handled = metric_counter("grpc_server_handled_total", "Calls completed.",
 *         "grpc_service", "grpc_code", NULL);
 *     struct metric_series *ok = metric_series(handled, "myevents.v1.EventService", "OK");
 *     metric_add(ok, 1);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

struct buffer;
struct metric;
struct metric_series;
struct trace;

enum { METRIC_LABELS_MAX = 4, METRIC_BUCKETS_MAX = 24 };

/* Label names end with NULL. A second declaration of a name returns the first. Names of counters
 * end in "_total", names of others do not; a unit stands last before that: "_seconds", "_bytes". */
struct metric *metric_counter(const char *name, const char *help, ...) __attribute__((sentinel));
struct metric *metric_gauge(const char *name, const char *help, ...) __attribute__((sentinel));
/* Seconds. Upper bounds end with 0; +Inf is added. NULL bounds: 100 us to 10 s. */
struct metric *metric_histogram(const char *name, const char *help, const double *bounds, ...)
    __attribute__((sentinel));

/* One value per label, in the family's order. The same values give the same series. Lives for ever.
 */
struct metric_series *metric_series(struct metric *metric, ...);

void metric_add(struct metric_series *series, int64_t amount);
void metric_set(struct metric_series *series, int64_t value);
void metric_set_real(struct metric_series *series, double value);
void metric_observe_us(struct metric_series *series, int64_t microseconds);
int64_t metric_get(const struct metric_series *series); /* of a histogram: how many observations */

/* The same for one call, which becomes the exemplar of what has counted it when it is sampled and
 * the last one is a second old (base/exemplar.h). The trace may be NULL; now_us is monotonic. */
void metric_add_traced(
    struct metric_series *counter, int64_t amount, const struct trace *trace, int64_t now_us);
void metric_observe_us_traced(struct metric_series *histogram, int64_t microseconds,
    const struct trace *trace, int64_t now_us);

/*
 * What a series says, for who tells of this process otherwise than in text. Gauges that are
 * computed (metric_on_collect) say what they said at the last rendering.
 */
struct metric_reading {
    struct text labels[METRIC_LABELS_MAX]; /* values in the family's order, as rendered */
    double value;                          /* of a histogram how many observations */
    const double *bounds;                  /* of a histogram: upper bounds of its buckets */
    unsigned bound_count;
    int64_t buckets[METRIC_BUCKETS_MAX + 1]; /* each for itself, +Inf last */
};
/* Shows every series of the family, in the order they were made; show() makes none. False: there is
 * no such family. Any thread. */
bool metric_read(
    const char *name, void (*show)(const struct metric_reading *reading, void *data), void *data);

/* Called before every rendering, in its thread, to set gauges that are computed. At most 16. */
void metric_on_collect(void (*collect)(void *data), void *data);

/*
 * Prometheus text 0.0.4, or OpenMetrics 1.0.0, which also knows units and exemplars. Series are the
 * same in both. There is no "_created": all series are made at the start, whose time is
 * process_start_time_seconds, and Prometheus would keep each as a series more.
 */
enum metric_format { METRIC_TEXT, METRIC_OPENMETRICS };
/* Appends all families in the order of their declaration. */
void metric_render(struct buffer *buffer, enum metric_format format);
/* Once at start: declares process_*, the log's lost lines, myevents_build_info{service,version}. */
void metric_init(const char *service);
