/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines, clients that go away, and the end of the gateway. */
#include <stdatomic.h>

#include "mesh/server.h"
#include "tests/service/gateway/stand.h"
#include "tests/unit/base/check.h"

static void test_a_deadline_ends_the_request(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    stand_wait_until_ready(&stand, true);
    ask_with_deadline(&stand, "GET /t1/held/x");
    stand_wait(&stand, &stand.cancelled_count, 1);
    reply_thing(stand_held(&stand, 0), "late");
    stand_stop(&stand);
}

struct timeout_case {
    const char *line;
    int64_t expected_ms;
};

static void test_the_shortest_wish_counts_within_bounds(void **state) {
    static const struct timeout_case cases[] = {
        {"X-Nothing: 1", 1000000},
        {"Grpc-Timeout: 2000S", 2000000},
        {"Grpc-Timeout: 2H", 3000000},
        {"X-Server-Timeout: 1500.5", 1500500},
        {"Connect-Timeout-Ms: 2500000", 2500000},
        {"Connect-Timeout-Ms: 2500000\r\nGrpc-Timeout: 1500000m", 1500000},
    };
    const struct gateway_options options = {.timeout_ms = 1000000, .timeout_max_ms = 3000000};
    struct stand stand;
    struct reply reply = {0};
    stand_start(&stand, &options);
    for (int i = 0; i < (int)ARRAY_SIZE(cases); i++) {
        struct client client = client_connect(stand.port);
        send_lines(&client, NULL, (const char *const[]){"GET /t1/held/x", cases[i].line, NULL});
        struct call *call = stand_held(&stand, i);
        /* What is left when the service sees it. The runtime rounds it up for the way. */
        int64_t expected_ms = cases[i].expected_ms;
        assert_in_range(stand.remaining_ms, expected_ms - 100000, expected_ms + expected_ms / 50);
        reply_thing(call, "x");
        client_read(&client, &reply);
        assert_int_equal(reply.status, 200);
        client_close(&client);
    }
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void test_a_client_that_leaves_cancels_its_call(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    for (int i = 0; i < 20; i++) {
        struct client client = client_connect(stand.port);
        send_lines(&client, NULL, (const char *const[]){"GET /t1/held/x", NULL});
        struct call *call = stand_held(&stand, i);
        if (i % 2)
            client_close(&client);
        else
            client_reset(&client);
        stand_wait(&stand, &stand.cancelled_count, i + 1);
        reply_thing(call, "nobody reads this");
    }
    stand_stop(&stand);
}

/* The reply and the hang-up meet somewhere between the threads, each time somewhere else. */
static void test_a_client_that_leaves_while_its_answer_comes(void **state) {
    enum { ROUNDS = 300 };
    struct stand stand;
    stand_start(&stand, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        struct client client = client_connect(stand.port);
        send_lines(&client, NULL, (const char *const[]){"GET /t1/held/x", NULL});
        struct call *call = stand_held(&stand, i);
        if (i % 2) {
            reply_thing(call, "x");
            client_reset(&client);
        } else {
            client_reset(&client);
            reply_thing(call, "x");
        }
    }
    stand_stop(&stand);
}

static void *drain(void *data) {
    struct stand *stand = data;
    gateway_drain(stand->gateway, 0, 20000);
    return NULL;
}

static void test_a_drain_loses_no_request_in_flight(void **state) {
    enum { CLIENTS = 32 };
    struct stand stand;
    struct client clients[CLIENTS];
    struct reply reply = {0};
    pthread_t drainer;
    stand_start(&stand, NULL);
    stand_wait_until_ready(&stand, true);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = client_connect(stand.port);
        send_lines(&clients[i], NULL, (const char *const[]){"GET /t1/held/x", NULL});
        stand_held(&stand, i);
    }
    assert_int_equal(pthread_create(&drainer, NULL, drain, &stand), 0);
    stand_wait_until_ready(&stand, false);
    for (int i = 0; i < CLIENTS; i++)
        reply_thing(stand_held(&stand, i), "x");
    for (int i = 0; i < CLIENTS; i++) {
        client_read(&clients[i], &reply);
        assert_int_equal(reply.status, 200);
        client_expect_end(&clients[i]);
        client_close(&clients[i]);
    }
    assert_int_equal(pthread_join(drainer, NULL), 0);
    gateway_free(stand.gateway);
    stand_stop_server(&stand);
    reply_deinit(&reply);
}

static void test_a_drain_ends_what_takes_too_long(void **state) {
    struct stand stand;
    stand_start(&stand, NULL);
    struct client client = client_connect(stand.port);
    send_lines(&client, NULL, (const char *const[]){"GET /t1/held/x", NULL});
    struct call *call = stand_held(&stand, 0);
    gateway_drain(stand.gateway, 0, 1);
    gateway_free(stand.gateway);
    stand_wait(&stand, &stand.cancelled_count, 1);
    reply_thing(call, "x");
    client_close(&client);
    stand_stop_server(&stand);
}

