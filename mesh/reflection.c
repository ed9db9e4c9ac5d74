/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/reflection.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "grpc/reflection/v1/reflection.mesh.h"
#include "grpc/reflection/v1alpha/reflection_v1alpha.h"
#include "mesh/call.h"
#include "mesh/reflection_index.h"
#include "mesh/server.h"

enum { REQUEST_SIZE_MAX = 4096 }; /* each is sent back with its answer */

typedef Grpc__Reflection__V1__ServerReflectionRequest Request;
typedef Grpc__Reflection__V1__ServerReflectionResponse Response;
typedef Grpc__Reflection__V1__FileDescriptorResponse FileDescriptorResponse;
typedef Grpc__Reflection__V1__ExtensionNumberResponse ExtensionNumberResponse;
typedef Grpc__Reflection__V1__ListServiceResponse ListServiceResponse;
typedef Grpc__Reflection__V1__ServiceResponse ServiceResponse;
typedef Grpc__Reflection__V1__ErrorResponse ErrorResponse;

#define ASKED(kind)    GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##kind
#define ANSWERED(kind) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##kind

struct reflection {
    struct reflection_index *index;
};

/* One request and its answer, which lives in the arena until it is sent. */
struct exchange {
    struct arena arena;
    const struct reflection_index *index;
    bool *is_sent; /* files, on this stream */
    const Request *request;
    Response *response;
};

static void answer_error(struct exchange *exchange, enum status_code code, const char *message) {
    ErrorResponse *error = arena_alloc(&exchange->arena, sizeof(*error));
    grpc__reflection__v1__error_response__init(error);
    error->error_code = (int32_t)code;
    error->error_message = (char *)message;
    exchange->response->message_response_case = ANSWERED(ERROR_RESPONSE);
    exchange->response->error_response = error;
}

static void answer_file(
    struct exchange *exchange, const struct reflection_file *file, const char *sought) {
    if (!file) {
        answer_error(exchange, STATUS_NOT_FOUND,
            arena_printf(&exchange->arena, "no file of this server has %s", sought));
        return;
    }
    size_t room = reflection_file_count(exchange->index);
    const struct reflection_file **files = arena_alloc(&exchange->arena, room * sizeof(*files));
    size_t count = reflection_collect(exchange->index, file, exchange->is_sent, files);
    FileDescriptorResponse *answer = arena_alloc(&exchange->arena, sizeof(*answer));
    grpc__reflection__v1__file_descriptor_response__init(answer);
    answer->n_file_descriptor_proto = count;
    answer->file_descriptor_proto = arena_alloc(
        &exchange->arena, count * sizeof(*answer->file_descriptor_proto));
    for (size_t i = 0; i < count; i++)
        answer->file_descriptor_proto[i] = (ProtobufCBinaryData){
            files[i]->bytes.size, (uint8_t *)files[i]->bytes.data};
    exchange->response->message_response_case = ANSWERED(FILE_DESCRIPTOR_RESPONSE);
    exchange->response->file_descriptor_response = answer;
}

static void answer_by_filename(struct exchange *exchange) {
    const char *name = exchange->request->file_by_filename;
    answer_file(exchange, reflection_file_named(exchange->index, name),
        arena_printf(&exchange->arena, "the name %s", name));
}

static void answer_by_symbol(struct exchange *exchange) {
    const char *symbol = exchange->request->file_containing_symbol;
    answer_file(exchange, reflection_file_with_symbol(exchange->index, symbol),
        arena_printf(&exchange->arena, "the symbol %s", symbol));
}

static void answer_by_extension(struct exchange *exchange) {
    const char *type = exchange->request->file_containing_extension->containing_type;
    int32_t number = exchange->request->file_containing_extension->extension_number;
    answer_file(exchange, reflection_file_with_extension(exchange->index, type, number),
        arena_printf(&exchange->arena, "extension %d of %s", (int)number, type));
}

static void answer_extension_numbers(struct exchange *exchange) {
    const char *type = exchange->request->all_extension_numbers_of_type;
    const int32_t *numbers;
    size_t count;
    if (!reflection_extension_numbers(exchange->index, type, &numbers, &count)) {
        answer_error(exchange, STATUS_NOT_FOUND,
            arena_printf(&exchange->arena, "no file of this server has the message %s", type));
        return;
    }
    ExtensionNumberResponse *answer = arena_alloc(&exchange->arena, sizeof(*answer));
    grpc__reflection__v1__extension_number_response__init(answer);
    answer->base_type_name = (char *)type;
    answer->extension_number = (int32_t *)numbers;
    answer->n_extension_number = count;
    exchange->response->message_response_case = ANSWERED(ALL_EXTENSION_NUMBERS_RESPONSE);
    exchange->response->all_extension_numbers_response = answer;
}

static void answer_services(struct exchange *exchange) {
    size_t count;
    const char *const *names = reflection_services(exchange->index, &count);
    ListServiceResponse *answer = arena_alloc(&exchange->arena, sizeof(*answer));
    grpc__reflection__v1__list_service_response__init(answer);
    ServiceResponse *services = arena_alloc(&exchange->arena, count * sizeof(*services));
    answer->service = arena_alloc(&exchange->arena, count * sizeof(*answer->service));
    for (size_t i = 0; i < count; i++) {
        grpc__reflection__v1__service_response__init(&services[i]);
        services[i].name = (char *)names[i];
        answer->service[i] = &services[i];
    }
    answer->n_service = count;
    exchange->response->message_response_case = ANSWERED(LIST_SERVICES_RESPONSE);
    exchange->response->list_services_response = answer;
}

static void answer_unknown(struct exchange *exchange) {
    answer_error(exchange, STATUS_UNIMPLEMENTED, "this server knows no request of this kind");
}

static void answer(struct exchange *exchange) {
    static void (*const answers[])(struct exchange * exchange) = {
        [ASKED(_NOT_SET)] = answer_unknown,
        [ASKED(FILE_BY_FILENAME)] = answer_by_filename,
        [ASKED(FILE_CONTAINING_SYMBOL)] = answer_by_symbol,
        [ASKED(FILE_CONTAINING_EXTENSION)] = answer_by_extension,
        [ASKED(ALL_EXTENSION_NUMBERS_OF_TYPE)] = answer_extension_numbers,
        [ASKED(LIST_SERVICES)] = answer_services,
    };
    answers[exchange->request->message_request_case](exchange);
}

/* What call_send() said. */
static int exchange_run(
    struct call *call, const struct reflection_index *index, const Request *request) {
    Response response = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT;
    struct exchange exchange = {
        .index = index, .is_sent = call_user(call), .request = request, .response = &response};
    arena_init(&exchange.arena, 0);
    response.valid_host = request->host;
    response.original_request = (Request *)request;
    answer(&exchange);
    int r = server_reflection_server_reflection_info_send(call, &response);
    arena_deinit(&exchange.arena);
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
    return exchange_run(call, reflection->index, request) == 0 ? RPC_NEXT : RPC_PAUSE;
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
