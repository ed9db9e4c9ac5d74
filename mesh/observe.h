/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Counting calls, on both sides, under the names that grpc-prometheus made common. A method's
 * series are resolved once; a call then pays a few atomic additions.
 *
 *  1. A server makes the series of whatever it serves when that is registered. A client says which
 *     services it may call, before the first call: rates and ratios need a 0 to begin with.
 *  2. Labels are bounded: methods that nobody serves, and those beyond OBSERVE_METHODS_MAX of a
 *     side, are "unknown" together.
 *  3. A sampled call is the exemplar of what counted its end and its time.
 *  4. observe_method() finds or makes the series of a method, observe_service() those of all its
 *     methods, which read 0 from then on. The series live for ever, and so must the method; NULL
 *     stands for methods that nobody knows. Any thread.
 *  5. A client's call is counted by the status that its caller was told, a server's by the one that
 *     its client saw.
 */

#include <stdint.h>

#include "base/metric.h"
#include "mesh/status.h"

struct method;
struct service;
struct trace;

enum { OBSERVE_METHODS_MAX = 512 };
enum observe_side { OBSERVE_SERVER, OBSERVE_CLIENT, OBSERVE_SIDE_COUNT };

struct method_series {
    struct metric_series *started;
    struct metric_series *retried; /* of servers */
    struct metric_series *handled[STATUS_CODE_COUNT];
    struct metric_series *seconds;
    struct metric_series *received;
    struct metric_series *sent;
};

const struct method_series *observe_method(enum observe_side side, const struct method *method);
void observe_service(enum observe_side side, const struct service *service);

static inline void observe_started(const struct method_series *series) {
    metric_add(series->started, 1);
}
static inline void observe_retried(const struct method_series *series) {
    metric_add(series->retried, 1);
}
static inline void observe_received(const struct method_series *series) {
    metric_add(series->received, 1);
}
static inline void observe_sent(const struct method_series *series) {
    metric_add(series->sent, 1);
}
static inline void observe_handled(const struct method_series *series, enum status_code code,
    int64_t started_us, int64_t duration_us, const struct trace *trace) {
    metric_add_traced(series->handled[code], 1, trace, started_us + duration_us);
    metric_observe_us_traced(series->seconds, duration_us, trace, started_us + duration_us);
}
