/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Calls to other services, of all four kinds, typed (generated) or raw bytes (gateway).
 *
 *  1. Calls may be started from any thread. Callbacks run on the channel's loop.
 *  2. on_message runs once per message, in order; on_done runs exactly once, last, also after
 *     rpc_cancel() and when the start itself could not be made. A call with one answer that
 *     succeeds has exactly one message.
 *  3. What a callback is shown is borrowed until it returns.
 *  4. Every call has a deadline: options->timeout_ms from now, 0 for the channel's default, bounded
 *     by the parent call's deadline. It travels with the call. RPC_NO_TIMEOUT is for streams; a
 *     server of ours gives a unary call without a deadline one of its own.
 *  5. Streams read ahead one message: the next is asked for when on_message has returned RPC_NEXT,
 *     or later by rpc_read() when it returned RPC_PAUSE. A reader that pauses therefore stops the
 *     sender. What a paused stream has not read yet stands before its end: on_done comes after it,
 *     or at once after rpc_cancel(), at the deadline and when the connection is lost.
 *  6. Streams of requests: rpc_send() takes the message at once (it is serialized before return).
 *     One is in flight at a time; further ones queue up to RPC_QUEUE_MAX. When the queue has
 *     drained below half after rpc_send() said RPC_FULL, on_writable runs once. rpc_close_send()
 *     tells the server, after what is queued, that no more will come; a server may also answer
 *     sooner, and then the rest is dropped.
 *  7. The handle is valid until on_done returns, which may be before the function that started the
 *     call does. rpc_send(), rpc_close_send(), rpc_read() and rpc_cancel() from any thread before
 *     that are safe; after rpc_cancel() on_done reports CANCELLED unless the call had ended
 *     already. A call that ends because its parent did reports CANCELLED, too.
 *  8. Metadata of the answer: rpc_initial_metadata() from on_initial_metadata or the first message
 *     on, rpc_trailing_metadata() in on_done, both for any kind of call in options->on_metadata,
 *     which runs once before the last callback. Borrowed until that callback returns.
 *  9. A unary call beyond options.in_flight_max never leaves: on_done reports UNAVAILABLE with the
 *     reason CIRCUIT_OPEN and RetryInfo, and its place is free again before on_done of an earlier
 *     call runs.
 * 10. A method's timeout in the service config bounds its deadline, whatever the options say; a
 *     retry happens within the deadline of its call.
 * 11. Metadata of the request is copied; RPC_METADATA_MAX entries at most. Keys are lower case,
 *     those that end with "-bin" carry any bytes. What gRPC does not carry ends the call as
 *     INTERNAL, and nothing of it leaves.
 * 12. options->compresses packs the requests by gzip; rpc_skip_compression() says whether further
 *     ones of a stream go out as they are, because what they carry is compressed already.
 *     rpc_was_compressed() tells of the last message: in on_message, and of a call with one answer
 *     in options->on_metadata.
 * 13. An answer beyond message_size_max, also one that only unpacks to more, ends its call as
 *     RESOURCE_EXHAUSTED; one that is damaged, is no valid message (of typed calls), or is not the
 *     one that there should be, as INTERNAL.
 * 14. Typed calls serialize the request before they return. on_reply, void (*)(const struct status
 *     *, const Reply *, void *data), is on_done with the answer, which is NULL unless the status is
 *     OK. The generated s_m() and s_m_and_wait() are these functions with the method's own types.
 * 15. rpc_call_and_wait() blocks until its call is done, and is not for the loop's thread. Reply
 *     and status live in `arena`; *ret_reply is set only when the status is OK.
 * 16. A channel is made without waiting, and connects when it is first used. A target that leads
 *     nowhere, or is none, makes calls UNAVAILABLE. One channel serves all calls to its target,
 *     from any thread; its connections are its own. channel_free() comes after its last call is
 *     done.
 * 17. A target of several addresses, those of a DNS name or of a list, is balanced by round_robin
 *     unless the service config says otherwise, and a name is looked up again when a connection
 *     ends.
 * 18. channel_state() is what is so at the moment; with `connects` an idle channel begins to
 *     connect. channel_wait() connects and blocks until the state is `wanted`, false when it was
 *     not within the time; it is not for the loop's thread. Both: any thread.
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
enum { RPC_FULL = 1 }; /* rpc_send: taken, but wait for on_writable before the next */
enum { RPC_QUEUE_MAX = 16, RPC_METADATA_MAX = 32 };

