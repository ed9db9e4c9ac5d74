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
 *     the stream with INVALID_ARGUMENT in the owner's place, who hears of it by on_cancelled; so
 *     does one that is too large, with RESOURCE_EXHAUSTED.
 *  9. A stream may be ended before the client has sent everything; the rest is dropped.
 * 10. Metadata: initial metadata goes out with the first message, or with the end, whichever is
 *     first; what is added later is refused with -EALREADY. Trailing metadata goes out with the
 *     end. Both are copied. Keys are lower case; those that end with "-bin" carry any bytes, the
 *     others printable ASCII. -EINVAL: not so, or a key of gRPC's own. -E2BIG: CALL_METADATA_MAX
 *     are there already.
 * 11. Calls to others that name this one as their parent are cancelled when it is, and when it has
 *     ended.
 * 12. call_method(), call_scope() (for log_*()), call_trace() and call_deadline_ms() say what the
 *     call is and do not change. The deadline is monotonic. A unary call always has one; a stream
 *     whose client sets none has INT64_MAX.
 * 13. call_metadata() is the first value of a key among the client's, empty when it is absent;
 *     call_metadata_next() shows all of them, one after the other, in the order of their coming,
 *     from *cursor = 0 on, and is false at the end. What they show lives as long as the call.
 * 14. call_set_events() copies, and is for the handler. call_set_user() keeps a pointer of the
 *     service's own with the call; call_user() is NULL until then.
 * 15. call_compress(), before the first answer goes out, has answers compressed if the client
 *     understands that. call_skip_compression() says, on any thread, whether further messages of
 *     such a stream go out as they are, because what they carry is compressed already.
 *     call_was_compressed() tells of the message that is being shown: in the handler of one
 *     request, and in on_message.
 * 16. A failure carries details (mesh/status.h) and is logged once. Its message is for developers,
 *     its reason for programs; a client gets 512 bytes of the message, and details of up to 4 KiB.
 * 17. call_fail_errno() is for a negative errno: INTERNAL, or UNAVAILABLE for -EAGAIN, -ETIMEDOUT
 *     and -ECONNREFUSED. What it means, and `doing`, is for the log only.
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

/* By the owner. */
struct arena *call_arena(struct call *call);
const struct method *call_method(const struct call *call);
const struct log_scope *call_scope(const struct call *call);
const struct trace *call_trace(const struct call *call);
int64_t call_deadline_ms(const struct call *call);
bool call_is_cancelled(const struct call *call); /* any thread */
struct text call_metadata(const struct call *call, const char *key);
bool call_metadata_next(
    const struct call *call, size_t *cursor, struct text *ret_key, struct text *ret_value);
void call_set_events(struct call *call, const struct call_events *events, void *data);
void call_set_user(struct call *call, void *user);
void *call_user(const struct call *call);

int call_add_initial_metadata(struct call *call, const char *key, struct text value);
int call_add_trailing_metadata(struct call *call, const char *key, struct text value);
void call_compress(struct call *call);
void call_skip_compression(struct call *call, bool skips);
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

/* The end of any call. Any thread. */
_printf_(4, 5) void call_fail(
    struct call *call, enum status_code code, const char *reason, const char *format, ...);
void call_fail_with(struct call *call, const struct failure *failure);
void call_fail_errno(struct call *call, int r, const char *doing);
