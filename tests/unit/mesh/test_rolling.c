/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A rolling update: two servers behind one channel, each in turn drained and begun anew at its
 * port, while calls and streams are under way without a pause. Health is not waited for: what is
 * shown is that the drain itself refuses nothing.
 */
#include "stand.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/task.h"
#include "mesh/server_core.h"
#include "tests/support/ports.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { DRAINS = 10, WAIT_MS = 500 }; /* a short stream takes longer */
#else
enum { DRAINS = 50, WAIT_MS = 100 };
#endif
enum { CALLS = 40, STREAMS = 10, WATCHES = 4, MESSAGES = 20, BRIEF_MS = 5000 };

struct rolling {
    struct stand seats[2];
    struct loop *loop; /* of the client */
    struct channel *channel;
    EchoRequest request;
    atomic_bool is_over;
    atomic_int served, streamed, watched; /* ended well; watches: begun anew */
    atomic_int failed;
    atomic_int under_way;
    _Atomic enum status_code code; /* of a failure */
};

static void begin_call(struct rolling *rolling);
static void begin_stream(struct rolling *rolling);
static void begin_watch(struct rolling *rolling);

static void note(struct rolling *rolling, const struct status *status, atomic_int *served,
    void (*begin)(struct rolling *rolling)) {
    if (status->code == STATUS_OK)
        ++*served;
    else
        rolling->failed++;
    if (status->code != STATUS_OK)
        rolling->code = status->code;
    if (rolling->is_over)
        rolling->under_way--;
    else
        begin(rolling);
}

static void on_reply(const struct status *status, const EchoResponse *reply, void *data) {
    struct rolling *rolling = data;
    note(rolling, status, &rolling->served, begin_call);
}

static enum rpc_flow on_message(struct rpc *rpc, const EchoResponse *message, void *data) {
    return RPC_NEXT;
}

static void on_stream_done(struct rpc *rpc, const struct status *status, void *data) {
    struct rolling *rolling = data;
    note(rolling, status, &rolling->streamed, begin_stream);
}

/* A watch has no end of its own: UNAVAILABLE tells it to go on elsewhere. */
static void on_watch_done(struct rpc *rpc, const struct status *status, void *data) {
    struct rolling *rolling = data;
    bool is_sent_on = status->code == STATUS_UNAVAILABLE ||
                      status->code == STATUS_DEADLINE_EXCEEDED;
    note(rolling, is_sent_on ? &(struct status){.code = STATUS_OK} : status, &rolling->watched,
        begin_watch);
}

static void begin_call(struct rolling *rolling) {
    rpc_call(rolling->channel, &echo_service.methods[ECHO_SERVICE_ECHO], NULL,
        &rolling->request.base, (any_fn)on_reply, rolling);
}

static void begin_stream(struct rolling *rolling) {
    static const struct rpc_stream_events events = {(any_fn)on_message, on_stream_done};
    rpc_stream(rolling->channel, &echo_service.methods[ECHO_SERVICE_COUNT], NULL,
        &rolling->request.base, &events, rolling);
}

static void begin_watch(struct rolling *rolling) {
    static const struct rpc_stream_events events = {(any_fn)on_message, on_watch_done};
    rpc_stream(rolling->channel, &echo_service.methods[ECHO_SERVICE_WATCH],
        &(struct rpc_options){.timeout_ms = BRIEF_MS}, &rolling->request.base, &events, rolling);
}

static void begin_load(void *data) {
    struct rolling *rolling = data;
    rolling->under_way = CALLS + STREAMS + WATCHES;
    for (int i = 0; i < CALLS; i++)
        begin_call(rolling);
    for (int i = 0; i < STREAMS; i++)
        begin_stream(rolling);
    for (int i = 0; i < WATCHES; i++)
        begin_watch(rolling);
}

static void wait_for(const atomic_int *counter, int goal) {
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (*counter < goal && clock_monotonic_ms() < until_ms)
        usleep(1000);
    assert_in_range(*counter, goal, INT32_MAX);
}

/* A watch is kept for the owner to end: here its end comes with the drain. */
static void on_cancelled(struct call *call, void *data) {
    call_finish(call);
}

