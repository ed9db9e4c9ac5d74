/* SPDX-License-Identifier: Apache-2.0 */

/* Streams of requests: Collect, which answers once, Chat, which answers each, and Talk, whose
 * server side is the test itself. */

#include "stand.h"

#include <errno.h>
#include <stdio.h>

#include "base/task.h"
#include "mesh/call_core.h"
#include "mesh/resets.h"

/* The client's side of one call. */
struct talker {
    struct stand *stand;
    struct rpc *rpc;
    int count;
    int pause_after; /* RPC_PAUSE when so many have come; 0: never */
    int disordered;
    int writable_count;
    int done_count;
    enum status_code code;
    char text[64];
    uint32_t number;
};

static void note_message(struct talker *talker, const EchoResponse *message) {
    talker->number = message->number;
    snprintf(talker->text, sizeof(talker->text), "%s", message->text);
}

static enum rpc_flow on_message(struct rpc *rpc, const EchoResponse *message, void *data) {
    struct talker *talker = data;
    MUTEX_GUARD(&talker->stand->lock);
    talker->count++;
    talker->disordered += message->number != (uint32_t)talker->count;
    note_message(talker, message);
    pthread_cond_broadcast(&talker->stand->changed);
    return talker->count == talker->pause_after ? RPC_PAUSE : RPC_NEXT;
}

static void note_done(struct talker *talker, const struct status *status) {
    talker->code = status->code;
    talker->done_count++;
    pthread_cond_broadcast(&talker->stand->changed);
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct talker *talker = data;
    MUTEX_GUARD(&talker->stand->lock);
    note_done(talker, status);
}

static void on_reply(const struct status *status, const EchoResponse *reply, void *data) {
    struct talker *talker = data;
    MUTEX_GUARD(&talker->stand->lock);
    if (reply)
        note_message(talker, reply);
    note_done(talker, status);
}

static void on_writable(struct rpc *rpc, void *data) {
    struct talker *talker = data;
    MUTEX_GUARD(&talker->stand->lock);
    talker->writable_count++;
    pthread_cond_broadcast(&talker->stand->changed);
}

static struct rpc *collect(struct stand *stand, struct talker *talker) {
    static const struct echo_service_collect_events events = {on_reply, on_writable};
    *talker = (struct talker){.stand = stand};
    return talker->rpc = echo_service_collect(stand->channel, NULL, &events, talker);
}

static const struct rpc_stream_events many = {(any_fn)on_message, on_done, on_writable};

static struct rpc *converse(
    struct stand *stand, struct talker *talker, enum echo_service_method method) {
    talker->stand = stand;
    talker->rpc = rpc_bidi_stream(
        stand->channel, &echo_service.methods[method], NULL, &many, talker);
    return talker->rpc;
}

static int say_with(struct talker *talker, const char *text, enum status_code code) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)text;
    request.code = code;
    return rpc_send(talker->rpc, &request.base);
}

static int say(struct talker *talker, int number) {
    char text[32];
    snprintf(text, sizeof(text), "%d", number);
    return say_with(talker, text, STATUS_OK);
}

/* Heeds RPC_FULL. */
static void say_many(struct talker *talker, int count) {
    for (int i = 1, full = 0; i <= count; i++) {
        int r = say(talker, i);
        assert_true(r >= 0);
        if (r == RPC_FULL)
            stand_wait(talker->stand, &talker->writable_count, ++full);
    }
}

static void assert_done(struct talker *talker, enum status_code code) {
    stand_wait(talker->stand, &talker->done_count, 1);
    assert_string_equal(status_code_name(talker->code), status_code_name(code));
    assert_int_equal(talker->done_count, 1);
    assert_int_equal(talker->disordered, 0);
}

static const int counts[] = {0, 1, RPC_QUEUE_MAX, 1000};

