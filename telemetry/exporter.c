/* SPDX-License-Identifier: Apache-2.0 */
#include "telemetry/exporter.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/span.h"
#include "base/task.h"
#include "mesh/client.h"
#include "mesh/message.h"
#include "mesh/observe.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.mesh.h"
#include "telemetry/otlp.h"

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_GROWTH_MAX = 16, DROP_STEP = 1024, WORDS_SIZE = 256 };

/* What the collector said to an attempt. */
struct answer {
    bool is_there;
    enum status_code code;
    char words[WORDS_SIZE];
    int64_t retry_delay_ms; /* -1: it did not say */
    int64_t rejected;       /* spans, when it is OK */
};

struct exporter {
    struct exporter_options options;
    struct channel *channel;
    struct rpc_metadata metadata[SETTINGS_HEADERS_MAX];
    struct metric_series *exported, *unavailable, *refused, *rejected, *stopped;
    pthread_t thread;
    bool is_started;

    /* of the thread */
    struct arena arena; /* of the batch under way */
    bool has_trouble, has_said_rejected;

    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t changed;
    struct answer answer;
    bool is_woken; /* a batch is there */
    bool is_stopping;
    int64_t stop_until_ms;
};

static const struct log_scope scope = {.component = "telemetry"};

/* --- waiting --- */

/* False: the time is over. With the lock. */
static bool wait_once(struct exporter *exporter, int64_t until_ms) {
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    return pthread_cond_timedwait(&exporter->changed, &exporter->lock, &until) == 0;
}

static bool is_stopping(struct exporter *exporter) {
    MUTEX_GUARD(&exporter->lock);
    return exporter->is_stopping;
}

static void pause_until(struct exporter *exporter, int64_t until_ms) {
    MUTEX_GUARD(&exporter->lock);
    while (!exporter->is_stopping && wait_once(exporter, until_ms))
        ;
}

static void wait_for_batch(struct exporter *exporter) {
    int64_t until_ms = clock_monotonic_ms() + exporter->options.delay_ms;
    MUTEX_GUARD(&exporter->lock);
    while (!exporter->is_stopping && !exporter->is_woken && wait_once(exporter, until_ms))
        ;
    exporter->is_woken = false;
}

static void on_batch(void *data) {
    struct exporter *exporter = data;
    MUTEX_GUARD(&exporter->lock);
    exporter->is_woken = true;
    pthread_cond_signal(&exporter->changed);
}

/* --- an attempt --- */

/* On the loop. */
static enum rpc_flow on_message(struct rpc *rpc, struct text message, void *data) {
    typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceResponse response;
    struct exporter *exporter = data;
    _cleanup_(arena_deinit) struct arena arena;
    arena_init(&arena, 0);
    const response *reply = (const response *)message_unpack(&arena,
        &opentelemetry__proto__collector__trace__v1__export_trace_service_response__descriptor,
        message);
    MUTEX_GUARD(&exporter->lock);
    if (reply && reply->partial_success) {
        exporter->answer.rejected = reply->partial_success->rejected_spans;
        snprintf(exporter->answer.words, WORDS_SIZE, "%s", reply->partial_success->error_message);
    }
    return RPC_NEXT;
}

/* On the loop. */
static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct exporter *exporter = data;
    MUTEX_GUARD(&exporter->lock);
    struct answer *answer = &exporter->answer;
    answer->is_there = true;
    answer->code = status->code;
    answer->retry_delay_ms = status_retry_delay_ms(status);
    if (status->code != STATUS_OK)
        snprintf(answer->words, WORDS_SIZE, "%s", status->message);
    pthread_cond_signal(&exporter->changed);
}

/* The handle is good as long as its on_done has not come through the lock. */
static struct answer wait_for_answer(struct exporter *exporter, struct rpc *rpc) {
    bool is_cut = false;
    MUTEX_GUARD(&exporter->lock);
    while (!exporter->answer.is_there) {
        bool must_stop = exporter->is_stopping && !is_cut;
        int64_t until_ms = must_stop ? exporter->stop_until_ms : INT32_MAX + clock_monotonic_ms();
        if (!wait_once(exporter, until_ms) && must_stop && !exporter->answer.is_there) {
            is_cut = true;
            rpc_cancel(rpc);
        }
    }
    return exporter->answer;
}

