/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/call.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mesh/call_span.h"
#include "mesh/message.h"
#include "mesh/observe.h"
#include "mesh/server_core.h"

/* Together they stay below the 8 KiB of metadata that clients take, also when one is
 * percent-encoded and the other is base64. */
enum { STATUS_MESSAGE_MAX = 512, STATUS_DETAILS_MAX = 4096 };

enum { PATIENCE_MIN_US = 5000 };

static void on_recycle(struct task *task) {
    intake_recycle(container_of(task, struct call, recycle));
}

void call_unuse(struct call *call) {
    if (atomic_fetch_sub(&call->uses, 1) > 1)
        return;
    if (loop_is_current(call->intake->loop))
        intake_recycle(call);
    else
        loop_post(call->intake->loop, &call->recycle);
}

static void on_ended(struct op *op, bool ok) {
    struct call *call = container_of(op, struct call, ended);
    timer_stop(&call->timer);
    list_remove(&call->unwatched);
    call_unuse(call);
}

/* Nobody can have lost patience so soon. */
static bool call_was_never_meant(const struct call *call) {
    return clock_monotonic_us() - call->started_us < PATIENCE_MIN_US &&
           clock_monotonic_ms() < call->deadline_ms;
}

/* Its client may go and the server end, one after the other: the owner hears of the first. */
void call_note_cancelled(struct call *call) {
    if (atomic_exchange(&call->is_cancelled, true))
        return;
    if (call->events.on_cancelled && !atomic_load(&call->is_ended))
        call->events.on_cancelled(call, call->events_data);
}

static void on_closed(struct op *op, bool ok) {
    struct call *call = container_of(op, struct call, closed);
    if (call->was_cancelled) {
        if (call_was_never_meant(call))
            intake_note_reset(call);
        call_note_cancelled(call);
    }
    call_unuse(call);
}

static void on_timer(struct timer *timer) {
    struct call *call = container_of(timer, struct call, timer);
    grpc_call_cancel_with_status(
        call->core, GRPC_STATUS_DEADLINE_EXCEEDED, "Deadline Exceeded", NULL);
}

struct call *call_new(struct intake *intake) {
    struct call *call = memory_new(sizeof(*call));
    call->intake = intake;
    call->closed.done = on_closed;
    call->ended.done = on_ended;
    call->recycle.run = on_recycle;
    list_init(&call->link);
    list_init(&call->unwatched);
    list_init(&call->waiting);
    arena_init(&call->arena, 0);
    timer_init(&call->timer, intake->loop, on_timer);
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->metadata);
    call->status_message = grpc_empty_slice();
    call->status_details = grpc_empty_slice();
    stream_init(call);
    return call;
}

void call_free(struct call *call) {
    stream_deinit(call);
    grpc_metadata_array_destroy(&call->metadata);
    grpc_call_details_destroy(&call->details);
    arena_deinit(&call->arena);
    free(call);
}

bool call_is_stream(const struct call *call) {
    return call->endpoint && call->endpoint->method->kind != METHOD_UNARY;
}

bool call_reads_requests(const struct call *call) {
    return method_kind_reads_requests(call->endpoint->method->kind);
}

bool call_has_many_answers(const struct call *call) {
    return method_kind_has_many_answers(call->endpoint->method->kind);
}

struct arena *call_arena(struct call *call) {
    return &call->arena;
}

const struct method *call_method(const struct call *call) {
    return call->endpoint->method;
}

const struct log_scope *call_scope(const struct call *call) {
    return &call->scope;
}

const struct trace *call_trace(const struct call *call) {
    return &call->trace;
}

int64_t call_deadline_ms(const struct call *call) {
    return call->deadline_ms;
}

bool call_is_cancelled(const struct call *call) {
    return atomic_load(&call->is_cancelled);
}

void call_set_events(struct call *call, const struct call_events *events, void *data) {
    call->events = *events;
    call->events_data = data;
}

