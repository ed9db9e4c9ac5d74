/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inside of channels and of calls to others.
 *
 *  1. An rpc is counted by `uses`: one until on_done has returned, one for each function that is
 * inside it on another thread. The last frees it.
 *  2. A unary rpc is one batch. A stream is a batch that ends with the status, and one read after
 * the other.
 *  3. Core reports the status of a stream when every message has been read, or when the call was
 * cancelled or lost, which drops what was not read.
 */

#include <stdatomic.h>

#include "base/arena.h"
#include "base/task.h"
#include "base/trace.h"
#include "mesh/breaker.h"
#include "mesh/channel_state.h"
#include "mesh/client.h"
#include "mesh/op.h"

struct method_series;

struct channel {
    grpc_channel *core;
    struct loop *loop;
    struct channel_options options;
    struct breaker breaker;
    struct channel_entry entry;
    atomic_uint uses; /* the owner, and each rpc */
};

void channel_unuse(struct channel *channel);

enum rpc_reading {
    READING_NEXT,    /* a read is under way */
    READING_SHOWN,   /* on_message is running */
    READING_RESUMED, /* on_message is running and rpc_read() was called meanwhile */
    READING_PAUSED,
    READING_OVER,
};

struct rpc {
    struct channel *channel;
    const struct method *method;
    const struct method_series *series;
    grpc_call *core;
    atomic_uint uses;
    struct rpc_events events;
    void *data;
    int64_t started_us;
    struct trace trace;

    struct op answered; /* a unary call's only batch, a stream's status */
    struct op read;
    struct task unstarted;
    _Atomic enum rpc_reading reading;
    atomic_bool is_cancelled;
    bool is_answered;
    bool is_counted; /* by the channel's breaker */

    grpc_metadata_array initial;
    grpc_metadata_array trailing;
    grpc_byte_buffer *message;
    grpc_status_code code;
    grpc_slice status_message;

    struct arena arena;
    any_fn typed; /* on_reply or on_message */
    const ProtobufCMessage *reply;
    void (*on_stream_done)(struct rpc *rpc, const struct status *status, void *data);
    bool is_malformed;
};

/* Takes over `bytes`. */
struct rpc *rpc_new(struct channel *channel, const struct method *method,
    const struct rpc_events *events, void *data);
struct rpc *rpc_launch(struct rpc *rpc, const struct rpc_options *options, grpc_byte_buffer *bytes);
