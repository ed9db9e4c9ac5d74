/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Calls to other services. One shape for unary and server-streaming calls, typed (generated) or raw
 * bytes (gateway).
 *
 *  1. rpc_start() may be called from any thread. Callbacks run on the channel's loop.
 *  2. on_message runs once per message, in order; on_done runs exactly once, last, also after
 * rpc_cancel() and when the start itself could not be made. A unary call that succeeds has exactly
 * one message.
 *  3. What a callback is shown is borrowed until it returns.
 *  4. Every call has a deadline: options->timeout_ms, bounded by the parent call's deadline; 0
 * means the channel's default. Streams may pass RPC_NO_TIMEOUT.
 *  5. Streams read ahead one message: the next is asked for when on_message has returned RPC_NEXT,
 * or later by rpc_read() when it returned RPC_PAUSE. A reader that pauses therefore stops the
 * sender.
 * What a paused stream has not read yet stands before its end: on_done comes after it, or at once
 * after rpc_cancel(), at the deadline and when the connection is lost.
 *  6. The handle is valid until on_done returns, which may be before rpc_start() does. rpc_cancel()
 * from any thread before that is safe; on_done then reports CANCELLED unless the call had ended
 * already.
 *  7. A unary call beyond options.in_flight_max never leaves: on_done reports UNAVAILABLE with the
 * reason CIRCUIT_OPEN and RetryInfo, and its place is free again before on_done of an earlier call
 * runs.
 *  8. A method's timeout in the service config bounds its deadline, whatever the options say; a
 * retry happens within the deadline of its call.
 */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "mesh/method.h"
#include "mesh/status.h"

struct arena;
struct call;
struct channel;
struct loop;
struct rpc;
struct service_config;
struct trace;

enum { RPC_NO_TIMEOUT = -1 };

struct channel_options {
    int64_t default_timeout_ms; /* 0: 5,000 */
    int64_t message_size_max;   /* 0: 4 MiB */
    /* A call that a closing connection has refused unseen fails with UNAVAILABLE instead of going
     * to another one. Saves a tenth of what a call costs; servers of ours drain without refusing.
     */
    bool never_repeats; /* also no retryPolicy of the service config has an effect then */
    /* Unary calls under way; one more fails at once, see contract 7. 0: no limit. Streams live long
     * by their nature, and servers limit them. */
    int64_t in_flight_max;
    /* Borrowed until channel_new() returns. NULL: round_robin over several addresses, no retries
     * but of calls that were refused unseen. */
    const struct service_config *service_config;
};

struct rpc_metadata {
    const char *key; /* lower case; "-bin" keys carry any bytes */
    struct text value;
};

struct rpc_options {
    int64_t timeout_ms;
    struct call *parent;       /* deadline and trace come from it; may be NULL */
    const struct trace *trace; /* when there is no parent */
    const struct rpc_metadata *metadata;
    size_t metadata_count;
};

struct rpc_events {
    enum rpc_flow (*on_message)(struct rpc *rpc, struct text message, void *data);
    void (*on_done)(struct rpc *rpc, const struct status *status, void *data);
};

/* target: "host:port", "dns:///host:port", "unix:/path", "ipv4:a:p,b:p" (round_robin over several
 * addresses). */
struct channel *channel_new(
    struct loop *loop, const char *target, const struct channel_options *options);
void channel_free(struct channel *channel); /* after its last call is done */

enum channel_state {
    CHANNEL_IDLE, /* not connected; the next call connects */
    CHANNEL_CONNECTING,
    CHANNEL_READY,
    CHANNEL_FAILING, /* calls fail at once; core tries again by itself */
    CHANNEL_CLOSED,
};
const char *channel_state_name(enum channel_state state); /* "READY" */
/* Any thread. With `connects` an idle channel begins to connect. */
enum channel_state channel_state(struct channel *channel, bool connects);
/* Connects, and blocks until the state is `wanted`; false when it was not within the time. Not on
 * the loop's thread. */
bool channel_wait(struct channel *channel, enum channel_state wanted, int64_t timeout_ms);

struct rpc *rpc_start(struct channel *channel, const struct method *method,
    const struct rpc_options *options, struct text request, const struct rpc_events *events,
    void *data);
void rpc_read(struct rpc *rpc);   /* any thread, after RPC_PAUSE */
void rpc_cancel(struct rpc *rpc); /* any thread */

/* Typed calls, as generated code makes them. The request is serialized before return. */

/* Unary. on_reply: void (*)(const struct status *, const Reply *, void *data), run exactly once,
 * also when the start itself could not be made; the reply is NULL unless the status is OK; both are
 * borrowed. A reply that does not unpack is INTERNAL. */
struct rpc *rpc_call(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request, any_fn on_reply,
    void *data);

/* Server stream, with the contract of rpc_start(); a message that does not unpack ends it as
 * INTERNAL. */
struct rpc_stream_events {
    any_fn on_message; /* enum rpc_flow (*)(struct rpc *, const Message *, void *data) */
    void (*on_done)(struct rpc *rpc, const struct status *status, void *data);
};
struct rpc *rpc_stream(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request,
    const struct rpc_stream_events *events /* copied */, void *data);

/* Blocks until a unary call is done; not on the loop's thread. Reply and status live in `arena`. */
struct status rpc_call_and_wait(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request, struct arena *arena,
    const ProtobufCMessage **ret_reply);
