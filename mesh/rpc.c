/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mesh/call_core.h"
#include "mesh/method.h"
#include "mesh/observe.h"
#include "mesh/rpc_core.h"

enum { CIRCUIT_RETRY_MS = 200 };

/* What asks core to compress the messages of a call. */
static const char COMPRESSION_KEY[] = GRPC_COMPRESSION_REQUEST_ALGORITHM_MD_KEY;

static const struct status too_large = {
    STATUS_RESOURCE_EXHAUSTED, "the answer is larger than this client takes", {"", 0}};
static const struct status malformed = {
    STATUS_INTERNAL, "the answer is damaged where it was compressed", {"", 0}};
static const struct status missing = {STATUS_INTERNAL, "the reply is missing", {"", 0}};
static const struct status surplus = {STATUS_INTERNAL, "there is more than one reply", {"", 0}};

static void rpc_free(struct rpc *rpc) {
    if (rpc->core)
        grpc_call_unref(rpc->core);
    if (rpc->message)
        grpc_byte_buffer_destroy(rpc->message);
    rpc_stream_deinit(rpc);
    grpc_slice_unref(rpc->status_message);
    gpr_free((void *)rpc->error);
    grpc_metadata_array_destroy(&rpc->initial);
    grpc_metadata_array_destroy(&rpc->trailing);
    arena_deinit(&rpc->arena);
    channel_unuse(rpc->channel);
    free(rpc);
}

void rpc_use(struct rpc *rpc) {
    atomic_fetch_add(&rpc->uses, 1);
}

void rpc_unuse(struct rpc *rpc) {
    if (atomic_fetch_sub(&rpc->uses, 1) == 1)
        rpc_free(rpc);
}

/* What cannot be shown ends the call with why. */
void rpc_reject(struct rpc *rpc, const struct status *why) {
    rpc->refused = why;
    rpc_cancel(rpc);
}

static bool has_many_answers(const struct rpc *rpc) {
    return method_kind_has_many_answers(rpc->method->kind);
}

enum rpc_flow rpc_show(struct rpc *rpc, grpc_byte_buffer *message) {
    grpc_slice flat;
    struct text bytes;
    enum rpc_flow flow = RPC_NEXT;
    observe_received(rpc->series);
    rpc->was_compressed = bytes_are_compressed(message);
    if (rpc->has_message && !has_many_answers(rpc)) {
        rpc_reject(rpc, &surplus);
        return RPC_NEXT;
    }
    rpc->has_message = true;
    int r = bytes_flatten(message, (size_t)rpc->channel->options.message_size_max, &flat, &bytes);
    if (r < 0)
        rpc_reject(rpc, r == -EMSGSIZE ? &too_large : &malformed);
    else
        flow = rpc->events.on_message(rpc, bytes, rpc->data);
    grpc_slice_unref(flat);
    return flow;
}

static void rpc_done(struct rpc *rpc, const struct status *status) {
    if (rpc->is_counted)
        breaker_leave(&rpc->channel->breaker);
    if (rpc->refused)
        status = rpc->refused;
    rpc->is_done = true;
    if (rpc->on_metadata)
        rpc->on_metadata(rpc, rpc->on_metadata_data);
    observe_handled(rpc->series, status->code, rpc->started_us,
        clock_monotonic_us() - rpc->started_us, &rpc->trace);
    call_span_end(rpc->span, status->code, status->message);
    rpc->events.on_done(rpc, status, rpc->data);
    rpc_unuse(rpc);
}

/* Then core has made up the status itself; what a server says it tells with more words. */
static bool rpc_went_with_its_parent(const struct rpc *rpc) {
    return rpc->error && strcmp(rpc->error, "CANCELLED") == 0;
}

/*
 * A server that shuts down drops what reaches it in that moment, and the library calls that
 * CANCELLED. Nobody here has cancelled anything: to the caller the server was not available, and
 * that is what may be asked again. A service's own CANCELLED carries details and stays.
 */
static bool rpc_was_dropped(const struct rpc *rpc) {
    return rpc->code == GRPC_STATUS_CANCELLED && !atomic_load(&rpc->is_cancelled) &&
           !rpc_went_with_its_parent(rpc) &&
           metadata_find(&rpc->trailing, TEXT("grpc-status-details-bin")).size == 0;
}

void rpc_report(struct rpc *rpc) {
    if (rpc_was_dropped(rpc)) {
        rpc->code = GRPC_STATUS_UNAVAILABLE;
        grpc_slice_unref(rpc->status_message);
        rpc->status_message = grpc_slice_from_static_string("the server dropped the call");
    }
    if (rpc->code == GRPC_STATUS_OK && !rpc->has_message && !has_many_answers(rpc))
        rpc->refused = &missing;
    bool is_known = rpc->code >= 0 && rpc->code < (grpc_status_code)STATUS_CODE_COUNT;
    struct status status = {
        .code = is_known ? (enum status_code)rpc->code : STATUS_UNKNOWN,
        .message = "",
        .details = metadata_find(&rpc->trailing, TEXT("grpc-status-details-bin")),
    };
    struct text message = slice_text(&rpc->status_message);
    if (message.size > 0)
        status.message = arena_copy_text(&rpc->arena, message);
    rpc_done(rpc, &status);
}

