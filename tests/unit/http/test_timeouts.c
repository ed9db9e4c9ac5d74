/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "tests/unit/base/check.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/stand.h"

/*
 * Each test makes one timeout short and leaves the others at an hour, so whatever ends a connection
 * is that one. Nothing here depends on how long it takes: where a client must keep a pace, one that
 * a busy machine kept from it tries again.
 */

#define REQUEST(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

enum { SHORT_MS = 50, LONG_MS = 3600 * 1000 };

static const struct http_server_options patient = {
    .head_timeout_ms = LONG_MS,
    .body_timeout_ms = LONG_MS,
    .idle_timeout_ms = LONG_MS,
    .stall_timeout_ms = LONG_MS,
};

static void stand_freep(struct stand **stand) {
    stand_free(*stand);
}

/* --- what a busy machine may be too slow for is tried again --- */

enum { ATTEMPTS_MAX = 50, PATIENCE_MS = 60 * 1000 };

/* Where the other side has gone, that shows when its answer is read. */
static void send_quietly(const struct client *client, const char *bytes) {
    ssize_t size _unused_ = send(client->fd, bytes, strlen(bytes), MSG_NOSIGNAL);
}

static bool has_ended(const struct client *client) {
    char byte;
    ssize_t size = recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN);
}

/* A connection whose request came before it had been idle for too long. */
static struct client ask_in_time(struct stand *stand, const char *request) {
    int before = atomic_load(&stand->handled);
    int64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
    struct client client = client_connect(stand->port);
    send_quietly(&client, request);
    while (atomic_load(&stand->handled) == before) {
        assert_true(clock_monotonic_ms() < until_ms);
        if (has_ended(&client)) {
            client_close(&client);
            client = client_connect(stand->port);
            send_quietly(&client, request);
        }
        usleep(1000);
    }
    return client;
}

/* Waits for an answer, or the end. False: it came so long after begin_ms that the timeout may have
 * ended whatever was to be shown. */
static bool hears_within(struct client *client, int64_t begin_ms, int64_t timeout_ms) {
    client_read_some(client);
    return clock_monotonic_ms() - begin_ms < timeout_ms;
}

static void try_until_in_time(bool (*is_in_time)(void)) {
    int attempts = 0;
    while (!is_in_time())
        assert_in_range(++attempts, 1, ATTEMPTS_MAX);
}

/* --- the timeouts --- */

static void a_head_that_does_not_end_is_refused(void **state) {
    struct http_server_options options = patient;
    options.head_timeout_ms = SHORT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_expect(&client, "GET /a HTTP/1.1\r\nHost: a\r\n", 408, "408 GET /a");
    client_expect_end(&client);
}

/* A byte now and then does not buy more time. */
static void a_head_that_drips_is_refused(void **state) {
    struct http_server_options options = patient;
    options.head_timeout_ms = SHORT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, "GET /a HTTP/1.1\r\nHost: a\r\nA: ");
    for (int i = 0; i < 10000 && atomic_load(&stand->refused) == 0; i++) {
        send_quietly(&client, "a");
        usleep(SHORT_MS * 1000 / 10);
    }
    client_expect(&client, "", 408, "408 GET /a");
}

static void each_head_has_its_own_time(void **state) {
    struct http_server_options options = patient;
    options.head_timeout_ms = SHORT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_expect(&client, REQUEST("/echo"), 200, "GET /echo ");
    usleep(SHORT_MS * 1000 * 3 / 2); /* idle is not a head */
    client_expect(&client, REQUEST("/echo") "GET /b HTTP/1.1\r\n", 200, "GET /echo ");
    client_expect(&client, "", 408, "408 GET /b");
}

enum { PACE_MS = 600, PACED_TIMEOUT_MS = 1000 };

