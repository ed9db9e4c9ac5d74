/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A call on the server, as a handler sees it.
 *
 *  1. The handler runs on the call's loop: the server's main loop for unary calls, its stream loop
 * for the others.
 *  2. The handler owns the duty to end the call exactly once: call_reply() or a call_fail of any
 * form for unary calls, call_finish() or a call_fail for streams. It may do so at once or later,
 * from any thread.
 *  3. Until then the call, its request and its arena live, also when the client has gone. Ending
 * hands them back: they must not be touched afterwards.
 *  4. The arena belongs to whoever owns the duty; the runtime does not touch it between the handler
 * and the end.
 *  5. A client that cancels, disconnects or runs out of time makes call_is_cancelled() true and, if
 * asked for, runs on_cancelled once on the call's loop. So does the drain of the server for
 * streams. A unary call that did not ask within its handler may hear of it a tenth of a second
 * late: nearly all are answered sooner and then need no watch. Ending a cancelled call is still the
 * owner's duty and is safe.
 *  6. No event begins after the end that the loop's thread made. An end on another thread may cross
 * an event that is just running: an owner that ends calls elsewhere keeps `data` valid for it.
 *  7. Streams: call_send() takes the message at once (it is serialized before return). One message
 * is in flight at a time; further ones queue up to CALL_QUEUE_MAX. When the queue has drained below
 * half after call_send() said CALL_FULL, on_writable runs once on the call's loop. A slow reader
 * therefore costs a bounded amount of memory, and a sender that heeds CALL_FULL loses nothing.
 *  8. Calls to others that name this one as their parent are cancelled when it is, and when it has
 * ended.
 */

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/trace.h"
#include "mesh/status.h"

struct call;
struct method;

enum { CALL_FULL = 1 }; /* call_send: taken, but wait for on_writable before the next */
enum { CALL_QUEUE_MAX = 16 };

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
void call_set_events(
    struct call *call, const struct call_events *events, void *data); /* in the handler */
/* A place for the service's own state of this call. */
void call_set_user(struct call *call, void *user);
void *call_user(const struct call *call);

/* Unary end. Any thread. The reply is serialized before return. */
void call_reply(struct call *call, const ProtobufCMessage *reply);

/* Streams. Any thread, one at a time. 0, CALL_FULL, or not taken: -ECANCELED, or -EAGAIN when
 * CALL_FULL was not heeded. */
int call_send(struct call *call, const ProtobufCMessage *message);
void call_finish(struct call *call);

/* Ends with an error; the message is for developers (the client gets 512 bytes of it), the reason
 * for programs. Logs once. Any thread. */
_printf_(4, 5) void call_fail(
    struct call *call, enum status_code code, const char *reason, const char *format, ...);
void call_fail_with(struct call *call, const struct failure *failure);
/* For a negative errno: INTERNAL (UNAVAILABLE for -EAGAIN, -ETIMEDOUT, -ECONNREFUSED), with `doing`
 * for the log. */
void call_fail_errno(struct call *call, int r, const char *doing);