void call_set_user(struct call *call, void *user) {
    call->user = user;
}

void *call_user(const struct call *call) {
    return call->user;
}

/* True for the first to ask, whose batch is to carry `ret_op`. */
static bool call_ask_close(struct call *call, grpc_op *ret_op) {
    if (atomic_exchange(&call->is_close_asked, true))
        return false;
    ret_op->op = GRPC_OP_RECV_CLOSE_ON_SERVER;
    ret_op->data.recv_close_on_server.cancelled = &call->was_cancelled;
    return true;
}

void call_watch_close(struct call *call) {
    grpc_op op = {0};
    if (!call_ask_close(call, &op))
        return;
    atomic_fetch_add(&call->uses, 1);
    op_start(&call->closed, call->core, &op, 1);
}

int call_unpack(struct call *call, struct arena *arena, grpc_byte_buffer *bytes,
    ProtobufCMessage **ret_message) {
    grpc_slice flat;
    struct text text;
    observe_received(call->series);
    call->was_compressed = bytes_are_compressed(bytes);
    int r = bytes_flatten(
        bytes, (size_t)call->intake->server->options.message_size_max, &flat, &text);
    ProtobufCMessage *message = NULL;
    if (r == 0)
        message = message_unpack(arena, call->endpoint->method->input, text);
    grpc_slice_unref(flat);
    if (r < 0)
        return r;
    if (!message)
        return -EBADMSG;
    *ret_message = message;
    return 0;
}

void call_run_handler(struct call *call, const ProtobufCMessage *request) {
    call->endpoint->method->invoke_handler(
        call->endpoint->handler, call, request, call->endpoint->data);
    if (call_is_stream(call) || atomic_load(&call->is_ended))
        return;
    if (call->events.on_cancelled)
        call_watch_close(call);
    else
        intake_watch_later(call);
}

void call_send_status(struct call *call, grpc_byte_buffer *reply) {
    grpc_metadata trailing[CALL_METADATA_MAX + 1];
    grpc_op ops[4] = {0};
    size_t count = call_begin_op(call, ops);
    if (reply) {
        ops[count].op = GRPC_OP_SEND_MESSAGE;
        ops[count++].data.send_message.send_message = reply;
    }
    grpc_op *status = &ops[count++];
    status->op = GRPC_OP_SEND_STATUS_FROM_SERVER;
    status->data.send_status_from_server.status = (grpc_status_code)call->code;
    status->data.send_status_from_server.trailing_metadata = trailing;
    status->data.send_status_from_server.trailing_metadata_count = call_trailing(call, trailing);
    if (call->code != STATUS_OK)
        status->data.send_status_from_server.status_details = &call->status_message;
    if (!call_is_stream(call))
        count += call_ask_close(call, &ops[count]);
    op_start(&call->ended, call->core, ops, count);
}

/* At most so many bytes, whole characters. */
static const char *message_cut(struct arena *scratch, const char *message) {
    size_t size = strlen(message);
    if (size <= STATUS_MESSAGE_MAX)
        return message;
    for (size = STATUS_MESSAGE_MAX; size > 0 && (message[size] & 0xc0) == 0x80;)
        size--;
    return arena_copy_text(scratch, (struct text){message, size});
}

/* A client refuses a status whose metadata is too large and never learns the reason, so details
 * that would not fit stay behind. */
void call_set_status(struct call *call, struct arena *scratch, const struct failure *failure) {
    struct failure bounded = *failure;
    bounded.message = message_cut(scratch, failure->message ? failure->message : "");
    struct text details = failure_serialize(scratch, &bounded);
    call->code = failure->code;
    call->status_message = slice_copy_text(text_from(bounded.message));
    if (details.size <= STATUS_DETAILS_MAX)
        call->status_details = slice_copy_text(details);
}

