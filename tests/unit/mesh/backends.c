/* SPDX-License-Identifier: Apache-2.0 */
#include "backends.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/task.h"
#include "mesh/service_config.h"

/* --- servers --- */

struct held {
    struct list link;
    struct call *call;
    struct backend *backend;
};

/* Whoever takes it out of the list ends the call. */
static bool take_out(struct held *held) {
    MUTEX_GUARD(&held->backend->lock);
    bool is_mine = !list_is_empty(&held->link);
    list_remove(&held->link);
    return is_mine;
}

static void on_cancelled(struct call *call, void *data) {
    if (take_out(call_user(call)))
        call_fail(call, STATUS_CANCELLED, NULL, "the client has gone");
}

static void hold(struct backend *backend, struct call *call) {
    static const struct call_events events = {NULL, on_cancelled};
    struct held *held = arena_zalloc(call_arena(call), sizeof(*held));
    *held = (struct held){.call = call, .backend = backend};
    call_set_user(call, held);
    call_set_events(call, &events, NULL);
    MUTEX_GUARD(&backend->lock);
    list_push_back(&backend->held, &held->link);
}

static void handle_echo(struct call *call, const EchoRequest *request, void *data) {
    struct backend *backend = data;
    backend->calls++;
    backend->retried += call_metadata(call, "grpc-previous-rpc-attempts").size > 0;
    backend->time_left_ms = call_deadline_ms(call) - clock_monotonic_ms();
    if (backend->holds)
        hold(backend, call);
    else if (backend->code != STATUS_OK)
        call_fail(call, (enum status_code)backend->code, NULL, "as the test wants");
    else
        reply_text(call, "");
}

static const any_fn handlers[ECHO_SERVICE_METHOD_COUNT] = {
    [ECHO_SERVICE_ECHO] = (any_fn)handle_echo,
};

void backend_start(struct backends *backends, struct backend *backend, const char *address) {
    const struct server_options options = {
        .stream_loop = backends->stream_loop, .drain_wait_ms = 1};
    backend->server = server_new(backends->server_loop, &options);
    server_register(backend->server, &echo_service, handlers, backend);
    assert_int_equal(server_listen(backend->server, address, &backend->port), 0);
    server_start(backend->server);
}

