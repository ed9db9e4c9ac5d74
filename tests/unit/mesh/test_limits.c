/* SPDX-License-Identifier: Apache-2.0 */

/* Each limit of a server, over a socket: what is within passes, what is beyond is told so. */
#include "stand.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/task.h"
#include "mesh/acceptor.h"
#include "mesh/message.h"
#include "mesh/server_core.h"
#include "tests/support/http2_peer.h"

enum { KIB = 1024, SOON_MS = 200 };

static EchoRequest ask(const char *text) {
    EchoRequest request = ECHO_REQUEST_INIT;
    request.text = (char *)text;
    return request;
}

static void assert_serves(struct stand *stand) {
    EchoRequest request = ask("hello");
    struct status status = stand_call(stand, ECHO_SERVICE_ECHO, NULL, &request, NULL);
    assert_string_equal(status_code_name(status.code), "OK");
}

/* Core may have ended the connection, too; the client makes another one. */
static void assert_serves_again(struct stand *stand) {
    EchoRequest request = ask("hello");
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (stand_call(stand, ECHO_SERVICE_ECHO, NULL, &request, NULL).code != STATUS_OK)
        assert_true(clock_monotonic_ms() < until_ms);
}

static struct status send_bytes(struct stand *stand, size_t size) {
    EchoRequest request = ask("");
    request.data.len = size;
    request.data.data = arena_zalloc(&stand->arena, size);
    return stand_call(stand, ECHO_SERVICE_HOLD, NULL, &request, NULL);
}

/* Hold, for tests that only want to know whether it is reached. */
static void handle_at_once(struct call *call, const EchoRequest *request, void *data) {
    reply_text(call, "reached");
}

static void start_answering(struct stand *stand, const struct server_options *options) {
    any_fn handlers[ECHO_SERVICE_METHOD_COUNT];
    stand_default_handlers(handlers);
    handlers[ECHO_SERVICE_HOLD] = (any_fn)handle_at_once;
    stand_start_with(stand, options, "127.0.0.1:0", handlers);
}

static void test_a_message_may_be_so_large(void **state) {
    enum { MAX = 64 * KIB, OVERHEAD = 4 };
    struct stand stand;
    start_answering(&stand, &(struct server_options){.message_size_max = MAX});
    assert_string_equal(status_code_name(send_bytes(&stand, MAX - OVERHEAD).code), "OK");
    struct status status = send_bytes(&stand, MAX);
    assert_string_equal(status_code_name(status.code), "RESOURCE_EXHAUSTED");
    assert_non_null(strstr(status.message, "65540"));
    assert_non_null(strstr(status.message, "65536"));
    assert_serves(&stand);
    stand_stop(&stand);
}

/* One call runs, which takes the only place, and another comes. */
static enum status_code call_beside_another(struct stand *stand) {
    EchoRequest request = ask("hello");
    stand_begin(stand, ECHO_SERVICE_HOLD, NULL, &request);
    struct call *held = stand_held(stand, 0);
    struct status status = stand_call(stand, ECHO_SERVICE_ECHO, NULL, &request, NULL);
    reply_text(held, "done");
    stand_wait(stand, &stand->done_count, 1);
    stand_stop(stand);
    return status.code;
}

static void test_what_is_exempt_needs_no_place(void **state) {
    static const struct server_options options = {.calls_in_flight_max = 1};
    struct stand stand;
    stand_start(&stand, &options);
    assert_int_equal(call_beside_another(&stand), STATUS_RESOURCE_EXHAUSTED);
    stand_start_exempt(&stand, &options);
    assert_int_equal(call_beside_another(&stand), STATUS_OK);
}

static struct status send_metadata(struct stand *stand, size_t size) {
    EchoRequest request = ask("");
    char *value = arena_alloc(&stand->arena, size);
    memset(value, 'v', size);
    struct rpc_metadata metadata = {"x-large", {value, size}};
    return stand_call(stand, ECHO_SERVICE_HOLD,
        &(struct rpc_options){.metadata = &metadata, .metadata_count = 1}, &request, NULL);
}

/* Core would allow 8 KiB of itself. */
static void test_metadata_may_be_so_large(void **state) {
    static const size_t limits[] = {4 * KIB, 14 * KIB};
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        struct stand stand;
        start_answering(&stand, &(struct server_options){.metadata_size_max = (int64_t)limits[i]});
        assert_string_equal(status_code_name(send_metadata(&stand, limits[i] - KIB).code), "OK");
        struct status status = send_metadata(&stand, limits[i]);
        assert_string_equal(status_code_name(status.code), "RESOURCE_EXHAUSTED");
        assert_non_null(strstr(status.message, "metadata size exceeds limit"));
        assert_serves_again(&stand);
        stand_stop(&stand);
    }
}

