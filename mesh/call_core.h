/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inside of a call on the server.
 *
 *  1. A call is counted by `uses`: one for the duty to end it, one for each started op. The last
 * use gone gives it back to its intake, on the loop's thread. A batch that ends the call takes over
 * the duty's use.
 *  2. Ops of a call complete on the intake's loop. Receiving happens there only; sending may happen
 * anywhere: by the one who ends a unary call, under `stream.lock` in a stream.
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

struct endpoint;
struct intake;

enum call_stream_state {
    STREAM_OPEN,
    STREAM_FINISHING, /* the status follows the queue */
    STREAM_FINISHED,  /* the status is under way */
};

struct call_stream {
    pthread_mutex_t lock;
    grpc_byte_buffer *queue[CALL_QUEUE_MAX];
    unsigned first, count;
    enum call_stream_state state;
    bool is_sending;
    bool has_sent;  /* initial metadata goes with the first batch */
    bool is_full;   /* CALL_FULL was said, on_writable is owed */
    bool is_broken; /* a send failed: nothing will reach the client */
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

    int64_t started_us;
    int64_t deadline_ms;
    struct arena arena;
    struct trace trace;
    struct log_scope scope;
    struct call_events events;
    void *events_data;
    void *user;

    struct op accepted; /* a request has come; later the message it brings */
    struct op closed;   /* the client knows the status, or has gone */
    struct op sent;     /* a stream's message */
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
    grpc_metadata status_details;
    bool has_details;
    struct call_stream stream;
};

struct call *call_new(struct intake *intake);
void call_free(struct call *call);
bool call_is_stream(const struct call *call);
void call_unuse(struct call *call);

/* The handler takes over. Loop thread. */
void call_run_handler(struct call *call, const ProtobufCMessage *request);
/* Asks to be told when the client goes, if nobody has asked yet. Loop thread. */
void call_watch_close(struct call *call);

/* The batch that ends a call: initial metadata unless it has gone, the reply unless NULL, the
 * status. Takes over one use. */
void call_send_status(struct call *call, grpc_byte_buffer *reply, bool has_sent_metadata);
/* Stores what call_send_status() sends; `scratch` is needed until it returns. */
void call_set_status(struct call *call, struct arena *scratch, const struct failure *failure);

void stream_init(struct call *call);
void stream_deinit(struct call *call);
void stream_clear(struct call *call);
/* The status (NULL: OK) follows what is queued. */
void stream_end(struct call *call, const struct failure *failure);
/* The runtime ends the stream in its owner's place, whose own end will only be noted. Loop thread.
 */
void stream_abandon(struct call *call, const struct failure *failure);
/* False while a message is under way; then on_writable will run when none is. */
bool stream_is_idle(struct call *call);