static bool two_heads_come_slowly(void) {
    struct http_server_options options = patient;
    options.head_timeout_ms = PACED_TIMEOUT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    int64_t first_ms = clock_monotonic_ms();
    send_quietly(&client, "GET /echo?a HTTP/1.1\r\n");
    usleep(PACE_MS * 1000);
    int64_t second_ms = clock_monotonic_ms();
    send_quietly(&client, "Host: a\r\n\r\nGET /echo?b HTTP/1.1\r\n");
    if (!hears_within(&client, first_ms, PACED_TIMEOUT_MS))
        return false;
    client_expect(&client, "", 200, "GET /echo?a ");
    usleep(PACE_MS * 1000);
    send_quietly(&client, "Host: a\r\n\r\n");
    if (!hears_within(&client, second_ms, PACED_TIMEOUT_MS))
        return false;
    client_expect(&client, "", 200, "GET /echo?b ");
    return true;
}

/* Twice 0.6 seconds is more than a second, but neither head takes as long. */
static void a_head_that_begins_with_the_end_of_another_has_its_own_time(void **state) {
    try_until_in_time(two_heads_come_slowly);
}

static bool requests_come_now_and_then(void) {
    struct http_server_options options = patient;
    options.idle_timeout_ms = PACED_TIMEOUT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    int64_t last_ms = clock_monotonic_ms();
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    for (int i = 0; i < 4; i++) {
        int64_t now_ms = clock_monotonic_ms();
        send_quietly(&client, REQUEST("/echo"));
        if (!hears_within(&client, last_ms, PACED_TIMEOUT_MS))
            return false;
        client_expect(&client, "", 200, "GET /echo ");
        last_ms = now_ms;
        usleep(PACE_MS * 1000);
    }
    return true;
}

static void a_request_now_and_then_keeps_a_connection(void **state) {
    try_until_in_time(requests_come_now_and_then);
}

static void a_body_that_does_not_end_is_refused(void **state) {
    struct http_server_options options = patient;
    options.body_timeout_ms = SHORT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_expect(&client, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell", 408,
        "408 POST /a");
    client_expect_end(&client);
}

static void an_idle_connection_is_closed_without_a_word(void **state) {
    struct http_server_options options = patient;
    options.idle_timeout_ms = SHORT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client fresh = client_connect(stand->port);
    _cleanup_(client_close) struct client used = ask_in_time(stand, REQUEST("/echo"));
    client_expect(&used, "", 200, "GET /echo ");
    client_expect_end(&fresh);
    client_expect_end(&used);
    assert_int_equal(atomic_load(&stand->refused), 0);
}

static void a_request_being_handled_has_all_the_time(void **state) {
    struct http_server_options options = {.head_timeout_ms = SHORT_MS,
        .body_timeout_ms = SHORT_MS,
        .idle_timeout_ms = SHORT_MS,
        .stall_timeout_ms = SHORT_MS};
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client pending = ask_in_time(stand, REQUEST("/hold"));
    _cleanup_(client_close) struct client stream = ask_in_time(stand, REQUEST("/stream"));
    stand_wait(&stand->held_count, 2);
    usleep(SHORT_MS * 1000 * 3);
    assert_int_equal(atomic_load(&stand->gone), 0);
    stand_run(stand, stand_end_all);
    client_expect(&pending, "", 200, "held");
    client_expect(&stream, "", 200, "begun");
}

static void a_client_that_takes_nothing_is_dropped(void **state) {
    struct http_server_options options = patient;
    options.stall_timeout_ms = SHORT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/flood?1000000000"));
    stand_wait(&stand->gone, 1);
}

static void an_answer_that_nobody_takes_is_dropped_too(void **state) {
    struct http_server_options options = patient;
    options.stall_timeout_ms = SHORT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = client_connect(stand->port);
    client_send(&client, REQUEST("/big?50000000"));
    stand_wait(&stand->handled, 1);
    http_server_drain(stand->server, LONG_MS); /* over when the connection is dropped */
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_read(&client, &reply);
    assert_false(reply.is_complete);
}

static void an_answer_on_its_way_is_not_idle(void **state) {
    struct http_server_options options = patient;
    options.idle_timeout_ms = SHORT_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = ask_in_time(stand, REQUEST("/big?30000000"));
    _cleanup_(reply_deinit) struct reply reply = {0};
    client_read_head(&client, &reply);
    usleep(SHORT_MS * 1000 * 3);
    client_skip(&client, 30000000);
    client_expect_end(&client); /* and now it is */
}

