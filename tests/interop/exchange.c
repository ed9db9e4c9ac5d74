/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/interop/exchange.h"

#include <string.h>

#include "base/task.h"

static void note_value(struct value *value, struct text text) {
    value->size = text.size < sizeof(value->bytes) ? text.size : sizeof(value->bytes);
    if (value->size > 0)
        memcpy(value->bytes, text.data, value->size);
}

static void on_metadata(struct rpc *rpc, void *data) {
    struct exchange *exchange = data;
    MUTEX_GUARD(&exchange->lock);
    note_value(&exchange->initial, rpc_initial_metadata(rpc, ECHO_INITIAL));
    note_value(&exchange->trailing, rpc_trailing_metadata(rpc, ECHO_TRAILING));
    note_value(&exchange->cache_control, rpc_initial_metadata(rpc, "cache-control"));
    if (exchange->count == 0) /* that of a unary call is about to be shown */
        exchange->came_compressed[0] = rpc_was_compressed(rpc);
}

/* The lock is held. */
static void note_payload(struct exchange *exchange, const Payload *payload) {
    static const Payload none = PAYLOAD_INIT;
    ProtobufCBinaryData body = (payload ? payload : &none)->body;
    note_value(&exchange->body, (struct text){(const char *)body.data, body.len});
    for (size_t i = 0; i < body.len; i++)
        exchange->has_other_bytes |= body.data[i] != 0;
    if (exchange->count < EXCHANGE_MESSAGES_MAX)
        exchange->sizes[exchange->count] = body.len;
    exchange->count++;
    pthread_cond_broadcast(&exchange->changed);
}

static void note_done(struct exchange *exchange, const struct status *status) {
    exchange->code = status->code;
    note_value(&exchange->message, text_from(status->message));
    exchange->is_done = true;
    pthread_cond_broadcast(&exchange->changed);
}

static void on_empty(const struct status *status, const Empty *reply, void *data) {
    struct exchange *exchange = data;
    MUTEX_GUARD(&exchange->lock);
    exchange->has_reply = reply != NULL;
    note_done(exchange, status);
}

static void on_simple(const struct status *status, const SimpleResponse *reply, void *data) {
    struct exchange *exchange = data;
    MUTEX_GUARD(&exchange->lock);
    exchange->has_reply = reply != NULL;
    if (reply)
        note_payload(exchange, reply->payload);
    note_done(exchange, status);
}

static void on_sum(const struct status *status, const InputResponse *reply, void *data) {
    struct exchange *exchange = data;
    MUTEX_GUARD(&exchange->lock);
    exchange->has_reply = reply != NULL;
    exchange->sum = reply ? reply->aggregated_payload_size : 0;
    note_done(exchange, status);
}

static enum rpc_flow on_message(struct rpc *rpc, const OutputResponse *message, void *data) {
    struct exchange *exchange = data;
    MUTEX_GUARD(&exchange->lock);
    if (exchange->count < EXCHANGE_MESSAGES_MAX)
        exchange->came_compressed[exchange->count] = rpc_was_compressed(rpc);
    note_payload(exchange, message->payload);
    return RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct exchange *exchange = data;
    MUTEX_GUARD(&exchange->lock);
    note_done(exchange, status);
}

static void on_writable(struct rpc *rpc, void *data) {
    struct exchange *exchange = data;
    MUTEX_GUARD(&exchange->lock);
    exchange->is_writable = true;
    pthread_cond_broadcast(&exchange->changed);
}

void exchange_init(struct exchange *exchange) {
    *exchange = (struct exchange){
        .options =
            {
                .timeout_ms = EXCHANGE_TIMEOUT_MS,
                .on_metadata = on_metadata,
                .on_metadata_data = exchange,
            },
        .is_writable = true,
    };
    pthread_mutex_init(&exchange->lock, NULL);
    pthread_cond_init(&exchange->changed, NULL);
}

void exchange_deinit(struct exchange *exchange) {
    { MUTEX_GUARD(&exchange->lock); /* the loop may still be letting go of it */ }
    pthread_mutex_destroy(&exchange->lock);
    pthread_cond_destroy(&exchange->changed);
}

void exchange_empty(struct exchange *exchange, struct channel *channel, empty_call_fn *call) {
    Empty request = EMPTY_INIT;
    MUTEX_GUARD(&exchange->lock);
    exchange->rpc = call(channel, &exchange->options, &request, on_empty, exchange);
}

void exchange_simple(struct exchange *exchange, struct channel *channel, simple_call_fn *call,
    const SimpleRequest *request) {
    MUTEX_GUARD(&exchange->lock);
    exchange->rpc = call(channel, &exchange->options, request, on_simple, exchange);
}

void exchange_input(struct exchange *exchange, struct channel *channel) {
    static const struct test_service_streaming_input_call_events events = {on_sum, on_writable};
    MUTEX_GUARD(&exchange->lock);
    exchange->rpc = test_service_streaming_input_call(
        channel, &exchange->options, &events, exchange);
}

void exchange_output(
    struct exchange *exchange, struct channel *channel, const OutputRequest *request) {
    static const struct test_service_streaming_output_call_events events = {on_message, on_done};
    MUTEX_GUARD(&exchange->lock);
    exchange->rpc = test_service_streaming_output_call(
        channel, &exchange->options, request, &events, exchange);
}

void exchange_duplex(struct exchange *exchange, struct channel *channel) {
    static const struct test_service_full_duplex_call_events events = {
        on_message, on_done, on_writable};
    MUTEX_GUARD(&exchange->lock);
    exchange->rpc = test_service_full_duplex_call(channel, &exchange->options, &events, exchange);
}

void exchange_half_duplex(struct exchange *exchange, struct channel *channel) {
    static const struct test_service_half_duplex_call_events events = {
        on_message, on_done, on_writable};
    MUTEX_GUARD(&exchange->lock);
    exchange->rpc = test_service_half_duplex_call(channel, &exchange->options, &events, exchange);
}

/* The lock is held. */
static void wait(struct exchange *exchange) {
    pthread_cond_wait(&exchange->changed, &exchange->lock);
}

void exchange_send(struct exchange *exchange, const ProtobufCMessage *request) {
    MUTEX_GUARD(&exchange->lock);
    while (!exchange->is_writable && !exchange->is_done)
        wait(exchange);
    if (!exchange->is_done)
        exchange->is_writable = rpc_send(exchange->rpc, request) != RPC_FULL;
}

void exchange_skip_compression(struct exchange *exchange, bool skips) {
    MUTEX_GUARD(&exchange->lock);
    if (!exchange->is_done)
        rpc_skip_compression(exchange->rpc, skips);
}

void exchange_close(struct exchange *exchange) {
    MUTEX_GUARD(&exchange->lock);
    if (!exchange->is_done)
        rpc_close_send(exchange->rpc);
}

void exchange_cancel(struct exchange *exchange) {
    MUTEX_GUARD(&exchange->lock);
    if (!exchange->is_done)
        rpc_cancel(exchange->rpc);
}

void exchange_wait_messages(struct exchange *exchange, size_t count) {
    MUTEX_GUARD(&exchange->lock);
    while (exchange->count < count && !exchange->is_done)
        wait(exchange);
}

void exchange_wait_done(struct exchange *exchange) {
    MUTEX_GUARD(&exchange->lock);
    while (!exchange->is_done)
        wait(exchange);
}
