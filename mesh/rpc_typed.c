/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "mesh/loop.h"
#include "mesh/message.h"
#include "mesh/rpc_core.h"

static const struct status malformed = {STATUS_INTERNAL, "the reply is malformed", {"", 0}};

static enum rpc_flow on_unary_message(struct rpc *rpc, struct text bytes, void *data) {
    rpc->reply = message_unpack(&rpc->arena, rpc->method->output, bytes);
    if (!rpc->reply)
        rpc_reject(rpc, &malformed);
    return RPC_NEXT;
}

/* A server may answer and then say that it has failed. */
static void on_unary_done(struct rpc *rpc, const struct status *status, void *data) {
    const ProtobufCMessage *reply = status->code == STATUS_OK ? rpc->reply : NULL;
    rpc->method->invoke_on_reply(rpc->typed, status, reply, data);
}

struct rpc *rpc_call(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request, any_fn on_reply,
    void *data) {
    static const struct rpc_events events = {on_unary_message, on_unary_done};
    assert(method->kind == METHOD_UNARY);
    struct rpc *rpc = rpc_new(channel, method, &events, data);
    rpc->typed = on_reply;
    return rpc_launch(rpc, options, bytes_from_message(request));
}

/* The message is borrowed until the callback returns, so each takes the place of the one before. */
static enum rpc_flow on_stream_message(struct rpc *rpc, struct text bytes, void *data) {
    arena_clear(&rpc->arena);
    const ProtobufCMessage *message = message_unpack(&rpc->arena, rpc->method->output, bytes);
    if (message)
        return rpc->method->invoke_on_message(rpc->typed, rpc, message, data);
    rpc_reject(rpc, &malformed);
    return RPC_NEXT;
}

static void on_stream_done(struct rpc *rpc, const struct status *status, void *data) {
    rpc->on_stream_done(rpc, status, data);
}

static void on_stream_writable(struct rpc *rpc, void *data) {
    if (rpc->on_stream_writable)
        rpc->on_stream_writable(rpc, data);
}

static struct rpc *stream_new(struct channel *channel, const struct method *method,
    const struct rpc_stream_events *events, void *data) {
    static const struct rpc_events raw = {
        .on_message = on_stream_message,
        .on_done = on_stream_done,
        .on_writable = on_stream_writable,
    };
    struct rpc *rpc = rpc_new(channel, method, &raw, data);
    rpc->typed = events->on_message;
    rpc->on_stream_done = events->on_done;
    rpc->on_stream_writable = events->on_writable;
    return rpc;
}

struct rpc *rpc_stream(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request,
    const struct rpc_stream_events *events, void *data) {
    assert(method->kind == METHOD_SERVER_STREAM);
    struct rpc *rpc = stream_new(channel, method, events, data);
    return rpc_launch(rpc, options, bytes_from_message(request));
}

struct rpc *rpc_bidi_stream(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const struct rpc_stream_events *events, void *data) {
    assert(method->kind == METHOD_BIDI_STREAM);
    return rpc_launch(stream_new(channel, method, events, data), options, NULL);
}

struct rpc *rpc_client_stream(struct channel *channel, const struct method *method,
    const struct rpc_options *options, any_fn on_reply,
    void (*on_writable)(struct rpc *rpc, void *data), void *data) {
    static const struct rpc_events raw = {
        .on_message = on_unary_message,
        .on_done = on_unary_done,
        .on_writable = on_stream_writable,
    };
    assert(method->kind == METHOD_CLIENT_STREAM);
    struct rpc *rpc = rpc_new(channel, method, &raw, data);
    rpc->typed = on_reply;
    rpc->on_stream_writable = on_writable;
    return rpc_launch(rpc, options, NULL);
}

struct waiting {
    struct arena *arena;
    const struct method *method;
    struct status status;
    const ProtobufCMessage *reply;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done;
};

/* The arena is the waiting thread's, which touches it no sooner than the loop is done with it. */
static enum rpc_flow on_awaited_message(struct rpc *rpc, struct text bytes, void *data) {
    struct waiting *waiting = data;
    waiting->reply = message_unpack(waiting->arena, waiting->method->output, bytes);
    if (!waiting->reply)
        rpc_reject(rpc, &malformed);
    return RPC_NEXT;
}

static void on_awaited_done(struct rpc *rpc, const struct status *status, void *data) {
    struct waiting *waiting = data;
    waiting->status = status_copy(waiting->arena, status);
    MUTEX_GUARD(&waiting->lock);
    waiting->is_done = true;
    pthread_cond_signal(&waiting->changed);
}

struct status rpc_call_and_wait(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request, struct arena *arena,
    const ProtobufCMessage **ret_reply) {
    static const struct rpc_events events = {on_awaited_message, on_awaited_done};
    struct waiting waiting = {
        .arena = arena,
        .method = method,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    assert(method->kind == METHOD_UNARY && !loop_is_current(channel->loop));
    rpc_launch(rpc_new(channel, method, &events, &waiting), options, bytes_from_message(request));
    pthread_mutex_lock(&waiting.lock);
    while (!waiting.is_done)
        pthread_cond_wait(&waiting.changed, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    if (waiting.status.code == STATUS_OK)
        *ret_reply = waiting.reply;
    return waiting.status;
}
