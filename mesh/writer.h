/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What goes out on a stream, on either side of it: the messages that wait for their turn, and what
 * closes the stream behind them.
 *
 *  1. One message is under way at a time; up to WRITER_QUEUE_MAX wait.
 *  2. writer_push() and writer_close() may be called from any thread. What was pushed goes out in
 *     order and before the close; what cannot go out any more is dropped, and the close follows at
 *     once.
 *  3. owner->close() runs once, with the lock held, when its turn has come.
 *  4. After writer_push() has said WRITER_FULL, owner->on_writable() runs once on the loop when the
 *     queue has drained below half, unless the writer was closed or is broken by then.
 *  5. Each batch holds a use of the owner, taken by owner->use() and given back by owner->unuse().
 */

#include <pthread.h>
#include <stdbool.h>

#include "mesh/op.h"

enum { WRITER_QUEUE_MAX = 16, WRITER_FULL = 1 };

struct writer;

struct writer_owner {
    /* What must go before the first message: fills ret_ops (two at most) and says how many. Lock
     * held. */
    size_t (*begin)(struct writer *writer, grpc_op *ret_ops);
    void (*close)(struct writer *writer);
    void (*on_writable)(struct writer *writer);
    void (*use)(struct writer *writer);
    void (*unuse)(struct writer *writer);
};

enum writer_state {
    WRITER_CLOSED, /* not open yet, or the close is under way */
    WRITER_OPEN,
    WRITER_CLOSING, /* the close follows the queue */
};

struct writer {
    const struct writer_owner *owner;
    pthread_mutex_t lock;
    grpc_call *core;
    struct op sent;
    struct writer_message {
        grpc_byte_buffer *bytes;
        bool is_plain; /* not to be compressed */
    } queue[WRITER_QUEUE_MAX];
    unsigned first, count;
    enum writer_state state;
    bool skips_compression; /* of what is pushed next */
    bool is_sending;
    bool is_full;   /* WRITER_FULL was said, on_writable is owed */
    bool is_broken; /* a send failed: nothing will reach the peer */
};

void writer_init(struct writer *writer, const struct writer_owner *owner);
void writer_deinit(struct writer *writer);
/* For the next stream, which starts with writer_open(); until then nothing is taken. */
void writer_clear(struct writer *writer);
void writer_open(struct writer *writer, grpc_call *core);

/* The message's fate: 0, WRITER_FULL, or not taken (and still the caller's): -ECANCELED when the
 * writer is closed or broken, -EAGAIN when WRITER_FULL was not heeded. */
int writer_push(struct writer *writer, grpc_byte_buffer *bytes);
/* Whether what is pushed from now on goes out as it is in a call that compresses. Any thread. */
void writer_skip_compression(struct writer *writer, bool skips);
/* False when it was closed before. `prepare` runs with the lock held, before owner->close() may. */
bool writer_close(
    struct writer *writer, void (*prepare)(struct writer *writer, void *data), void *data);
/* False while a message is under way; then on_writable will run when none is. */
bool writer_is_idle(struct writer *writer);
