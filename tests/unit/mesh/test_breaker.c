/* SPDX-License-Identifier: Apache-2.0 */
#include "backends.h"

#include <stdio.h>

#include "base/buffer.h"
#include "base/metric.h"
#include "mesh/breaker.h"

enum { LIMIT = 10, CALLS = 30 };

static int64_t rejections(const char *target) {
    struct metric *metric = metric_counter(
        "grpc_client_circuit_open_total", "", "grpc_target", NULL);
    return metric_get(metric_series(metric, target));
}

/* One server only, so that it alone holds all that is under way. */
static const char *connect_with_limit(struct backends *backends, int64_t limit) {
    static char target[64];
    snprintf(target, sizeof(target), "ipv4:127.0.0.1:%d", backends->backend[0].port);
    backends_connect_to(backends, target, "{}", &(struct channel_options){.in_flight_max = limit});
    return target;
}

static void test_refuses_exactly_what_is_beyond(void **state) {
    struct backends backends;
    backends_start(&backends);
    connect_with_limit(&backends, 0);
    backends.backend[0].holds = true;
    struct burst *unlimited = burst_begin(&backends, CALLS);
    backends_wait_held(&backends.backend[0], CALLS);
    backends_release(&backends.backend[0]);
    struct figures without = burst_end(unlimited);
    figures_print("no limit", &without);
    assert_int_equal(without.codes[STATUS_OK], CALLS);
    backends_disconnect(&backends);

    const char *target = connect_with_limit(&backends, LIMIT);
    int64_t before = rejections(target);
    backends.backend[0].holds = true;
    struct burst *limited = burst_begin(&backends, CALLS);
    backends_wait_held(&backends.backend[0], LIMIT);
    struct figures beyond = backends_call_often(&backends, CALLS);
    figures_print("10 are under way", &beyond);
    assert_int_equal(beyond.circuit_open, CALLS);
    assert_int_equal(beyond.at[0], 0);
    backends_release(&backends.backend[0]);
    struct figures with = burst_end(limited);
    figures_print("a limit of 10", &with);
    assert_int_equal(with.codes[STATUS_OK], LIMIT);
    assert_int_equal(with.codes[STATUS_UNAVAILABLE], CALLS - LIMIT);
    assert_int_equal(with.circuit_open, CALLS - LIMIT);
    assert_int_equal(with.at[0], LIMIT);
    assert_int_equal(rejections(target) - before, CALLS - LIMIT + CALLS);

    struct figures after = backends_call_often(&backends, CALLS);
    figures_print("none is under way", &after);
    assert_int_equal(after.codes[STATUS_OK], CALLS);
    backends_stop(&backends);
}

/* A call that ends in any way gives its place back. */
static void test_every_end_gives_the_place_back(void **state) {
    struct backends backends;
    EchoRequest request = ECHO_REQUEST_INIT;
    const ProtobufCMessage *reply;
    const struct rpc_metadata illegal = {"Not Legal", TEXT("value")};
    const struct rpc_options options[] = {
        {.timeout_ms = 50}, {.metadata = &illegal, .metadata_count = 1}};
    backends_start(&backends);
    connect_with_limit(&backends, 1);
    backends.backend[0].holds = true;
    for (int i = 0; i < CALLS; i++)
        for (size_t j = 0; j < ARRAY_SIZE(options); j++) {
            struct status status = rpc_call_and_wait(backends.channel,
                &echo_service.methods[ECHO_SERVICE_ECHO], &options[j], &request.base,
                &backends.arena, &reply);
            assert_string_equal(
                status_code_name(status.code), j == 0 ? "DEADLINE_EXCEEDED" : "INTERNAL");
        }
    struct burst *burst = burst_begin(&backends, 1);
    backends_wait_held(&backends.backend[0], 1);
    relay_cut(backends.backend[1].relay);
    server_drain(backends.backend[0].server, 1);
    struct figures figures = burst_end(burst);
    assert_int_equal(figures.codes[STATUS_UNAVAILABLE], 1);
    assert_int_equal(figures.circuit_open, 0);
    figures = backends_call_often(&backends, CALLS);
    assert_int_equal(figures.circuit_open, 0);
    backends_stop(&backends);
}

/* --- many threads --- */

enum { THREADS = 4, ROUNDS = 300 * 1000 };

struct crowd {
    struct breaker breaker;
    pthread_barrier_t start;
    atomic_int inside;
    atomic_int most, entered, refused;
};

static void *come_and_go(void *data) {
    struct crowd *crowd = data;
    pthread_barrier_wait(&crowd->start);
    for (int i = 0; i < ROUNDS; i++) {
        if (!breaker_enter(&crowd->breaker)) {
            crowd->refused++;
            continue;
        }
        int inside = ++crowd->inside, most = crowd->most;
        while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside))
            ;
        crowd->entered++;
        crowd->inside--;
        breaker_leave(&crowd->breaker);
    }
    return NULL;
}

static void test_threads_never_pass_the_limit_together(void **state) {
    struct crowd crowd = {0};
    pthread_t threads[THREADS];
    breaker_init(&crowd.breaker, 1, "crowd");
    assert_int_equal(pthread_barrier_init(&crowd.start, NULL, THREADS), 0);
    int64_t before = rejections("crowd");
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&crowd.start);
    print_message(
        "  %d entered, %d refused, at most %d inside\n", crowd.entered, crowd.refused, crowd.most);
    assert_int_equal(crowd.most, 1);
    assert_int_equal(crowd.entered + crowd.refused, THREADS * ROUNDS);
    assert_int_equal(rejections("crowd") - before, crowd.refused);
    assert_int_equal(crowd.breaker.under_way, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_exactly_what_is_beyond),
        cmocka_unit_test(test_every_end_gives_the_place_back),
        cmocka_unit_test(test_threads_never_pass_the_limit_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