static void handle_watch(struct call *call, const EchoRequest *request, void *data) {
    static const struct call_events events = {NULL, on_cancelled};
    call_set_events(call, &events, NULL);
}

static void start_seat(struct stand *stand, int port) {
    any_fn own[ECHO_SERVICE_METHOD_COUNT];
    char address[32];
    stand_default_handlers(own);
    own[ECHO_SERVICE_WATCH] = (any_fn)handle_watch;
    snprintf(address, sizeof(address), "127.0.0.1:%d", port);
    stand_start_with(stand, &(struct server_options){.drain_wait_ms = WAIT_MS}, address, own);
}

static void start_rolling(struct rolling *rolling) {
    char target[64];
    *rolling = (struct rolling){.request = ECHO_REQUEST_INIT};
    rolling->request.count = MESSAGES;
    start_seat(&rolling->seats[0], ports_find());
    start_seat(&rolling->seats[1], ports_find());
    snprintf(target, sizeof(target), "ipv4:127.0.0.1:%d,127.0.0.1:%d", rolling->seats[0].port,
        rolling->seats[1].port);
    rolling->loop = loop_new("load");
    rolling->channel = channel_new(
        rolling->loop, target, &(struct channel_options){.default_timeout_ms = STAND_TIMEOUT_MS});
    loop_start(rolling->loop);
    loop_run_and_wait(rolling->loop, begin_load, rolling);
}

static void stop_rolling(struct rolling *rolling) {
    rolling->is_over = true;
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (rolling->under_way > 0 && clock_monotonic_ms() < until_ms)
        usleep(1000);
    assert_int_equal(rolling->under_way, 0);
    channel_free(rolling->channel);
    loop_stop(rolling->loop);
    loop_free(rolling->loop);
    stand_stop(&rolling->seats[0]);
    stand_stop(&rolling->seats[1]);
}

static void drain_gracefully(struct server *server) {
    server_drain(server, STAND_TIMEOUT_MS);
}

static void drain_as_core_does(struct server *server) {
    server_shut(server, STAND_TIMEOUT_MS);
}

static void update_seat(struct stand *stand, void (*drain)(struct server *server)) {
    int port = stand->port;
    drain(stand->server);
    server_free(stand->server);
    stand->server = NULL;
    stand_stop(stand);
    start_seat(stand, port);
}

/* As an update does: the next goes down when the last has taken up work. */
static int roll(struct rolling *rolling, int drains, void (*drain)(struct server *server)) {
    for (int i = 0; i < drains; i++) {
        wait_for(&rolling->seats[0].echo_count, 50);
        wait_for(&rolling->seats[1].echo_count, 50);
        update_seat(&rolling->seats[i % 2], drain);
    }
    return rolling->failed;
}

static void test_drains_fail_no_call(void **state) {
    struct rolling rolling;
    start_rolling(&rolling);
    int failed = roll(&rolling, DRAINS, drain_gracefully);
    stop_rolling(&rolling);
    print_message("%d drains: %d calls, %d streams, %d watches sent on, %d failed\n", DRAINS,
        rolling.served, rolling.streamed, rolling.watched, failed);
    assert_string_equal(status_code_name(rolling.code), "OK");
    assert_int_equal(failed, 0);
    assert_in_range(rolling.watched, DRAINS / 2, INT32_MAX);
}

/* The same load without the farewell, by the shutdown that core offers. */
static void test_without_the_farewell_calls_fail(void **state) {
    struct rolling rolling;
    int drains = 0;
    start_rolling(&rolling);
    while (roll(&rolling, 1, drain_as_core_does) == 0 && ++drains < DRAINS)
        ;
    stop_rolling(&rolling);
    print_message("core's own shutdown: %d failed by drain %d, the last with %s\n", rolling.failed,
        drains + 1, status_code_name(rolling.code));
    assert_in_range(rolling.failed, 1, INT32_MAX);
    assert_string_equal(status_code_name(rolling.code), "UNAVAILABLE"); /* core says CANCELLED */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drains_fail_no_call),
        cmocka_unit_test(test_without_the_farewell_calls_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
