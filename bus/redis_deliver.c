/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/log.h"
#include "base/metric.h"
#include "bus/redis_subscription.h"

/* What is left of a batch. */
struct slice {
    const struct bus_record *records;
    const struct text *entries;
    size_t count;
};

static struct slice slice_of(const struct redis_batch *batch) {
    return (struct slice){batch->records, batch->entries, batch->count};
}

static void slice_skip(struct slice *slice, size_t count) {
    slice->records += count;
    slice->entries += count;
    slice->count -= count;
}

/* Cuts the records at the front that follow each other. */
static struct slice slice_cut_run(struct slice *slice) {
    struct slice run = *slice;
    run.count = delivery_run(slice->records, slice->count);
    slice_skip(slice, run.count);
    return run;
}

static void acknowledge_front(
    struct redis_subscription *s, struct redis_source *source, struct slice *slice, size_t count) {
    for (size_t i = source->is_replay || count == 0 ? 0 : count - 1; i < count; i++)
        redis_ack(s, source, slice->entries[i]); /* of the stream the last is enough */
    slice_skip(slice, count);
}

static int bury(struct redis_subscription *s, struct redis_source *source, struct slice *slice,
    const char *reason) {
    const struct bus_record *record = slice->records;
    int r = redis_bury_record(s, source, slice->entries[0], record, reason);
    if (r < 0)
        return r;
    delivery_pass_record(&s->delivery, record);
    slice_skip(slice, 1);
    return 0;
}

/* One call of the handler and what follows from its answer. */
static int deliver_once(
    struct redis_subscription *s, struct redis_source *source, struct slice *slice) {
    struct delivery_result result;
    if (!redis_group_is_held(s))
        return -EBUSY;
    enum delivery_verdict verdict = delivery_try(
        &s->delivery, slice->records, slice->count, &result);
    metric_add(s->metrics.applied, (int64_t)result.done);
    acknowledge_front(s, source, slice, result.done);
    if (verdict == DELIVERY_DEAD)
        return bury(s, source, slice, result.reason);
    if (verdict == DELIVERY_AGAIN)
        return nap_take(&s->nap, result.pause_ms) ? 0 : -ECANCELED;
    return nap_is_over(&s->nap) ? -ECANCELED : 0;
}

/* Until every record of the slice is applied or dead. */
static int deliver(struct redis_subscription *s, struct redis_source *source, struct slice slice) {
    int r = 0;
    while (r == 0 && slice.count > 0)
        r = deliver_once(s, source, &slice);
    return r;
}

static void skip_duplicates(struct redis_subscription *s, struct slice *slice) {
    size_t count = delivery_duplicates(&s->delivery, slice->records, slice->count);
    metric_add(s->metrics.duplicates, (int64_t)count);
    acknowledge_front(s, &s->main, slice, count);
}

void redis_deliver_give_up(struct redis_subscription *s, uint64_t sequence) {
    static const struct log_scope scope = {.component = "bus"};
    uint64_t applied = s->delivery.applied;
    if (sequence <= applied)
        return;
    log_error(&scope, "records lost stream=%s group=%s first=%llu last=%llu", s->options.stream,
        s->options.group, (unsigned long long)applied + 1, (unsigned long long)sequence);
    metric_add(s->metrics.lost, (int64_t)(sequence - applied));
    delivery_pass(&s->delivery, sequence);
    redis_ack_mark(s);
}

static int close_gap(struct redis_subscription *s, uint64_t last) {
    if (s->delivery.applied >= last)
        return 0;
    int r = redis_gap_ask(s, last);
    if (r == 0)
        redis_deliver_give_up(s, last);
    return r;
}

int redis_deliver_in_order(struct redis_subscription *s, const struct redis_batch *batch) {
    struct slice slice = slice_of(batch);
    int r = 0;
    while (r == 0) {
        skip_duplicates(s, &slice);
        if (slice.count == 0)
            break;
        r = close_gap(s, slice.records[0].sequence - 1);
        if (r == 0 && slice.records[0].sequence > s->delivery.applied)
            r = deliver(s, &s->main, slice_cut_run(&slice));
    }
    return r;
}

/* What continues at the mark is not out of order: it fills a gap. */
static void sort_replayed(struct redis_subscription *s, struct bus_record *records, size_t count) {
    bool is_next = records[0].sequence == s->delivery.applied + 1;
    for (size_t i = 0; i < count; i++)
        records[i].replayed = !is_next;
}

int redis_deliver_replayed(struct redis_subscription *s, struct redis_batch *batch) {
    struct slice slice = slice_of(batch);
    int r = 0;
    while (r == 0 && slice.count > 0) {
        struct bus_record *first = &batch->records[batch->count - slice.count];
        struct slice run = slice_cut_run(&slice);
        if (first->sequence <= s->answered)
            redis_deliver_give_up(s, first->sequence - 1);
        sort_replayed(s, first, run.count);
        r = deliver(s, &s->replay, run);
    }
    return r;
}
