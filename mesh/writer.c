/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/writer.h"

#include <errno.h>

#include "base/memory.h"
#include "base/task.h"

static struct writer_message queue_pop(struct writer *writer) {
    struct writer_message message = writer->queue[writer->first];
    writer->first = (writer->first + 1) % WRITER_QUEUE_MAX;
    writer->count--;
    return message;
}

static void queue_drop(struct writer *writer) {
    while (writer->count > 0)
        grpc_byte_buffer_destroy(queue_pop(writer).bytes);
}

/* While more is to follow at once, core may keep the message back and write it with the next. */
static void send_message(struct writer *writer, struct writer_message message) {
    bool is_last = writer->count == 0 && writer->state == WRITER_OPEN;
    grpc_op ops[3] = {0};
    size_t count = writer->owner->begin(writer, ops);
    ops[count].op = GRPC_OP_SEND_MESSAGE;
    ops[count].flags = (is_last ? 0 : GRPC_WRITE_BUFFER_HINT) |
                       (message.is_plain ? GRPC_WRITE_NO_COMPRESS : 0);
    ops[count++].data.send_message.send_message = message.bytes;
    writer->is_sending = true;
    writer->owner->use(writer);
    op_start(&writer->sent, writer->core, ops, count);
    grpc_byte_buffer_destroy(message.bytes);
}

/* Sends what comes next, if its turn has come. */
static void advance(struct writer *writer) {
    if (writer->is_sending)
        return;
    if (writer->is_broken)
        queue_drop(writer);
    if (writer->count > 0) {
        send_message(writer, queue_pop(writer));
    } else if (writer->state == WRITER_CLOSING) {
        writer->state = WRITER_CLOSED;
        writer->owner->close(writer);
    }
}

/* True when the owner waits to hear that it may go on. */
static bool note_sent(struct writer *writer, bool ok) {
    MUTEX_GUARD(&writer->lock);
    writer->is_sending = false;
    writer->is_broken |= !ok;
    advance(writer);
    if (!writer->is_full || writer->count >= WRITER_QUEUE_MAX / 2 || writer->state != WRITER_OPEN)
        return false;
    writer->is_full = false;
    return !writer->is_broken;
}

static void on_sent(struct op *op, bool ok) {
    struct writer *writer = container_of(op, struct writer, sent);
    if (note_sent(writer, ok))
        writer->owner->on_writable(writer);
    writer->owner->unuse(writer);
}

void writer_init(struct writer *writer, const struct writer_owner *owner) {
    *writer = (struct writer){.owner = owner, .sent.done = on_sent};
    pthread_mutex_init(&writer->lock, NULL);
}

void writer_deinit(struct writer *writer) {
    writer_clear(writer);
    pthread_mutex_destroy(&writer->lock);
}

void writer_clear(struct writer *writer) {
    MUTEX_GUARD(&writer->lock); /* whoever sent last may still be letting go of it */
    queue_drop(writer);
    writer->core = NULL;
    writer->state = WRITER_CLOSED;
    writer->is_sending = writer->is_full = writer->is_broken = writer->skips_compression = false;
}

void writer_open(struct writer *writer, grpc_call *core) {
    MUTEX_GUARD(&writer->lock);
    writer->core = core;
    writer->state = WRITER_OPEN;
}

int writer_push(struct writer *writer, grpc_byte_buffer *bytes) {
    MUTEX_GUARD(&writer->lock);
    if (writer->state != WRITER_OPEN || writer->is_broken)
        return -ECANCELED;
    if (writer->count == WRITER_QUEUE_MAX)
        return -EAGAIN;
    writer->queue[(writer->first + writer->count++) % WRITER_QUEUE_MAX] = (struct writer_message){
        bytes, writer->skips_compression};
    advance(writer);
    if (writer->count < WRITER_QUEUE_MAX)
        return 0;
    writer->is_full = true;
    return WRITER_FULL;
}

void writer_skip_compression(struct writer *writer, bool skips) {
    MUTEX_GUARD(&writer->lock);
    writer->skips_compression = skips;
}

bool writer_close(
    struct writer *writer, void (*prepare)(struct writer *writer, void *data), void *data) {
    MUTEX_GUARD(&writer->lock);
    if (writer->state != WRITER_OPEN)
        return false;
    if (prepare)
        prepare(writer, data);
    writer->state = WRITER_CLOSING;
    advance(writer);
    return true;
}

bool writer_is_idle(struct writer *writer) {
    MUTEX_GUARD(&writer->lock);
    if (writer->is_sending)
        writer->is_full = true;
    return !writer->is_sending;
}
