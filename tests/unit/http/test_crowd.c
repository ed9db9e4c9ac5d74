/* SPDX-License-Identifier: Apache-2.0 */
#include "http/connection.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include "tests/unit/base/check.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/stand.h"

#define REQUEST(target) "GET " target " HTTP/1.1\r\nHost: a\r\n\r\n"

enum { CROWD = 1000, LIMIT = 20, IDLE_SIZE_MAX = 2 * 1024 };

static void stand_freep(struct stand **stand) {
    stand_free(*stand);
}

static void allow_descriptors(rlim_t count) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = count < limit.rlim_max ? count : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void a_thousand_connections_are_served_side_by_side(void **state) {
    static struct client clients[CROWD];
    allow_descriptors(4096);
    _cleanup_(stand_freep) struct stand *stand = stand_new(NULL);
    for (int i = 0; i < CROWD; i++)
        clients[i] = client_connect(stand->port);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < CROWD; i++)
            client_send(&clients[i], i % 2 ? REQUEST("/echo") : REQUEST("/later"));
        for (int i = 0; i < CROWD; i++)
            client_expect(&clients[i], "", 200, i % 2 ? "GET /echo " : "GET /later ");
    }
    for (int i = 0; i < CROWD; i++)
        client_close(&clients[i]);
    assert_int_equal(atomic_load(&stand->handled), 3 * CROWD);
}

static void an_idle_connection_is_small(void **state) {
    print_message("%zu bytes\n", sizeof(struct http_connection));
    assert_true(sizeof(struct http_connection) < IDLE_SIZE_MAX);
}

static void a_client_too_many_is_refused(void **state) {
    const struct http_server_options options = {.connections_max = LIMIT};
    _cleanup_(stand_freep) struct stand *stand = stand_new(&options);
    struct client clients[LIMIT];
    for (int i = 0; i < LIMIT; i++) {
        clients[i] = client_connect(stand->port);
        client_expect(&clients[i], REQUEST("/echo"), 200, "GET /echo ");
    }
    struct client late = client_connect(stand->port);
    client_expect(&late, REQUEST("/echo"), 503, "503  ");
    client_expect_end(&late);
    client_close(&late);
    client_close(&clients[0]);
    for (int status = 503; status == 503;) { /* until the server saw that one went */
        struct reply reply = {0};
        struct client next = client_connect(stand->port);
        client_send(&next, REQUEST("/echo"));
        client_read(&next, &reply);
        status = reply.status;
        reply_deinit(&reply);
        client_close(&next);
    }
    for (int i = 1; i < LIMIT; i++)
        client_close(&clients[i]);
}

/* Without descriptors the listener rests, and serves again as soon as there are some. */
static void a_server_without_descriptors_recovers(void **state) {
    _cleanup_(stand_freep) struct stand *stand = stand_new(NULL);
    _cleanup_(client_close) struct client early = client_connect(stand->port);
    client_expect(&early, REQUEST("/echo"), 200, "GET /echo ");
    struct client waiting = {.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct rlimit limit, none;
    getrlimit(RLIMIT_NOFILE, &limit);
    none = (struct rlimit){(rlim_t)waiting.fd + 1, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    close(waiting.fd);
    waiting = client_connect(stand->port); /* takes the last descriptor */
    client_send(&waiting, REQUEST("/echo"));
    client_expect(&early, REQUEST("/later"), 200, "GET /later ");
    assert_int_equal(atomic_load(&stand->handled), 2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    client_expect(&waiting, "", 200, "GET /echo ");
    client_close(&waiting);
}

struct burst {
    struct task task;
    atomic_int *ran;
};

static void count_run(struct task *task) {
    atomic_fetch_add(container_of(task, struct burst, task)->ran, 1);
}

struct producer {
    struct stand *stand;
    struct burst tasks[CROWD];
};

static void *post_all(void *data) {
    struct producer *producer = data;
    for (int i = 0; i < CROWD; i++)
        http_post(producer->stand->server, &producer->tasks[i].task);
    return NULL;
}

static void every_task_runs_whoever_posts_it(void **state) {
    static struct producer producers[4];
    _cleanup_(stand_freep) struct stand *stand = stand_new(NULL);
    pthread_t threads[ARRAY_SIZE(producers)];
    atomic_int ran = 0;
    for (size_t i = 0; i < ARRAY_SIZE(producers); i++) {
        producers[i].stand = stand;
        for (int j = 0; j < CROWD; j++)
            producers[i].tasks[j] = (struct burst){{.run = count_run}, &ran};
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, &producers[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(producers); i++)
        pthread_join(threads[i], NULL);
    stand_wait(&ran, CROWD * (int)ARRAY_SIZE(producers));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_connections_are_served_side_by_side),
        cmocka_unit_test(an_idle_connection_is_small),
        cmocka_unit_test(a_client_too_many_is_refused),
        cmocka_unit_test(a_server_without_descriptors_recovers),
        cmocka_unit_test(every_task_runs_whoever_posts_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