void backends_start(struct backends *backends) {
    *backends = (struct backends){
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    /* Who fails on purpose would say so for each call; the figures are to be read. */
    log_init("test", (enum log_level)(LOG_ERROR + 1), LOG_LOGFMT);
    arena_init(&backends->arena, 0);
    backends->server_loop = loop_new("servers");
    backends->stream_loop = loop_new_without_io("streams");
    backends->client_loop = loop_new("client");
    loop_start(backends->server_loop);
    loop_start(backends->stream_loop);
    loop_start(backends->client_loop);
    for (size_t i = 0; i < BACKENDS; i++) {
        pthread_mutex_init(&backends->backend[i].lock, NULL);
        list_init(&backends->backend[i].held);
        backend_start(backends, &backends->backend[i], "127.0.0.1:0");
    }
    backends->backend[1].relay = relay_new(backends->backend[1].port);
}

void backends_stop(struct backends *backends) {
    backends_disconnect(backends);
    for (size_t i = 0; i < BACKENDS; i++) {
        backends_release(&backends->backend[i]);
        if (backends->backend[i].relay)
            relay_free(backends->backend[i].relay);
        server_drain(backends->backend[i].server, STAND_TIMEOUT_MS);
        server_free(backends->backend[i].server);
    }
    loop_stop(backends->client_loop);
    loop_stop(backends->server_loop);
    loop_stop(backends->stream_loop);
    loop_free(backends->client_loop);
    loop_free(backends->server_loop);
    loop_free(backends->stream_loop);
    arena_deinit(&backends->arena);
}

void backends_release(struct backend *backend) {
    for (struct list *link;;) {
        {
            MUTEX_GUARD(&backend->lock);
            backend->holds = false;
            link = list_pop_front(&backend->held);
        }
        if (!link)
            return;
        reply_text(container_of(link, struct held, link)->call, "");
    }
}

static int count_held(struct backend *backend) {
    MUTEX_GUARD(&backend->lock);
    int count = 0;
    list_for_each (link, &backend->held)
        count++;
    return count;
}

void backends_wait_held(struct backend *backend, int count) {
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (count_held(backend) < count && clock_monotonic_ms() < until_ms)
        usleep(1000);
    assert_int_equal(count_held(backend), count);
}

/* --- the channel --- */

void backends_connect_to(struct backends *backends, const char *target, const char *config,
    const struct channel_options *options) {
    struct channel_options all = options ? *options : (struct channel_options){0};
    _cleanup_(buffer_deinit) struct buffer error = {0};
    struct service_config *parsed = service_config_parse("test", text_from(config), &error);
    if (!parsed)
        fail_msg("%.*s", (int)error.size, error.data);
    all.service_config = parsed;
    all.default_timeout_ms = STAND_TIMEOUT_MS;
    backends->channel = channel_new(backends->client_loop, target, &all);
    service_config_unref(parsed);
}

void backends_connect(
    struct backends *backends, const char *config, const struct channel_options *options) {
    char target[128];
    snprintf(target, sizeof(target), "ipv4:127.0.0.1:%d,127.0.0.1:%d", backends->backend[0].port,
        relay_port(backends->backend[1].relay));
    backends_connect_to(backends, target, config, options);
}

void backends_disconnect(struct backends *backends) {
    channel_free(backends->channel);
    backends->channel = NULL;
}

/* --- calls --- */

struct status backends_call(struct backends *backends) {
    EchoRequest request = ECHO_REQUEST_INIT;
    const ProtobufCMessage *reply;
    arena_clear(&backends->arena);
    return rpc_call_and_wait(backends->channel, &echo_service.methods[ECHO_SERVICE_ECHO], NULL,
        &request.base, &backends->arena, &reply);
}

static void figures_begin(struct figures *figures, struct backends *backends) {
    *figures = (struct figures){0};
    for (size_t i = 0; i < BACKENDS; i++) {
        figures->at[i] = -backends->backend[i].calls;
        figures->retried[i] = -backends->backend[i].retried;
    }
}

static void figures_end(struct figures *figures, struct backends *backends) {
    for (size_t i = 0; i < BACKENDS; i++) {
        figures->at[i] += backends->backend[i].calls;
        figures->retried[i] += backends->backend[i].retried;
    }
}

static void figures_count(struct figures *figures, const struct status *status) {
    struct arena arena;
    arena_init(&arena, 0);
    figures->calls++;
    figures->codes[status->code]++;
    if (strcmp(status_reason(&arena, status), "CIRCUIT_OPEN") == 0 &&
        status_retry_delay_ms(status) > 0)
        figures->circuit_open++;
    arena_deinit(&arena);
}

struct figures backends_call_often(struct backends *backends, int count) {
    struct figures figures;
    figures_begin(&figures, backends);
    for (int i = 0; i < count; i++) {
        struct status status = backends_call(backends);
        figures_count(&figures, &status);
    }
    figures_end(&figures, backends);
    return figures;
}

struct burst {
    struct backends *backends;
    struct figures figures;
    int count;
};

static void on_burst_reply(const struct status *status, const EchoResponse *reply, void *data) {
    struct burst *burst = data;
    MUTEX_GUARD(&burst->backends->lock);
    figures_count(&burst->figures, status);
    pthread_cond_signal(&burst->backends->changed);
}

struct burst *burst_begin(struct backends *backends, int count) {
    struct burst *burst = memory_new(sizeof(*burst));
    EchoRequest request = ECHO_REQUEST_INIT;
    burst->backends = backends;
    burst->count = count;
    figures_begin(&burst->figures, backends);
    for (int i = 0; i < count; i++)
        rpc_call(backends->channel, &echo_service.methods[ECHO_SERVICE_ECHO], NULL, &request.base,
            (any_fn)on_burst_reply, burst);
    return burst;
}

struct figures burst_end(struct burst *burst) {
    struct backends *backends = burst->backends;
    pthread_mutex_lock(&backends->lock);
    while (burst->figures.calls < burst->count)
        pthread_cond_wait(&backends->changed, &backends->lock);
    pthread_mutex_unlock(&backends->lock);
    struct figures figures = burst->figures;
    figures_end(&figures, backends);
    free(burst);
    return figures;
}

void backends_settle(struct backends *backends) {
    int before[BACKENDS] = {backends->backend[0].calls, backends->backend[1].calls};
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (backends->backend[0].calls == before[0] || backends->backend[1].calls == before[1]) {
        assert_int_equal(backends_call(backends).code, STATUS_OK);
        assert_true(clock_monotonic_ms() < until_ms);
    }
}

void backends_call_until_avoided(struct backends *backends, int backend, int count) {
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    for (int in_a_row = 0; in_a_row < count;) {
        int before = backends->backend[backend].calls;
        bool is_ok = backends_call(backends).code == STATUS_OK;
        in_a_row = is_ok && backends->backend[backend].calls == before ? in_a_row + 1 : 0;
        assert_true(clock_monotonic_ms() < until_ms);
    }
}

void backends_call_until_reached(struct backends *backends, int backend) {
    int before = backends->backend[backend].calls;
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (backends->backend[backend].calls == before) {
        backends_call(backends);
        assert_true(clock_monotonic_ms() < until_ms);
    }
}

void figures_print(const char *what, const struct figures *figures) {
    _cleanup_(buffer_deinit) struct buffer failed = {0};
    for (int code = 1; code < STATUS_CODE_COUNT; code++)
        if (figures->codes[code] > 0)
            buffer_printf(&failed, " %d %s", figures->codes[code], status_code_name(code));
    if (figures->circuit_open > 0)
        buffer_printf(&failed, " (%d CIRCUIT_OPEN)", figures->circuit_open);
    print_message(
        "  %-52s %4d calls: %4d ok,%.*s; reached A %4d (%d retries), B %4d (%d retries)\n", what,
        figures->calls, figures->codes[STATUS_OK], failed.size > 0 ? (int)failed.size : 9,
        failed.size > 0 ? failed.data : " 0 failed", figures->at[0], figures->retried[0],
        figures->at[1], figures->retried[1]);
}