static void requests_are_collected_in_order(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        struct talker talker;
        char last[32] = "";
        collect(&stand, &talker);
        say_many(&talker, counts[i]);
        rpc_close_send(talker.rpc);
        assert_done(&talker, STATUS_OK);
        if (counts[i] > 0)
            snprintf(last, sizeof(last), "%d", counts[i]);
        assert_int_equal(talker.number, counts[i]);
        assert_string_equal(talker.text, last);
    }
    stand_stop(&stand);
    assert_int_equal(stand.cancelled_count, 0);
    assert_int_equal(stand.end_count, ARRAY_SIZE(counts));
}

static void each_request_of_a_chat_is_answered(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        struct talker talker = {0};
        converse(&stand, &talker, ECHO_SERVICE_CHAT);
        say_many(&talker, counts[i]);
        rpc_close_send(talker.rpc);
        assert_done(&talker, STATUS_OK);
        assert_int_equal(talker.count, counts[i]);
    }
    stand_stop(&stand);
    assert_int_equal(stand.cancelled_count, 0);
}

static void one_waits_for_the_answer_of_the_other(void **state) {
    struct stand stand;
    struct talker talker = {0};
    stand_start(&stand, NULL);
    converse(&stand, &talker, ECHO_SERVICE_CHAT);
    for (int i = 1; i <= 100; i++) {
        assert_int_equal(say(&talker, i), 0);
        stand_wait(&stand, &talker.count, i);
    }
    rpc_close_send(talker.rpc);
    assert_done(&talker, STATUS_OK);
    stand_stop(&stand);
}

static void a_server_may_end_before_it_has_read_everything(void **state) {
    static const enum echo_service_method methods[] = {ECHO_SERVICE_COLLECT, ECHO_SERVICE_CHAT};
    struct stand stand;
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        struct talker talker = {0};
        if (methods[i] == ECHO_SERVICE_COLLECT)
            collect(&stand, &talker);
        else
            converse(&stand, &talker, methods[i]);
        say(&talker, 1);
        say_with(&talker, "enough", STATUS_ABORTED);
        assert_done(&talker, STATUS_ABORTED); /* though the client has not closed */
    }
    stand_stop(&stand);
    assert_int_equal(stand.end_count, 0);
}

static void what_is_sent_after_the_end_is_not_taken(void **state) {
    struct stand stand;
    struct talker talker = {0};
    stand_start(&stand, NULL);
    converse(&stand, &talker, ECHO_SERVICE_TALK);
    struct call *call = stand_held(&stand, 0); /* which does not end, so the handle stays */
    assert_int_equal(say(&talker, 1), 0);
    rpc_close_send(talker.rpc);
    assert_int_equal(say(&talker, 2), -ECANCELED);
    rpc_close_send(talker.rpc); /* twice is once */
    call_finish(call);
    assert_done(&talker, STATUS_OK);
    stand_stop(&stand);
}

/* Chat, taken for a method of one answer: what a server does that is not ours. */
static struct rpc *collect_from_chat(struct stand *stand, struct talker *talker) {
    static struct method chat;
    chat = echo_service.methods[ECHO_SERVICE_COLLECT];
    chat.path = echo_service.methods[ECHO_SERVICE_CHAT].path;
    *talker = (struct talker){.stand = stand};
    return talker->rpc = rpc_client_stream(
               stand->channel, &chat, NULL, (any_fn)on_reply, on_writable, talker);
}

static void one_answer_is_neither_none_nor_two(void **state) {
    static const enum status_code codes[] = {STATUS_INTERNAL, STATUS_OK, STATUS_INTERNAL};
    struct stand stand;
    struct talker talker;
    stand_start(&stand, NULL);
    for (int count = 0; count < (int)ARRAY_SIZE(codes); count++) {
        collect_from_chat(&stand, &talker);
        say_many(&talker, count);
        rpc_close_send(talker.rpc);
        assert_done(&talker, codes[count]);
        assert_int_equal(talker.number, codes[count] == STATUS_OK);
    }
    collect_from_chat(&stand, &talker);
    say(&talker, 1);
    say_with(&talker, "and yet", STATUS_ABORTED);
    assert_done(&talker, STATUS_ABORTED);
    assert_int_equal(talker.number, 0); /* an answer counts only when all went well */
    stand_stop(&stand);
}

