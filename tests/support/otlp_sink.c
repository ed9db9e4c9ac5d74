/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/otlp_sink.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/memory.h"
#include "base/task.h"
#include "mesh/call.h"
#include "mesh/loop.h"
#include "mesh/message.h"
#include "mesh/server.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.mesh.h"

enum { SPANS_MAX = 65536, EXPORTS_MAX = 4096, ANSWERS_MAX = 16, TOKEN_SIZE = 64, DRAIN_MS = 1000 };

typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest export_request;
typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceResponse export_reply;
typedef Opentelemetry__Proto__Common__V1__KeyValue key_value;

struct otlp_sink {
    struct loop *loop;
    struct server *server;
    int port;

    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t changed;
    struct arena arena;
    struct sink_answer answers[ANSWERS_MAX];
    size_t answer_count, answered;
    struct call *silent[ANSWERS_MAX];
    size_t silent_count;
    int64_t exports_ms[EXPORTS_MAX];
    size_t export_count;
    struct sink_span spans[SPANS_MAX];
    size_t span_count;
    char token[TOKEN_SIZE];
};

/* --- what it takes --- */

static void write_id(const ProtobufCBinaryData *id, size_t size, char *ret_hex) {
    ret_hex[0] = '\0';
    if (id->len != size)
        return;
    hex_write(id->data, size, ret_hex);
    ret_hex[2 * size] = '\0';
}

static const key_value *find(key_value *const *pairs, size_t count, const char *key) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i]->key, key) == 0)
            return pairs[i];
    return NULL;
}

static const char *text_of(const key_value *pair) {
    bool is_text = pair && pair->value &&
                   pair->value->value_case ==
                       OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_STRING_VALUE;
    return is_text ? pair->value->string_value : NULL;
}

static void take_span(struct otlp_sink *sink, const Opentelemetry__Proto__Trace__V1__Span *span,
    const char *service) {
    assert(sink->span_count < SPANS_MAX);
    struct sink_span *taken = &sink->spans[sink->span_count++];
    *taken = (struct sink_span){.service = service ? service : "", .span = span};
    write_id(&span->trace_id, 16, taken->trace_id);
    write_id(&span->span_id, 8, taken->span_id);
    write_id(&span->parent_span_id, 8, taken->parent_id);
}

/* The request belongs to its call: what is kept is a copy. */
static void take(struct otlp_sink *sink, const export_request *request) {
    struct text bytes = message_pack(&sink->arena, &request->base);
    const export_request *kept = (const export_request *)message_unpack(
        &sink->arena, request->base.descriptor, bytes);
    assert(kept);
    for (size_t i = 0; i < kept->n_resource_spans; i++) {
        const Opentelemetry__Proto__Trace__V1__ResourceSpans *of = kept->resource_spans[i];
        const char *service = text_of(
            find(of->resource->attributes, of->resource->n_attributes, "service.name"));
        for (size_t j = 0; j < of->n_scope_spans; j++)
            for (size_t k = 0; k < of->scope_spans[j]->n_spans; k++)
                take_span(sink, of->scope_spans[j]->spans[k], service);
    }
}

/* --- what it says --- */

static void reply(struct call *call, const struct sink_answer *answer) {
    export_reply message =
        OPENTELEMETRY__PROTO__COLLECTOR__TRACE__V1__EXPORT_TRACE_SERVICE_RESPONSE__INIT;
    Opentelemetry__Proto__Collector__Trace__V1__ExportTracePartialSuccess partial =
        OPENTELEMETRY__PROTO__COLLECTOR__TRACE__V1__EXPORT_TRACE_PARTIAL_SUCCESS__INIT;
    partial.rejected_spans = answer->rejected;
    if (answer->message)
        partial.error_message = (char *)answer->message;
    if (answer->rejected || answer->message)
        message.partial_success = &partial;
    trace_service_export_reply(call, &message);
}

static void answer_call(struct call *call, const struct sink_answer *answer) {
    if (answer->code == STATUS_OK)
        reply(call, answer);
    else
        call_fail_with(call, &(struct failure){.code = answer->code,
                                 .message = answer->message,
                                 .retry_delay_ms = answer->retry_delay_ms});
}

static struct sink_answer next_answer(struct otlp_sink *sink) {
    if (sink->answered < sink->answer_count)
        return sink->answers[sink->answered++];
    return (struct sink_answer){0};
}

