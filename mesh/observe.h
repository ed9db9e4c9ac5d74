/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Counting calls, on both sides, under the names that grpc-prometheus made common. A method's
 * series are resolved once; a call then pays a few atomic additions.
 */

#include <stdint.h>

#include "base/metric.h"
#include "mesh/status.h"

struct method;

enum observe_side { OBSERVE_SERVER, OBSERVE_CLIENT, OBSERVE_SIDE_COUNT };

struct method_series {
    struct metric_series *started;
    struct metric_series *handled[STATUS_CODE_COUNT];
    struct metric_series *seconds;
    struct metric_series *received;
    struct metric_series *sent;
};

/* Any thread. The series live for ever, and so must the method; NULL: methods nobody knows. */
const struct method_series *observe_method(enum observe_side side, const struct method *method);

static inline void observe_started(const struct method_series *series) {
    metric_add(series->started, 1);
}
static inline void observe_received(const struct method_series *series) {
    metric_add(series->received, 1);
}
static inline void observe_sent(const struct method_series *series) {
    metric_add(series->sent, 1);
}
static inline void observe_handled(
    const struct method_series *series, enum status_code code, int64_t duration_us) {
    metric_add(series->handled[code], 1);
    metric_observe_us(series->seconds, duration_us);
}