/* Takes so little at a time that the socket has no room for more before the stall timeout. */
static bool a_client_takes_little_at_a_time(void) {
    enum { STALL_MS = 600 };
    struct http_server_options options = patient;
    options.stall_timeout_ms = STALL_MS;
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    _cleanup_(client_close) struct client client = client_connect_narrow(stand->port, 4096);
    int64_t last_ms = clock_monotonic_ms();
    client_send(&client, REQUEST("/flood?50000000"));
    stand_wait_for(&stand->full, 1);
    for (int i = 0; i < 150; i++) {
        char bytes[512];
        ssize_t size = recv(client.fd, bytes, sizeof(bytes), 0);
        int64_t now_ms = clock_monotonic_ms();
        if (now_ms - last_ms > STALL_MS / 2)
            return false;
        assert_true(size > 0);
        last_ms = now_ms;
        usleep(10 * 1000);
    }
    int gone = atomic_load(&stand->gone);
    if (clock_monotonic_ms() - last_ms > STALL_MS / 2)
        return false;
    assert_int_equal(gone, 0);
    return true;
}

static void a_slow_client_is_not_a_stalled_one(void **state) {
    try_until_in_time(a_client_takes_little_at_a_time);
}

struct alarm {
    struct stand *stand;
    struct http_timer *timers[3];
    int fired[3];
    atomic_int count;
};

static struct alarm alarm_clock;

static void note(int number) {
    alarm_clock.fired[atomic_load(&alarm_clock.count)] = number;
    atomic_fetch_add(&alarm_clock.count, 1);
}

static void first_fired(void *data) {
    note(0);
    http_timer_stop(alarm_clock.timers[2]);
}

static void second_fired(void *data) {
    note(1);
}

static void third_fired(void *data) {
    note(2);
}

static void start_alarms(struct stand *stand) {
    static void (*const fired[])(void *data) = {first_fired, second_fired, third_fired};
    for (int i = 0; i < 3; i++)
        alarm_clock.timers[i] = http_timer_new(stand->server, fired[i], NULL);
    http_timer_start(alarm_clock.timers[2], 30);
    http_timer_start(alarm_clock.timers[1], 3600 * 1000);
    http_timer_start(alarm_clock.timers[1], 60); /* moved */
    http_timer_start(alarm_clock.timers[0], 1);
}

static void free_alarms(struct stand *stand) {
    http_timer_start(alarm_clock.timers[0], 0);
    for (int i = 0; i < 3; i++)
        http_timer_free(alarm_clock.timers[i]);
    http_timer_free(NULL);
}

static void timers_fire_in_order_and_can_be_stopped(void **state) {
    _cleanup_(stand_freep) struct stand *stand = stand_new(NULL);
    stand_run(stand, start_alarms);
    stand_wait(&alarm_clock.count, 2);
    stand_run(stand, free_alarms);
    assert_int_equal(alarm_clock.fired[0], 0);
    assert_int_equal(alarm_clock.fired[1], 1);
    assert_int_equal(atomic_load(&alarm_clock.count), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_that_does_not_end_is_refused),
        cmocka_unit_test(a_head_that_drips_is_refused),
        cmocka_unit_test(each_head_has_its_own_time),
        cmocka_unit_test(a_head_that_begins_with_the_end_of_another_has_its_own_time),
        cmocka_unit_test(a_request_now_and_then_keeps_a_connection),
        cmocka_unit_test(a_body_that_does_not_end_is_refused),
        cmocka_unit_test(an_idle_connection_is_closed_without_a_word),
        cmocka_unit_test(a_request_being_handled_has_all_the_time),
        cmocka_unit_test(a_client_that_takes_nothing_is_dropped),
        cmocka_unit_test(an_answer_that_nobody_takes_is_dropped_too),
        cmocka_unit_test(an_answer_on_its_way_is_not_idle),
        cmocka_unit_test(a_slow_client_is_not_a_stalled_one),
        cmocka_unit_test(timers_fire_in_order_and_can_be_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
