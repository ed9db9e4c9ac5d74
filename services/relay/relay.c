/* SPDX-License-Identifier: Apache-2.0 */
#include "services/relay/relay.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/task.h"
#include "bus/backoff.h"
#include "services/relay/gaps.h"
#include "services/relay/meters.h"
#include "services/relay/outbox.h"
#include "services/relay/publication.h"

enum {
    RETENTION_MS = 7 * 24 * 3600 * 1000,
    IDLE_MS = 1000,
    GATHER_MS = 10,
    TIDY_MS = 60 * 1000,
    DRAIN_MS = 2000,
    RETRY_FIRST_MS = 50,
    RETRY_CAP_MS = 5000,
    TRIM_CALLS_MAX = 64,
};

/* What keeps the relay from publishing; each is said once. */
enum trouble { NO_TROUBLE, BROKER_AWAY, STREAM_FOREIGN, STORE_UNREADABLE };

struct relay {
    struct store *store;
    struct bus *bus;
    struct relay_options options; /* owns its strings */
    struct relay_meters meters;
    pthread_t thread;
    bool is_started;

    /* of the thread */
    struct outbox_batch batch;
    struct backoff backoff;
    bool is_placed; /* what follows agrees with the stream */
    uint64_t end;   /* of the stream */
    uint64_t next;  /* to publish */
    int64_t look_due_ms, tidy_due_ms;
    enum trouble trouble;
    bool flows, is_flow_known;

    _Atomic uint64_t published;
    atomic_bool is_woken;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping;
    int64_t drain_until_ms;
};

static const struct log_scope scope = {.component = "relay"};

/* --- waiting --- */

void relay_wake(void *data) {
    struct relay *relay = data;
    if (!relay || atomic_exchange(&relay->is_woken, true))
        return;
    MUTEX_GUARD(&relay->lock);
    pthread_cond_signal(&relay->changed);
}

static void wait_until(struct relay *relay, int64_t until_ms, bool until_woken) {
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000 * 1000};
    MUTEX_GUARD(&relay->lock);
    while (!relay->is_stopping && !(until_woken && relay->is_woken))
        if (pthread_cond_timedwait(&relay->changed, &relay->lock, &until) != 0)
            break;
}

/* Whatever is made durable from now on wakes it again. */
static void wait_for_records(struct relay *relay) {
    wait_until(relay, clock_monotonic_ms() + relay->options.idle_ms, true);
}

/*
 * After a batch that was not full: in a rush the records of the next milliseconds go in one batch,
 * which costs the broker and all who follow one call, flush and commit instead of many. The first
 * record after a rest does not wait.
 */
static void wait_for_more(struct relay *relay) {
    if (relay->batch.count < BUS_BATCH_MAX)
        wait_until(relay, clock_monotonic_ms() + GATHER_MS, false);
}

static bool is_stopping(struct relay *relay) {
    MUTEX_GUARD(&relay->lock);
    return relay->is_stopping;
}

static bool may_go_on(struct relay *relay) {
    MUTEX_GUARD(&relay->lock);
    return !relay->is_stopping || clock_monotonic_ms() < relay->drain_until_ms;
}

/* --- trouble --- */

static enum trouble trouble_of(int r) {
    return r == -EAGAIN || r == -EACCES || r == -EPROTO ? BROKER_AWAY
           : r == -EEXIST                               ? STREAM_FOREIGN
                                                        : STORE_UNREADABLE;
}

static void say_trouble(struct relay *relay, enum trouble trouble, int r) {
    const char *stream = relay->options.stream;
    char error[BUS_ERROR_SIZE];
    bus_error(relay->bus, error);
    if (trouble == BROKER_AWAY)
        log_warn(&scope, "broker is away stream=%s next=%llu error=%s", stream,
            (unsigned long long)relay->next, error);
    else if (trouble == STREAM_FOREIGN)
        log_error(&scope, "stream holds what this outbox does not stream=%s next=%llu", stream,
            (unsigned long long)relay->next);
    else
        log_error(&scope, "outbox cannot be read stream=%s next=%llu error=%s", stream,
            (unsigned long long)relay->next, strerror(-r));
}

static void tell_flow(struct relay *relay, bool flows) {
    if (relay->is_flow_known && relay->flows == flows)
        return;
    relay->is_flow_known = true;
    relay->flows = flows;
    if (relay->options.on_flow)
        relay->options.on_flow(relay->options.data, flows);
}

