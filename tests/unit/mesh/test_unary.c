/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "grpc/health/v1/health.mesh.h"
#include "relay.h"

enum { DEADLINE_MS = 3000 }; /* long enough to reach the server on a busy machine */

static EchoRequest ask(const char *text) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)text;
    return request;
}

static void assert_echoes(struct stand *stand) {
    EchoRequest request = ask("hello");
    const EchoResponse *reply;
    struct status status = stand_call(stand, ECHO_SERVICE_ECHO, NULL, &request, &reply);
    assert_string_equal(status_code_name(status.code), "OK");
    assert_string_equal(reply->text, "hello");
}

static void assert_ends(struct stand *stand, int count, enum status_code code) {
    stand_wait(stand, &stand->done_count, count);
    assert_string_equal(status_code_name(stand->status.code), status_code_name(code));
}

static void test_is_echoed(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    for (int i = 0; i < 100; i++)
        assert_echoes(&stand);
    stand_stop(&stand);
}

static void test_goes_over_a_unix_socket(void **state) {
    struct stand stand;
    char folder[] = "/tmp/mesh.XXXXXX", address[64];
    assert_non_null(mkdtemp(folder));
    snprintf(address, sizeof(address), "unix:%s/socket", folder);
    stand_start_with(&stand, NULL, address, NULL);
    assert_int_equal(stand.port, 0);
    assert_echoes(&stand);
    stand_stop(&stand);
    assert_int_equal(rmdir(folder), 0);
}

static void test_carries_large_messages(void **state) {
    enum { SIZE = 900 * 1024 };
    struct stand stand;
    EchoRequest request = ask("");
    const EchoResponse *reply;
    stand_start(&stand, NULL);
    request.data.len = SIZE;
    request.data.data = arena_alloc(&stand.arena, SIZE);
    for (int i = 0; i < SIZE; i++)
        request.data.data[i] = (uint8_t)(i * 31);
    struct status status = stand_call(&stand, ECHO_SERVICE_ECHO, NULL, &request, &reply);
    assert_int_equal(status.code, STATUS_OK);
    assert_int_equal(reply->data.len, SIZE);
    assert_memory_equal(reply->data.data, request.data.data, SIZE);
    stand_stop(&stand);
}

static void test_may_be_answered_later_by_another_thread(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *call = stand_held(&stand, 0);
    assert_false(call_is_cancelled(call));
    reply_text(call, "late");
    assert_ends(&stand, 1, STATUS_OK);
    assert_string_equal(stand.message, "late");
    stand_stop(&stand);
    assert_int_equal(stand.cancelled_count, 0);
}

static void test_fails_with_every_code_and_its_details(void **state) {
    struct stand stand;
    EchoRequest request = ask("50% \xc3\xa4rger\n");
    stand_start(&stand, NULL);
    for (int code = STATUS_CANCELLED; code < STATUS_CODE_COUNT; code++) {
        request.code = code;
        struct status status = stand_call(&stand, ECHO_SERVICE_FAIL, NULL, &request, NULL);
        assert_string_equal(status_code_name(status.code), status_code_name(code));
        assert_string_equal(status.message, "50% \xc3\xa4rger\n");
        assert_string_equal(status_reason(&stand.arena, &status), "ON_PURPOSE");
        assert_int_equal(status_retry_delay_ms(&status), 1250);
    }
    stand_stop(&stand);
}

static void test_fails_with_an_errno(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    call_fail_errno(stand_held(&stand, 0), -EIO, "reading the store");
    assert_ends(&stand, 1, STATUS_INTERNAL);
    assert_string_equal(stand.message, "internal error"); /* why is for the log */
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    call_fail_errno(stand_held(&stand, 1), -ETIMEDOUT, "reading the store");
    assert_ends(&stand, 2, STATUS_UNAVAILABLE);
    stand_stop(&stand);
}

static void test_ends_at_its_deadline(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    stand_start(&stand, NULL);
    stand_begin(
        &stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.timeout_ms = DEADLINE_MS}, &request);
    struct call *call = stand_held(&stand, 0);
    assert_ends(&stand, 1, STATUS_DEADLINE_EXCEEDED);
    stand_wait(&stand, &stand.cancelled_count, 1);
    assert_true(call_is_cancelled(call));
    assert_in_range(call_deadline_ms(call), 1, clock_monotonic_ms() + DEADLINE_MS);
    reply_text(call, "too late");
    stand_stop(&stand);
    assert_int_equal(stand.cancelled_count, 1);
}

static void test_without_a_deadline_gets_the_servers(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    stand_start(&stand, &(struct server_options){.default_timeout_ms = DEADLINE_MS});
    stand_begin(
        &stand, ECHO_SERVICE_HOLD, &(struct rpc_options){.timeout_ms = RPC_NO_TIMEOUT}, &request);
    struct call *call = stand_held(&stand, 0);
    assert_in_range(call_deadline_ms(call), 1, clock_monotonic_ms() + DEADLINE_MS);
    assert_ends(&stand, 1, STATUS_DEADLINE_EXCEEDED);
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_fail(call, STATUS_NOT_FOUND, NULL, "too late");
    stand_stop(&stand);
}