struct leaving {
    struct stand *stand;
    atomic_bool is_gone;
};

static void *leave(void *data) {
    struct leaving *leaving = data;
    stand_stop_server(leaving->stand);
    atomic_store(&leaving->is_gone, true);
    return NULL;
}

/* Two servers, one of which drains while requests come in: the other takes over, none fails. */
static void test_a_server_that_leaves_is_not_missed(void **state) {
    enum { CLIENTS = 16, ROUNDS_AFTER = 20 };
    struct stand stand, other;
    struct leaving leaving = {.stand = &other};
    struct client clients[CLIENTS];
    struct reply reply = {0};
    pthread_t leaver;
    stand_init(&other);
    stand_start_beside(&stand, &other);
    stand_wait_until_ready(&stand, true);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = client_connect(stand.port);
    for (int round = 0, after = 0; after < ROUNDS_AFTER; round++) {
        if (round == 5)
            assert_int_equal(pthread_create(&leaver, NULL, leave, &leaving), 0);
        after += atomic_load(&leaving.is_gone);
        for (int i = 0; i < CLIENTS; i++)
            client_send(&clients[i], "GET /t1/things/x HTTP/1.1\r\nHost: test\r\n\r\n");
        for (int i = 0; i < CLIENTS; i++) {
            client_read(&clients[i], &reply);
            assert_int_equal(reply.status, 200);
        }
    }
    assert_int_equal(pthread_join(leaver, NULL), 0);
    for (int i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    reply_deinit(&reply);
    stand_stop(&stand);
}

/* A service that is too slow already is spared, and readiness does not suffer from it. */
static void test_beyond_the_limit_a_request_fails_at_once(void **state) {
    struct stand stand;
    struct reply reply = {0};
    const struct gateway_options options = {.upstream_calls_max = 1};
    stand_start(&stand, &options);
    struct client client = client_connect(stand.port);
    send_lines(&client, "{}", (const char *const[]){"POST /t1/things/x:hold", NULL});
    struct call *held = stand_held(&stand, 0);
    ask(&stand, &reply, NULL, "GET /t1/things/x");
    assert_error(&reply, 503, 14, "CIRCUIT_OPEN");
    assert_text_equal(header_value(&reply, "Retry-After"), "1");
    stand_wait_until_ready(&stand, true);
    reply_thing(held, "x");
    client_read(&client, &reply);
    assert_int_equal(reply.status, 200);
    ask(&stand, &reply, NULL, "GET /t1/things/x");
    assert_int_equal(reply.status, 200);
    client_close(&client);
    reply_deinit(&reply);
    stand_stop(&stand);
}

static void *leave_at_once(void *data) {
    struct stand *stand = data;
    server_drain(stand->server, 1);
    return NULL;
}

/* What may have had an effect is not done again: the client decides. */
static void test_only_what_is_safe_is_repeated(void **state) {
    struct stand stand, other;
    struct reply reply = {0};
    pthread_t leaver;
    stand_init(&other);
    stand_start_beside(&stand, &other);
    struct client client = client_connect(stand.port);
    send_lines(&client, "{}", (const char *const[]){"POST /t1/things/x:hold", NULL});
    while (stand_count(&stand, &stand.held_count) + stand_count(&other, &other.held_count) == 0)
        usleep(1000);
    struct stand *first = stand_count(&stand, &stand.held_count) ? &stand : &other;
    struct stand *second = first == &stand ? &other : &stand;
    assert_int_equal(pthread_create(&leaver, NULL, leave_at_once, first), 0);
    stand_wait(first, &first->cancelled_count, 1);
    reply_thing(stand_held(first, 0), "late");
    client_read(&client, &reply);
    assert_error(&reply, 503, 14, "SERVICE_UNAVAILABLE");
    assert_int_equal(stand_count(second, &second->held_count), 0);
    assert_int_equal(pthread_join(leaver, NULL), 0);
    client_close(&client);
    reply_deinit(&reply);
    stand_stop(&stand);
    stand_stop_server(&other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_deadline_ends_the_request),
        cmocka_unit_test(test_the_shortest_wish_counts_within_bounds),
        cmocka_unit_test(test_a_client_that_leaves_cancels_its_call),
        cmocka_unit_test(test_a_client_that_leaves_while_its_answer_comes),
        cmocka_unit_test(test_a_drain_loses_no_request_in_flight),
        cmocka_unit_test(test_a_drain_ends_what_takes_too_long),
        cmocka_unit_test(test_a_server_that_leaves_is_not_missed),
        cmocka_unit_test(test_only_what_is_safe_is_repeated),
        cmocka_unit_test(test_beyond_the_limit_a_request_fails_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
