/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "http/connection.h"
#include "http/server_private.h"

static int64_t or_default(int64_t value, int64_t fallback) {
    return value > 0 ? value : fallback;
}

static struct http_server_options with_defaults(const struct http_server_options *options) {
    struct http_server_options all = options ? *options : (struct http_server_options){0};
    all.body_size_max = or_default(all.body_size_max, 1024 * 1024);
    all.connections_max = or_default(all.connections_max, 10 * 1000);
    all.head_timeout_ms = or_default(all.head_timeout_ms, 10 * 1000);
    all.body_timeout_ms = or_default(all.body_timeout_ms, 30 * 1000);
    all.idle_timeout_ms = or_default(all.idle_timeout_ms, 75 * 1000);
    all.stall_timeout_ms = or_default(all.stall_timeout_ms, 30 * 1000);
    all.thread_name = all.thread_name ? all.thread_name : "http";
    return all;
}

static void settle_all(void *data) {
    struct http_server *server = data;
    while (!list_is_empty(&server->unsettled))
        http_connection_settle(
            container_of(server->unsettled.next, struct http_connection, unsettled));
}

struct http_server *http_server_new(
    const struct http_handler *handler, const struct http_server_options *options) {
    struct http_server *server = memory_new(sizeof(*server));
    server->handler = *handler;
    server->options = with_defaults(options);
    server->read_buffer = memory_new(HTTP_READ_SIZE);
    list_init(&server->connections);
    list_init(&server->unsettled);
    http_pool_init(&server->pool);
    http_loop_init(&server->loop, settle_all, server);
    return server;
}

int http_server_listen(struct http_server *server, const char *address, int *ret_port) {
    assert(!server->is_started);
    if (server->listener_count == HTTP_LISTENERS_MAX)
        return -ENOSPC;
    int r = http_listener_open(
        &server->listeners[server->listener_count], server, address, ret_port);
    if (r < 0)
        return r;
    server->listener_count++;
    return 0;
}

void http_server_close_listeners(struct http_server *server) {
    for (size_t i = 0; i < server->listener_count; i++)
        http_listener_close(&server->listeners[i]);
}

void http_server_drop_connections(struct http_server *server) {
    while (!list_is_empty(&server->connections))
        http_connection_drop(container_of(server->connections.next, struct http_connection, link));
}

static void *run(void *data) {
    struct http_server *server = data;
    http_loop_run(&server->loop);
    http_server_close_listeners(server);
    http_server_drop_connections(server);
    return NULL;
}

/* Signals are for the thread that waits for them. */
static void create_thread(struct http_server *server) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int r = pthread_create(&server->thread, NULL, run, server);
    assert(r == 0 && "a process has room for one more thread");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void http_server_start(struct http_server *server) {
    assert(!server->is_started);
    server->is_started = true;
    create_thread(server);
    char name[16]; /* what the kernel keeps */
    snprintf(name, sizeof(name), "%s", server->options.thread_name);
    pthread_setname_np(server->thread, name);
}

void http_server_free(struct http_server *server) {
    if (!server)
        return;
    if (server->is_started) {
        http_loop_stop(&server->loop);
        pthread_join(server->thread, NULL);
    } else {
        http_server_close_listeners(server);
    }
    http_loop_deinit(&server->loop);
    http_pool_deinit(&server->pool);
    free(server->read_buffer);
    free(server);
}

void http_post(struct http_server *server, struct task *task) {
    http_loop_post(&server->loop, task);
}

struct http_timer *http_timer_new(
    struct http_server *server, void (*fired)(void *data), void *data) {
    struct http_timer *timer = memory_new(sizeof(*timer));
    http_timer_init(timer, &server->loop, fired, data);
    return timer;
}
