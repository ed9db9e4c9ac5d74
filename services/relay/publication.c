/* SPDX-License-Identifier: Apache-2.0 */
#include "services/relay/publication.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/map.h"
#include "base/span.h"
#include "services/relay/outbox.h"

struct trace publication_trace(const struct bus_record *record, const struct trace *cause) {
    struct trace own = *cause;
    uint64_t id = hash_stable(record->id.data, record->id.size);
    snprintf(own.span_id, sizeof(own.span_id), "%016" PRIx64, id ? id : 1);
    return own;
}

static struct span *begin_one(
    const struct outbox_batch *batch, size_t i, const char *name, const char *stream) {
    const struct bus_record *record = &batch->records[i];
    struct trace drawn, own = publication_trace(record, &batch->causes[i]);
    struct span *span = span_begin_step(SPAN_PRODUCER, name, &batch->causes[i], &drawn);
    span_identify(span, own.span_id);
    span_text(span, "messaging.system", TEXT("redis"));
    span_text(span, "messaging.destination.name", text_from(stream));
    span_text(span, "messaging.operation.name", TEXT("send"));
    span_text(span, "messaging.operation.type", TEXT("send"));
    span_text(span, "messaging.message.id", record->id);
    span_text(span, "cloudevents.event_type", record->type);
    span_number(span, "messaging.batch.message_count", (int64_t)batch->count);
    return span;
}

struct span *publication_begin(const struct outbox_batch *batch, const char *stream, uint64_t end) {
    char name[SPAN_NAME_SIZE];
    struct span *spans = NULL;
    if (!spans_are_on())
        return NULL;
    snprintf(name, sizeof(name), "send %s", stream);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->records[i].sequence > end && batch->causes[i].trace_id[0])
            span_push(&spans, begin_one(batch, i, name, stream));
    return spans;
}

void publication_end(struct span *spans, bool is_published) {
    if (is_published)
        span_end_all(&spans);
    else
        span_drop_all(&spans);
}
