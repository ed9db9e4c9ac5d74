/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/reader.h"

#include "base/memory.h"

static bool change(struct reader *reader, enum reading from, enum reading to) {
    return atomic_compare_exchange_strong(&reader->state, &from, to);
}

static void read_next(struct reader *reader) {
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &reader->message;
    op_start(&reader->read, reader->core, &op, 1);
}

/* The owner wants no more for now. It may have changed its mind on another thread. */
static void pause_reading(struct reader *reader) {
    if (!change(reader, READING_SHOWN, READING_PAUSED)) {
        atomic_store(&reader->state, READING_NEXT);
        read_next(reader);
    } else if (reader->owner->is_over(reader) && reader_stop(reader)) {
        reader->owner->over(reader);
    }
}

static void on_read(struct op *op, bool ok) {
    struct reader *reader = container_of(op, struct reader, read);
    if (!reader->message) {
        atomic_store(&reader->state, READING_OVER);
        reader->owner->over(reader);
        return;
    }
    atomic_store(&reader->state, READING_SHOWN);
    enum rpc_flow flow = reader->owner->show(reader, reader->message);
    grpc_byte_buffer_destroy(reader->message);
    reader->message = NULL;
    if (flow == RPC_PAUSE) {
        pause_reading(reader);
    } else {
        atomic_store(&reader->state, READING_NEXT);
        read_next(reader);
    }
}

void reader_init(struct reader *reader, const struct reader_owner *owner) {
    *reader = (struct reader){.owner = owner, .read.done = on_read};
}

void reader_clear(struct reader *reader) {
    if (reader->message)
        grpc_byte_buffer_destroy(reader->message);
    reader->message = NULL;
    reader->core = NULL;
    atomic_store(&reader->state, READING_NOTHING);
}

void reader_start(struct reader *reader, grpc_call *core) {
    reader->core = core;
    atomic_store(&reader->state, READING_NEXT);
    read_next(reader);
}

void reader_resume(struct reader *reader) {
    if (!change(reader, READING_SHOWN, READING_RESUMED) &&
        change(reader, READING_PAUSED, READING_NEXT))
        read_next(reader);
}

bool reader_stop(struct reader *reader) {
    return change(reader, READING_PAUSED, READING_OVER);
}

bool reader_is_over(const struct reader *reader) {
    return atomic_load(&reader->state) == READING_OVER;
}