/* What the client saw, whatever the owner said. */
static enum status_code call_outcome(const struct call *call, enum status_code code) {
    if (atomic_load(&call->is_abandoned))
        return call->abandon_code;
    if (!call_is_cancelled(call))
        return code;
    return clock_monotonic_ms() >= call->deadline_ms ? STATUS_DEADLINE_EXCEEDED : STATUS_CANCELLED;
}

static bool is_server_fault(enum status_code code) {
    return code == STATUS_UNKNOWN || code == STATUS_INTERNAL || code == STATUS_UNAVAILABLE ||
           code == STATUS_DATA_LOSS;
}

/* Probes ask every few seconds and are no news. */
static bool call_is_worth_a_line(const struct call *call) {
    return call->intake->server->budget.per_second > 0 &&
           !(call->endpoint && call->endpoint->is_exempt);
}

static void call_log(
    struct call *call, enum status_code code, int64_t duration_us, const char *message) {
    const char *name = status_code_name(code);
    double duration_ms = (double)duration_us / 1000;
    if (is_server_fault(code) && !atomic_load(&call->is_abandoned))
        log_write(code == STATUS_UNAVAILABLE ? LOG_WARN : LOG_ERROR, &call->scope,
            "call failed code=%s duration_ms=%.3f message=%s", name, duration_ms, message);
    else if (!call_is_worth_a_line(call) ||
             !log_budget_take(&call->intake->server->budget, "calls"))
        return;
    else if (code == STATUS_OK)
        log_info(&call->scope, "call served code=%s duration_ms=%.3f", name, duration_ms);
    else
        log_info(&call->scope, "call refused code=%s duration_ms=%.3f message=%s", name,
            duration_ms, message);
}

/* Everything about the end but the sending. */
static void call_end(struct call *call, enum status_code code, const char *message) {
    bool was_ended = atomic_exchange(&call->is_ended, true);
    assert(!was_ended && "a call is ended once");
    code = call_outcome(call, code);
    int64_t duration_us = clock_monotonic_us() - call->started_us;
    observe_handled(call->series, code, call->started_us, duration_us, &call->trace);
    call_log(call, code, duration_us, message);
    call_span_end(call->span, code, message);
    call->span = NULL;
}

void call_reply(struct call *call, const ProtobufCMessage *reply) {
    assert(!call_has_many_answers(call));
    grpc_byte_buffer *bytes = bytes_from_message(reply);
    observe_sent(call->series);
    call_end(call, STATUS_OK, "");
    if (call_is_stream(call)) {
        stream_reply(call, bytes);
    } else {
        call_send_status(call, bytes);
        grpc_byte_buffer_destroy(bytes);
    }
}

void call_finish(struct call *call) {
    assert(call_has_many_answers(call));
    call_end(call, STATUS_OK, "");
    stream_end(call, NULL);
}

/* The log may say more than the client is told. */
static void call_refuse(
    struct call *call, const struct failure *failure, const char *message_for_log) {
    assert(failure->code > STATUS_OK && failure->code < STATUS_CODE_COUNT);
    call_end(call, failure->code, message_for_log);
    if (call_is_stream(call)) {
        stream_end(call, failure);
    } else {
        call_set_status(call, &call->arena, failure);
        call_send_status(call, NULL);
    }
}

void call_fail_with(struct call *call, const struct failure *failure) {
    call_refuse(call, failure, failure->message ? failure->message : "");
}

void call_fail(
    struct call *call, enum status_code code, const char *reason, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(&call->arena, format, args);
    va_end(args);
    call_fail_with(call, &(struct failure){.code = code, .reason = reason, .message = message});
}

void call_fail_errno(struct call *call, int r, const char *doing) {
    bool may_pass = r == -EAGAIN || r == -ETIMEDOUT || r == -ECONNREFUSED;
    struct failure failure = {
        .code = may_pass ? STATUS_UNAVAILABLE : STATUS_INTERNAL,
        .message = may_pass ? "temporarily unavailable" : "internal error",
    };
    call_refuse(call, &failure, arena_printf(&call->arena, "%s: %s", doing, strerror(-r)));
}
