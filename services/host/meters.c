/* SPDX-License-Identifier: Apache-2.0 */
#include "services/host/meters.h"

#include "base/metric.h"
#include "store/store.h"

static struct {
    struct metric_series *commits, *conflicts, *flushes, *size, *size_max, *outbox;
} meters;

static void collect(void *data) {
    struct store_stats stats;
    store_stats(data, &stats);
    metric_set(meters.commits, (int64_t)stats.commits);
    metric_set(meters.conflicts, (int64_t)stats.conflicts);
    metric_set(meters.flushes, (int64_t)stats.flushes);
    metric_set(meters.size, (int64_t)stats.size_bytes);
    metric_set(meters.size_max, (int64_t)stats.map_bytes);
    metric_set(meters.outbox,
        stats.outbox_first > 0 ? (int64_t)(stats.outbox_last - stats.outbox_first + 1) : 0);
}

static struct metric_series *counter(const char *name, const char *help) {
    return metric_series(metric_counter(name, help, NULL));
}

static struct metric_series *gauge(const char *name, const char *help) {
    return metric_series(metric_gauge(name, help, NULL));
}

void store_meters_init(struct store *store) {
    meters.commits = counter("myevents_store_commits_total", "Commits that are durable.");
    meters.conflicts = counter(
        "myevents_store_conflicts_total", "Commits refused because their version had passed.");
    meters.flushes = counter("myevents_store_flushes_total", "Flushes of the store to its disk.");
    meters.size = gauge("myevents_store_size_bytes", "What the store has taken.");
    meters.size_max = gauge("myevents_store_size_max_bytes", "Where the store is full.");
    meters.outbox = gauge("myevents_outbox_records", "Records that the outbox keeps.");
    metric_on_collect(collect, store);
}
