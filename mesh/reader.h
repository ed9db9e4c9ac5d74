/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What comes in on a stream, on either side of it: one message after the other, at the pace of whom
 * they are shown to.
 *
 *  1. owner->show() runs once per message, in order, on the loop. The next message is asked for
 *     when it has returned RPC_NEXT, or by reader_resume() after RPC_PAUSE.
 *  2. owner->over() runs once, on the loop, when no message will come any more: the peer has said
 *     so or is gone, which core does not tell apart. Nothing is shown afterwards.
 *  3. A pause has no end of its own: owner->is_over() says whether one that begins now would last
 *     for ever, and reader_stop() ends one that has begun.
 */

#include <stdatomic.h>

#include "mesh/method.h"
#include "mesh/op.h"

struct reader;

struct reader_owner {
    enum rpc_flow (*show)(struct reader *reader, grpc_byte_buffer *message);
    bool (*is_over)(struct reader *reader);
    void (*over)(struct reader *reader);
};

enum reading {
    READING_NOTHING, /* not started */
    READING_NEXT,    /* a read is under way */
    READING_SHOWN,   /* show() is running */
    READING_RESUMED, /* show() is running and reader_resume() was called meanwhile */
    READING_PAUSED,
    READING_OVER,
};

struct reader {
    const struct reader_owner *owner;
    grpc_call *core;
    struct op read;
    _Atomic enum reading state;
    grpc_byte_buffer *message;
};

void reader_init(struct reader *reader, const struct reader_owner *owner);
void reader_clear(struct reader *reader); /* for the next stream */
void reader_start(struct reader *reader, grpc_call *core);
void reader_resume(struct reader *reader); /* any thread */
/* Any thread. True when a pause was ended by it: then owner->over() is not run, the caller knows.
 */
bool reader_stop(struct reader *reader);
bool reader_is_over(const struct reader *reader);