static struct answer attempt(struct exporter *exporter, struct text request, int64_t left_ms) {
    static const struct rpc_events events = {.on_message = on_message, .on_done = on_done};
    int64_t timeout_ms = exporter->options.timeout_ms < left_ms ? exporter->options.timeout_ms
                                                                : left_ms;
    const struct rpc_options options = {
        .timeout_ms = timeout_ms > 0 ? timeout_ms : 1,
        .metadata = exporter->metadata,
        .metadata_count = exporter->options.settings->header_count,
        .is_untraced = true,
    };
    pthread_mutex_lock(&exporter->lock);
    exporter->answer = (struct answer){0};
    pthread_mutex_unlock(&exporter->lock);
    struct rpc *rpc = rpc_start(exporter->channel, &trace_service.methods[TRACE_SERVICE_EXPORT],
        &options, request, &events, exporter);
    return wait_for_answer(exporter, rpc);
}

/* --- what follows from it --- */

static void say_trouble(struct exporter *exporter, const struct answer *answer) {
    if (!exporter->has_trouble)
        log_warn(&scope, "spans cannot be exported endpoint=%s code=%s message=%s",
            exporter->options.settings->target, status_code_name(answer->code), answer->words);
    exporter->has_trouble = true;
}

static void say_rejected(struct exporter *exporter, int64_t count, const char *words) {
    if (count == 0 && !words[0])
        return;
    if (!exporter->has_said_rejected)
        log_warn(&scope, "collector has not taken all spans endpoint=%s rejected=%lld message=%s",
            exporter->options.settings->target, (long long)count, words);
    exporter->has_said_rejected = true;
}

/* A collector that counts wrongly does not make our counters run backwards. */
static int64_t rejected_of(const struct answer *answer, int64_t count) {
    if (answer->rejected < 0)
        return 0;
    return answer->rejected < count ? answer->rejected : count;
}

static void succeed(struct exporter *exporter, const struct answer *answer, int64_t count) {
    int64_t rejected = rejected_of(answer, count);
    if (exporter->has_trouble)
        log_info(
            &scope, "spans are exported again endpoint=%s", exporter->options.settings->target);
    exporter->has_trouble = false;
    say_rejected(exporter, rejected, answer->words);
    metric_add(exporter->rejected, rejected);
    metric_add(exporter->exported, count - rejected);
}

static bool may_pass(const struct answer *answer) {
    switch (answer->code) {
    case STATUS_CANCELLED:
    case STATUS_DEADLINE_EXCEEDED:
    case STATUS_ABORTED:
    case STATUS_OUT_OF_RANGE:
    case STATUS_UNAVAILABLE:
    case STATUS_DATA_LOSS:
        return true;
    case STATUS_RESOURCE_EXHAUSTED:
        return answer->retry_delay_ms >= 0;
    default:
        return false;
    }
}

/* Half of it is chance, so that processes that failed together do not come back together. */
static int64_t next_backoff_ms(const struct exporter *exporter, int64_t *backoff_ms) {
    uint32_t chance;
    int64_t pause_ms = *backoff_ms;
    random_bytes(&chance, sizeof(chance));
    if (*backoff_ms < exporter->options.backoff_first_ms * BACKOFF_GROWTH_MAX)
        *backoff_ms *= 2;
    return pause_ms / 2 + chance % (pause_ms / 2 + 1);
}

/* NULL: the collector has taken it; else the series that counts the loss. */
static struct metric_series *export_request(
    struct exporter *exporter, struct text request, int64_t count) {
    int64_t give_up_ms = clock_monotonic_ms() + exporter->options.export_timeout_ms;
    int64_t backoff_ms = exporter->options.backoff_first_ms;
    for (;;) {
        bool is_last = is_stopping(exporter);
        struct answer answer = attempt(exporter, request, give_up_ms - clock_monotonic_ms());
        if (answer.code == STATUS_OK) {
            succeed(exporter, &answer, count);
            return NULL;
        }
        say_trouble(exporter, &answer);
        if (!may_pass(&answer))
            return exporter->refused;
        int64_t pause_ms = answer.retry_delay_ms > 0 ? answer.retry_delay_ms
                                                     : next_backoff_ms(exporter, &backoff_ms);
        int64_t next_ms = clock_monotonic_ms() + pause_ms;
        if (is_last)
            return exporter->stopped;
        if (next_ms >= give_up_ms)
            return exporter->unavailable;
        pause_until(exporter, next_ms);
    }
}

