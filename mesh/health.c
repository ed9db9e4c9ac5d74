/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/health.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/memory.h"
#include "grpc/health/v1/health.mesh.h"
#include "mesh/call_core.h"
#include "mesh/loop.h"

enum { SERVICE_SIZE_MAX = 200 };

typedef Grpc__Health__V1__HealthCheckRequest HealthRequest;
typedef Grpc__Health__V1__HealthCheckResponse HealthResponse;
typedef Grpc__Health__V1__HealthCheckResponse__ServingStatus HealthStatus;
#define SERVING         GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
#define NOT_SERVING     GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING
#define SERVICE_UNKNOWN GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN

struct known {
    char *service;
    bool is_serving;
};

struct watcher { /* lives in its call's arena */
    struct list link;
    struct call *call;
    const char *service;
    HealthStatus shown;
};

struct health_state {
    struct loop *loop;
    struct list watchers; /* on the loop */

    pthread_mutex_t lock;
    struct map services; /* of struct known, by name */
    unsigned watcher_count;
    bool is_draining;
    bool is_show_posted;
    struct task show;
};

static HealthStatus status_of(struct health_state *state, const char *service) {
    MUTEX_GUARD(&state->lock);
    const struct known *known = map_get(&state->services, text_from(service));
    if (!known)
        return SERVICE_UNKNOWN;
    return known->is_serving ? SERVING : NOT_SERVING;
}

static bool refuse_name(struct call *call, const char *service) {
    if (strlen(service) <= SERVICE_SIZE_MAX)
        return false;
    call_fail(
        call, STATUS_INVALID_ARGUMENT, NULL, "service is longer than %d bytes", SERVICE_SIZE_MAX);
    return true;
}

static void handle_check(struct call *call, const HealthRequest *request, void *data) {
    struct health_state *state = data;
    HealthResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    if (refuse_name(call, request->service))
        return;
    response.status = status_of(state, request->service);
    if (response.status == SERVICE_UNKNOWN)
        call_fail(call, STATUS_NOT_FOUND, NULL, "no such service");
    else
        health_check_reply(call, &response);
}

/* While a message is under way a change waits for on_writable, so only the newest is sent. */
static void watcher_show(struct health_state *state, struct watcher *watcher) {
    HealthResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
    response.status = status_of(state, watcher->service);
    if (response.status == watcher->shown || !stream_is_idle(watcher->call))
        return;
    if (health_watch_send(watcher->call, &response) >= 0)
        watcher->shown = response.status;
}

static void on_writable(struct call *call, void *data) {
    watcher_show(data, call_user(call));
}

static void on_gone(struct call *call, void *data) {
    struct health_state *state = data;
    struct watcher *watcher = call_user(call);
    list_remove(&watcher->link);
    pthread_mutex_lock(&state->lock);
    state->watcher_count--;
    pthread_mutex_unlock(&state->lock);
    call_finish(call);
}

static void handle_watch(struct call *call, const HealthRequest *request, void *data) {
    static const struct call_events events = {on_writable, on_gone};
    struct health_state *state = data;
    if (refuse_name(call, request->service))
        return;
    struct watcher *watcher = arena_zalloc(call_arena(call), sizeof(*watcher));
    watcher->call = call;
    watcher->service = request->service;
    call_set_user(call, watcher);
    call_set_events(call, &events, state);
    list_push_back(&state->watchers, &watcher->link);
    pthread_mutex_lock(&state->lock);
    state->watcher_count++;
    pthread_mutex_unlock(&state->lock);
    watcher_show(state, watcher);
}

static void on_show(struct task *task) {
    struct health_state *state = container_of(task, struct health_state, show);
    pthread_mutex_lock(&state->lock);
    state->is_show_posted = false;
    pthread_mutex_unlock(&state->lock);
    list_for_each_safe (link, &state->watchers)
        watcher_show(state, container_of(link, struct watcher, link));
}

static void post_show(struct health_state *state) {
    if (state->watcher_count == 0 || state->is_show_posted)
        return;
    state->is_show_posted = true;
    loop_post(state->loop, &state->show);
}

static void set_all(struct health_state *state, bool serving) {
    struct known *known;
    size_t cursor = 0;
    struct text name;
    while ((known = map_next(&state->services, &cursor, &name)))
        known->is_serving = serving;
}

static void set_one(struct health_state *state, const char *service, bool serving) {
    struct known *known = map_get(&state->services, text_from(service));
    if (!known) {
        known = memory_new(sizeof(*known));
        known->service = memory_copy_string(service);
        map_put(&state->services, text_from(known->service), known);
    }
    known->is_serving = serving;
}

void health_set(struct health_state *state, const char *service, bool serving) {
    MUTEX_GUARD(&state->lock);
    if (state->is_draining)
        return;
    if (service)
        set_one(state, service, serving);
    else
        set_all(state, serving);
    post_show(state);
}

void health_show(struct health_state *state,
    void (*show)(const char *service, bool serving, void *data), void *data) {
    const struct known *known;
    size_t cursor = 0;
    struct text name;
    MUTEX_GUARD(&state->lock);
    while ((known = map_next(&state->services, &cursor, &name)))
        show(known->service, known->is_serving, data);
}

void health_drain(struct health_state *state) {
    MUTEX_GUARD(&state->lock);
    state->is_draining = true;
    set_all(state, false);
    post_show(state);
}

struct health_state *health_new(struct server *server, struct loop *stream_loop) {
    static const struct health_handlers handlers = {handle_check, handle_watch};
    struct health_state *state = memory_new(sizeof(*state));
    state->loop = stream_loop;
    state->show.run = on_show;
    list_init(&state->watchers);
    pthread_mutex_init(&state->lock, NULL);
    health_register(server, &handlers, state);
    health_set(state, "", true);
    return state;
}

void health_free(struct health_state *state) {
    struct known *known;
    size_t cursor = 0;
    struct text name;
    while ((known = map_next(&state->services, &cursor, &name))) {
        free(known->service);
        free(known);
    }
    map_deinit(&state->services);
    pthread_mutex_destroy(&state->lock);
    free(state);
}
