/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A batch of the outbox in memory of its own, so that no view of the store is open while the broker
 * takes its time. Zeroed memory is a valid batch. */

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/trace.h"
#include "bus/bus.h"
#include "store/store.h"

struct outbox_batch {
    struct arena arena;
    struct bus_record records[BUS_BATCH_MAX];
    /* Whose step made the record; without a trace id when nobody records it. Else the record's
     * traceparent names the step that publishes it. */
    struct trace causes[BUS_BATCH_MAX];
    size_t count;
    uint64_t last; /* sequence in the outbox at the time */
};

void outbox_batch_init(struct outbox_batch *batch);
void outbox_batch_deinit(struct outbox_batch *batch);
/* Records first..last that follow each other, as many as go in one batch; none when there are none.
 * The first may stand behind `first`: what was before it is trimmed. */
_must_check_ int outbox_batch_read(struct outbox_batch *batch, struct store *store,
    const char *source, uint64_t first, uint64_t last);

/* How many records stand behind `published`, and the time of the first of them. */
_must_check_ int outbox_measure(
    struct store *store, uint64_t published, uint64_t *ret_pending, int64_t *ret_oldest_ms);
