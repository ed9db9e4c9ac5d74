/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/intake.h"

#include <errno.h>

#include "base/clock.h"
#include "base/task.h"
#include "mesh/acceptor.h"
#include "mesh/call_span.h"
#include "mesh/observe.h"
#include "mesh/server_core.h"

/* Idle calls that are kept for reuse, with a block of memory each. */
enum { IDLE_MAX = 1024, WATCH_MS = 50 };

/* To watch a call costs a batch and a completion, which those that are answered soon can spare. */
static void on_watch(struct timer *timer) {
    struct intake *intake = container_of(timer, struct intake, watch);
    int64_t until_us = clock_monotonic_us() - WATCH_MS * 1000;
    list_for_each_safe (link, &intake->unwatched) {
        struct call *call = container_of(link, struct call, unwatched);
        if (call->started_us > until_us)
            break;
        list_remove(link);
        call_watch_close(call);
    }
    intake->is_watch_set = !list_is_empty(&intake->unwatched);
    if (intake->is_watch_set)
        timer_start(timer, WATCH_MS);
}

void intake_watch_later(struct call *call) {
    struct intake *intake = call->intake;
    list_push_back(&intake->unwatched, &call->unwatched);
    if (!intake->is_watch_set)
        timer_start(&intake->watch, WATCH_MS);
    intake->is_watch_set = true;
}

static void call_admitted(struct call *call);

void intake_init(struct intake *intake, struct server *server, struct loop *loop,
    const struct admission_limits *limits) {
    *intake = (struct intake){.server = server, .loop = loop};
    list_init(&intake->open);
    list_init(&intake->idle);
    list_init(&intake->unwatched);
    timer_init(&intake->watch, loop, on_watch);
    crowd_init(&intake->crowd, server->options.streams_per_connection_max);
    admission_init(&intake->admission, loop, limits, call_admitted);
}

void intake_deinit(struct intake *intake) {
    for (struct list *link; (link = list_pop_front(&intake->idle));)
        call_free(container_of(link, struct call, link));
    crowd_deinit(&intake->crowd);
}

static void on_request(struct op *op, bool ok);

static struct call *intake_take_idle(struct intake *intake) {
    struct list *link = list_pop_front(&intake->idle);
    intake->busy++;
    if (!link)
        return call_new(intake);
    intake->idle_count--;
    return container_of(link, struct call, link);
}

static void post(struct intake *intake, const struct endpoint *endpoint, struct call *call) {
    grpc_server *server = intake->server->core;
    grpc_completion_queue *queue = loop_queue(intake->loop);
    grpc_byte_buffer **payload = endpoint && call_reads_requests(call) ? NULL : &call->payload;
    op_release(&call->accepted);
    grpc_call_error error = endpoint ? grpc_server_request_registered_call(server,
                                           endpoint->registration, &call->core, &call->deadline,
                                           &call->metadata, payload, queue, queue, &call->accepted)
                                     : grpc_server_request_call(server, &call->core, &call->details,
                                           &call->metadata, queue, queue, &call->accepted);
    assert(error == GRPC_CALL_OK);
}

static bool try_post(struct intake *intake, const struct endpoint *endpoint, struct call *call) {
    MUTEX_GUARD(&intake->server->posting_lock);
    if (intake->server->is_closed)
        return false;
    post(intake, endpoint, call);
    return true;
}

void intake_post(struct intake *intake, const struct endpoint *endpoint) {
    struct call *call = intake_take_idle(intake);
    call->endpoint = endpoint;
    call->accepted.done = on_request;
    atomic_store(&call->uses, 1);
    if (!try_post(intake, endpoint, call))
        intake_recycle(call);
}

static void call_clear(struct call *call) {
    if (call->core)
        grpc_call_unref(call->core);
    if (call->payload)
        grpc_byte_buffer_destroy(call->payload);
    grpc_call_details_destroy(&call->details);
    grpc_call_details_init(&call->details);
    grpc_slice_unref(call->status_message);
    grpc_slice_unref(call->status_details);
    call->status_message = call->status_details = grpc_empty_slice();
    call_clear_metadata(call);
    call->core = NULL;
    call->payload = NULL;
    call->metadata.count = 0;
    call->endpoint = NULL;
    call->events = (struct call_events){0};
    call->user = NULL;
    call->code = STATUS_OK;
    call->was_cancelled = 0;
    atomic_store(&call->is_ended, false);
    atomic_store(&call->is_cancelled, false);
    atomic_store(&call->is_abandoned, false);
    atomic_store(&call->is_close_asked, false);
    stream_clear(call);
    arena_clear(&call->arena);
}

void intake_recycle(struct call *call) {
    struct intake *intake = call->intake;
    list_remove(&call->link);
    admission_leave(&intake->admission, call);
    if (call->peer)
        crowd_leave(&intake->crowd, call->peer);
    call->peer = NULL;
    call_clear(call);
    if (intake->idle_count < IDLE_MAX) {
        list_push_front(&intake->idle, &call->link);
        intake->idle_count++;
    } else {
        call_free(call);
    }
    if (--intake->busy == 0 && intake->is_closing)
        server_intake_is_quiet(intake);
}

/* A label and the log need the path as a string also when nobody serves it. */
static const char *call_path(struct call *call) {
    if (call->endpoint)
        return call->endpoint->method->path;
    return arena_copy_text(&call->arena, slice_text(&call->details.method));
}