/* On the client's loop, where the handle lives until this is over. */
static void open_and_speak(void *data) {
    static const struct rpc_metadata illegal = {"Not Legal", {"value", 5}};
    static const struct rpc_options options = {.metadata = &illegal, .metadata_count = 1};
    struct talker *talker = data;
    talker->rpc = rpc_bidi_stream(
        talker->stand->channel, &echo_service.methods[ECHO_SERVICE_CHAT], &options, &many, talker);
    for (int i = 1; i <= 3; i++)
        say(talker, i);
    rpc_close_send(talker->rpc);
    rpc_read(talker->rpc);
}

/* Nothing of it has left, and yet what was sent on it is given back. */
static void a_stream_that_could_not_begin_ends_once(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    struct talker talker = {.stand = &stand};
    loop_run_and_wait(stand.client_loop, open_and_speak, &talker);
    assert_done(&talker, STATUS_INTERNAL);
    stand_stop(&stand);
    assert_int_equal(talker.done_count, 1);
}

/* A message is larger than what core buffers, so the second blocks until the server reads. */
static void a_server_that_pauses_stops_its_client(void **state) {
    enum { MESSAGE_SIZE = 64 * 1024, BUFFERED_MAX = 200 };
    struct stand stand;
    struct talker talker = {0};
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_start(&stand, NULL);
    converse(&stand, &talker, ECHO_SERVICE_TALK);
    struct call *call = stand_held(&stand, 0); /* which does not read */
    request.data.len = MESSAGE_SIZE;
    request.data.data = arena_zalloc(&stand.arena, MESSAGE_SIZE);
    int sent = 0, r = 0;
    while (r != -EAGAIN && sent < 10 * BUFFERED_MAX) {
        r = rpc_send(talker.rpc, &request.base);
        sent += r >= 0;
    }
    assert_int_equal(r, -EAGAIN); /* RPC_FULL was not heeded, and nothing more was taken */
    assert_in_range(sent, RPC_QUEUE_MAX, BUFFERED_MAX);
    call_fail(call, STATUS_ABORTED, NULL, "not interested");
    assert_done(&talker, STATUS_ABORTED);
    stand_stop(&stand);
}

/* The server's side of Talk: reads as the test tells it to. */
struct listener {
    struct stand *stand;
    int pause_at; /* RPC_PAUSE at this message */
    int count;
    int end_count;
};

static enum rpc_flow on_heard(struct call *call, const EchoRequest *request, void *data) {
    struct listener *listener = data;
    MUTEX_GUARD(&listener->stand->lock);
    listener->count++;
    pthread_cond_broadcast(&listener->stand->changed);
    return listener->count == listener->pause_at ? RPC_PAUSE : RPC_NEXT;
}

static void on_heard_all(struct call *call, void *data) {
    struct listener *listener = data;
    MUTEX_GUARD(&listener->stand->lock);
    listener->end_count++;
    pthread_cond_broadcast(&listener->stand->changed);
}

static const struct echo_service_talk_reader hearing = {on_heard, on_heard_all};

static void listen_to(struct call *call, struct listener *listener, struct stand *stand) {
    listener->stand = stand;
    echo_service_talk_read(call, &hearing, listener);
}

static void a_server_reads_when_it_likes_and_goes_on_after_a_pause(void **state) {
    struct stand stand;
    struct talker talker = {0};
    struct listener listener = {.pause_at = 1};
    stand_start(&stand, NULL);
    converse(&stand, &talker, ECHO_SERVICE_TALK);
    struct call *call = stand_held(&stand, 0);
    for (int i = 1; i <= 10; i++)
        say(&talker, i);
    rpc_close_send(talker.rpc);
    listen_to(call, &listener, &stand);
    for (int i = 1; i <= 10; i++) {
        stand_wait(&stand, &listener.count, i);
        pthread_mutex_lock(&stand.lock);
        assert_int_equal(listener.count, i);
        assert_int_equal(listener.end_count, 0);
        listener.pause_at = i + 1;
        pthread_mutex_unlock(&stand.lock);
        call_read(call);
    }
    stand_wait(&stand, &listener.end_count, 1);
    call_finish(call);
    assert_done(&talker, STATUS_OK);
    stand_stop(&stand);
    assert_int_equal(listener.end_count, 1);
}