static void test_is_cancelled_by_its_client(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    stand_start(&stand, NULL);
    struct rpc *rpc = stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *call = stand_held(&stand, 0);
    rpc_cancel(rpc);
    assert_ends(&stand, 1, STATUS_CANCELLED);
    stand_wait(&stand, &stand.cancelled_count, 1);
    assert_true(call_is_cancelled(call));
    reply_text(call, "nobody listens");
    stand_stop(&stand);
    assert_int_equal(stand.cancelled_count, 1);
}

/* Holds the call, and asks for no events. */
static void handle_hold_quietly(struct call *call, const EchoRequest *request, void *data) {
    struct stand *stand = data;
    MUTEX_GUARD(&stand->lock);
    stand->held[stand->held_count++] = call;
    pthread_cond_broadcast(&stand->changed);
}

static void test_knows_that_it_is_cancelled_without_asking(void **state) {
    static const any_fn handlers[ECHO_SERVICE_METHOD_COUNT] = {
        [ECHO_SERVICE_HOLD] = (any_fn)handle_hold_quietly};
    struct stand stand;
    EchoRequest request = ask("");
    stand_start_with(&stand, NULL, "127.0.0.1:0", handlers);
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *answered = stand_held(&stand, 0);
    struct rpc *rpc = stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *cancelled = stand_held(&stand, 1);
    reply_text(answered, "soon");
    assert_ends(&stand, 1, STATUS_OK);
    rpc_cancel(rpc);
    assert_ends(&stand, 2, STATUS_CANCELLED);
    while (!call_is_cancelled(cancelled)) /* or the test's time is up */
        usleep(1000);
    call_fail(cancelled, STATUS_ABORTED, NULL, "nobody listens");
    stand_stop(&stand);
}

/* On the client's loop, where the handle cannot end in between. */
static void begin_and_cancel(void *data) {
    EchoRequest request = ask("");
    rpc_cancel(stand_begin(data, ECHO_SERVICE_ECHO, NULL, &request));
}

static void test_ends_once_when_cancelled_at_its_start(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    for (int i = 1; i <= 50; i++) {
        loop_run_and_wait(stand.client_loop, begin_and_cancel, &stand);
        stand_wait(&stand, &stand.done_count, i);
        assert_true(stand.status.code == STATUS_CANCELLED || stand.status.code == STATUS_OK);
    }
    assert_echoes(&stand);
    assert_int_equal(stand.done_count, 50);
    stand_stop(&stand);
}

static void test_notices_that_its_connection_is_lost(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    char target[64];
    stand_start(&stand, NULL);
    struct relay *relay = relay_new(stand.port);
    snprintf(target, sizeof(target), "127.0.0.1:%d", relay_port(relay));
    channel_free(stand.channel);
    stand.channel = channel_new(stand.client_loop, target,
        &(struct channel_options){.default_timeout_ms = STAND_TIMEOUT_MS});
    assert_echoes(&stand);
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *call = stand_held(&stand, 0);
    relay_cut(relay);
    assert_ends(&stand, 1, STATUS_UNAVAILABLE);
    stand_wait(&stand, &stand.cancelled_count, 1);
    assert_true(call_is_cancelled(call));
    call_fail(call, STATUS_ABORTED, NULL, "the client has gone");
    stand_stop(&stand);
    relay_free(relay);
}

static void test_of_an_unknown_method_is_unimplemented(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    struct method unheard = echo_service.methods[ECHO_SERVICE_ECHO];
    stand_start(&stand, NULL);
    struct status status = stand_call(&stand, ECHO_SERVICE_MISSING, NULL, &request, NULL);
    assert_int_equal(status.code, STATUS_UNIMPLEMENTED);
    unheard.path = "/mesh.test.v1.EchoService/Unheard";
    stand_begin_raw(&stand, &unheard, TEXT(""));
    assert_ends(&stand, 1, STATUS_UNIMPLEMENTED);
    assert_echoes(&stand);
    stand_stop(&stand);
}

static void test_that_is_too_large_is_refused(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    stand_start(&stand, &(struct server_options){.message_size_max = 1000});
    request.data.len = 1000;
    request.data.data = arena_zalloc(&stand.arena, 1000);
    struct status status = stand_call(&stand, ECHO_SERVICE_ECHO, NULL, &request, NULL);
    assert_int_equal(status.code, STATUS_RESOURCE_EXHAUSTED);
    assert_echoes(&stand);
    stand_stop(&stand);
}