static void on_unary_answered(struct op *op, bool ok) {
    struct rpc *rpc = container_of(op, struct rpc, answered);
    if (rpc->code == GRPC_STATUS_OK && rpc->message)
        rpc_show(rpc, rpc->message);
    rpc_report(rpc);
}

bool rpc_was_compressed(const struct rpc *rpc) {
    return rpc->was_compressed;
}

struct text rpc_initial_metadata(const struct rpc *rpc, const char *key) {
    return metadata_find(&rpc->initial, text_from(key));
}

struct text rpc_trailing_metadata(const struct rpc *rpc, const char *key) {
    return metadata_find(&rpc->trailing, text_from(key));
}

void rpc_cancel(struct rpc *rpc) {
    rpc_use(rpc);
    atomic_store(&rpc->is_cancelled, true);
    if (rpc->core)
        grpc_call_cancel(rpc->core, NULL);
    rpc_unuse(rpc);
}

static void on_refused(struct task *task) {
    struct rpc *rpc = container_of(task, struct rpc, unstarted);
    const struct failure failure = {.code = STATUS_UNAVAILABLE,
        .reason = "CIRCUIT_OPEN",
        .message = "too many calls to the service are under way",
        .retry_delay_ms = CIRCUIT_RETRY_MS};
    struct text details = failure_serialize(&rpc->arena, &failure);
    rpc_done(rpc, &(struct status){failure.code, failure.message, details});
}

/* Who asks how a service is wants to know it most when that is busy. */
static bool is_about_health(const struct method *method) {
    return text_starts_with(text_from(method->path), TEXT("/grpc.health.v1.Health/"));
}

/* True: the call may not leave, and its end is on the way. */
static bool rpc_refuse(struct rpc *rpc, grpc_byte_buffer *bytes) {
    if (rpc->method->kind != METHOD_UNARY || is_about_health(rpc->method))
        return false;
    rpc->is_counted = breaker_enter(&rpc->channel->breaker);
    if (rpc->is_counted)
        return false;
    rpc->unstarted.run = on_refused;
    observe_started(rpc->series);
    loop_post(rpc->channel->loop, &rpc->unstarted);
    grpc_byte_buffer_destroy(bytes);
    rpc_unuse(rpc);
    return true;
}

static void on_unstarted(struct task *task) {
    struct rpc *rpc = container_of(task, struct rpc, unstarted);
    rpc_done(
        rpc, &(struct status){STATUS_INTERNAL, "the call's metadata is not acceptable", {"", 0}});
}

struct rpc *rpc_new(struct channel *channel, const struct method *method,
    const struct rpc_events *events, void *data) {
    struct rpc *rpc = memory_new(sizeof(*rpc));
    atomic_fetch_add(&channel->uses, 1);
    rpc->channel = channel;
    rpc->method = method;
    rpc->series = observe_method(OBSERVE_CLIENT, method);
    rpc->events = *events;
    rpc->data = data;
    rpc->started_us = clock_monotonic_us();
    rpc->status_message = grpc_empty_slice();
    rpc->unstarted.run = on_unstarted;
    rpc->answered.done = on_unary_answered;
    rpc->is_stream = method->kind != METHOD_UNARY;
    if (rpc->is_stream)
        rpc_stream_init(rpc);
    arena_init(&rpc->arena, 0);
    atomic_store(&rpc->uses, 2); /* until on_done, and until rpc_launch() returns */
    return rpc;
}

static void rpc_trace(struct rpc *rpc, const struct rpc_options *options) {
    const struct trace *parent = options->parent ? call_trace(options->parent) : options->trace;
    if (options->is_untraced) {
        call_span_avoid(NULL, &rpc->trace);
    } else {
        rpc->span = call_span_begin(SPAN_CLIENT, rpc->method->path, parent, &rpc->trace);
        call_span_peer(rpc->span, &rpc->channel->peer);
    }
}

static struct text trace_state(const struct rpc_options *options) {
    if (!options->parent)
        return TEXT("");
    return trace_state_bound(call_metadata(options->parent, "tracestate"));
}

static int64_t rpc_deadline_ms(const struct rpc *rpc, const struct rpc_options *options) {
    int64_t timeout_ms = options->timeout_ms;
    if (timeout_ms == 0)
        timeout_ms = rpc->channel->options.default_timeout_ms;
    int64_t most_ms = channel_timeout_max_ms(rpc->channel, rpc->method);
    if (timeout_ms == RPC_NO_TIMEOUT || timeout_ms > most_ms)
        timeout_ms = most_ms;
    int64_t own = timeout_ms == INT64_MAX ? INT64_MAX : clock_monotonic_ms() + timeout_ms;
    int64_t parents = options->parent ? call_deadline_ms(options->parent) : INT64_MAX;
    return own < parents ? own : parents;
}

