/* SPDX-License-Identifier: Apache-2.0 */
#include "services/relay/outbox.h"

#include "base/span.h"
#include "services/relay/publication.h"

enum { BATCH_DATA_SIZE = 1024 * 1024 }; /* one call should not keep the broker from others */

void outbox_batch_init(struct outbox_batch *batch) {
    arena_init(&batch->arena, 0);
    batch->count = 0;
}

void outbox_batch_deinit(struct outbox_batch *batch) {
    arena_deinit(&batch->arena);
}

static struct text keep(struct arena *arena, struct text text) {
    return (struct text){arena_copy(arena, text.data, text.size), text.size};
}

static struct bus_record copy_record(
    struct arena *arena, const struct store_record *record, const char *source) {
    return (struct bus_record){
        .sequence = record->sequence,
        .id = keep(arena, record->id),
        .type = keep(arena, record->type),
        .source = text_from(source),
        .subject = keep(arena, record->subject),
        .traceparent = keep(arena, record->traceparent),
        .time_ms = record->time_ms,
        .data = keep(arena, record->data),
    };
}

/* The publishing step's id follows from the record, so that a record which is published again,
 * after whatever failure, still has one such step. */
static void name_publication(
    struct arena *arena, struct bus_record *record, struct trace *ret_cause) {
    *ret_cause = (struct trace){0};
    if (!spans_are_on() || trace_parse(record->traceparent, ret_cause) < 0 || !ret_cause->sampled) {
        *ret_cause = (struct trace){0};
        return;
    }
    char *text = arena_alloc(arena, TRACEPARENT_SIZE + 1);
    struct trace own = publication_trace(record, ret_cause);
    trace_format(&own, text);
    record->traceparent = (struct text){text, TRACEPARENT_SIZE};
}

static void copy_run(struct outbox_batch *batch, const char *source,
    const struct store_record *records, size_t count, uint64_t last) {
    size_t size = 0;
    for (size_t i = 0; i < count && size < BATCH_DATA_SIZE; i++) {
        bool follows = i == 0 || records[i].sequence == records[i - 1].sequence + 1;
        if (!follows || records[i].sequence > last)
            break;
        batch->records[i] = copy_record(&batch->arena, &records[i], source);
        name_publication(&batch->arena, &batch->records[i], &batch->causes[i]);
        batch->count++;
        size += records[i].data.size;
    }
}

int outbox_batch_read(struct outbox_batch *batch, struct store *store, const char *source,
    uint64_t first, uint64_t last) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(store);
    struct store_record records[BUS_BATCH_MAX];
    uint64_t outbox_first;
    size_t count;
    arena_clear(&batch->arena);
    batch->count = 0;
    int r = store_outbox_bounds(view, &outbox_first, &batch->last);
    if (r == 0)
        r = store_outbox_read(view, first, records, BUS_BATCH_MAX, &count);
    if (r < 0)
        return r;
    copy_run(batch, source, records, count, last);
    return 0;
}

int outbox_measure(
    struct store *store, uint64_t published, uint64_t *ret_pending, int64_t *ret_oldest_ms) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(store);
    struct store_record record;
    uint64_t first, last;
    size_t count = 0;
    int r = store_outbox_bounds(view, &first, &last);
    if (r == 0)
        r = store_outbox_read(view, published + 1, &record, 1, &count);
    if (r < 0)
        return r;
    *ret_pending = count > 0 ? last - record.sequence + 1 : 0;
    *ret_oldest_ms = count > 0 ? record.time_ms : 0;
    return 0;
}