static void fail(struct relay *relay, int r) {
    enum trouble trouble = trouble_of(r);
    metric_add(relay->meters.errors, 1);
    if (trouble != relay->trouble)
        say_trouble(relay, trouble, r);
    relay->trouble = trouble;
    relay->is_placed = false;
    tell_flow(relay, false);
}

static void succeed(struct relay *relay) {
    if (relay->trouble != NO_TROUBLE)
        log_info(&scope, "%s stream=%s next=%llu",
            relay->trouble == BROKER_AWAY ? "broker is back" : "relay goes on",
            relay->options.stream, (unsigned long long)relay->next);
    relay->trouble = NO_TROUBLE;
    tell_flow(relay, true);
    backoff_reset(&relay->backoff);
}

/* --- publishing --- */

static void stand_at(struct relay *relay, uint64_t end) {
    relay->end = end;
    relay->next = end + 1;
    relay->published = end;
}

/* Asks the stream where to go on. One record too early: that it stands there proves that the stream
 * is this outbox's. */
static int place(struct relay *relay) {
    uint64_t last;
    int r = bus_last(relay->bus, relay->options.stream, &last);
    if (r < 0)
        return r;
    stand_at(relay, last);
    relay->next = last > 0 ? last : 1;
    relay->is_placed = true;
    return 0;
}

static int read_next(struct relay *relay) {
    int r = outbox_batch_read(
        &relay->batch, relay->store, relay->options.source, relay->next, UINT64_MAX);
    if (r < 0)
        return r;
    return relay->end > relay->batch.last ? -EEXIST : 0;
}

/* What lies before the first record was trimmed from the outbox, so it was published once; that the
 * stream ends before it means that the broker lost it longer than the retention ago. */
static int skip_trimmed(struct relay *relay) {
    uint64_t first = relay->batch.records[0].sequence;
    if (first <= relay->end + 1)
        return 0;
    log_warn(&scope, "stream goes on behind what the outbox has no more stream=%s first=%llu",
        relay->options.stream, (unsigned long long)first);
    return bus_skip(relay->bus, relay->options.stream, first);
}

static void pass_batch(struct relay *relay) {
    uint64_t last = relay->batch.records[relay->batch.count - 1].sequence, end = relay->end;
    metric_add(relay->meters.published, last > end ? (int64_t)(last - end) : 0);
    stand_at(relay, last > end ? last : end);
}

static int publish_batch(struct relay *relay) {
    uint64_t last;
    struct span *spans = publication_begin(&relay->batch, relay->options.stream, relay->end);
    int r = skip_trimmed(relay);
    if (r == 0)
        r = bus_publish(
            relay->bus, relay->options.stream, relay->batch.records, relay->batch.count, &last);
    publication_end(spans, r == 0);
    if (r < 0)
        return r;
    if (r == BUS_GAP)
        stand_at(relay, last); /* the broker lost its tail */
    else
        pass_batch(relay);
    return 0;
}

/* Publishes a batch. 0, or 1 when there is nothing left. */
static int publish_some(struct relay *relay) {
    int r = relay->is_placed ? 0 : place(relay);
    if (r == 0)
        r = read_next(relay);
    if (r < 0)
        return r;
    return relay->batch.count > 0 ? publish_batch(relay) : 1;
}

static void measure(struct relay *relay) {
    uint64_t pending;
    int64_t oldest_ms;
    if (outbox_measure(relay->store, relay->published, &pending, &oldest_ms) < 0)
        return; /* reading said so already */
    int64_t age_ms = pending > 0 ? clock_wall_ms() - oldest_ms : 0;
    metric_set(relay->meters.pending, (int64_t)pending);
    metric_set_real(relay->meters.oldest_seconds, age_ms > 0 ? (double)age_ms / 1000 : 0);
}

/* --- what is due now and then --- */

/* Without anything to publish a loss would not show. */
static int look_after(struct relay *relay) {
    uint64_t last;
    int r = bus_last(relay->bus, relay->options.stream, &last);
    if (r < 0)
        return r;
    relay->is_placed = last == relay->end;
    return fill_gaps(relay->store, relay->bus, relay->options.stream, relay->options.source,
        relay->meters.refilled);
}

