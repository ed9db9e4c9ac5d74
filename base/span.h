/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Spans: what the steps of a trace did, and how long they took, on the way to whoever collects
 * them.
 *
 *     struct trace own;
 *     struct span *span = span_begin(SPAN_SERVER, "EventService/GetEvent", &parent, &own);
 *     span_text(span, "rpc.system", TEXT("grpc"));
 *     ...                                   (steps below name `own` as their parent)
 *     span_end(span);
 *
 *  1. Nothing is recorded before spans_start(); until then a span costs no more than its ids.
 *  2. A span that is not recorded is NULL, and everything here takes NULL for a span.
 *  3. Whoever begins a span ends it exactly once: span_end() queues it, span_drop() forgets it. In
 *     between it is used by one thread at a time.
 *  4. The queue is bounded. What does not fit is dropped and counted; nobody ever waits for it.
 *  5. Texts are cut to what is left of SPAN_TEXTS_SIZE, and what is no UTF-8 is replaced, because
 *     one wrong byte would cost a collector's whole batch.
 *
 * Metric: myevents_spans_dropped_total{reason="queue_full"}, {reason="stopped"}.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sampler.h"
#include "base/text.h"
#include "base/trace.h"

enum {
    SPAN_NAME_SIZE = 128, /* with its end */
    SPAN_ATTRIBUTES_MAX = 12,
    SPAN_LINKS_MAX = 2,
    SPAN_TEXTS_SIZE = 640, /* of all attributes and the status together */
};

/* As OTLP numbers them. */
enum span_kind {
    SPAN_INTERNAL = 1,
    SPAN_SERVER = 2,
    SPAN_CLIENT = 3,
    SPAN_PRODUCER = 4,
    SPAN_CONSUMER = 5,
};

struct span_attribute {
    const char *key;  /* lives for ever */
    struct text text; /* in the span; data NULL: it is a number */
    int64_t number;
};

struct span {
    struct span *next;
    struct trace trace;
    char parent_id[SPAN_ID_SIZE + 1]; /* empty: a root */
    enum span_kind kind;
    char name[SPAN_NAME_SIZE];
    int64_t start_ns, end_ns; /* since 1970 */
    int64_t started_us;       /* monotonic: the wall clock may be set meanwhile */
    bool has_failed;
    struct text failure; /* in the span */
    struct span_attribute attributes[SPAN_ATTRIBUTES_MAX];
    uint32_t attribute_count, dropped_attribute_count;
    struct trace links[SPAN_LINKS_MAX];
    uint32_t link_count, dropped_link_count;
    size_t texts_size;
    char texts[SPAN_TEXTS_SIZE];
};

/* Where a request or a record enters, or leaves: continues `parent` (NULL or empty: a new root) and
 * lets the sampler decide. `ret_trace` is the span's own context, filled in also when the answer is
 * NULL, and not the parent's memory. The name is copied. */
struct span *span_begin(
    enum span_kind kind, const char *name, const struct trace *parent, struct trace *ret_trace);
/* A step in between: when it is not recorded, *ret_trace is the parent's own context, so that
 * nothing passed on names a span that nobody has seen. */
struct span *span_begin_step(
    enum span_kind kind, const char *name, const struct trace *parent, struct trace *ret_trace);

/* Its id is to be this one, which its own context must carry, too. */
void span_identify(struct span *span, const char *span_id);
void span_rename(struct span *span, const char *name);
/* The key is a literal. */
void span_text(struct span *span, const char *key, struct text value);
void span_number(struct span *span, const char *key, int64_t value);
void span_link(struct span *span, const struct trace *other);
void span_fail(struct span *span, const char *message); /* its status is an error */

void span_end(struct span *span);
void span_drop(struct span *span);

/* A chain of spans that begin and end together: push them, then end or drop all. */
void span_push(struct span **chain, struct span *span);
void span_end_all(struct span **chain);
void span_drop_all(struct span **chain);

/* --- for whoever exports --- */

struct spans_options {
    struct sampler sampler;
    size_t queue_max;
    /* on_batch runs once when so many wait, and again after each spans_take() that leaves as many.
     * It calls nothing of this. */
    size_t batch;
    void (*on_batch)(void *data);
    void *data;
};

void spans_start(const struct spans_options *options);
/* No span is recorded any more; on_batch no longer runs when this returns. */
void spans_stop(void);
/* Up to `max` (not 0) from the front of the queue, as a chain; how many. They are the caller's. */
size_t spans_take(size_t max, struct span **ret_chain);

/* True between start and stop. */
extern atomic_bool spans_on;
static inline bool spans_are_on(void) {
    return atomic_load_explicit(&spans_on, memory_order_acquire);
}
