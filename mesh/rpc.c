/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mesh/call_core.h"
#include "mesh/method.h"
#include "mesh/observe.h"
#include "mesh/rpc_core.h"

enum { METADATA_MAX = 32, CIRCUIT_RETRY_MS = 200 };

static void rpc_free(struct rpc *rpc) {
    if (rpc->core)
        grpc_call_unref(rpc->core);
    if (rpc->message)
        grpc_byte_buffer_destroy(rpc->message);
    grpc_slice_unref(rpc->status_message);
    grpc_metadata_array_destroy(&rpc->initial);
    grpc_metadata_array_destroy(&rpc->trailing);
    arena_deinit(&rpc->arena);
    channel_unuse(rpc->channel);
    free(rpc);
}

static void rpc_use(struct rpc *rpc) {
    atomic_fetch_add(&rpc->uses, 1);
}

static void rpc_unuse(struct rpc *rpc) {
    if (atomic_fetch_sub(&rpc->uses, 1) == 1)
        rpc_free(rpc);
}

static bool rpc_is_stream(const struct rpc *rpc) {
    return rpc->method->kind == METHOD_SERVER_STREAM || rpc->method->kind == METHOD_BIDI_STREAM;
}

static enum rpc_flow rpc_show(struct rpc *rpc) {
    grpc_slice flat;
    struct text bytes = bytes_flatten(rpc->message, &flat);
    observe_received(rpc->series);
    enum rpc_flow flow = rpc->events.on_message(rpc, bytes, rpc->data);
    grpc_slice_unref(flat);
    grpc_byte_buffer_destroy(rpc->message);
    rpc->message = NULL;
    return flow;
}

static void rpc_done(struct rpc *rpc, const struct status *status) {
    if (rpc->is_counted)
        breaker_leave(&rpc->channel->breaker);
    observe_handled(rpc->series, status->code, rpc->started_us,
        clock_monotonic_us() - rpc->started_us, &rpc->trace);
    rpc->events.on_done(rpc, status, rpc->data);
    rpc_unuse(rpc);
}

/*
 * A server that shuts down drops what reaches it in that moment, and the library calls that
 * CANCELLED. Nobody here has cancelled anything: to the caller the server was not available, and
 * that is what may be asked again. A service's own CANCELLED carries details and stays.
 */
static bool rpc_was_dropped(const struct rpc *rpc) {
    return rpc->code == GRPC_STATUS_CANCELLED && !atomic_load(&rpc->is_cancelled) &&
           metadata_find(&rpc->trailing, TEXT("grpc-status-details-bin")).size == 0;
}

static void rpc_report(struct rpc *rpc) {
    if (rpc_was_dropped(rpc)) {
        rpc->code = GRPC_STATUS_UNAVAILABLE;
        grpc_slice_unref(rpc->status_message);
        rpc->status_message = grpc_slice_from_static_string("the server dropped the call");
    }
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
        rpc_show(rpc);
    else if (rpc->code == GRPC_STATUS_OK) {
        rpc->code = GRPC_STATUS_INTERNAL;
        grpc_slice_unref(rpc->status_message);
        rpc->status_message = grpc_slice_from_static_string("the reply is missing");
    }
    rpc_report(rpc);
}

static bool reading_change(struct rpc *rpc, enum rpc_reading from, enum rpc_reading to) {
    return atomic_compare_exchange_strong(&rpc->reading, &from, to);
}

static void read_next(struct rpc *rpc) {
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &rpc->message;
    op_start(&rpc->read, rpc->core, &op, 1);
}

static void on_stream_answered(struct op *op, bool ok) {
    struct rpc *rpc = container_of(op, struct rpc, answered);
    rpc->is_answered = true;
    if (atomic_load(&rpc->reading) == READING_OVER ||
        reading_change(rpc, READING_PAUSED, READING_OVER))
        rpc_report(rpc);
}

/* The reader wants no more for now. It may have changed its mind on another thread. */
static void stream_pause(struct rpc *rpc) {
    if (!reading_change(rpc, READING_SHOWN, READING_PAUSED)) {
        atomic_store(&rpc->reading, READING_NEXT);
        read_next(rpc);
    } else if (rpc->is_answered && reading_change(rpc, READING_PAUSED, READING_OVER)) {
        rpc_report(rpc);
    }
}

static void on_stream_read(struct op *op, bool ok) {
    struct rpc *rpc = container_of(op, struct rpc, read);
    if (!rpc->message) {
        atomic_store(&rpc->reading, READING_OVER);
        if (rpc->is_answered)
            rpc_report(rpc);
        return;
    }
    enum rpc_flow flow = RPC_NEXT;
    atomic_store(&rpc->reading, READING_SHOWN);
    if (!atomic_load(&rpc->is_cancelled)) {
        flow = rpc_show(rpc);
    } else {
        grpc_byte_buffer_destroy(rpc->message);
        rpc->message = NULL;
    }
    if (flow == RPC_PAUSE) {
        stream_pause(rpc);
    } else {
        atomic_store(&rpc->reading, READING_NEXT);
        read_next(rpc);
    }
}

