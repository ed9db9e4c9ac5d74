/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One call as an example of what a counter or a bucket has counted: the bridge from a graph to a
 * trace. A slot keeps the latest, at most one a second.
 *
 *  1. Any thread may offer and read at any time. Who offers never waits: a slot that is in use
 *     at the moment keeps what it has.
 *  2. Within a second of the last one taken, an offer costs one load and a comparison.
 *  3. Zeroed memory is an empty slot.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/trace.h"

enum { EXEMPLAR_INTERVAL_US = 1000 * 1000 };

struct exemplar {
    struct trace trace;
    double value;
    int64_t wall_ms;
};

struct exemplar_slot {
    _Atomic int64_t taken_us; /* monotonic; 0: never */
    atomic_bool is_busy;      /* guards what follows */
    struct exemplar exemplar;
};

/* `now_us` is monotonic, as the caller has read it anyway. */
void exemplar_offer(
    struct exemplar_slot *slot, const struct trace *trace, double value, int64_t now_us);
/* False: there is none yet. */
bool exemplar_read(struct exemplar_slot *slot, struct exemplar *ret_exemplar);
