/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/breaker.h"

#include <stddef.h>

#include "base/metric.h"

void breaker_init(struct breaker *breaker, int64_t max, const char *label) {
    struct metric *rejected = metric_counter("grpc_client_circuit_open_total",
        "Calls that failed at once because too many were under way.", "grpc_target", NULL);
    breaker->max = max;
    breaker->rejected = metric_series(rejected, label);
    atomic_store(&breaker->under_way, 0);
}

/* Never above the limit, not even for a moment: a call that is refused takes nobody's place. */
bool breaker_enter(struct breaker *breaker) {
    int64_t before = atomic_load(&breaker->under_way);
    if (breaker->max <= 0)
        return true;
    while (before < breaker->max)
        if (atomic_compare_exchange_weak(&breaker->under_way, &before, before + 1))
            return true;
    metric_add(breaker->rejected, 1);
    return false;
}

void breaker_leave(struct breaker *breaker) {
    if (breaker->max > 0)
        atomic_fetch_sub(&breaker->under_way, 1);
}