/* EchoRequest.nested in itself, so many levels in all. */
static struct text nest(struct arena *arena, int levels) {
    enum { HEAD_MAX = 4 };
    size_t room = (size_t)levels * HEAD_MAX, begin = room;
    uint8_t *bytes = arena_alloc(arena, room);
    for (int i = 1; i < levels; i++) {
        uint8_t head[HEAD_MAX] = {0x22};
        size_t size = 1, inner = room - begin;
        for (; inner > 127; inner >>= 7)
            head[size++] = (uint8_t)(inner | 128);
        head[size++] = (uint8_t)inner;
        begin -= size;
        memcpy(bytes + begin, head, size);
    }
    return (struct text){(char *)bytes + begin, room - begin};
}

static void test_a_message_may_be_nested_so_deep(void **state) {
    static const struct {
        int levels;
        const char *code;
    } cases[] = {
        {MESSAGE_DEPTH_MAX, "OK"},
        {MESSAGE_DEPTH_MAX + 1, "INVALID_ARGUMENT"},
        {200000, "INVALID_ARGUMENT"},
    };
    struct stand stand;
    start_answering(&stand, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        stand_begin_raw(
            &stand, &echo_service.methods[ECHO_SERVICE_ECHO], nest(&stand.arena, cases[i].levels));
        stand_wait(&stand, &stand.done_count, (int)i + 1);
        assert_string_equal(status_code_name(stand.status.code), cases[i].code);
    }
    stand_stop(&stand);
}

static void test_a_connection_may_have_so_many_calls(void **state) {
    enum { MAX = 3, CALLS = 2 * MAX };
    struct stand stand;
    EchoRequest request = ask("");
    stand_start(&stand, &(struct server_options){.streams_per_connection_max = MAX});
    assert_serves(&stand); /* the client has heard of it */
    for (int i = 0; i < CALLS; i++)
        stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    for (int i = 0; i < CALLS; i++) {
        struct call *call = stand_held(&stand, i);
        stand_held(&stand, i + MAX <= CALLS ? i + MAX - 1 : CALLS - 1);
        assert_int_equal(stand.held_count, i + MAX <= CALLS ? i + MAX : CALLS);
        reply_text(call, "");
        stand_wait(&stand, &stand.done_count, i + 1);
    }
    stand_stop(&stand);
}

/* ---- the life of a connection ---- */

static void open_peer(struct stand *stand, struct http2_peer *peer) {
    http2_open(peer, stand->port);
    http2_begin(peer);
    assert_true(http2_flush(peer));
}

static void test_a_connection_must_begin_in_time(void **state) {
    static const struct text beginnings[] = {
        {"", 0},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n", 22},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4", 28},
    };
    struct stand stand;
    stand_start(&stand, &(struct server_options){.handshake_timeout_ms = SOON_MS});
    for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
        struct http2_peer peer;
        http2_open(&peer, stand.port);
        http2_bytes(&peer, beginnings[i].data, beginnings[i].size);
        assert_true(http2_flush(&peer));
        assert_true(http2_is_closed_within(&peer, true, STAND_TIMEOUT_MS));
        http2_close(&peer);
    }
    assert_serves_again(&stand); /* on a busy machine a good one may once be too slow, too */
    stand_stop(&stand);
}

/* A byte now and then: that something comes is not enough. */
static void test_a_slow_beginning_is_no_beginning(void **state) {
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    struct stand stand;
    struct http2_peer peer;
    stand_start(&stand, &(struct server_options){.handshake_timeout_ms = SOON_MS});
    http2_open(&peer, stand.port);
    size_t sent = 0;
    for (; sent < sizeof(preface); sent++) {
        http2_bytes(&peer, &preface[sent], 1);
        if (!http2_flush(&peer) || http2_is_closed_within(&peer, false, SOON_MS / 2))
            break;
    }
    assert_in_range(sent, 1, sizeof(preface) - 1);
    http2_close(&peer);
    assert_serves_again(&stand);
    stand_stop(&stand);
}

static void test_a_peer_must_answer_pings(void **state) {
    enum { ANSWER_MS = 2000 }; /* time to answer also on a busy machine */
    struct stand stand;
    struct http2_peer mute, polite;
    stand_start(&stand,
        &(struct server_options){.keepalive_ms = SOON_MS, .keepalive_timeout_ms = ANSWER_MS});
    open_peer(&stand, &mute);
    assert_true(http2_is_closed_within(&mute, false, STAND_TIMEOUT_MS));
    http2_close(&mute);
    open_peer(&stand, &polite);
    assert_false(http2_is_closed_within(&polite, true, 2 * (SOON_MS + ANSWER_MS)));
    http2_close(&polite);
    stand_stop(&stand);
}

static void test_an_idle_connection_is_closed_with_a_word(void **state) {
    struct stand stand;
    struct http2_peer peer;
    struct http2_frame frame;
    stand_start(&stand, &(struct server_options){.connection_idle_max_ms = SOON_MS});
    open_peer(&stand, &peer);
    assert_int_equal(http2_await(&peer, HTTP2_GOAWAY, true, &frame, STAND_TIMEOUT_MS), HTTP2_FRAME);
    assert_true(http2_is_closed_within(&peer, true, STAND_TIMEOUT_MS));
    http2_close(&peer);
    for (int i = 0; i < 3; i++) { /* a client begins anew without noticing */
        assert_serves(&stand);
        int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
        while (connections_count(acceptor_connections(stand.server->acceptor)) > 0 &&
               clock_monotonic_ms() < until_ms)
            usleep(1000);
        assert_int_equal(connections_count(acceptor_connections(stand.server->acceptor)), 0);
    }
    stand_stop(&stand);
}

