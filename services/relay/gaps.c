/* SPDX-License-Identifier: Apache-2.0 */
#include "services/relay/gaps.h"

#include "base/metric.h"
#include "services/relay/outbox.h"

enum { BATCHES_MAX = 16 };

struct filling {
    struct store *store;
    struct bus *bus;
    const char *stream, *source;
    struct metric_series *refilled;
    struct outbox_batch batch;
};

/* How far a batch answers. None in it means that the outbox has none of the rest. */
static uint64_t last_given(const struct outbox_batch *batch, const struct bus_gap *gap) {
    if (batch->count > 0)
        return batch->records[batch->count - 1].sequence;
    return gap->last < batch->last ? gap->last : batch->last;
}

/* 0, or 1 when there is no more to give now. */
static int fill_some(struct filling *filling, struct bus_gap *gap) {
    struct outbox_batch *batch = &filling->batch;
    int r = outbox_batch_read(batch, filling->store, filling->source, gap->first, gap->last);
    if (r < 0)
        return r;
    if (gap->first > batch->last)
        return 1; /* a group cannot miss what never was: the stream's end is not ours */
    uint64_t until = last_given(batch, gap);
    r = bus_fill_gap(filling->bus, filling->stream, gap, batch->records, batch->count, until);
    if (r < 0)
        return r;
    if (r == BUS_BUSY)
        return 1;
    metric_add(filling->refilled, (int64_t)batch->count);
    gap->first = until + 1;
    return gap->first > gap->last;
}

static int fill_gap(struct filling *filling, struct bus_gap *gap) {
    int r = 0;
    for (unsigned i = 0; r == 0 && i < BATCHES_MAX; i++)
        r = fill_some(filling, gap);
    return r < 0 ? r : 0;
}

int fill_gaps(struct store *store, struct bus *bus, const char *stream, const char *source,
    struct metric_series *refilled) {
    struct bus_gap gaps[BUS_GROUPS_MAX];
    size_t count;
    int r = bus_gaps(bus, stream, gaps, &count);
    if (r < 0 || count == 0)
        return r;
    struct filling filling = {store, bus, stream, source, refilled, {{0}}};
    outbox_batch_init(&filling.batch);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = fill_gap(&filling, &gaps[i]);
    outbox_batch_deinit(&filling.batch);
    return r;
}
