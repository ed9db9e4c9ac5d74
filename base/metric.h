/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Prometheus metrics. A family is declared once with its label names; a series is made at start for
 * every label value that can occur, so labels are bounded and every series reads 0 before its first
 * use. Changing a series is one atomic addition. Any thread.
 *
 *     static struct metric *handled;
 *     handled = metric_counter("grpc_server_handled_total", "Calls completed.",
 *         "grpc_service", "grpc_code", NULL);
 *     struct metric_series *ok = metric_series(handled, "myevents.v1.EventService", "OK");
 *     metric_add(ok, 1);
 */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct buffer;
struct metric;
struct metric_series;

enum { METRIC_LABELS_MAX = 4, METRIC_BUCKETS_MAX = 24 };

/* Label names end with NULL. A second declaration of a name returns the first. */
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

/* Called before every rendering, in its thread, to set gauges that are computed. At most 16. */
void metric_on_collect(void (*collect)(void *data), void *data);
/* Appends the Prometheus text format 0.0.4, families in the order of their declaration. */
void metric_render(struct buffer *buffer);
/* Once at start: declares process_*, the log's lost lines, myevents_build_info{service,version}. */
void metric_init(const char *service);
