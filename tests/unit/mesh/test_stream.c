/* SPDX-License-Identifier: Apache-2.0 */
#include "relay.h"
#include "stand.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/task.h"

enum { DEADLINE_MS = 3000 }; /* long enough to reach the server on a busy machine */

/* Reads a stream as its test tells it to. */
struct reader {
    struct stand *stand;
    struct rpc *rpc;
    int pause_after; /* RPC_PAUSE when so many have come; 0: never */
    int cancel_after;
    int count;
    int disordered;
    int done_count;
    enum status_code code;
    char *text; /* of the last message */
};

static enum rpc_flow on_message(struct rpc *rpc, const EchoResponse *message, void *data) {
    struct reader *reader = data;
    MUTEX_GUARD(&reader->stand->lock);
    reader->rpc = rpc;
    reader->disordered += message->number != (uint32_t)reader->count;
    reader->count++;
    free(reader->text);
    reader->text = strdup(message->text);
    pthread_cond_broadcast(&reader->stand->changed);
    if (reader->count == reader->cancel_after)
        rpc_cancel(rpc);
    return reader->count == reader->pause_after ? RPC_PAUSE : RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct reader *reader = data;
    MUTEX_GUARD(&reader->stand->lock);
    reader->code = status->code;
    reader->done_count++;
    pthread_cond_broadcast(&reader->stand->changed);
}

static struct rpc *read_stream(struct stand *stand, struct reader *reader,
    enum echo_service_method method, const struct rpc_options *options, uint32_t count) {
    static const struct rpc_stream_events events = {(any_fn)on_message, on_done};
    EchoRequest request = ECHO_REQUEST_INIT;
    request.count = count;
    reader->stand = stand;
    return rpc_stream(
        stand->channel, &echo_service.methods[method], options, &request.base, &events, reader);
}

static void reader_end(struct reader *reader, enum status_code code) {
    stand_wait(reader->stand, &reader->done_count, 1);
    assert_string_equal(status_code_name(reader->code), status_code_name(code));
    assert_int_equal(reader->done_count, 1);
    free(reader->text);
}

static int send_number(struct call *call, int number) {
    EchoResponse response = ECHO_RESPONSE_INIT;
    response.number = (uint32_t)number;
    return call_send(call, &response.base);
}

static void test_brings_its_messages_in_order(void **state) {
    static const int counts[] = {0, 1, CALL_QUEUE_MAX, 1000};
    struct stand stand;
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        struct reader reader = {0};
        read_stream(&stand, &reader, ECHO_SERVICE_COUNT, NULL, (uint32_t)counts[i]);
        reader_end(&reader, STATUS_OK);
        assert_int_equal(reader.count, counts[i]);
        assert_int_equal(reader.disordered, 0);
    }
    stand_stop(&stand);
}

/* Each write of core's, on either side, is counted on its way to the kernel. */
static atomic_int writes;

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    writes++;
    return syscall(SYS_sendmsg, fd, message, flags);
}

/* Sent at once, so that all but the first wait in the queue. */
static void handle_burst(struct call *call, const EchoRequest *request, void *data) {
    for (int i = 0; i < CALL_QUEUE_MAX; i++)
        send_number(call, i);
    call_finish(call);
}

static void test_writes_what_waits_together(void **state) {
    static const any_fn handlers[ECHO_SERVICE_METHOD_COUNT] = {
        [ECHO_SERVICE_WATCH] = (any_fn)handle_burst};
    enum { ROUNDS = 100 };
    struct stand stand;
    stand_start_with(&stand, NULL, "127.0.0.1:0", handlers);
    int before = writes;
    for (int i = 0; i < ROUNDS; i++) {
        struct reader reader = {0};
        read_stream(&stand, &reader, ECHO_SERVICE_WATCH, NULL, 0);
        reader_end(&reader, STATUS_OK);
        assert_int_equal(reader.count, CALL_QUEUE_MAX);
        assert_int_equal(reader.disordered, 0);
    }
    print_message(
        "%d messages took %d writes on both sides\n", ROUNDS * CALL_QUEUE_MAX, writes - before);
    assert_in_range(writes - before, ROUNDS, ROUNDS * CALL_QUEUE_MAX / 2);
    stand_stop(&stand);
}

/* Where the handlers and events of a stand run that has two loops. */
struct places {
    struct stand stand;
    int on_main, on_streams, elsewhere;
};

static void note_place(void *data) {
    struct places *places = container_of((struct stand *)data, struct places, stand);
    MUTEX_GUARD(&places->stand.lock);
    if (loop_is_current(places->stand.server_loop))
        places->on_main++;
    else if (loop_is_current(places->stand.stream_loop))
        places->on_streams++;
    else
        places->elsewhere++;
    pthread_cond_broadcast(&places->stand.changed);
}

