/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/server.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "mesh/acceptor.h"
#include "mesh/channelz.h"
#include "mesh/health.h"
#include "mesh/observe.h"
#include "mesh/policy.h"
#include "mesh/reflection.h"
#include "mesh/server_core.h"

enum {
    SLOTS = 32,       /* requests awaited at once; core searches all of them at each completion */
    STREAM_SLOTS = 4, /* per streaming method */
};

static void register_queue(struct server *server, const struct intake *intake) {
    grpc_server_register_completion_queue(server->core, loop_queue(intake->loop), NULL);
}

static void post_unary_slots(struct task *task) {
    struct intake *intake = container_of(task, struct intake, start);
    for (unsigned i = 0; i < SLOTS; i++)
        intake_post(intake, NULL);
}

static void post_stream_slots(struct task *task) {
    struct intake *intake = container_of(task, struct intake, start);
    const struct endpoint *endpoint;
    size_t cursor = 0;
    struct text path;
    while ((endpoint = map_next(&intake->server->endpoints, &cursor, &path)))
        for (unsigned i = 0; endpoint->registration && i < STREAM_SLOTS; i++)
            intake_post(intake, endpoint);
}

/* Reflection takes note of all that is registered, so it is there first. */
static void serve_built_in(struct server *server) {
    bool introspects = !server->options.without_introspection;
    server->reflection = introspects ? reflection_new() : NULL;
    server->is_exempting = true;
    server->health = health_new(server, server->streams.loop);
    if (introspects)
        channelz_serve(server);
    server->is_exempting = false;
    if (introspects)
        reflection_serve(server->reflection, server);
}

struct server *server_new(struct loop *loop, const struct server_options *options) {
    struct server *server = memory_new(sizeof(*server));
    core_ref();
    observe_method(OBSERVE_SERVER, NULL);
    server->options = policy_complete(options);
    server->budget.per_second = server->options.log_calls_per_second;
    pthread_mutex_init(&server->posting_lock, NULL);
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    server->acceptor = acceptor_new(loop, server->options.connections_max);
    server->core = policy_server_new(&server->options, server->acceptor);
    struct loop *stream_loop = server->options.stream_loop ? server->options.stream_loop : loop;
    intake_init(&server->unary, server, loop,
        &(struct admission_limits){server->options.calls_in_flight_max,
            server->options.calls_queued_max, server->options.queue_wait_max_ms});
    intake_init(&server->streams, server, stream_loop,
        &(struct admission_limits){.running_max = server->options.streams_max});
    server->unary.start.run = post_unary_slots;
    server->streams.start.run = post_stream_slots;
    register_queue(server, &server->unary);
    if (stream_loop != loop)
        register_queue(server, &server->streams);
    serve_built_in(server);
    return server;
}

static void endpoint_add(
    struct server *server, const struct method *method, any_fn handler, void *data) {
    struct endpoint *endpoint = memory_new(sizeof(*endpoint));
    *endpoint = (struct endpoint){.method = method, .handler = handler, .data = data};
    endpoint->series = observe_method(OBSERVE_SERVER, method);
    endpoint->is_exempt = server->is_exempting;
    void *replaced = map_put(&server->endpoints, text_from(method->path), endpoint);
    assert(!replaced && "a method is registered once");
    if (method->kind == METHOD_UNARY || !handler)
        return;
    /* A method that core knows can be awaited on the stream loop's queue. */
    endpoint->registration = grpc_server_register_method(server->core, method->path, NULL,
        method_kind_reads_requests(method->kind) ? GRPC_SRM_PAYLOAD_NONE
                                                 : GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER,
        0);
    assert(endpoint->registration);
}

void server_register(
    struct server *server, const struct service *service, const any_fn *handlers, void *data) {
    assert(!server->is_started);
    if (server->health) /* its own registration comes first */
        health_set(server->health, service->name, true);
    if (server->reflection)
        reflection_add(server->reflection, service);
    for (size_t i = 0; i < service->method_count; i++)
        endpoint_add(server, &service->methods[i], handlers[i], data);
}

void server_exempt(struct server *server, const struct service *service) {
    assert(!server->is_started);
    for (size_t i = 0; i < service->method_count; i++) {
        struct endpoint *endpoint = map_get(
            &server->endpoints, text_from(service->methods[i].path));
        endpoint->is_exempt = true;
    }
}

int server_listen(struct server *server, const char *address, int *ret_port) {
    int port;
    int r = acceptor_listen(server->acceptor, server->core, address, &port);
    if (r == 0 && ret_port)
        *ret_port = port;
    return r;
}

void server_start(struct server *server) {
    server->is_started = true;
    grpc_server_start(server->core);
    acceptor_start(server->acceptor);
    loop_post(server->unary.loop, &server->unary.start);
    loop_post(server->streams.loop, &server->streams.start);
}

void server_set_serving(struct server *server, const char *service, bool serving) {
    health_set(server->health, service, serving);
}

void server_show_serving(struct server *server,
    void (*show)(const char *service, bool serving, void *data), void *data) {
    health_show(server->health, show, data);
}

static void free_endpoints(struct server *server) {
    struct endpoint *endpoint;
    size_t cursor = 0;
    struct text path;
    while ((endpoint = map_next(&server->endpoints, &cursor, &path)))
        free(endpoint);
    map_deinit(&server->endpoints);
}

void server_free(struct server *server) {
    if (!server)
        return;
    if (!server->is_shut && !server_shut(server, 0))
        return; /* calls still live: their memory is worth less than their crash */
    grpc_server_destroy(server->core);
    acceptor_free(server->acceptor);
    intake_deinit(&server->unary);
    intake_deinit(&server->streams);
    free_endpoints(server);
    health_free(server->health);
    reflection_free(server->reflection);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    pthread_mutex_destroy(&server->posting_lock);
    free(server);
    core_unref();
}
