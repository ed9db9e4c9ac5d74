/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inside of channels and of calls to others.
 *
 *  1. An rpc is counted by `uses`: one until on_done has returned, one for each function that is
 *     inside it on another thread, one for each batch that sends. The last frees it.
 *  2. A unary rpc is one batch. A stream begins with a batch that brings the server's initial
 *     metadata; then come one read after the other; the status has a batch of its own.
 *  3. Core reports the status of a stream when every message has been read, or when the call was
 *     cancelled or lost, which drops what was not read. The rpc is done when both have ended.
 */

#include <stdatomic.h>

#include "base/arena.h"
#include "base/task.h"
#include "base/trace.h"
#include "mesh/breaker.h"
#include "mesh/call_span.h"
#include "mesh/channel_state.h"
#include "mesh/client.h"
#include "mesh/op.h"
#include "mesh/reader.h"
#include "mesh/writer.h"

struct method_series;

struct channel {
    grpc_channel *core;
    struct loop *loop;
    struct channel_options options;
    struct breaker breaker;
    struct peer_name peer;
    struct channel_entry entry;
    atomic_uint uses; /* the owner, and each rpc */
};

void channel_unuse(struct channel *channel);
/* What the service config allows a call of the method; INT64_MAX: any time. */
int64_t channel_timeout_max_ms(const struct channel *channel, const struct method *method);

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
    struct span *span; /* NULL: not recorded */

    struct op answered; /* a unary call's only batch, a stream's status */
    struct op began;    /* of a stream */
    struct op closed;   /* what the client sends is at its end */
    struct reader reader;
    struct writer writer;
    struct task unstarted;
    atomic_bool is_cancelled;
    bool is_answered;
    bool is_stream;  /* the method may be gone when the last use is */
    bool is_counted; /* by the channel's breaker */
    bool is_done;
    bool was_compressed; /* the message that came last */
    bool has_message;

    grpc_metadata_array initial;
    grpc_metadata_array trailing;
    grpc_byte_buffer *message; /* of a unary call */
    grpc_status_code code;
    grpc_slice status_message;
    bool has_parent;
    const char *error; /* of a call with a parent: how core tells of its end */

    struct arena arena;
    any_fn typed; /* on_reply or on_message */
    const ProtobufCMessage *reply;
    void (*on_stream_done)(struct rpc *rpc, const struct status *status, void *data);
    void (*on_stream_writable)(struct rpc *rpc, void *data);
    const struct status *refused; /* the runtime's own reason to end the call */
    void (*on_metadata)(struct rpc *rpc, void *data);
    void *on_metadata_data;
};

struct rpc *rpc_new(struct channel *channel, const struct method *method,
    const struct rpc_events *events, void *data);
/* Takes over `bytes`, which are NULL where a stream of requests follows. */
struct rpc *rpc_launch(struct rpc *rpc, const struct rpc_options *options, grpc_byte_buffer *bytes);

void rpc_use(struct rpc *rpc);
void rpc_unuse(struct rpc *rpc);
/* The status is there and every message has been shown. */
void rpc_report(struct rpc *rpc);
/* Where core is to put the status. */
void rpc_fill_status(struct rpc *rpc, grpc_op *op);
/* Ends the call with the runtime's own status, which lives for ever. Loop thread. */
void rpc_reject(struct rpc *rpc, const struct status *why);
/* Shows a message. */
enum rpc_flow rpc_show(struct rpc *rpc, grpc_byte_buffer *message);

void rpc_stream_init(struct rpc *rpc);
void rpc_stream_deinit(struct rpc *rpc);
/* The batches of a stream. False: core takes none of them. */
bool rpc_stream_start(
    struct rpc *rpc, grpc_metadata *metadata, size_t metadata_count, grpc_byte_buffer *bytes);