/* --- the thread --- */

static void drop_queue(struct exporter *exporter) {
    struct span *chain;
    for (size_t count; (count = spans_take(DROP_STEP, &chain)) > 0; span_drop_all(&chain))
        metric_add(exporter->stopped, (int64_t)count);
}

/* How many spans there were. */
static size_t export_some(struct exporter *exporter) {
    struct span *chain;
    size_t count = spans_take((size_t)exporter->options.batch_max, &chain);
    if (count == 0)
        return 0;
    struct text request = otlp_write(&exporter->arena, exporter->options.settings, chain);
    span_drop_all(&chain);
    struct metric_series *lost = export_request(exporter, request, (int64_t)count);
    arena_clear(&exporter->arena);
    if (lost)
        metric_add(lost, (int64_t)count);
    if (lost && is_stopping(exporter))
        drop_queue(exporter);
    return count;
}

static void *run(void *data) {
    struct exporter *exporter = data;
    pthread_setname_np(pthread_self(), "telemetry");
    for (;;) {
        wait_for_batch(exporter);
        bool is_last = is_stopping(exporter); /* before: what came till then is seen */
        size_t count = export_some(exporter);
        if (count == 0 && is_last)
            return NULL;
    }
}

/* --- life --- */

static struct metric_series *drop_series(const char *reason) {
    struct metric *metric = metric_counter(
        "myevents_spans_dropped_total", "Spans that did not reach the collector.", "reason", NULL);
    return metric_series(metric, reason);
}

static void make_series(struct exporter *exporter) {
    exporter->exported = metric_series(metric_counter(
        "myevents_spans_exported_total", "Spans that the collector has taken.", NULL));
    exporter->unavailable = drop_series("unavailable");
    exporter->refused = drop_series("refused");
    exporter->rejected = drop_series("rejected");
    exporter->stopped = drop_series("stopped");
}

static void init_waiting(struct exporter *exporter) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&exporter->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&exporter->lock, NULL);
}

struct exporter *exporter_new(const struct exporter_options *options) {
    const struct settings *settings = options->settings;
    struct exporter *exporter = memory_new(sizeof(*exporter));
    exporter->options = *options;
    observe_service(OBSERVE_CLIENT, &trace_service);
    if (exporter->options.backoff_first_ms == 0)
        exporter->options.backoff_first_ms = BACKOFF_FIRST_MS;
    for (size_t i = 0; i < settings->header_count; i++)
        exporter->metadata[i] = (struct rpc_metadata){
            settings->headers[i].key, text_from(settings->headers[i].value)};
    make_series(exporter);
    init_waiting(exporter);
    arena_init(&exporter->arena, 0);
    exporter->channel = channel_new(options->loop, settings->target, NULL);
    return exporter;
}

void exporter_start(struct exporter *exporter) {
    const struct spans_options options = {
        .sampler = exporter->options.settings->sampler,
        .queue_max = (size_t)exporter->options.queue_max,
        .batch = (size_t)exporter->options.batch_max,
        .on_batch = on_batch,
        .data = exporter,
    };
    spans_start(&options);
    int r = pthread_create(&exporter->thread, NULL, run, exporter);
    assert(r == 0);
    exporter->is_started = true;
    log_info(&scope, "exporting spans endpoint=%s", exporter->options.settings->target);
}

void exporter_stop(struct exporter *exporter) {
    if (!exporter->is_started)
        return;
    spans_stop();
    {
        MUTEX_GUARD(&exporter->lock);
        exporter->is_stopping = true;
        exporter->stop_until_ms = clock_monotonic_ms() + EXPORTER_FLUSH_MS;
        pthread_cond_signal(&exporter->changed);
    }
    pthread_join(exporter->thread, NULL);
    exporter->is_started = false;
}

void exporter_free(struct exporter *exporter) {
    if (!exporter)
        return;
    channel_free(exporter->channel);
    arena_deinit(&exporter->arena);
    pthread_cond_destroy(&exporter->changed);
    pthread_mutex_destroy(&exporter->lock);
    free(exporter);
}
