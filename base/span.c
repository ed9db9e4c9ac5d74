/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/task.h"

atomic_bool spans_on;

static struct {
    struct spans_options options; /* written before spans_on */
    struct metric_series *dropped_full, *dropped_stopped;
    pthread_mutex_t lock; /* of the rest */
    struct span *first;
    struct span **last;
    size_t count;
    bool is_batch_told; /* since the last take */
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .last = &queue.first};

/* --- begin --- */

static struct span *span_new(
    enum span_kind kind, const char *name, const struct trace *parent, const struct trace *trace) {
    struct span *span = memory_new(sizeof(*span));
    span->trace = *trace;
    if (parent)
        memcpy(span->parent_id, parent->span_id, sizeof(span->parent_id));
    span->kind = kind;
    span_rename(span, name);
    span->start_ns = clock_wall_us() * 1000;
    span->started_us = clock_monotonic_us();
    return span;
}

struct span *span_begin(
    enum span_kind kind, const char *name, const struct trace *parent, struct trace *ret_trace) {
    assert(parent != ret_trace);
    if (parent && !parent->trace_id[0])
        parent = NULL;
    if (parent)
        trace_continue(parent, ret_trace);
    else
        trace_start(ret_trace);
    if (!spans_are_on())
        return NULL;
    ret_trace->sampled = sampler_takes(&queue.options.sampler, parent, ret_trace->trace_id);
    return ret_trace->sampled ? span_new(kind, name, parent, ret_trace) : NULL;
}

struct span *span_begin_step(
    enum span_kind kind, const char *name, const struct trace *parent, struct trace *ret_trace) {
    if (spans_are_on() && parent->sampled && parent->trace_id[0])
        return span_begin(kind, name, parent, ret_trace);
    *ret_trace = *parent;
    return NULL;
}

/* --- what it says --- */

/* Copies what fits, whole characters, with a question mark for each byte that is none. */
static struct text keep(struct span *span, struct text text) {
    struct text kept = {span->texts + span->texts_size, 0};
    while (text.size > 0) {
        size_t size = text_utf8_next(text);
        size_t taken = size > 0 ? size : 1;
        if (span->texts_size + taken > SPAN_TEXTS_SIZE)
            break;
        memcpy(span->texts + span->texts_size, size > 0 ? text.data : "?", taken);
        span->texts_size += taken;
        kept.size += taken;
        text = (struct text){text.data + taken, text.size - taken};
    }
    return kept;
}

static struct span_attribute *add_attribute(struct span *span, const char *key) {
    if (span->attribute_count == SPAN_ATTRIBUTES_MAX) {
        span->dropped_attribute_count++;
        return NULL;
    }
    struct span_attribute *attribute = &span->attributes[span->attribute_count++];
    attribute->key = key;
    return attribute;
}

void span_identify(struct span *span, const char *span_id) {
    if (span)
        memcpy(span->trace.span_id, span_id, sizeof(span->trace.span_id));
}

void span_rename(struct span *span, const char *name) {
    if (!span)
        return;
    struct text rest = text_from(name);
    size_t size = 0;
    for (size_t next; (next = text_utf8_next(rest)) > 0 && size + next < SPAN_NAME_SIZE;
         rest = (struct text){rest.data + next, rest.size - next})
        size += next;
    memcpy(span->name, name, size);
    span->name[size] = '\0';
}

void span_text(struct span *span, const char *key, struct text value) {
    struct span_attribute *attribute = span ? add_attribute(span, key) : NULL;
    if (attribute)
        attribute->text = keep(span, value);
}

void span_number(struct span *span, const char *key, int64_t value) {
    struct span_attribute *attribute = span ? add_attribute(span, key) : NULL;
    if (attribute)
        attribute->number = value;
}

void span_link(struct span *span, const struct trace *other) {
    if (!span)
        return;
    if (span->link_count < SPAN_LINKS_MAX)
        span->links[span->link_count++] = *other;
    else
        span->dropped_link_count++;
}

void span_fail(struct span *span, const char *message) {
    if (!span)
        return;
    span->has_failed = true;
    span->failure = keep(span, text_from(message));
}

/* --- end --- */

static struct metric_series *refuse_push(void) {
    return spans_are_on() ? queue.dropped_full : queue.dropped_stopped;
}

/* Once for each batch that is there. With the lock. */
static void tell_batch(void) {
    if (queue.count < queue.options.batch || queue.is_batch_told || !spans_are_on())
        return;
    queue.is_batch_told = true;
    queue.options.on_batch(queue.options.data);
}

/* NULL, or the series that counts the span as dropped. */
static struct metric_series *queue_push(struct span *span) {
    MUTEX_GUARD(&queue.lock);
    if (!spans_are_on() || queue.count >= queue.options.queue_max)
        return refuse_push();
    span->next = NULL;
    *queue.last = span;
    queue.last = &span->next;
    queue.count++;
    tell_batch();
    return NULL;
}

void span_end(struct span *span) {
    if (!span)
        return;
    span->end_ns = span->start_ns + (clock_monotonic_us() - span->started_us) * 1000;
    struct metric_series *dropped = queue_push(span);
    if (dropped) {
        metric_add(dropped, 1);
        free(span);
    }
}

void span_drop(struct span *span) {
    free(span);
}

void span_push(struct span **chain, struct span *span) {
    if (!span)
        return;
    span->next = *chain;
    *chain = span;
}

static void give_all(struct span **chain, void (*give)(struct span *span)) {
    for (struct span *span; (span = *chain);) {
        *chain = span->next;
        give(span);
    }
}

void span_end_all(struct span **chain) {
    give_all(chain, span_end);
}

void span_drop_all(struct span **chain) {
    give_all(chain, span_drop);
}

/* --- for whoever exports --- */

void spans_start(const struct spans_options *options) {
    struct metric *dropped = metric_counter(
        "myevents_spans_dropped_total", "Spans that did not reach the collector.", "reason", NULL);
    assert(!spans_are_on() && options->queue_max > 0 && options->batch > 0);
    queue.options = *options;
    queue.dropped_full = metric_series(dropped, "queue_full");
    queue.dropped_stopped = metric_series(dropped, "stopped");
    atomic_store_explicit(&spans_on, true, memory_order_release);
}

void spans_stop(void) {
    MUTEX_GUARD(&queue.lock);
    atomic_store(&spans_on, false);
}

size_t spans_take(size_t max, struct span **ret_chain) {
    MUTEX_GUARD(&queue.lock);
    struct span **end = &queue.first;
    size_t count = 0;
    assert(max > 0);
    for (; count < max && *end; count++)
        end = &(*end)->next;
    *ret_chain = queue.first;
    queue.first = *end;
    *end = NULL;
    if (!queue.first)
        queue.last = &queue.first;
    queue.count -= count;
    queue.is_batch_told = false;
    tell_batch();
    return count;
}