/* Probes are no part of a trace. */
static void call_begin_trace(struct call *call) {
    struct trace parent;
    bool has_parent = trace_parse(metadata_find(&call->metadata, TEXT("traceparent")), &parent) ==
                      0;
    if (call->endpoint && call->endpoint->is_exempt)
        call_span_avoid(has_parent ? &parent : NULL, &call->trace);
    else
        call->span = call_span_begin(
            SPAN_SERVER, call_path(call), has_parent ? &parent : NULL, &call->trace);
}

static void call_begin(struct call *call) {
    call->started_us = clock_monotonic_us();
    call->series = call->endpoint ? call->endpoint->series : observe_method(OBSERVE_SERVER, NULL);
    call_begin_trace(call);
    call->scope = (struct log_scope){.trace = &call->trace, .method = call_path(call)};
    call->deadline_ms = core_deadline_ms(call->deadline);
    list_push_back(&call->intake->open, &call->link);
    observe_started(call->series);
    if (metadata_find(&call->metadata, TEXT("grpc-previous-rpc-attempts")).size > 0)
        observe_retried(call->series);
}

static void refuse_unknown(struct call *call) {
    call_fail(call, STATUS_UNIMPLEMENTED, NULL, "no such method");
}

static void refuse_drain(struct call *call) {
    call_fail(call, STATUS_UNAVAILABLE, "SHUTTING_DOWN", "the server is shutting down");
}

void intake_note_reset(struct call *call) {
    char *peer = grpc_call_get_peer(call->core);
    if (resets_note(&call->intake->resets, peer, clock_monotonic_ms()))
        connections_cut(acceptor_connections(call->intake->server->acceptor), peer,
            "it drops calls as soon as they begin");
    gpr_free(peer);
}

/* Nearly always a call that was cancelled at its start; core does not tell it from a client that
 * closed without a request. */
static void refuse_missing(struct call *call) {
    call_fail(call, STATUS_CANCELLED, NULL, "the client closed before its request came");
}

static void refuse_request(struct call *call, int r) {
    if (r == -EMSGSIZE)
        call_fail(call, STATUS_RESOURCE_EXHAUSTED, NULL, "request is larger than %lld bytes",
            (long long)call->intake->server->options.message_size_max);
    else
        call_fail(call, STATUS_INVALID_ARGUMENT, NULL, "request is not a valid %s",
            call->endpoint->method->input->name);
}

/* The request has arrived: unpack it and let the handler take over. */
static void call_serve(struct call *call) {
    if (!call->payload) {
        intake_note_reset(call);
        refuse_missing(call);
        return;
    }
    if (clock_monotonic_ms() >= call->deadline_ms) {
        call_fail(
            call, STATUS_DEADLINE_EXCEEDED, NULL, "the deadline passed before the call began");
        return;
    }
    ProtobufCMessage *request;
    int r = call_unpack(call, &call->arena, call->payload, &request);
    grpc_byte_buffer_destroy(call->payload);
    call->payload = NULL;
    if (r == 0)
        call_run_handler(call, request);
    else
        refuse_request(call, r);
}

static void on_received(struct op *op, bool ok) {
    call_serve(container_of(op, struct call, accepted));
}

static void call_receive(struct call *call) {
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &call->payload;
    call->accepted.done = on_received;
    op_start(&call->accepted, call->core, &op, 1);
}

/* Core watches the deadlines that clients set. This one also covers a request that never comes. */
static void call_set_timeout(struct call *call, int64_t timeout_ms) {
    call->deadline_ms = clock_monotonic_ms() + timeout_ms;
    timer_start(&call->timer, timeout_ms);
}

/* A peer beyond its limit has lost its connection, and with it this call. */
static void call_count(struct call *call) {
    struct intake *intake = call->intake;
    bool is_beyond;
    if (intake->busy < CROWD_MIN)
        return;
    char *peer = grpc_call_get_peer(call->core);
    call->peer = crowd_enter(&intake->crowd, peer, &is_beyond);
    if (is_beyond)
        connections_cut(acceptor_connections(intake->server->acceptor), peer,
            "it has more calls open than it may");
    gpr_free(peer);
}

static void call_admitted(struct call *call) {
    if (!call_is_stream(call))
        call_receive(call);
    else if (call_reads_requests(call))
        call_run_handler(call, NULL);
    else
        call_serve(call);
}

/* Probes are not counted: a server that is busy is not ill. */
static void call_enter(struct call *call) {
    if (call->endpoint->is_exempt)
        call_admitted(call);
    else
        admission_enter(&call->intake->admission, call);
}

static void accept_unary(struct call *call) {
    call->endpoint = map_get(&call->intake->server->endpoints, slice_text(&call->details.method));
    call->deadline = call->details.deadline;
    call_begin(call);
    if (call->deadline_ms == INT64_MAX)
        call_set_timeout(call, call->intake->server->options.default_timeout_ms);
    if (!call->endpoint || !call->endpoint->handler)
        refuse_unknown(call);
    else
        call_enter(call);
}

static void accept_stream(struct call *call) {
    call_begin(call);
    stream_open(call);
    call_watch_close(call);
    if (call->intake->is_draining)
        refuse_drain(call);
    else
        call_enter(call);
}

static void on_request(struct op *op, bool ok) {
    struct call *call = container_of(op, struct call, accepted);
    if (!ok) { /* the server shuts down */
        intake_recycle(call);
        return;
    }
    /* The next request finds a slot before this one costs time. */
    intake_post(call->intake, call->endpoint);
    call_count(call);
    if (call->endpoint)
        accept_stream(call);
    else
        accept_unary(call);
}
