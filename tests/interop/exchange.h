/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One call of the client, of any kind, made and waited for on the main thread; what comes of it is
 * noted here on the loop's thread.
 *
 *     struct exchange exchange;
 *     exchange_init(&exchange);
 *     exchange_duplex(&exchange, channel);
 *     exchange_send(&exchange, &request);
 *     exchange_wait_messages(&exchange, 1);
 *     exchange_close(&exchange);
 *     exchange_wait_done(&exchange);
 *     exchange_deinit(&exchange);
 *
 * Waiting ends because every call has a deadline.
 */

#include <pthread.h>

#include "tests/interop/names.h"

enum { EXCHANGE_MESSAGES_MAX = 16, EXCHANGE_VALUE_MAX = 128, EXCHANGE_TIMEOUT_MS = 60000 };

struct value {
    size_t size;
    char bytes[EXCHANGE_VALUE_MAX];
};

struct exchange {
    struct rpc_options options; /* may be changed before the call is made */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct rpc *rpc; /* valid while the lock is held and the call is not done */
    bool is_writable;
    bool is_done;
    enum status_code code;
    struct value message;           /* of the status */
    struct value initial, trailing; /* what the server sent back of our metadata */
    struct value cache_control;
    bool has_reply;
    int64_t sum;                         /* of InputResponse */
    struct value body;                   /* of the last payload, its beginning */
    size_t count;                        /* of messages with a payload */
    size_t sizes[EXCHANGE_MESSAGES_MAX]; /* of their bodies */
    bool came_compressed[EXCHANGE_MESSAGES_MAX];
    bool has_other_bytes; /* than zeros, in any of them */
};

void exchange_init(struct exchange *exchange);
void exchange_deinit(struct exchange *exchange); /* of a call that is done */

/* These make the call. */
typedef struct rpc *empty_call_fn(struct channel *channel, const struct rpc_options *options,
    const Empty *request,
    void (*on_reply)(const struct status *status, const Empty *reply, void *data), void *data);
typedef struct rpc *simple_call_fn(struct channel *channel, const struct rpc_options *options,
    const SimpleRequest *request,
    void (*on_reply)(const struct status *status, const SimpleResponse *reply, void *data),
    void *data);
void exchange_empty(struct exchange *exchange, struct channel *channel, empty_call_fn *call);
void exchange_simple(struct exchange *exchange, struct channel *channel, simple_call_fn *call,
    const SimpleRequest *request);
void exchange_input(struct exchange *exchange, struct channel *channel);
void exchange_output(
    struct exchange *exchange, struct channel *channel, const OutputRequest *request);
void exchange_duplex(struct exchange *exchange, struct channel *channel);
void exchange_half_duplex(struct exchange *exchange, struct channel *channel);

/* A further request of a stream, when there is room for it. One that comes too late is dropped. */
void exchange_send(struct exchange *exchange, const ProtobufCMessage *request);
void exchange_skip_compression(struct exchange *exchange, bool skips);
void exchange_close(struct exchange *exchange);
void exchange_cancel(struct exchange *exchange);

/* Until so many messages have come, or the call is done. */
void exchange_wait_messages(struct exchange *exchange, size_t count);
void exchange_wait_done(struct exchange *exchange);
