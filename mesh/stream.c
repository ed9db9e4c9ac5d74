/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>

#include "mesh/observe.h"
#include "mesh/server_core.h"

static void on_sent(struct op *op, bool ok);

void stream_init(struct call *call) {
    pthread_mutex_init(&call->stream.lock, NULL);
    call->sent.done = on_sent;
}

static grpc_byte_buffer *queue_pop(struct call_stream *stream) {
    grpc_byte_buffer *bytes = stream->queue[stream->first];
    stream->first = (stream->first + 1) % CALL_QUEUE_MAX;
    stream->count--;
    return bytes;
}

static void queue_push(struct call_stream *stream, grpc_byte_buffer *bytes) {
    stream->queue[(stream->first + stream->count++) % CALL_QUEUE_MAX] = bytes;
}

static void queue_drop(struct call_stream *stream) {
    while (stream->count > 0)
        grpc_byte_buffer_destroy(queue_pop(stream));
}

void stream_clear(struct call *call) {
    struct call_stream *stream = &call->stream;
    MUTEX_GUARD(&stream->lock); /* whoever sent last may still be letting go of it */
    queue_drop(stream);
    stream->state = STREAM_OPEN;
    stream->is_sending = stream->has_sent = stream->is_full = stream->is_broken = false;
}

void stream_deinit(struct call *call) {
    stream_clear(call);
    pthread_mutex_destroy(&call->stream.lock);
}

/* While more is to follow at once, core may keep the message back and write it with the next. */
static void send_message(struct call *call, grpc_byte_buffer *bytes) {
    struct call_stream *stream = &call->stream;
    bool is_last = stream->count == 0 && stream->state == STREAM_OPEN;
    grpc_op ops[2] = {0};
    size_t count = 0;
    ops[count].op = GRPC_OP_SEND_MESSAGE;
    ops[count].flags = is_last ? 0 : GRPC_WRITE_BUFFER_HINT;
    ops[count++].data.send_message.send_message = bytes;
    if (!stream->has_sent)
        ops[count++].op = GRPC_OP_SEND_INITIAL_METADATA;
    stream->has_sent = true;
    stream->is_sending = true;
    atomic_fetch_add(&call->uses, 1);
    op_start(&call->sent, call->core, ops, count);
    grpc_byte_buffer_destroy(bytes);
}

/* Sends what comes next, if its turn has come. */
static void stream_advance(struct call *call) {
    struct call_stream *stream = &call->stream;
    if (stream->is_sending)
        return;
    if (stream->is_broken)
        queue_drop(stream);
    if (stream->count > 0) {
        send_message(call, queue_pop(stream));
    } else if (stream->state == STREAM_FINISHING) {
        stream->state = STREAM_FINISHED;
        call_send_status(call, NULL, stream->has_sent);
    }
}

/* True when the owner waits to hear that it may go on. */
static bool stream_sent(struct call *call, bool ok) {
    struct call_stream *stream = &call->stream;
    MUTEX_GUARD(&stream->lock);
    stream->is_sending = false;
    stream->is_broken |= !ok;
    stream_advance(call);
    if (!stream->is_full || stream->count >= CALL_QUEUE_MAX / 2 || stream->state != STREAM_OPEN)
        return false;
    stream->is_full = false;
    return !stream->is_broken;
}

static void on_sent(struct op *op, bool ok) {
    struct call *call = container_of(op, struct call, sent);
    if (stream_sent(call, ok) && call->events.on_writable)
        call->events.on_writable(call, call->events_data);
    call_unuse(call);
}

/* The message's fate: 0, CALL_FULL, or a negative errno, when the caller keeps it. */
static int stream_push(struct call *call, grpc_byte_buffer *bytes) {
    struct call_stream *stream = &call->stream;
    MUTEX_GUARD(&stream->lock);
    if (stream->state != STREAM_OPEN || stream->is_broken || call_is_cancelled(call))
        return -ECANCELED;
    if (stream->count == CALL_QUEUE_MAX)
        return -EAGAIN;
    queue_push(stream, bytes);
    stream_advance(call);
    if (stream->count < CALL_QUEUE_MAX)
        return 0;
    stream->is_full = true;
    return CALL_FULL;
}

int call_send(struct call *call, const ProtobufCMessage *message) {
    assert(call_is_stream(call) && !atomic_load(&call->is_ended));
    grpc_byte_buffer *bytes = bytes_from_message(message);
    int r = stream_push(call, bytes);
    if (r < 0)
        grpc_byte_buffer_destroy(bytes);
    else
        observe_sent(call->series);
    return r;
}

bool stream_is_idle(struct call *call) {
    struct call_stream *stream = &call->stream;
    MUTEX_GUARD(&stream->lock);
    if (stream->is_sending)
        stream->is_full = true;
    return !stream->is_sending;
}

static bool stream_try_end(
    struct call *call, struct arena *scratch, const struct failure *failure) {
    struct call_stream *stream = &call->stream;
    MUTEX_GUARD(&stream->lock);
    if (stream->state != STREAM_OPEN)
        return false;
    if (failure)
        call_set_status(call, scratch, failure);
    stream->state = STREAM_FINISHING;
    stream_advance(call);
    return true;
}

void stream_end(struct call *call, const struct failure *failure) {
    if (!stream_try_end(call, &call->arena, failure))
        call_unuse(call); /* abandoned: the runtime sends the status */
}

void stream_abandon(struct call *call, const struct failure *failure) {
    struct arena scratch; /* the call's own belongs to its owner */
    arena_init(&scratch, 0);
    atomic_fetch_add(&call->uses, 2); /* the status, and this function */
    if (stream_try_end(call, &scratch, failure)) {
        atomic_store(&call->is_abandoned, true);
        atomic_store(&call->is_cancelled, true);
        if (call->events.on_cancelled && !atomic_load(&call->is_ended))
            call->events.on_cancelled(call, call->events_data);
    } else {
        call_unuse(call);
    }
    call_unuse(call);
    arena_deinit(&scratch);
}
