/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A connection is lost between any two bytes of a call, in either direction. Whatever is lost, each
 * side ends the call exactly once: the client by its last callback, the server by its handler, who
 * hears of it unless it has ended the call before.
 */
#include "relay.h"
#include "stand.h"

#include <signal.h>
#include <stdio.h>

#include "base/task.h"

enum {
    STEP = 3, /* bytes from one cut to the next */
    MESSAGES = 3,
};

struct attempt {
    struct stand *stand;
    int done_count;
    enum status_code code;
};

static void note_done(struct attempt *attempt, const struct status *status) {
    MUTEX_GUARD(&attempt->stand->lock);
    attempt->code = status->code;
    attempt->done_count++;
    pthread_cond_broadcast(&attempt->stand->changed);
}

static enum rpc_flow on_message(struct rpc *rpc, const EchoResponse *message, void *data) {
    return RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    note_done(data, status);
}

static void on_reply(const struct status *status, const EchoResponse *reply, void *data) {
    note_done(data, status);
}

static const struct rpc_stream_events events = {(any_fn)on_message, on_done, NULL};

static void begin_unary(struct attempt *attempt) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)"a message of a certain length";
    echo_service_echo(attempt->stand->channel, NULL, &request, on_reply, attempt);
}

static void begin_server_stream(struct attempt *attempt) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.count = MESSAGES;
    rpc_stream(attempt->stand->channel, &echo_service.methods[ECHO_SERVICE_COUNT], NULL,
        &request.base, &events, attempt);
}

/* The handle may be gone when the connection is lost at once: the loop's own thread knows. */
static void send_all(struct rpc *rpc) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)"a message of a certain length";
    for (int i = 0; i < MESSAGES; i++)
        rpc_send(rpc, &request.base);
    rpc_close_send(rpc);
}

static void begin_client_stream(void *data) {
    static const struct echo_service_collect_events one = {on_reply, NULL};
    struct attempt *attempt = data;
    send_all(echo_service_collect(attempt->stand->channel, NULL, &one, attempt));
}

static void begin_bidi_stream(void *data) {
    struct attempt *attempt = data;
    send_all(rpc_bidi_stream(
        attempt->stand->channel, &echo_service.methods[ECHO_SERVICE_CHAT], NULL, &events, attempt));
}

static void begin(struct attempt *attempt, enum method_kind kind) {
    switch (kind) {
    case METHOD_UNARY:
        begin_unary(attempt);
        break;
    case METHOD_SERVER_STREAM:
        begin_server_stream(attempt);
        break;
    case METHOD_CLIENT_STREAM:
        loop_run_and_wait(attempt->stand->client_loop, begin_client_stream, attempt);
        break;
    case METHOD_BIDI_STREAM:
        loop_run_and_wait(attempt->stand->client_loop, begin_bidi_stream, attempt);
        break;
    }
}

/* One call through a relay that is cut after so many bytes; true when it was answered. */
static bool call_and_cut(struct stand *stand, enum method_kind kind, enum relay_way way,
    int64_t bytes, int64_t *ret_passed) {
    struct attempt attempt = {.stand = stand};
    struct relay *relay = relay_new(stand->port);
    char target[64];
    relay_cut_after(relay, way, bytes);
    snprintf(target, sizeof(target), "127.0.0.1:%d", relay_port(relay));
    channel_free(stand->channel);
    stand->channel = channel_new(stand->client_loop, target,
        &(struct channel_options){.default_timeout_ms = STAND_TIMEOUT_MS, .never_repeats = true});
    begin(&attempt, kind);
    stand_wait(stand, &attempt.done_count, 1);
    *ret_passed = relay_passed(relay, way);
    relay_free(relay);
    if (attempt.code != STATUS_OK)
        assert_string_equal(status_code_name(attempt.code), "UNAVAILABLE");
    assert_int_equal(attempt.done_count, 1);
    return attempt.code == STATUS_OK;
}

/* A bidirectional call is over for its client when it is for the server, so a cut after the last
 * byte of interest finds it answered. */
static void cut_everywhere(enum method_kind kind, enum relay_way way) {
    struct stand stand;
    int64_t passed, whole;
    int answered = 0, cuts = 0;
    stand_start(&stand, NULL);
    assert_true(call_and_cut(&stand, kind, way, INT64_MAX, &whole));
    for (int64_t bytes = 1; bytes < whole; bytes += STEP, cuts++)
        answered += call_and_cut(&stand, kind, way, bytes, &passed);
    printf("kind %d, way %d: %d cuts within %lld bytes, %d calls answered before\n", kind, way,
        cuts, (long long)whole, answered);
    assert_true(answered < cuts);
    stand_stop(&stand); /* which ends only when every call has ended on the server, too */
}

#define TEST_OF(name, kind)                                                                        \
    static void name##_cut_on_the_way_there(void **state) {                                        \
        cut_everywhere(kind, RELAY_TO_SERVER);                                                     \
    }                                                                                              \
    static void name##_cut_on_the_way_back(void **state) {                                         \
        cut_everywhere(kind, RELAY_TO_CLIENT);                                                     \
    }
TEST_OF(a_unary_call_is, METHOD_UNARY)
TEST_OF(a_stream_of_answers_is, METHOD_SERVER_STREAM)
TEST_OF(a_stream_of_requests_is, METHOD_CLIENT_STREAM)
TEST_OF(a_conversation_is, METHOD_BIDI_STREAM)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_unary_call_is_cut_on_the_way_there),
        cmocka_unit_test(a_unary_call_is_cut_on_the_way_back),
        cmocka_unit_test(a_stream_of_answers_is_cut_on_the_way_there),
        cmocka_unit_test(a_stream_of_answers_is_cut_on_the_way_back),
        cmocka_unit_test(a_stream_of_requests_is_cut_on_the_way_there),
        cmocka_unit_test(a_stream_of_requests_is_cut_on_the_way_back),
        cmocka_unit_test(a_conversation_is_cut_on_the_way_there),
        cmocka_unit_test(a_conversation_is_cut_on_the_way_back),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
