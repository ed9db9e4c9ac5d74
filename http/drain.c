/* SPDX-License-Identifier: Apache-2.0 */
#include "http/connection.h"
#include "http/server_private.h"

/* Lives on the stack of the thread that waits. */
struct http_drain {
    struct http_server *server;
    int64_t timeout_ms;
    struct task begin;
    struct http_timer timer;
    pthread_mutex_t lock;
    pthread_cond_t is_over_changed;
    bool is_over;
};

static void drain_end(struct http_drain *drain) {
    drain->server->drain = NULL;
    http_timer_stop(&drain->timer);
    MUTEX_GUARD(&drain->lock);
    drain->is_over = true;
    pthread_cond_signal(&drain->is_over_changed);
}

static void on_drain_timeout(void *data) {
    struct http_drain *drain = data;
    http_server_drop_connections(drain->server);
}

void http_server_check_drained(struct http_server *server) {
    if (server->drain && server->connection_count == 0)
        drain_end(server->drain);
}

static void drain_begin(struct task *task) {
    struct http_drain *drain = container_of(task, struct http_drain, begin);
    struct http_server *server = drain->server;
    server->is_draining = true;
    http_server_close_listeners(server);
    http_timer_init(&drain->timer, &server->loop, on_drain_timeout, drain);
    http_timer_start(&drain->timer, drain->timeout_ms);
    list_for_each_safe (link, &server->connections)
        http_connection_drain(container_of(link, struct http_connection, link));
    server->drain = drain;
    http_server_check_drained(server);
}

void http_server_drain(struct http_server *server, int64_t timeout_ms) {
    if (!server->is_started)
        return;
    struct http_drain drain = {
        .server = server, .timeout_ms = timeout_ms, .begin = {.run = drain_begin}};
    pthread_mutex_init(&drain.lock, NULL);
    pthread_cond_init(&drain.is_over_changed, NULL);
    http_post(server, &drain.begin);
    pthread_mutex_lock(&drain.lock);
    while (!drain.is_over)
        pthread_cond_wait(&drain.is_over_changed, &drain.lock);
    pthread_mutex_unlock(&drain.lock);
    pthread_cond_destroy(&drain.is_over_changed);
    pthread_mutex_destroy(&drain.lock);
}
