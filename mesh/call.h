/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A call on the server, as a handler sees it.
 *
 *  1. The handler runs on the call's loop: the server's main loop for unary calls, its stream loop
 *     for the others.
 *  2. The handler owns the duty to end the call exactly once: call_reply() or a call_fail of any
 *     form where there is one answer, call_finish() or a call_fail where there are many. It may do
 *     so at once or later, from any thread.
 *  3. Until then the call, its request and its arena live, also when the client has gone. Ending
 *     hands them back: they must not be touched afterwards.
 *  4. The arena belongs to whoever owns the duty; the runtime does not touch it between the handler
 *     and the end.
 *  5. A client that cancels, disconnects or runs out of time makes call_is_cancelled() true and, if
 *     asked for, runs on_cancelled once on the call's loop. So does the drain of the server for
 *     streams. A unary call that did not ask within its handler may hear of it a tenth of a second
 *     late: nearly all are answered sooner and then need no watch. Ending a cancelled call is still
 *     the owner's duty and is safe.
 *  6. No event begins after the end that the loop's thread made. An end on another thread may cross
 *     an event that is just running: an owner that ends calls elsewhere keeps `data` valid for it.
 *  7. What goes out on a stream: call_send() takes the message at once (it is serialized before
 *     return). One message is in flight at a time; further ones queue up to CALL_QUEUE_MAX. When
 *     the queue has drained below half after call_send() said CALL_FULL, on_writable runs once on
 *     the call's loop. A slow reader therefore costs a bounded amount of memory, and a sender that
 *     heeds CALL_FULL loses nothing.
 *  8. What comes in on a stream of requests: nothing until the owner asks for it by the generated
 *     s_m_read(), in the handler or later. Then on_message runs once per message, in order, on the
 *     call's loop; a message is borrowed until it returns. The next is read when it has returned
 *     RPC_NEXT, or by call_read() after RPC_PAUSE, so a reader that pauses stops the sender. on_end
 *     runs once, after the last message, when the client has said that it sends no more, and not
 *     for a client that cancelled or went away, which on_cancelled tells. (Core tells the one from
 *     the other a moment late. We wait for that moment, but have seen it missed once in 240,000
 *     cancelled streams on a busy machine: what must be complete to be of use should itself say
 *     that it is.) Neither begins after the end of the call. A message that is no valid one ends
 *     the stream with INVALID_ARGUMENT in the owner's place, who hears of it by on_cancelled.
 *  9. A stream may be ended before the client has sent everything; the rest is dropped.
 * 10. Metadata: initial metadata goes out with the first message, or with the end, whichever is
 *     first; what is added later is refused with -EALREADY. Trailing metadata goes out with the
 *     end.
 * 11. Calls to others that name this one as their parent are cancelled when it is, and when it has
 *     ended.
 */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/trace.h"
#include "mesh/method.h"
#include "mesh/status.h"

struct call;

enum { CALL_FULL = 1 }; /* call_send: taken, but wait for on_writable before the next */
enum { CALL_QUEUE_MAX = 16, CALL_METADATA_MAX = 16 };

struct call_events {
    void (*on_writable)(struct call *call, void *data);
    void (*on_cancelled)(struct call *call, void *data);
};

/* Any time, by the owner. */
struct arena *call_arena(struct call *call);
const struct method *call_method(const struct call *call);
const struct log_scope *call_scope(const struct call *call); /* for log_*() */
const struct trace *call_trace(const struct call *call);
int64_t call_deadline_ms(const struct call *call); /* monotonic; INT64_MAX: none */
bool call_is_cancelled(const struct call *call);   /* any thread */
struct text call_metadata(
    const struct call *call, const char *key); /* first value; empty: absent */
/* All of it, one after the other, in the order of coming, from *cursor = 0 on. False at the end. */
bool call_metadata_next(
    const struct call *call, size_t *cursor, struct text *ret_key, struct text *ret_value);
void call_set_events(
    struct call *call, const struct call_events *events, void *data); /* in the handler */
/* A place for the service's own state of this call. */
void call_set_user(struct call *call, void *user);
void *call_user(const struct call *call);

/* Both copy. Keys are lower case; those that end with "-bin" carry any bytes, the others printable
 * ASCII. -EINVAL: not acceptable, or a key of gRPC's own. -E2BIG: CALL_METADATA_MAX are there
 * already. -EALREADY: initial metadata has gone out. */
int call_add_initial_metadata(struct call *call, const char *key, struct text value);
int call_add_trailing_metadata(struct call *call, const char *key, struct text value);
/* Answers are compressed if the client understands that. Before the first goes out. */
void call_compress(struct call *call);
/* Of a stream of compressed answers: whether further ones go out as they are, because what they
 * carry is compressed already. Any thread. */
void call_skip_compression(struct call *call, bool skips);
/* Whether the message that is being shown came compressed: in the handler of one request, and in
 * on_message. */
bool call_was_compressed(const struct call *call);

/* The end of a call with one answer. Any thread. The reply is serialized before return. */
void call_reply(struct call *call, const ProtobufCMessage *reply);

/* Streams. Any thread, one at a time. 0, CALL_FULL, or not taken: -ECANCELED, or -EAGAIN when
 * CALL_FULL was not heeded. */
int call_send(struct call *call, const ProtobufCMessage *message);
void call_finish(struct call *call);

/* Requests of a stream; generated code knows their type. Once, by the owner. */
struct call_reader {
    any_fn on_message; /* enum rpc_flow (*)(struct call *, const Message *, void *data) */
    void (*on_end)(struct call *call, void *data);
};
void call_start_reading(
    struct call *call, const struct call_reader *reader /* copied */, void *data);
void call_read(struct call *call); /* any thread, by the owner, after RPC_PAUSE */

/* Ends with an error; the message is for developers (the client gets 512 bytes of it), the reason
 * for programs. Logs once. Any thread. */
_printf_(4, 5) void call_fail(
    struct call *call, enum status_code code, const char *reason, const char *format, ...);
void call_fail_with(struct call *call, const struct failure *failure);
/* For a negative errno: INTERNAL (UNAVAILABLE for -EAGAIN, -ETIMEDOUT, -ECONNREFUSED), with `doing`
 * for the log. */
void call_fail_errno(struct call *call, int r, const char *doing);