static void note_cancelled(struct call *call, void *data) {
    note_place(data);
    call_fail(call, STATUS_CANCELLED, NULL, "the client has left");
}

static enum rpc_flow note_request(struct call *call, const EchoRequest *request, void *data) {
    note_place(data);
    return RPC_NEXT;
}

static void note_echo(struct call *call, const EchoRequest *request, void *data) {
    note_place(data);
    reply_text(call, "");
}

static void note_talk(struct call *call, void *data) {
    static const struct echo_service_talk_reader reader = {note_request, NULL};
    static const struct call_events events = {NULL, note_cancelled};
    note_place(data);
    call_set_events(call, &events, data);
    echo_service_talk_read(call, &reader, data);
}

static void test_lives_on_a_loop_of_its_own(void **state) {
    static const any_fn handlers[ECHO_SERVICE_METHOD_COUNT] = {
        [ECHO_SERVICE_ECHO] = (any_fn)note_echo, [ECHO_SERVICE_TALK] = (any_fn)note_talk};
    static const struct rpc_stream_events events = {(any_fn)on_message, on_done};
    struct places places = {0};
    struct stand *stand = &places.stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_start_with(stand, NULL, "127.0.0.1:0", handlers);
    struct reader reader = {.stand = stand};
    assert_int_equal(stand_call(stand, ECHO_SERVICE_ECHO, NULL, &request, NULL).code, STATUS_OK);
    struct rpc *rpc = rpc_bidi_stream(
        stand->channel, &echo_service.methods[ECHO_SERVICE_TALK], NULL, &events, &reader);
    assert_int_equal(rpc_send(rpc, &request.base), 0);
    stand_wait(stand, &places.on_streams, 2); /* the handler, the message */
    rpc_cancel(rpc);
    reader_end(&reader, STATUS_CANCELLED);
    stand_wait(stand, &places.on_streams, 3);
    stand_stop(stand);
    assert_int_equal(places.on_main, 1);
    assert_int_equal(places.elsewhere, 0);
}

static void test_is_sent_from_any_thread(void **state) {
    struct stand stand;
    struct reader reader = {0};
    stand_start(&stand, NULL);
    read_stream(&stand, &reader, ECHO_SERVICE_WATCH, NULL, 0);
    struct call *call = stand_held(&stand, 0);
    int sent = 0;
    for (int full = 0; sent < 200;) {
        if (send_number(call, sent++) == CALL_FULL)
            stand_wait(&stand, &stand.writable_count, ++full);
    }
    call_finish(call);
    reader_end(&reader, STATUS_OK);
    assert_int_equal(reader.count, 200);
    assert_int_equal(reader.disordered, 0);
    stand_stop(&stand);
}

/* A reader that pauses stops the sender, which then holds a queue and core's buffers and no more.
 */
static void test_waits_for_a_slow_reader(void **state) {
    enum { MESSAGE_SIZE = 64 * 1024, BUFFERED_MAX = 200 };
    struct stand stand;
    struct reader reader = {.pause_after = 1};
    EchoResponse response = ECHO_RESPONSE_INIT;
    stand_start(&stand, NULL);
    read_stream(&stand, &reader, ECHO_SERVICE_WATCH, NULL, 0);
    struct call *call = stand_held(&stand, 0);
    response.data.len = MESSAGE_SIZE;
    response.data.data = arena_zalloc(&stand.arena, MESSAGE_SIZE);
    int sent = 0, r = 0;
    while (r != -EAGAIN && sent < 10 * BUFFERED_MAX) {
        response.number = (uint32_t)sent;
        r = call_send(call, &response.base);
        sent += r >= 0;
        if (r == CALL_FULL)
            stand_wait(&stand, &reader.count, 1);
    }
    assert_int_equal(r, -EAGAIN); /* CALL_FULL was not heeded, and nothing more was taken */
    assert_in_range(sent, CALL_QUEUE_MAX, BUFFERED_MAX);
    stand_wait(&stand, &reader.count, 1);
    assert_int_equal(reader.count, 1);
    rpc_read(reader.rpc);
    stand_wait(&stand, &stand.writable_count, 1);
    call_finish(call);
    reader_end(&reader, STATUS_OK);
    assert_int_equal(reader.count, sent);
    assert_int_equal(reader.disordered, 0);
    stand_stop(&stand);
}

/* So many are taken before the queue is full. Nothing goes out meanwhile on the loop's thread. */
static int fill_queue(struct call *call, int number) {
    int taken = 0;
    while (send_number(call, number + taken) >= 0)
        taken++;
    return taken;
}

