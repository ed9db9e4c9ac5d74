/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How many calls of a channel may be under way: what is beyond fails at once instead of waiting for
 * a service that is too slow already. Any thread.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct metric_series;

struct breaker {
    int64_t max; /* 0: no limit, nothing is counted */
    _Atomic int64_t under_way;
    struct metric_series *rejected;
};

/* `label` names the channel in metrics. */
void breaker_init(struct breaker *breaker, int64_t max, const char *label);
/* False: the circuit is open. Otherwise breaker_leave() follows once. */
bool breaker_enter(struct breaker *breaker);
void breaker_leave(struct breaker *breaker);