static void rpc_make_call(struct rpc *rpc, const struct rpc_options *options) {
    rpc->has_parent = options->parent != NULL;
    rpc->core = grpc_channel_create_call(rpc->channel->core,
        options->parent ? options->parent->core : NULL, GRPC_PROPAGATE_CANCELLATION,
        loop_queue(rpc->channel->loop), grpc_slice_from_static_string(rpc->method->path), NULL,
        core_deadline(rpc_deadline_ms(rpc, options)), NULL);
}

static grpc_metadata metadata_entry(const char *key, struct text value) {
    return (grpc_metadata){
        .key = grpc_slice_from_copied_string(key), .value = slice_copy_text(value)};
}

/* False: the caller's metadata is none that could leave; what has been filled in stands. */
static bool rpc_metadata_fill(const struct rpc *rpc, const struct rpc_options *options,
    grpc_metadata *ret_metadata, size_t *ret_count) {
    char traceparent[TRACEPARENT_SIZE + 1];
    trace_format(&rpc->trace, traceparent);
    size_t count = 0;
    int r = 0;
    ret_metadata[count++] = metadata_entry("traceparent", text_from(traceparent));
    struct text state = trace_state(options); /* a peer's, which may hold anything */
    if (state.size > 0 && metadata_make(TEXT("tracestate"), state, &ret_metadata[count]) == 0)
        count++;
    if (options->compresses)
        ret_metadata[count++] = metadata_entry(COMPRESSION_KEY, TEXT("gzip"));
    for (size_t i = 0; i < options->metadata_count && r == 0; i++) {
        const struct rpc_metadata *own = &options->metadata[i];
        r = metadata_make(text_from(own->key), own->value, &ret_metadata[count]);
        count += r == 0;
    }
    *ret_count = count;
    return r == 0;
}

void rpc_fill_status(struct rpc *rpc, grpc_op *op) {
    op->data.recv_status_on_client.trailing_metadata = &rpc->trailing;
    op->data.recv_status_on_client.status = &rpc->code;
    op->data.recv_status_on_client.status_details = &rpc->status_message;
    if (rpc->has_parent)
        op->data.recv_status_on_client.error_string = &rpc->error;
}

static bool unary_start(
    struct rpc *rpc, grpc_metadata *metadata, size_t metadata_count, grpc_byte_buffer *bytes) {
    grpc_op ops[6] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_SEND_MESSAGE},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT},
        {.op = GRPC_OP_RECV_MESSAGE},
    };
    ops[0].data.send_initial_metadata.count = metadata_count;
    ops[0].data.send_initial_metadata.metadata = metadata;
    ops[1].data.send_message.send_message = bytes;
    ops[3].data.recv_initial_metadata.recv_initial_metadata = &rpc->initial;
    rpc_fill_status(rpc, &ops[4]);
    ops[5].data.recv_message.recv_message = &rpc->message;
    return op_try_start(&rpc->answered, rpc->core, ops, ARRAY_SIZE(ops));
}

struct rpc *rpc_launch(
    struct rpc *rpc, const struct rpc_options *options, grpc_byte_buffer *bytes) {
    static const struct rpc_options none;
    grpc_metadata metadata[RPC_METADATA_MAX + 3];
    if (!options)
        options = &none;
    assert(options->metadata_count <= RPC_METADATA_MAX);
    rpc->on_metadata = options->on_metadata;
    rpc->on_metadata_data = options->on_metadata_data;
    rpc_trace(rpc, options);
    if (rpc_refuse(rpc, bytes))
        return rpc;
    rpc_make_call(rpc, options);
    size_t count;
    bool is_legal = rpc_metadata_fill(rpc, options, metadata, &count);
    observe_started(rpc->series);
    if (bytes)
        observe_sent(rpc->series);
    bool (*start)(struct rpc *, grpc_metadata *, size_t,
        grpc_byte_buffer *) = rpc->is_stream ? rpc_stream_start : unary_start;
    if (!is_legal || !start(rpc, metadata, count, bytes))
        loop_post(rpc->channel->loop, &rpc->unstarted);
    for (size_t i = 0; i < count; i++) {
        grpc_slice_unref(metadata[i].key);
        grpc_slice_unref(metadata[i].value);
    }
    if (bytes)
        grpc_byte_buffer_destroy(bytes);
    rpc_unuse(rpc);
    return rpc;
}

struct rpc *rpc_start(struct channel *channel, const struct method *method,
    const struct rpc_options *options, struct text request, const struct rpc_events *events,
    void *data) {
    assert(!method_kind_reads_requests(method->kind));
    struct rpc *rpc = rpc_new(channel, method, events, data);
    return rpc_launch(rpc, options, bytes_from_text(request));
}

struct rpc *rpc_open(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const struct rpc_events *events, void *data) {
    assert(method_kind_reads_requests(method->kind));
    return rpc_launch(rpc_new(channel, method, events, data), options, NULL);
}