static void fill_again(struct call *call, void *data) {
    fill_queue(call, CALL_QUEUE_MAX + 1);
    call_finish(call);
}

static void handle_filling(struct call *call, const EchoRequest *request, void *data) {
    static const struct call_events events = {fill_again, NULL};
    call_set_events(call, &events, NULL);
    assert_int_equal(fill_queue(call, 0), CALL_QUEUE_MAX + 1); /* one is on its way */
}

/* Its sender is told while half of the queue still waits, not when nothing is left to do. */
static void test_may_go_on_when_half_of_its_queue_has_gone(void **state) {
    enum { ROOM = CALL_QUEUE_MAX / 2 + 1 };
    static const any_fn handlers[ECHO_SERVICE_METHOD_COUNT] = {
        [ECHO_SERVICE_WATCH] = (any_fn)handle_filling};
    struct stand stand;
    struct reader reader = {0};
    stand_start_with(&stand, NULL, "127.0.0.1:0", handlers);
    read_stream(&stand, &reader, ECHO_SERVICE_WATCH, NULL, 0);
    reader_end(&reader, STATUS_OK);
    assert_int_equal(reader.count, CALL_QUEUE_MAX + 1 + ROOM);
    assert_int_equal(reader.disordered, 0);
    stand_stop(&stand);
}

static void test_goes_on_after_each_pause(void **state) {
    struct stand stand;
    struct reader reader = {.pause_after = 1};
    stand_start(&stand, NULL);
    read_stream(&stand, &reader, ECHO_SERVICE_COUNT, NULL, 100);
    for (int i = 1; i <= 100; i++) {
        stand_wait(&stand, &reader.count, i);
        pthread_mutex_lock(&stand.lock);
        struct rpc *rpc = reader.done_count == 0 ? reader.rpc : NULL;
        reader.pause_after = i + 1;
        pthread_mutex_unlock(&stand.lock);
        if (rpc && i < 100)
            rpc_read(rpc);
    }
    /* The last pause: whether the end was read meanwhile is open, so it is asked for by cancel. */
    pthread_mutex_lock(&stand.lock);
    if (reader.done_count == 0)
        rpc_cancel(reader.rpc);
    pthread_mutex_unlock(&stand.lock);
    stand_wait(&stand, &reader.done_count, 1);
    assert_int_equal(reader.count, 100);
    assert_int_equal(reader.disordered, 0);
    free(reader.text);
    stand_stop(&stand);
}