static void a_call_that_pauses_ends_all_the_same(void **state) {
    struct stand stand;
    struct talker talker = {0};
    struct listener listener = {.pause_at = 1};
    stand_start(&stand, NULL);
    converse(&stand, &talker, ECHO_SERVICE_TALK);
    struct call *call = stand_held(&stand, 0);
    listen_to(call, &listener, &stand);
    say(&talker, 1);
    say(&talker, 2);
    stand_wait(&stand, &listener.count, 1);
    call_finish(call);
    assert_done(&talker, STATUS_OK);
    stand_stop(&stand); /* which waits for every call to be given back */
    assert_int_equal(listener.count, 1);
    assert_int_equal(listener.end_count, 0);
}

static void a_message_that_is_no_message_ends_the_stream(void **state) {
    static const enum echo_service_method methods[] = {ECHO_SERVICE_COLLECT, ECHO_SERVICE_CHAT};
    struct stand stand;
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        struct talker talker = {0};
        if (methods[i] == ECHO_SERVICE_COLLECT)
            collect(&stand, &talker);
        else
            converse(&stand, &talker, methods[i]);
        say(&talker, 1);
        rpc_send_bytes(talker.rpc, TEXT("\x0a\x05z"));
        assert_done(&talker, STATUS_INVALID_ARGUMENT);
        stand_wait(&stand, &stand.cancelled_count, (int)i + 1);
    }
    stand_stop(&stand);
    assert_int_equal(stand.end_count, 0);
}

static void renew_channel(struct stand *stand) {
    channel_free(stand->channel);
    stand->channel = channel_new(stand->client_loop, stand->target, NULL);
}

/*
 * To a server, a client that leaves looks at first like one that has sent everything, in nearly
 * every second round here. It must not be taken for one: what it has sent is not all there is.
 */
static void a_client_that_leaves_has_not_sent_everything(void **state) {
    enum { ROUNDS = 1000, MISSED_MAX = 2, ROUNDS_OF_A_CONNECTION = RESETS_MAX / 2 };
    struct stand stand;
    stand_start(&stand, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        struct talker talker = {0};
        if (i % ROUNDS_OF_A_CONNECTION == 0) /* more would look like an attack */
            renew_channel(&stand);
        if (i % 2 == 0)
            collect(&stand, &talker);
        else
            converse(&stand, &talker, ECHO_SERVICE_CHAT);
        for (int j = 0; j < i % 5; j++)
            say(&talker, j + 1);
        if (i % 3 > 0)
            stand_wait(&stand, &talker.count, i % 2 ? i % 5 : 0);
        rpc_cancel(talker.rpc);
        stand_wait(&stand, &talker.done_count, 1);
        assert_string_equal(status_code_name(talker.code), "CANCELLED");
    }
    stand_stop(&stand);
    assert_in_range(stand.end_count, 0, MISSED_MAX);
}

static void *stop_server(void *data) {
    stand_stop_server(data);
    return NULL;
}

static void the_drain_tells_who_listens(void **state) {
    struct stand stand;
    struct talker talker = {0};
    struct listener listener = {0};
    stand_start(&stand, NULL);
    converse(&stand, &talker, ECHO_SERVICE_TALK);
    struct call *call = stand_held(&stand, 0);
    listen_to(call, &listener, &stand);
    say(&talker, 1);
    stand_wait(&stand, &listener.count, 1);
    pthread_t thread;
    pthread_create(&thread, NULL, stop_server, &stand);
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(call);
    pthread_join(thread, NULL);
    assert_done(&talker, STATUS_UNAVAILABLE);
    stand_stop(&stand);
    assert_int_equal(listener.end_count, 0);
}