static int trim_outbox(struct relay *relay) {
    int64_t before_ms = clock_wall_ms() - relay->options.retention_ms;
    size_t count = 1;
    int r = 0;
    for (unsigned i = 0; r == 0 && count > 0 && i < TRIM_CALLS_MAX; i++)
        r = store_outbox_trim(relay->store, relay->published + 1, before_ms, &count);
    return r;
}

static int tidy(struct relay *relay) {
    uint64_t removed;
    int r = bus_trim(relay->bus, relay->options.stream, &removed);
    return r < 0 ? r : trim_outbox(relay);
}

/* Runs `work` when it is due, which is every so often. */
static int run_due(
    struct relay *relay, int (*work)(struct relay *relay), int64_t *due_ms, int64_t period_ms) {
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < *due_ms)
        return 0;
    *due_ms = now_ms + period_ms;
    return work(relay);
}

/* --- the thread --- */

/* One round: a batch, and what is due besides. 0, 1 when all is published, negative. */
static int run_once(struct relay *relay) {
    int r = publish_some(relay);
    measure(relay);
    if (r < 0)
        return r;
    succeed(relay);
    int due = run_due(relay, look_after, &relay->look_due_ms, relay->options.idle_ms);
    if (due == 0)
        due = run_due(relay, tidy, &relay->tidy_due_ms, relay->options.tidy_ms);
    return due < 0 ? due : r;
}

static void *run(void *data) {
    struct relay *relay = data;
    while (may_go_on(relay)) {
        atomic_store(&relay->is_woken, false); /* before reading, so that no wake is missed */
        bool is_last = is_stopping(relay);     /* before, too: what came till then is seen */
        int r = run_once(relay);
        if (r < 0)
            fail(relay, r);
        if (r != 0 && is_last)
            break;
        if (r < 0)
            wait_until(relay, clock_monotonic_ms() + backoff_next(&relay->backoff), false);
        else if (r > 0)
            wait_for_records(relay);
        else
            wait_for_more(relay);
    }
    return NULL;
}

/* --- life --- */

static struct relay_options with_defaults(const struct relay_options *options) {
    struct relay_options filled = *options;
    filled.stream = memory_copy_string(options->stream);
    filled.source = memory_copy_string(options->source);
    filled.retention_ms = options->retention_ms ? options->retention_ms : RETENTION_MS;
    filled.idle_ms = options->idle_ms ? options->idle_ms : IDLE_MS;
    filled.tidy_ms = options->tidy_ms ? options->tidy_ms : TIDY_MS;
    filled.drain_ms = options->drain_ms ? options->drain_ms : DRAIN_MS;
    return filled;
}

static void init_waiting(struct relay *relay) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&relay->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&relay->lock, NULL);
}

struct relay *relay_new(struct store *store, struct bus *bus, const struct relay_options *options) {
    struct relay *relay = memory_new(sizeof(*relay));
    relay->store = store;
    relay->bus = bus;
    relay->options = with_defaults(options);
    relay->backoff = (struct backoff){.first_ms = RETRY_FIRST_MS, .cap_ms = RETRY_CAP_MS};
    relay->tidy_due_ms = clock_monotonic_ms() + relay->options.tidy_ms;
    relay_meters_init(&relay->meters, options->stream);
    outbox_batch_init(&relay->batch);
    init_waiting(relay);
    store_on_records(store, relay_wake, relay);
    return relay;
}

void relay_start(struct relay *relay) {
    int r = pthread_create(&relay->thread, NULL, run, relay);
    assert(r == 0);
    relay->is_started = true;
}

void relay_stop(struct relay *relay) {
    if (!relay->is_started)
        return;
    {
        MUTEX_GUARD(&relay->lock);
        relay->is_stopping = true;
        relay->drain_until_ms = clock_monotonic_ms() + relay->options.drain_ms;
        pthread_cond_signal(&relay->changed);
    }
    pthread_join(relay->thread, NULL);
    relay->is_started = false;
}

void relay_free(struct relay *relay) {
    if (!relay)
        return;
    relay_stop(relay);
    store_on_records(relay->store, NULL, NULL);
    outbox_batch_deinit(&relay->batch);
    pthread_cond_destroy(&relay->changed);
    pthread_mutex_destroy(&relay->lock);
    free((char *)relay->options.stream);
    free((char *)relay->options.source);
    free(relay);
}

uint64_t relay_published(const struct relay *relay) {
    return relay->published;
}