static void test_is_failed_after_what_was_sent(void **state) {
    struct stand stand;
    struct reader reader = {0};
    stand_start(&stand, NULL);
    read_stream(&stand, &reader, ECHO_SERVICE_WATCH, NULL, 0);
    struct call *call = stand_held(&stand, 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(send_number(call, i), 0);
    call_fail(call, STATUS_ABORTED, "ON_PURPOSE", "enough");
    reader_end(&reader, STATUS_ABORTED);
    assert_int_equal(reader.count, 10);
    stand_stop(&stand);
}

static void test_is_cancelled_by_its_reader(void **state) {
    struct stand stand;
    struct reader reader = {.cancel_after = 3};
    stand_start(&stand, NULL);
    read_stream(&stand, &reader, ECHO_SERVICE_WATCH, NULL, 0);
    struct call *call = stand_held(&stand, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(send_number(call, i), 0);
    reader_end(&reader, STATUS_CANCELLED);
    stand_wait(&stand, &stand.cancelled_count, 1);
    assert_true(call_is_cancelled(call));
    assert_int_equal(send_number(call, 4), -ECANCELED);
    call_finish(call);
    assert_int_equal(reader.count, 3);
    stand_stop(&stand);
    assert_int_equal(stand.cancelled_count, 1);
}

static void test_ends_when_cancelled_during_a_pause(void **state) {
    struct stand stand;
    struct reader reader = {.pause_after = 1};
    stand_start(&stand, NULL);
    read_stream(&stand, &reader, ECHO_SERVICE_WATCH, NULL, 0);
    struct call *call = stand_held(&stand, 0);
    for (int i = 0; i < 5; i++)
        send_number(call, i);
    stand_wait(&stand, &reader.count, 1);
    rpc_cancel(reader.rpc);
    reader_end(&reader, STATUS_CANCELLED);
    assert_int_equal(reader.count, 1);
    call_finish(call);
    stand_stop(&stand);
}

static void test_that_has_ended_is_cancelled_during_a_pause(void **state) {
    struct stand stand;
    struct reader reader = {.pause_after = 1};
    stand_start(&stand, NULL);
    read_stream(&stand, &reader, ECHO_SERVICE_COUNT, NULL, 5);
    stand_wait(&stand, &reader.count, 1);
    stand_stop_server(&stand); /* all of the stream, and its status, is at the client now */
    assert_int_equal(reader.done_count, 0);
    rpc_cancel(reader.rpc);
    stand_wait(&stand, &reader.done_count, 1);
    assert_int_equal(reader.count, 1);
    free(reader.text);
    stand_stop(&stand);
    assert_int_equal(reader.done_count, 1);
}

static void test_ends_at_its_deadline_during_a_pause(void **state) {
    struct stand stand;
    struct reader reader = {.pause_after = 1};
    stand_start(&stand, NULL);
    read_stream(
        &stand, &reader, ECHO_SERVICE_WATCH, &(struct rpc_options){.timeout_ms = DEADLINE_MS}, 0);
    struct call *call = stand_held(&stand, 0);
    for (int i = 0; i < 5; i++)
        send_number(call, i);
    reader_end(&reader, STATUS_DEADLINE_EXCEEDED);
    call_finish(call);
    stand_stop(&stand);
}

static void test_ends_when_its_connection_is_lost_during_a_pause(void **state) {
    struct stand stand;
    struct reader reader = {.pause_after = 1};
    char target[64];
    stand_start(&stand, NULL);
    struct relay *relay = relay_new(stand.port);
    snprintf(target, sizeof(target), "127.0.0.1:%d", relay_port(relay));
    channel_free(stand.channel);
    stand.channel = channel_new(stand.client_loop, target, NULL);
    read_stream(&stand, &reader, ECHO_SERVICE_WATCH, NULL, 0);
    struct call *call = stand_held(&stand, 0);
    for (int i = 0; i < 5; i++)
        send_number(call, i);
    stand_wait(&stand, &reader.count, 1);
    relay_cut(relay);
    reader_end(&reader, STATUS_UNAVAILABLE);
    assert_int_equal(reader.count, 1);
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(call);
    stand_stop(&stand);
    relay_free(relay);
}

static void test_ends_at_its_deadline(void **state) {
    struct stand stand;
    struct reader reader = {0};
    stand_start(&stand, NULL);
    read_stream(
        &stand, &reader, ECHO_SERVICE_WATCH, &(struct rpc_options){.timeout_ms = DEADLINE_MS}, 0);
    struct call *call = stand_held(&stand, 0);
    reader_end(&reader, STATUS_DEADLINE_EXCEEDED);
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(call);
    stand_stop(&stand);
}

static void test_beyond_the_limit_is_refused(void **state) {
    struct stand stand;
    struct reader held = {0}, refused = {0};
    stand_start(&stand, &(struct server_options){.streams_max = 1});
    read_stream(&stand, &held, ECHO_SERVICE_WATCH, NULL, 0);
    struct call *call = stand_held(&stand, 0);
    read_stream(&stand, &refused, ECHO_SERVICE_WATCH, NULL, 0);
    reader_end(&refused, STATUS_RESOURCE_EXHAUSTED);
    call_finish(call);
    reader_end(&held, STATUS_OK);
    stand_stop(&stand);
}

static void test_with_a_malformed_request_is_refused(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    stand_begin_raw(&stand, &echo_service.methods[ECHO_SERVICE_WATCH], TEXT("\x0a\x05z"));
    stand_wait(&stand, &stand.done_count, 1);
    assert_int_equal(stand.status.code, STATUS_INVALID_ARGUMENT);
    assert_string_equal(stand.message, "request is not a valid mesh.test.v1.EchoRequest");
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_brings_its_messages_in_order),
        cmocka_unit_test(test_writes_what_waits_together),
        cmocka_unit_test(test_lives_on_a_loop_of_its_own),
        cmocka_unit_test(test_is_sent_from_any_thread),
        cmocka_unit_test(test_waits_for_a_slow_reader),
        cmocka_unit_test(test_may_go_on_when_half_of_its_queue_has_gone),
        cmocka_unit_test(test_goes_on_after_each_pause),
        cmocka_unit_test(test_is_failed_after_what_was_sent),
        cmocka_unit_test(test_is_cancelled_by_its_reader),
        cmocka_unit_test(test_ends_when_cancelled_during_a_pause),
        cmocka_unit_test(test_that_has_ended_is_cancelled_during_a_pause),
        cmocka_unit_test(test_ends_when_its_connection_is_lost_during_a_pause),
        cmocka_unit_test(test_ends_at_its_deadline),
        cmocka_unit_test(test_ends_at_its_deadline_during_a_pause),
        cmocka_unit_test(test_beyond_the_limit_is_refused),
        cmocka_unit_test(test_with_a_malformed_request_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
