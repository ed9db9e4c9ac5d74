/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/consumption.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/span.h"

/* In one piece of memory, and so that the records stand side by side. */
struct consumed {
    struct span *spans[BUS_BATCH_MAX];
    char traceparents[BUS_BATCH_MAX][TRACEPARENT_SIZE + 1];
    struct bus_record records[BUS_BATCH_MAX];
};

static struct span *begin_one(const char *system, const struct bus_subscription_options *options,
    const struct bus_record *record, size_t batch_size, struct trace *ret_trace) {
    char name[SPAN_NAME_SIZE];
    struct trace producer;
    if (trace_parse(record->traceparent, &producer) < 0)
        return NULL;
    snprintf(name, sizeof(name), "process %s", options->stream);
    struct span *span = span_begin(SPAN_CONSUMER, name, &producer, ret_trace);
    if (!span)
        return NULL;
    span_link(span, &producer);
    span_text(span, "messaging.system", text_from(system));
    span_text(span, "messaging.destination.name", text_from(options->stream));
    span_text(span, "messaging.operation.name", TEXT("process"));
    span_text(span, "messaging.operation.type", TEXT("process"));
    span_text(span, "messaging.consumer.group.name", text_from(options->group));
    span_text(span, "messaging.message.id", record->id);
    span_text(span, "cloudevents.event_type", record->type);
    span_number(span, "messaging.batch.message_count", (int64_t)batch_size);
    return span;
}

static void show_one(struct consumed *consumed, size_t i, const struct trace *trace) {
    char *text = consumed->traceparents[i];
    trace_format(trace, consumed->traceparents[i]);
    consumed->records[i].traceparent = (struct text){text, TRACEPARENT_SIZE};
}

const struct bus_record *consumption_begin(struct consumption *consumption, const char *system,
    const struct bus_subscription_options *options, const struct bus_record *records,
    size_t count) {
    *consumption = (struct consumption){.count = count};
    if (!spans_are_on())
        return records;
    struct consumed *consumed = consumption->consumed = memory_new(sizeof(*consumed));
    memcpy(consumed->records, records, count * sizeof(*records));
    for (size_t i = 0; i < count; i++) {
        struct trace own;
        consumed->spans[i] = begin_one(system, options, &records[i], count, &own);
        if (consumed->spans[i])
            show_one(consumed, i, &own);
    }
    return consumed->records;
}

void consumption_end(struct consumption *consumption, int r, size_t done, const char *reason) {
    struct consumed *consumed = consumption->consumed;
    if (!consumed)
        return;
    for (size_t i = 0; i < consumption->count; i++) {
        bool is_refused = r == BUS_REFUSED && i == done;
        if (r < 0 || is_refused)
            span_fail(consumed->spans[i], is_refused ? reason ? reason : "refused" : strerror(-r));
        if (r == BUS_REFUSED && i > done)
            span_drop(consumed->spans[i]);
        else
            span_end(consumed->spans[i]);
    }
    free(consumed);
}
