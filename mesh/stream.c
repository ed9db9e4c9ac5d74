/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>

#include "mesh/observe.h"
#include "mesh/server_core.h"

static struct call *of_writer(struct writer *writer) {
    return container_of(writer, struct call, writer);
}

static size_t writer_begin(struct writer *writer, grpc_op *ret_ops) {
    return call_begin_op(of_writer(writer), ret_ops);
}

static void writer_send_status(struct writer *writer) {
    call_send_status(of_writer(writer), NULL);
}

static void writer_may_go_on(struct writer *writer) {
    struct call *call = of_writer(writer);
    if (call->events.on_writable)
        call->events.on_writable(call, call->events_data);
}

static void writer_use(struct writer *writer) {
    atomic_fetch_add(&of_writer(writer)->uses, 1);
}

static void writer_unuse(struct writer *writer) {
    call_unuse(of_writer(writer));
}

static const struct writer_owner writer_owner = {
    .begin = writer_begin,
    .close = writer_send_status,
    .on_writable = writer_may_go_on,
    .use = writer_use,
    .unuse = writer_unuse,
};

static struct call *of_reader(struct reader *reader) {
    return container_of(reader, struct call, reader);
}

static bool reader_has_no_audience(struct reader *reader) {
    return atomic_load(&of_reader(reader)->is_ended);
}

/* A message that its owner cannot be shown ends the stream, whose owner has not ended it. */
static enum rpc_flow refuse_message(struct call *call, int r) {
    struct failure failure = {.code = STATUS_INVALID_ARGUMENT,
        .message = arena_printf(&call->message_arena, "a message is not a valid %s",
            call->endpoint->method->input->name)};
    if (r == -EMSGSIZE) {
        failure.code = STATUS_RESOURCE_EXHAUSTED;
        failure.message = arena_printf(&call->message_arena, "a message is larger than %lld bytes",
            (long long)call->intake->server->options.message_size_max);
    }
    stream_abandon(call, &failure);
    return RPC_NEXT;
}

static enum rpc_flow reader_show(struct reader *reader, grpc_byte_buffer *bytes) {
    struct call *call = of_reader(reader);
    ProtobufCMessage *message;
    if (atomic_load(&call->is_ended) || call_is_cancelled(call))
        return RPC_NEXT;
    arena_clear(&call->message_arena);
    int r = call_unpack(call, &call->message_arena, bytes, &message);
    if (r < 0)
        return refuse_message(call, r);
    return call->endpoint->method->invoke_on_request(
        call->read_events.on_message, call, message, call->read_data);
}

/*
 * The last message has been read, because the client has sent its last or because it is gone. Core
 * completes the read one way as the other, and tells of a cancelled call by another completion,
 * which may come a moment later. The thread that polls the sockets raises both in one go, so it has
 * done so when it comes to a task of ours. Another thread of core's may have been at it: one more
 * read finds nothing either, but goes the same way through core as that completion and comes behind
 * it, unless that thread is stopped between two instructions for all this time. So we go round
 * twice.
 */
enum { END_CHECKS = 2 };

static void on_check_end(struct task *task) {
    struct call *call = container_of(task, struct call, check_end);
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &call->payload;
    op_start(&call->end_checked, call->core, &op, 1);
}

static void check_end(struct call *call) {
    struct loop *polling = call->intake->server->unary.loop;
    call->end_checks++;
    if (polling == call->intake->loop)
        on_check_end(&call->check_end);
    else
        loop_post(polling, &call->check_end);
}

static void reader_is_through(struct reader *reader) {
    check_end(of_reader(reader));
}

static void on_end_checked(struct op *op, bool ok) {
    struct call *call = container_of(op, struct call, end_checked);
    bool is_over = atomic_load(&call->is_ended) || call_is_cancelled(call);
    if (!is_over && call->end_checks < END_CHECKS) {
        check_end(call);
        return;
    }
    if (!is_over && call->read_events.on_end)
        call->read_events.on_end(call, call->read_data);
    call_unuse(call);
}

static const struct reader_owner reader_owner = {
    .show = reader_show,
    .is_over = reader_has_no_audience,
    .over = reader_is_through,
};

void call_start_reading(struct call *call, const struct call_reader *reader, void *data) {
    assert(call_reads_requests(call) && !atomic_load(&call->is_ended));
    call->read_events = *reader;
    call->read_data = data;
    atomic_fetch_add(&call->uses, 1); /* until it is over */
    reader_start(&call->reader, call->core);
}

void call_read(struct call *call) {
    reader_resume(&call->reader);
}

/* Whoever reads the stream is not interested any more: a pause would last for ever. */
static void stream_stop_reading(struct call *call) {
    if (reader_stop(&call->reader))
        call_unuse(call);
}

void stream_init(struct call *call) {
    writer_init(&call->writer, &writer_owner);
    reader_init(&call->reader, &reader_owner);
    arena_init(&call->message_arena, 0);
    call->check_end.run = on_check_end;
    call->end_checked.done = on_end_checked;
}

void stream_clear(struct call *call) {
    writer_clear(&call->writer);
    reader_clear(&call->reader);
    arena_clear(&call->message_arena);
    call->end_checks = 0;
}

void stream_deinit(struct call *call) {
    stream_clear(call);
    writer_deinit(&call->writer);
    arena_deinit(&call->message_arena);
}

void stream_open(struct call *call) {
    writer_open(&call->writer, call->core);
}

int call_send(struct call *call, const ProtobufCMessage *message) {
    assert(call_has_many_answers(call) && !atomic_load(&call->is_ended));
    if (call_is_cancelled(call))
        return -ECANCELED;
    grpc_byte_buffer *bytes = bytes_from_message(message);
    int r = writer_push(&call->writer, bytes);
    if (r < 0)
        grpc_byte_buffer_destroy(bytes);
    else
        observe_sent(call->series);
    return r;
}

bool stream_is_idle(struct call *call) {
    return writer_is_idle(&call->writer);
}

struct stream_failure {
    struct arena *scratch;
    const struct failure *failure;
};

static void prepare_failure(struct writer *writer, void *data) {
    struct stream_failure *end = data;
    call_set_status(of_writer(writer), end->scratch, end->failure);
}

static bool stream_try_end(
    struct call *call, struct arena *scratch, const struct failure *failure) {
    struct stream_failure end = {scratch, failure};
    return writer_close(&call->writer, failure ? prepare_failure : NULL, &end);
}

/* The duty's use ends with the status, or here when the runtime has sent that already. A reader
 * that pauses has a use of its own, so the call lives until this function has looked at it. */
void stream_end(struct call *call, const struct failure *failure) {
    atomic_fetch_add(&call->uses, 1);
    if (!stream_try_end(call, &call->arena, failure))
        call_unuse(call);
    stream_stop_reading(call);
    call_unuse(call);
}

void stream_reply(struct call *call, grpc_byte_buffer *bytes) {
    if (writer_push(&call->writer, bytes) < 0)
        grpc_byte_buffer_destroy(bytes);
    stream_end(call, NULL);
}

void stream_abandon(struct call *call, const struct failure *failure) {
    struct arena scratch; /* the call's own belongs to its owner */
    if (call_is_cancelled(call))
        return;
    arena_init(&scratch, 0);
    atomic_fetch_add(&call->uses, 2); /* the status, and this function */
    if (stream_try_end(call, &scratch, failure)) {
        call->abandon_code = failure->code;
        atomic_store(&call->is_abandoned, true);
        call_note_cancelled(call);
    } else {
        call_unuse(call);
    }
    call_unuse(call);
    arena_deinit(&scratch);
}
