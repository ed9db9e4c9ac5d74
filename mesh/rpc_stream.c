/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>

#include "base/memory.h"
#include "base/task.h"
#include "mesh/observe.h"
#include "mesh/rpc_core.h"

static struct rpc *of_reader(struct reader *reader) {
    return container_of(reader, struct rpc, reader);
}

/* Loop thread. */
static void report_if_over(struct rpc *rpc) {
    if (rpc->is_answered && reader_is_over(&rpc->reader))
        rpc_report(rpc);
}

static enum rpc_flow reader_show(struct reader *reader, grpc_byte_buffer *message) {
    struct rpc *rpc = of_reader(reader);
    if (atomic_load(&rpc->is_cancelled))
        return RPC_NEXT;
    return rpc_show(rpc, message);
}

static bool reader_is_answered(struct reader *reader) {
    return of_reader(reader)->is_answered;
}

static void reader_over(struct reader *reader) {
    report_if_over(of_reader(reader));
}

static const struct reader_owner reader_owner = {
    .show = reader_show,
    .is_over = reader_is_answered,
    .over = reader_over,
};

static struct rpc *of_writer(struct writer *writer) {
    return container_of(writer, struct rpc, writer);
}

/* A client's initial metadata has gone before any message. */
static size_t writer_begin(struct writer *writer, grpc_op *ret_ops) {
    return 0;
}

static void writer_half_close(struct writer *writer) {
    struct rpc *rpc = of_writer(writer);
    grpc_op op = {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT};
    rpc_use(rpc);
    op_start(&rpc->closed, rpc->core, &op, 1);
}

static void on_closed(struct op *op, bool ok) {
    rpc_unuse(container_of(op, struct rpc, closed));
}

static void writer_may_go_on(struct writer *writer) {
    struct rpc *rpc = of_writer(writer);
    if (!rpc->is_done && rpc->events.on_writable)
        rpc->events.on_writable(rpc, rpc->data);
}

static void writer_use(struct writer *writer) {
    rpc_use(of_writer(writer));
}

static void writer_unuse(struct writer *writer) {
    rpc_unuse(of_writer(writer));
}

static const struct writer_owner writer_owner = {
    .begin = writer_begin,
    .close = writer_half_close,
    .on_writable = writer_may_go_on,
    .use = writer_use,
    .unuse = writer_unuse,
};

/* Whether it began well or not, the reads say when it is over. */
static void on_began(struct op *op, bool ok) {
    struct rpc *rpc = container_of(op, struct rpc, began);
    if (ok && rpc->events.on_initial_metadata)
        rpc->events.on_initial_metadata(rpc, rpc->data);
    reader_start(&rpc->reader, rpc->core);
}

static void on_answered(struct op *op, bool ok) {
    struct rpc *rpc = container_of(op, struct rpc, answered);
    rpc->is_answered = true;
    reader_stop(&rpc->reader);
    report_if_over(rpc);
}

void rpc_stream_init(struct rpc *rpc) {
    rpc->answered.done = on_answered;
    rpc->began.done = on_began;
    rpc->closed.done = on_closed;
    reader_init(&rpc->reader, &reader_owner);
    writer_init(&rpc->writer, &writer_owner);
}

void rpc_stream_deinit(struct rpc *rpc) {
    if (!rpc->is_stream)
        return;
    reader_clear(&rpc->reader);
    writer_deinit(&rpc->writer);
}

static bool start_answered(struct rpc *rpc) {
    grpc_op op = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    rpc_fill_status(rpc, &op);
    return op_try_start(&rpc->answered, rpc->core, &op, 1);
}

/* The metadata is what core may refuse, so this batch goes first. */
bool rpc_stream_start(
    struct rpc *rpc, grpc_metadata *metadata, size_t metadata_count, grpc_byte_buffer *bytes) {
    grpc_op ops[4] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_RECV_INITIAL_METADATA},
        {.op = GRPC_OP_SEND_MESSAGE},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
    };
    ops[0].data.send_initial_metadata.count = metadata_count;
    ops[0].data.send_initial_metadata.metadata = metadata;
    ops[1].data.recv_initial_metadata.recv_initial_metadata = &rpc->initial;
    ops[2].data.send_message.send_message = bytes;
    writer_open(&rpc->writer, rpc->core);
    if (!op_try_start(&rpc->began, rpc->core, ops, bytes ? 4 : 2)) {
        writer_clear(&rpc->writer); /* core would keep what is sent for ever */
        return false;
    }
    bool started = start_answered(rpc);
    assert(started);
    return true;
}

void rpc_read(struct rpc *rpc) {
    rpc_use(rpc);
    reader_resume(&rpc->reader);
    rpc_unuse(rpc);
}

static int send_buffer(struct rpc *rpc, grpc_byte_buffer *bytes) {
    assert(method_kind_reads_requests(rpc->method->kind));
    rpc_use(rpc);
    int r = atomic_load(&rpc->is_cancelled) ? -ECANCELED : writer_push(&rpc->writer, bytes);
    if (r < 0)
        grpc_byte_buffer_destroy(bytes);
    else
        observe_sent(rpc->series);
    rpc_unuse(rpc);
    return r;
}

int rpc_send(struct rpc *rpc, const ProtobufCMessage *message) {
    return send_buffer(rpc, bytes_from_message(message));
}

int rpc_send_bytes(struct rpc *rpc, struct text message) {
    return send_buffer(rpc, bytes_from_text(message));
}

void rpc_skip_compression(struct rpc *rpc, bool skips) {
    assert(method_kind_reads_requests(rpc->method->kind));
    rpc_use(rpc);
    writer_skip_compression(&rpc->writer, skips);
    rpc_unuse(rpc);
}

void rpc_close_send(struct rpc *rpc) {
    assert(method_kind_reads_requests(rpc->method->kind));
    rpc_use(rpc);
    writer_close(&rpc->writer, NULL, NULL);
    rpc_unuse(rpc);
}
