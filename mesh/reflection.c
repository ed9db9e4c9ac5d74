/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/reflection.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "grpc/reflection/v1/reflection.mesh.h"
#include "grpc/reflection/v1alpha/reflection_v1alpha.h"
#include "mesh/call.h"
#include "mesh/reflection_answer.h"
#include "mesh/reflection_index.h"
#include "mesh/server.h"

enum { REQUEST_SIZE_MAX = 4096 }; /* each is sent back with its answer */

typedef Grpc__Reflection__V1__ServerReflectionRequest Request;
typedef Grpc__Reflection__V1__ServerReflectionResponse Response;

struct reflection {
    struct reflection_index *index;
};

/* What call_send() said. */
static int answer(struct call *call, const struct reflection_index *index, const Request *request) {
    Response response = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT;
    struct arena arena;
    arena_init(&arena, 0);
    reflection_answer(&arena, index, call_user(call), request, &response);
    int r = server_reflection_server_reflection_info_send(call, &response);
    arena_deinit(&arena);
    return r;
}

static enum rpc_flow on_request(struct call *call, const Request *request, void *data) {
    struct reflection *reflection = data;
    if (protobuf_c_message_get_packed_size(&request->base) > REQUEST_SIZE_MAX) {
        call_fail(call, STATUS_INVALID_ARGUMENT, NULL, "a request is longer than %d bytes",
            REQUEST_SIZE_MAX);
        return RPC_PAUSE;
    }
    /* A client that does not read its answers is not read either. */
    return answer(call, reflection->index, request) == 0 ? RPC_NEXT : RPC_PAUSE;
}

static void on_writable(struct call *call, void *data) {
    call_read(call);
}

static void on_end(struct call *call, void *data) {
    call_finish(call);
}

static void handle_info(struct call *call, void *data) {
    static const struct call_events events = {on_writable, on_end};
    static const struct server_reflection_server_reflection_info_reader reader = {
        on_request, on_end};
    struct reflection *reflection = data;
    size_t count = reflection_file_count(reflection->index);
    /* Which files were sent on this stream. */
    call_set_user(call, arena_zalloc(call_arena(call), count * sizeof(bool)));
    call_set_events(call, &events, reflection);
    server_reflection_server_reflection_info_read(call, &reader, reflection);
}

/* The same method under its older path; it is counted for ever, so it is made once. */
static struct method v1alpha_method;
static struct service v1alpha = {
    .name = "grpc.reflection.v1alpha.ServerReflection",
    .methods = &v1alpha_method,
    .method_count = 1,
    .descriptor_set = &reflection_v1alpha,
};

static void make_v1alpha(void) {
    v1alpha_method = server_reflection.methods[SERVER_REFLECTION_SERVER_REFLECTION_INFO];
    v1alpha_method.path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
}

struct reflection *reflection_new(void) {
    struct reflection *reflection = memory_new(sizeof(*reflection));
    reflection->index = reflection_index_new();
    return reflection;
}

void reflection_free(struct reflection *reflection) {
    if (!reflection)
        return;
    reflection_index_free(reflection->index);
    free(reflection);
}

void reflection_add(struct reflection *reflection, const struct service *service) {
    int r = reflection_index_add(reflection->index, service->name, *service->descriptor_set);
    assert(r == 0 && "stubs carry their descriptors");
}

void reflection_serve(struct reflection *reflection, struct server *server) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static const struct server_reflection_handlers handlers = {handle_info};
    const any_fn handler = (any_fn)handle_info;
    pthread_once(&once, make_v1alpha);
    server_reflection_register(server, &handlers, reflection);
    server_register(server, &v1alpha, &handler, reflection);
}
