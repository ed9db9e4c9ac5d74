/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/reflection_answer.h"

#include "base/arena.h"
#include "mesh/reflection_index.h"
#include "mesh/status.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest Request;
typedef Grpc__Reflection__V1__ServerReflectionResponse Response;
typedef Grpc__Reflection__V1__FileDescriptorResponse FileDescriptorResponse;
typedef Grpc__Reflection__V1__ExtensionNumberResponse ExtensionNumberResponse;
typedef Grpc__Reflection__V1__ListServiceResponse ListServiceResponse;
typedef Grpc__Reflection__V1__ServiceResponse ServiceResponse;
typedef Grpc__Reflection__V1__ErrorResponse ErrorResponse;

#define ASKED(kind)    GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##kind
#define ANSWERED(kind) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##kind

struct exchange {
    struct arena *arena;
    const struct reflection_index *index;
    bool *is_sent; /* files, on this stream */
    const Request *request;
    Response *response;
};

static void answer_error(struct exchange *exchange, enum status_code code, const char *message) {
    ErrorResponse *error = arena_alloc(exchange->arena, sizeof(*error));
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
            arena_printf(exchange->arena, "no file of this server has %s", sought));
        return;
    }
    size_t room = reflection_file_count(exchange->index);
    const struct reflection_file **files = arena_alloc(exchange->arena, room * sizeof(*files));
    size_t count = reflection_collect(exchange->index, file, exchange->is_sent, files);
    FileDescriptorResponse *answer = arena_alloc(exchange->arena, sizeof(*answer));
    grpc__reflection__v1__file_descriptor_response__init(answer);
    answer->n_file_descriptor_proto = count;
    answer->file_descriptor_proto = arena_alloc(
        exchange->arena, count * sizeof(*answer->file_descriptor_proto));
    for (size_t i = 0; i < count; i++)
        answer->file_descriptor_proto[i] = (ProtobufCBinaryData){
            files[i]->bytes.size, (uint8_t *)files[i]->bytes.data};
    exchange->response->message_response_case = ANSWERED(FILE_DESCRIPTOR_RESPONSE);
    exchange->response->file_descriptor_response = answer;
}

static void answer_by_filename(struct exchange *exchange) {
    const char *name = exchange->request->file_by_filename;
    answer_file(exchange, reflection_file_named(exchange->index, name),
        arena_printf(exchange->arena, "the name %s", name));
}

static void answer_by_symbol(struct exchange *exchange) {
    const char *symbol = exchange->request->file_containing_symbol;
    answer_file(exchange, reflection_file_with_symbol(exchange->index, symbol),
        arena_printf(exchange->arena, "the symbol %s", symbol));
}

static void answer_by_extension(struct exchange *exchange) {
    const char *type = exchange->request->file_containing_extension->containing_type;
    int32_t number = exchange->request->file_containing_extension->extension_number;
    answer_file(exchange, reflection_file_with_extension(exchange->index, type, number),
        arena_printf(exchange->arena, "extension %d of %s", (int)number, type));
}

static void answer_extension_numbers(struct exchange *exchange) {
    const char *type = exchange->request->all_extension_numbers_of_type;
    const int32_t *numbers;
    size_t count;
    if (!reflection_extension_numbers(exchange->index, type, &numbers, &count)) {
        answer_error(exchange, STATUS_NOT_FOUND,
            arena_printf(exchange->arena, "no file of this server has the message %s", type));
        return;
    }
    ExtensionNumberResponse *answer = arena_alloc(exchange->arena, sizeof(*answer));
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
    ListServiceResponse *answer = arena_alloc(exchange->arena, sizeof(*answer));
    grpc__reflection__v1__list_service_response__init(answer);
    ServiceResponse *services = arena_alloc(exchange->arena, count * sizeof(*services));
    answer->service = arena_alloc(exchange->arena, count * sizeof(*answer->service));
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

void reflection_answer(struct arena *arena, const struct reflection_index *index, bool *is_sent,
    const Request *request, Response *response) {
    static void (*const answers[])(struct exchange * exchange) = {
        [ASKED(_NOT_SET)] = answer_unknown,
        [ASKED(FILE_BY_FILENAME)] = answer_by_filename,
        [ASKED(FILE_CONTAINING_SYMBOL)] = answer_by_symbol,
        [ASKED(FILE_CONTAINING_EXTENSION)] = answer_by_extension,
        [ASKED(ALL_EXTENSION_NUMBERS_OF_TYPE)] = answer_extension_numbers,
        [ASKED(LIST_SERVICES)] = answer_services,
    };
    struct exchange exchange = {arena, index, is_sent, request, response};
    response->valid_host = request->host;
    response->original_request = (Request *)request;
    answers[request->message_request_case](&exchange);
}