/* Decides under the lock, answers without it. */
static struct sink_answer note_export(
    struct otlp_sink *sink, struct call *call, const export_request *request) {
    MUTEX_GUARD(&sink->lock);
    struct sink_answer answer = next_answer(sink);
    struct text token = call_metadata(call, "x-token");
    snprintf(sink->token, sizeof(sink->token), "%.*s", TEXT_ARG(token));
    assert(sink->export_count < EXPORTS_MAX);
    sink->exports_ms[sink->export_count++] = clock_monotonic_ms();
    if (answer.is_silent)
        sink->silent[sink->silent_count++] = call;
    else if (answer.code == STATUS_OK)
        take(sink, request);
    pthread_cond_broadcast(&sink->changed);
    return answer;
}

static void handle_export(struct call *call, const export_request *request, void *data) {
    struct sink_answer answer = note_export(data, call, request);
    if (!answer.is_silent)
        answer_call(call, &answer);
}

/* --- life --- */

static void init_waiting(struct otlp_sink *sink) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&sink->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&sink->lock, NULL);
}

struct otlp_sink *otlp_sink_new(int port) {
    static const struct trace_service_handlers handlers = {handle_export};
    struct otlp_sink *sink = memory_new(sizeof(*sink));
    const struct server_options options = {
        .message_size_max = 16 * 1024 * 1024, .drain_wait_ms = 1};
    char address[32];
    init_waiting(sink);
    arena_init(&sink->arena, 0);
    sink->loop = loop_new("sink");
    sink->server = server_new(sink->loop, &options);
    trace_service_register(sink->server, &handlers, sink);
    snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    int r = server_listen(sink->server, address, &sink->port);
    loop_start(sink->loop);
    if (r == 0) {
        server_start(sink->server);
        return sink;
    }
    otlp_sink_free(sink);
    return NULL;
}

/* On the loop, where the calls were left. */
static void end_silence(void *data) {
    struct otlp_sink *sink = data;
    for (size_t i = 0; i < sink->silent_count; i++)
        call_fail(sink->silent[i], STATUS_UNAVAILABLE, NULL, "the sink goes");
}

void otlp_sink_free(struct otlp_sink *sink) {
    loop_run_and_wait(sink->loop, end_silence, sink);
    server_drain(sink->server, DRAIN_MS);
    server_free(sink->server);
    loop_stop(sink->loop);
    loop_free(sink->loop);
    arena_deinit(&sink->arena);
    pthread_cond_destroy(&sink->changed);
    pthread_mutex_destroy(&sink->lock);
    free(sink);
}

int otlp_sink_port(const struct otlp_sink *sink) {
    return sink->port;
}

void otlp_sink_answer(struct otlp_sink *sink, const struct sink_answer *answers, size_t count) {
    MUTEX_GUARD(&sink->lock);
    assert(count <= ANSWERS_MAX);
    memcpy(sink->answers, answers, count * sizeof(*answers));
    sink->answer_count = count;
    sink->answered = 0;
}

/* --- what it has --- */

static bool wait_for(struct otlp_sink *sink, const size_t *what, size_t count, int64_t timeout_ms) {
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    MUTEX_GUARD(&sink->lock);
    while (*what < count)
        if (pthread_cond_timedwait(&sink->changed, &sink->lock, &until) != 0)
            return *what >= count;
    return true;
}

bool otlp_sink_wait_exports(struct otlp_sink *sink, size_t count, int64_t timeout_ms) {
    return wait_for(sink, &sink->export_count, count, timeout_ms);
}

bool otlp_sink_wait_spans(struct otlp_sink *sink, size_t count, int64_t timeout_ms) {
    return wait_for(sink, &sink->span_count, count, timeout_ms);
}

size_t otlp_sink_export_count(struct otlp_sink *sink) {
    MUTEX_GUARD(&sink->lock);
    return sink->export_count;
}

int64_t otlp_sink_export_ms(struct otlp_sink *sink, size_t index) {
    MUTEX_GUARD(&sink->lock);
    assert(index < sink->export_count);
    return sink->exports_ms[index];
}

size_t otlp_sink_span_count(struct otlp_sink *sink) {
    MUTEX_GUARD(&sink->lock);
    return sink->span_count;
}

struct sink_span otlp_sink_span(struct otlp_sink *sink, size_t index) {
    MUTEX_GUARD(&sink->lock);
    assert(index < sink->span_count);
    return sink->spans[index];
}

const char *otlp_sink_token(struct otlp_sink *sink) {
    return sink->token;
}

const char *sink_span_text(const struct sink_span *span, const char *key) {
    return text_of(find(span->span->attributes, span->span->n_attributes, key));
}

const int64_t *sink_span_number(const struct sink_span *span, const char *key) {
    const key_value *pair = find(span->span->attributes, span->span->n_attributes, key);
    bool is_number = pair && pair->value &&
                     pair->value->value_case ==
                         OPENTELEMETRY__PROTO__COMMON__V1__ANY_VALUE__VALUE_INT_VALUE;
    return is_number ? &pair->value->int_value : NULL;
}