struct channel_options {
    int64_t default_timeout_ms; /* 0: 5,000 */
    int64_t message_size_max;   /* 0: 4 MiB */
    /* A call that a closing connection has refused unseen fails with UNAVAILABLE instead of going
     * to another one. Saves a tenth of what a call costs; servers of ours drain without refusing.
     */
    bool never_repeats; /* also no retryPolicy of the service config has an effect then */
    /* Unary calls under way; one more fails at once, see contract 9. 0: no limit. Not counted are
     * questions about health, and streams, which live long by their nature. */
    int64_t in_flight_max;
    /* The channel holds it. NULL: round_robin over several addresses, no retries
     * but of calls that were refused unseen. */
    const struct service_config *service_config;
};

struct rpc_metadata {
    const char *key;
    struct text value;
};

struct rpc_options {
    int64_t timeout_ms;
    struct call *parent;       /* deadline and trace come from it; may be NULL */
    const struct trace *trace; /* when there is no parent */
    bool is_untraced;          /* no span, no trace: probes, telemetry itself */
    const struct rpc_metadata *metadata;
    size_t metadata_count;
    bool compresses;
    void (*on_metadata)(struct rpc *rpc, void *data); /* may be NULL */
    void *on_metadata_data;
};

struct rpc_events {
    enum rpc_flow (*on_message)(struct rpc *rpc, struct text message, void *data);
    void (*on_done)(struct rpc *rpc, const struct status *status, void *data);
    void (*on_writable)(struct rpc *rpc, void *data);         /* may be NULL */
    void (*on_initial_metadata)(struct rpc *rpc, void *data); /* of streams; may be NULL */
};

/* target: "host:port", "dns:///host:port", "unix:/path", "ipv4:a:p,b:p" (round_robin over several
 * addresses). */
struct channel *channel_new(
    struct loop *loop, const char *target, const struct channel_options *options);
void channel_free(struct channel *channel);

enum channel_state {
    CHANNEL_IDLE, /* not connected; the next call connects */
    CHANNEL_CONNECTING,
    CHANNEL_READY,
    CHANNEL_FAILING, /* calls fail at once; core tries again by itself */
    CHANNEL_CLOSED,
};
const char *channel_state_name(enum channel_state state); /* "READY" */
enum channel_state channel_state(struct channel *channel, bool connects);
bool channel_wait(struct channel *channel, enum channel_state wanted, int64_t timeout_ms);

/* Where one request is sent. */
struct rpc *rpc_start(struct channel *channel, const struct method *method,
    const struct rpc_options *options, struct text request, const struct rpc_events *events,
    void *data);
/* Where a stream of them is. */
struct rpc *rpc_open(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const struct rpc_events *events, void *data);

void rpc_read(struct rpc *rpc);   /* any thread, after RPC_PAUSE */
void rpc_cancel(struct rpc *rpc); /* any thread */

/* Any thread. 0, RPC_FULL, or not taken: -EAGAIN when RPC_FULL was not heeded, -ECANCELED when the
 * server does not listen any more or rpc_close_send() was called; then only on_done is to come. */
int rpc_send(struct rpc *rpc, const ProtobufCMessage *message);
int rpc_send_bytes(struct rpc *rpc, struct text message);
void rpc_close_send(struct rpc *rpc);

void rpc_skip_compression(struct rpc *rpc, bool skips); /* any thread */
bool rpc_was_compressed(const struct rpc *rpc);
/* The first value of a key; empty: absent. */
struct text rpc_initial_metadata(const struct rpc *rpc, const char *key);
struct text rpc_trailing_metadata(const struct rpc *rpc, const char *key);

/* Typed calls, as generated code makes them. */

struct rpc *rpc_call(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request, any_fn on_reply,
    void *data);

struct rpc_stream_events {
    any_fn on_message; /* enum rpc_flow (*)(struct rpc *, const Message *, void *data) */
    void (*on_done)(struct rpc *rpc, const struct status *status, void *data);
    void (*on_writable)(struct rpc *rpc, void *data); /* may be NULL */
};
struct rpc *rpc_stream(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request,
    const struct rpc_stream_events *events /* copied */, void *data);
struct rpc *rpc_bidi_stream(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const struct rpc_stream_events *events /* copied */,
    void *data);

struct rpc *rpc_client_stream(struct channel *channel, const struct method *method,
    const struct rpc_options *options, any_fn on_reply,
    void (*on_writable)(struct rpc *rpc, void *data) /* may be NULL */, void *data);

struct status rpc_call_and_wait(struct channel *channel, const struct method *method,
    const struct rpc_options *options, const ProtobufCMessage *request, struct arena *arena,
    const ProtobufCMessage **ret_reply);
