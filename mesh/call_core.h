/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inside of a call on the server.
 *
 *  1. A call is counted by `uses`: one for the duty to end it, one for each started op. The last
 *     use gone gives it back to its intake, on the loop's thread. A batch that ends the call takes
 *     over the duty's use.
 *  2. Ops of a call complete on the intake's loop. Receiving happens there only; sending may happen
 *     anywhere: by the one who ends a unary call, under the writer's lock in a stream.
 *  3. is_ended is set once, by the owner's end.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/log.h"
#include "base/task.h"
#include "base/trace.h"
#include "mesh/call.h"
#include "mesh/loop.h"
#include "mesh/op.h"
#include "mesh/reader.h"
#include "mesh/writer.h"

struct crowd_peer;
struct endpoint;
struct intake;
struct span;

struct call_metadata_out {
    grpc_metadata entries[CALL_METADATA_MAX];
    size_t count;
};

struct call {
    grpc_call *core;
    struct intake *intake;
    const struct endpoint *endpoint; /* NULL: an unknown method */
    const struct method_series *series;
    struct list link;
    struct list unwatched; /* in the intake's list of that name */
    atomic_uint uses;
    atomic_bool is_ended;
    atomic_bool is_cancelled;
    atomic_bool is_abandoned;   /* ended by the runtime before its owner */
    atomic_bool is_close_asked; /* core will tell, or has told, how the client's side ended */
    bool is_admitted;           /* counts against the intake's limit */
    struct crowd_peer *peer;    /* where it is counted; NULL: nowhere */
    struct list waiting;        /* in the queue of the intake's admission */
    int64_t queued_ms;

    int64_t started_us;
    int64_t deadline_ms;
    struct arena arena;
    struct trace trace;
    struct span *span; /* NULL: not recorded */
    struct log_scope scope;
    struct call_events events;
    void *events_data;
    void *user;

    struct op accepted; /* a request has come; later the message it brings */
    struct op closed;   /* the client knows the status, or has gone */
    struct op ended;    /* our status is out */
    struct task recycle;
    struct timer timer; /* for calls without a deadline of their own */

    grpc_call_details details;
    gpr_timespec deadline;
    grpc_metadata_array metadata;
    grpc_byte_buffer *payload;
    int was_cancelled;

    enum status_code code;
    grpc_slice status_message;
    grpc_slice status_details; /* empty: none */
    struct call_metadata_out initial;
    struct call_metadata_out trailing;
    bool has_sent_metadata; /* initial metadata goes with the first batch */
    bool is_compressed;     /* what goes out */
    bool was_compressed;    /* the message that came last */

    /* Of streams. */
    struct writer writer;
    struct reader reader;
    struct call_reader read_events;
    void *read_data;
    struct arena message_arena; /* the message that is being shown */
    struct task check_end;      /* what looks like the end of what the client sends */
    struct op end_checked;
    unsigned end_checks;
    enum status_code abandon_code;
};

struct call *call_new(struct intake *intake);
void call_free(struct call *call);
bool call_is_stream(const struct call *call);
bool call_reads_requests(const struct call *call); /* of a stream */
bool call_has_many_answers(const struct call *call);
void call_unuse(struct call *call);

/* A message from the client. -EMSGSIZE, -EBADMSG. */
_must_check_ int call_unpack(struct call *call, struct arena *arena, grpc_byte_buffer *bytes,
    ProtobufCMessage **ret_message);
/* The handler takes over; `request` is NULL where a stream of them comes. Loop thread. */
void call_run_handler(struct call *call, const ProtobufCMessage *request);
/* Nobody waits for the call any more: its owner is told, once. Loop thread. */
void call_note_cancelled(struct call *call);
/* Asks to be told when the client goes, if nobody has asked yet. Loop thread. */
void call_watch_close(struct call *call);

/* The batch that ends a call: initial metadata unless it has gone, the reply unless NULL, the
 * status. Takes over one use. */
void call_send_status(struct call *call, grpc_byte_buffer *reply);
/* Stores what call_send_status() sends; `scratch` is needed until it returns. */
void call_set_status(struct call *call, struct arena *scratch, const struct failure *failure);

/* Fills in an operation that sends the initial metadata, if it has not gone yet; how many. */
size_t call_begin_op(struct call *call, grpc_op *ret_op);
/* Fills ret_entries (CALL_METADATA_MAX + 1) with what goes out at the end; how many. */
size_t call_trailing(const struct call *call, grpc_metadata *ret_entries);
void call_clear_metadata(struct call *call);

void stream_init(struct call *call);
void stream_deinit(struct call *call);
void stream_clear(struct call *call);
/* The call has come. Loop thread. */
void stream_open(struct call *call);
/* The one answer to a stream of requests, then OK. */
void stream_reply(struct call *call, grpc_byte_buffer *bytes);
/* The status (NULL: OK) follows what is queued. */
void stream_end(struct call *call, const struct failure *failure);
/* The runtime ends the stream in its owner's place, whose own end will only be noted. Loop thread.
 */
void stream_abandon(struct call *call, const struct failure *failure);
/* False while a message is under way; then on_writable will run when none is. */
bool stream_is_idle(struct call *call);