static void test_with_a_bad_request_is_refused(void **state) {
    const struct text bad[] = {TEXT("\x0a\x05z"), TEXT("\x0a\x01\xff"), TEXT("\x0a\x01\0")};
    struct stand stand;
    stand_start(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        stand_begin_raw(&stand, &echo_service.methods[ECHO_SERVICE_ECHO], bad[i]);
        assert_ends(&stand, (int)i + 1, STATUS_INVALID_ARGUMENT);
        assert_string_equal(stand.message, "request is not a valid mesh.test.v1.EchoRequest");
    }
    assert_echoes(&stand);
    stand_stop(&stand);
}

static void test_fails_with_a_message_of_any_size(void **state) {
    enum { SIZE = 100000 };
    struct stand stand;
    char *message = malloc(SIZE + 1);
    for (int i = 0; i < SIZE; i++)
        message[i] = "\xe2\x82\xac"[i % 3];
    message[SIZE - SIZE % 3] = '\0';
    EchoRequest request = ask(message);
    request.code = STATUS_NOT_FOUND;
    stand_start(&stand, NULL);
    struct status status = stand_call(&stand, ECHO_SERVICE_FAIL, NULL, &request, NULL);
    assert_string_equal(status_code_name(status.code), "NOT_FOUND");
    assert_in_range(strlen(status.message), 500, 512);
    assert_true(text_is_utf8(text_from(status.message)));
    assert_string_equal(status_reason(&stand.arena, &status), "ON_PURPOSE");
    stand_stop(&stand);
    free(message);
}

/* More than clients take beside an answer. */
static void handle_at_length(struct call *call, const EchoRequest *request, void *data) {
    enum { FIELDS = 40, SIZE = 500 };
    static struct failure_field fields[FIELDS];
    char *text = arena_alloc(call_arena(call), SIZE + 1);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    for (int i = 0; i < FIELDS; i++)
        fields[i] = (struct failure_field){"field", text};
    call_fail_with(call, &(struct failure){.code = STATUS_NOT_FOUND,
                             .message = "so much is wrong",
                             .fields = fields,
                             .field_count = FIELDS});
}

static void test_fails_with_its_code_whatever_its_details(void **state) {
    static const any_fn handlers[ECHO_SERVICE_METHOD_COUNT] = {
        [ECHO_SERVICE_FAIL] = (any_fn)handle_at_length};
    struct stand stand;
    EchoRequest request = ask("");
    stand_start_with(&stand, NULL, "127.0.0.1:0", handlers);
    struct status status = stand_call(&stand, ECHO_SERVICE_FAIL, NULL, &request, NULL);
    assert_string_equal(status_code_name(status.code), "NOT_FOUND");
    assert_string_equal(status.message, "so much is wrong");
    assert_int_equal(status.details.size, 0);
    stand_stop(&stand);
}

static bool is_serving(struct stand *stand) {
    Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    const Grpc__Health__V1__HealthCheckResponse *reply = NULL;
    struct status status = health_check_and_wait(
        stand->channel, NULL, &request, &stand->arena, &reply);
    return status.code == STATUS_OK;
}

static void test_beyond_the_limit_is_refused(void **state) {
    struct stand stand;
    EchoRequest request = ask("");
    stand_start(&stand, &(struct server_options){.calls_in_flight_max = 2});
    for (int i = 0; i < 2; i++) {
        stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
        stand_held(&stand, i);
    }
    struct status status = stand_call(&stand, ECHO_SERVICE_ECHO, NULL, &request, NULL);
    assert_int_equal(status.code, STATUS_RESOURCE_EXHAUSTED);
    assert_in_range(status_retry_delay_ms(&status), 1, 10000);
    assert_string_equal(status_reason(&stand.arena, &status), "OVERLOADED");
    assert_true(is_serving(&stand));
    for (int i = 0; i < 2; i++)
        reply_text(stand_held(&stand, i), "");
    assert_ends(&stand, 2, STATUS_OK);
    stand_wait_idle(&stand);
    assert_echoes(&stand);
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_echoed),
        cmocka_unit_test(test_goes_over_a_unix_socket),
        cmocka_unit_test(test_carries_large_messages),
        cmocka_unit_test(test_may_be_answered_later_by_another_thread),
        cmocka_unit_test(test_fails_with_every_code_and_its_details),
        cmocka_unit_test(test_fails_with_an_errno),
        cmocka_unit_test(test_ends_at_its_deadline),
        cmocka_unit_test(test_without_a_deadline_gets_the_servers),
        cmocka_unit_test(test_is_cancelled_by_its_client),
        cmocka_unit_test(test_knows_that_it_is_cancelled_without_asking),
        cmocka_unit_test(test_ends_once_when_cancelled_at_its_start),
        cmocka_unit_test(test_notices_that_its_connection_is_lost),
        cmocka_unit_test(test_of_an_unknown_method_is_unimplemented),
        cmocka_unit_test(test_that_is_too_large_is_refused),
        cmocka_unit_test(test_with_a_bad_request_is_refused),
        cmocka_unit_test(test_fails_with_a_message_of_any_size),
        cmocka_unit_test(test_fails_with_its_code_whatever_its_details),
        cmocka_unit_test(test_beyond_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