/* As the drain does it. */
static void abandon(void *data) {
    stream_abandon(data, &(struct failure){.code = STATUS_UNAVAILABLE, .message = "shutting down"});
}

/* The owner takes its time to end what its client has cancelled, and then the server ends. */
static void a_call_is_told_once_that_it_is_cancelled(void **state) {
    struct stand stand;
    struct talker talker = {0};
    stand_start(&stand, NULL);
    converse(&stand, &talker, ECHO_SERVICE_TALK);
    struct call *call = stand_held(&stand, 0);
    rpc_cancel(talker.rpc);
    assert_done(&talker, STATUS_CANCELLED);
    stand_wait(&stand, &stand.cancelled_count, 1);
    loop_run_and_wait(stand.stream_loop, abandon, call);
    loop_run_and_wait(stand.stream_loop, abandon, call);
    assert_int_equal(stand.cancelled_count, 1);
    call_finish(call);
    stand_stop(&stand);
    assert_int_equal(stand.cancelled_count, 1);
}

/* Of two calls that end together, by whoever is cancelled first of those that were held first. */
static void end_both(struct call *call, void *data) {
    struct stand *stand = data;
    MUTEX_GUARD(&stand->lock);
    stand->cancelled_count++;
    pthread_cond_broadcast(&stand->changed);
    if (call != stand->held[0])
        return;
    call_finish(stand->held[1]);
    call_finish(call);
}

static void handle_one_of_both(struct call *call, void *data) {
    static const struct call_events events = {NULL, end_both};
    struct stand *stand = data;
    call_set_events(call, &events, stand);
    MUTEX_GUARD(&stand->lock);
    stand->held[stand->held_count++] = call;
    pthread_cond_broadcast(&stand->changed);
}

/* The second call is over for its client, and lives on until its owner ends it with the first. */
static void the_drain_may_end_a_call_within_anothers_event(void **state) {
    static const any_fn handlers[ECHO_SERVICE_METHOD_COUNT] = {
        [ECHO_SERVICE_TALK] = (any_fn)handle_one_of_both};
    struct stand stand;
    struct talker first = {0}, second = {0};
    struct listener listener = {0};
    stand_start_with(&stand, NULL, "127.0.0.1:0", handlers);
    converse(&stand, &first, ECHO_SERVICE_TALK);
    stand_held(&stand, 0);
    converse(&stand, &second, ECHO_SERVICE_TALK);
    listen_to(stand_held(&stand, 1), &listener, &stand);
    rpc_send_bytes(second.rpc, TEXT("\x0a\x05z"));
    assert_done(&second, STATUS_INVALID_ARGUMENT);
    stand_wait(&stand, &stand.cancelled_count, 1);
    stand_stop_server(&stand);
    assert_done(&first, STATUS_UNAVAILABLE);
    stand_stop(&stand);
    assert_int_equal(stand.cancelled_count, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_collected_in_order),
        cmocka_unit_test(each_request_of_a_chat_is_answered),
        cmocka_unit_test(one_waits_for_the_answer_of_the_other),
        cmocka_unit_test(a_server_may_end_before_it_has_read_everything),
        cmocka_unit_test(what_is_sent_after_the_end_is_not_taken),
        cmocka_unit_test(one_answer_is_neither_none_nor_two),
        cmocka_unit_test(a_stream_that_could_not_begin_ends_once),
        cmocka_unit_test(a_server_that_pauses_stops_its_client),
        cmocka_unit_test(a_server_reads_when_it_likes_and_goes_on_after_a_pause),
        cmocka_unit_test(a_call_that_pauses_ends_all_the_same),
        cmocka_unit_test(a_message_that_is_no_message_ends_the_stream),
        cmocka_unit_test(a_client_that_leaves_has_not_sent_everything),
        cmocka_unit_test(the_drain_tells_who_listens),
        cmocka_unit_test(a_call_is_told_once_that_it_is_cancelled),
        cmocka_unit_test(the_drain_may_end_a_call_within_anothers_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
