/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/metrics.h"

#include <stddef.h>

#include "base/metric.h"

static struct metric_series *counter(
    const char *name, const char *help, const char *stream, const char *group) {
    return metric_series(metric_counter(name, help, "stream", "group", NULL), stream, group);
}

static struct metric_series *gauge(
    const char *name, const char *help, const char *stream, const char *group) {
    return metric_series(metric_gauge(name, help, "stream", "group", NULL), stream, group);
}

void bus_metrics_init(struct bus_metrics *metrics, const char *stream, const char *group) {
    *metrics = (struct bus_metrics){
        .applied = counter(
            "myevents_stream_applied_total", "Records whose effect is durable.", stream, group),
        .duplicates = counter("myevents_stream_duplicates_total",
            "Records that had been applied before.", stream, group),
        .refused = counter("myevents_stream_refused_total",
            "Records that went to the dead letters.", stream, group),
        .lost = counter("myevents_stream_lost_total",
            "Records that were nowhere to be found when their turn came.", stream, group),
        .reconnects = counter("myevents_stream_reconnects_total",
            "Connections to the broker made after the first.", stream, group),
        .lag = gauge("myevents_stream_lag",
            "Last sequence of the stream minus the last one applied.", stream, group),
        .dead = gauge("myevents_stream_dead_letters",
            "Dead letters of the stream that wait for somebody to look.", stream, group),
        .pending = gauge(
            "myevents_stream_pending", "Records read and not yet applied.", stream, group),
    };
}
