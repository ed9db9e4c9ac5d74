/* SPDX-License-Identifier: Apache-2.0 */
#include "services/relay/meters.h"

#include <stddef.h>

#include "base/metric.h"

static struct metric_series *counter(const char *name, const char *help, const char *stream) {
    return metric_series(metric_counter(name, help, "stream", NULL), stream);
}

static struct metric_series *gauge(const char *name, const char *help, const char *stream) {
    return metric_series(metric_gauge(name, help, "stream", NULL), stream);
}

void relay_meters_init(struct relay_meters *meters, const char *stream) {
    *meters = (struct relay_meters){
        .pending = gauge("myevents_outbox_pending", "Records not yet published.", stream),
        .oldest_seconds = gauge("myevents_outbox_oldest_seconds",
            "Age of the oldest record that is not yet published.", stream),
        .published = counter(
            "myevents_relay_published_total", "Records published to the stream.", stream),
        .refilled = counter("myevents_relay_refilled_total",
            "Records given once more to a group that missed them.", stream),
        .errors = counter(
            "myevents_relay_errors_total", "Failed calls to the broker or the store.", stream),
    };
}