void rpc_read(struct rpc *rpc) {
    rpc_use(rpc);
    if (!reading_change(rpc, READING_SHOWN, READING_RESUMED) &&
        reading_change(rpc, READING_PAUSED, READING_NEXT))
        read_next(rpc);
    rpc_unuse(rpc);
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

/* True: the call may not leave, and its end is on the way. */
static bool rpc_refuse(struct rpc *rpc, grpc_byte_buffer *bytes) {
    if (rpc->method->kind != METHOD_UNARY)
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
    rpc->answered.done = rpc_is_stream(rpc) ? on_stream_answered : on_unary_answered;
    rpc->read.done = on_stream_read;
    arena_init(&rpc->arena, 0);
    atomic_store(&rpc->uses, 2); /* until on_done, and until rpc_launch() returns */
    return rpc;
}

static void rpc_trace(struct rpc *rpc, const struct rpc_options *options) {
    const struct trace *parent = options->parent ? call_trace(options->parent) : options->trace;
    if (parent)
        trace_continue(parent, &rpc->trace);
    else
        trace_start(&rpc->trace);
}

static int64_t rpc_deadline_ms(const struct rpc *rpc, const struct rpc_options *options) {
    int64_t timeout_ms = options->timeout_ms;
    if (timeout_ms == 0)
        timeout_ms = rpc->channel->options.default_timeout_ms;
    int64_t own = timeout_ms == RPC_NO_TIMEOUT ? INT64_MAX : clock_monotonic_ms() + timeout_ms;
    int64_t parents = options->parent ? call_deadline_ms(options->parent) : INT64_MAX;
    return own < parents ? own : parents;
}

static void rpc_open(struct rpc *rpc, const struct rpc_options *options) {
    rpc->core = grpc_channel_create_call(rpc->channel->core,
        options->parent ? options->parent->core : NULL, GRPC_PROPAGATE_CANCELLATION,
        loop_queue(rpc->channel->loop), grpc_slice_from_static_string(rpc->method->path), NULL,
        core_deadline(rpc_deadline_ms(rpc, options)), NULL);
}

static size_t rpc_metadata_fill(
    const struct rpc *rpc, const struct rpc_options *options, grpc_metadata *ret_metadata) {
    char traceparent[TRACEPARENT_SIZE + 1];
    trace_format(&rpc->trace, traceparent);
    ret_metadata[0].key = grpc_slice_from_static_string("traceparent");
    ret_metadata[0].value = grpc_slice_from_copied_string(traceparent);
    size_t count = 1;
    for (size_t i = 0; i < options->metadata_count; i++, count++) {
        ret_metadata[count].key = grpc_slice_from_copied_string(options->metadata[i].key);
        ret_metadata[count].value = slice_copy_text(options->metadata[i].value);
    }
    return count;
}

/* A unary call receives its message in the same batch, a stream reads on its own. */
static bool rpc_send(
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
    ops[4].data.recv_status_on_client.trailing_metadata = &rpc->trailing;
    ops[4].data.recv_status_on_client.status = &rpc->code;
    ops[4].data.recv_status_on_client.status_details = &rpc->status_message;
    ops[5].data.recv_message.recv_message = &rpc->message;
    return op_try_start(&rpc->answered, rpc->core, ops, rpc_is_stream(rpc) ? 5 : 6);
}

struct rpc *rpc_launch(
    struct rpc *rpc, const struct rpc_options *options, grpc_byte_buffer *bytes) {
    static const struct rpc_options none;
    grpc_metadata metadata[METADATA_MAX + 1];
    if (!options)
        options = &none;
    assert(options->metadata_count <= METADATA_MAX);
    if (rpc_refuse(rpc, bytes))
        return rpc;
    rpc_trace(rpc, options);
    rpc_open(rpc, options);
    size_t count = rpc_metadata_fill(rpc, options, metadata);
    observe_started(rpc->series);
    observe_sent(rpc->series);
    if (!rpc_send(rpc, metadata, count, bytes))
        loop_post(rpc->channel->loop, &rpc->unstarted);
    else if (rpc_is_stream(rpc))
        read_next(rpc);
    for (size_t i = 0; i < count; i++) {
        grpc_slice_unref(metadata[i].key);
        grpc_slice_unref(metadata[i].value);
    }
    grpc_byte_buffer_destroy(bytes);
    rpc_unuse(rpc);
    return rpc;
}

struct rpc *rpc_start(struct channel *channel, const struct method *method,
    const struct rpc_options *options, struct text request, const struct rpc_events *events,
    void *data) {
    struct rpc *rpc = rpc_new(channel, method, events, data);
    return rpc_launch(rpc, options, bytes_from_text(request));
}