enum { CALLERS = 20, AGE_MS = 500, CONNECTIONS = 5, PEERS_MAX = 64 };

struct aging {
    struct stand stand;
    EchoRequest request;
    atomic_bool is_over;
    atomic_int served, failed, under_way;
    /* on the server's loop */
    char *peers[PEERS_MAX];
    atomic_int peer_count;
};

static void handle_and_note_peer(struct call *call, const EchoRequest *request, void *data) {
    struct aging *aging = container_of((struct stand *)data, struct aging, stand);
    char *peer = grpc_call_get_peer(call->core);
    int i = aging->peer_count - 1;
    while (i >= 0 && strcmp(aging->peers[i], peer) != 0)
        i--;
    if (i < 0 && aging->peer_count < PEERS_MAX)
        aging->peers[aging->peer_count++] = strdup(peer);
    gpr_free(peer);
    reply_text(call, "");
}

static void call_again(struct aging *aging);

static void on_aged_reply(const struct status *status, const EchoResponse *reply, void *data) {
    struct aging *aging = data;
    if (status->code == STATUS_OK)
        aging->served++;
    else
        aging->failed++;
    if (aging->is_over)
        aging->under_way--;
    else
        call_again(aging);
}

static void call_again(struct aging *aging) {
    rpc_call(aging->stand.channel, &echo_service.methods[ECHO_SERVICE_ECHO], NULL,
        &aging->request.base, (any_fn)on_aged_reply, aging);
}

static void begin_calls(void *data) {
    struct aging *aging = data;
    aging->under_way = CALLERS;
    for (int i = 0; i < CALLERS; i++)
        call_again(aging);
}

static void test_connections_grow_old_without_a_failed_call(void **state) {
    static struct aging aging;
    any_fn handlers[ECHO_SERVICE_METHOD_COUNT];
    aging = (struct aging){.request = ECHO_REQUEST_INIT};
    stand_default_handlers(handlers);
    handlers[ECHO_SERVICE_ECHO] = (any_fn)handle_and_note_peer;
    stand_start_with(&aging.stand, &(struct server_options){.connection_age_max_ms = AGE_MS},
        "127.0.0.1:0", handlers);
    loop_run_and_wait(aging.stand.client_loop, begin_calls, &aging);
    int64_t begin_ms = clock_monotonic_ms(), until_ms = begin_ms + STAND_TIMEOUT_MS;
    while (aging.peer_count < CONNECTIONS && clock_monotonic_ms() < until_ms)
        usleep(1000);
    aging.is_over = true;
    until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (aging.under_way > 0 && clock_monotonic_ms() < until_ms)
        usleep(1000);
    assert_int_equal(aging.under_way, 0);
    print_message("%d calls over %d connections in %d ms, %d failed\n", aging.served,
        aging.peer_count, (int)(clock_monotonic_ms() - begin_ms), aging.failed);
    assert_in_range(aging.peer_count, CONNECTIONS, PEERS_MAX);
    assert_int_equal(aging.failed, 0);
    stand_stop(&aging.stand);
    for (int i = 0; i < aging.peer_count; i++)
        free(aging.peers[i]);
}

/* What still runs when the grace is over is ended. */
static void test_a_call_outlives_its_connection_for_so_long(void **state) {
    struct stand stand;
    stand_start(&stand, &(struct server_options){
                            .connection_age_max_ms = SOON_MS, .connection_age_grace_ms = SOON_MS});
    stand_begin_raw(&stand, &echo_service.methods[ECHO_SERVICE_WATCH], TEXT(""));
    struct call *call = stand_held(&stand, 0);
    stand_wait(&stand, &stand.done_count, 1);
    assert_string_equal(status_code_name(stand.status.code), "UNAVAILABLE");
    stand_wait(&stand, &stand.cancelled_count, 1);
    call_finish(call);
    assert_serves_again(&stand); /* a call may be too slow for such a grace */
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_may_be_so_large),
        cmocka_unit_test(test_what_is_exempt_needs_no_place),
        cmocka_unit_test(test_metadata_may_be_so_large),
        cmocka_unit_test(test_a_message_may_be_nested_so_deep),
        cmocka_unit_test(test_a_connection_may_have_so_many_calls),
        cmocka_unit_test(test_a_connection_must_begin_in_time),
        cmocka_unit_test(test_a_slow_beginning_is_no_beginning),
        cmocka_unit_test(test_a_peer_must_answer_pings),
        cmocka_unit_test(test_an_idle_connection_is_closed_with_a_word),
        cmocka_unit_test(test_connections_grow_old_without_a_failed_call),
        cmocka_unit_test(test_a_call_outlives_its_connection_for_so_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
