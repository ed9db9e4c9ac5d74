/* SPDX-License-Identifier: Apache-2.0 */

/* What protoc-gen-mesh writes for sample.proto. The runtime is played by the functions below, which
 * note what they are asked. */

#include "tests/unit/proto/sample.mesh.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/arena.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "google/protobuf/empty.pb-c.h"

#define SAMPLE "tests.sample_api.v1.SampleService"

static struct {
    const struct service *service;
    const any_fn *handlers;
    const struct method *method;
    const ProtobufCMessage *message;
    any_fn callback;
    void (*on_done)(struct rpc *rpc, const struct status *status, void *data);
    void (*on_writable)(struct rpc *rpc, void *data);
    void (*on_end)(struct call *call, void *data);
    void *data;
} asked;

static const struct status ok = {STATUS_OK, "", {0}};
static const Tests__SampleApi__V1__Text text = TESTS__SAMPLE_API__V1__TEXT__INIT;
static const Tests__SampleApi__V1__Text__XMLPart part = TESTS__SAMPLE_API__V1__TEXT__XMLPART__INIT;
static const Google__Protobuf__Empty empty = GOOGLE__PROTOBUF__EMPTY__INIT;

/* Things the stubs only pass on. */
static char call_place, rpc_place, channel_place, data_place;
static struct call *const call = (struct call *)&call_place;
static struct rpc *const rpc = (struct rpc *)&rpc_place;
static struct channel *const channel = (struct channel *)&channel_place;

void server_register(_unused_ struct server *server, const struct service *service,
    const any_fn *handlers, void *data) {
    static any_fn copy[SAMPLE_SERVICE_METHOD_COUNT];
    for (size_t i = 0; i < service->method_count; i++)
        copy[i] = handlers[i];
    asked.service = service;
    asked.handlers = copy;
    asked.data = data;
}

void call_reply(_unused_ struct call *answered, const ProtobufCMessage *reply) {
    asked.message = reply;
}

int call_send(_unused_ struct call *answered, const ProtobufCMessage *message) {
    asked.message = message;
    return CALL_FULL;
}

struct rpc *rpc_call(_unused_ struct channel *to, const struct method *method,
    _unused_ const struct rpc_options *options, const ProtobufCMessage *request, any_fn on_reply,
    void *data) {
    asked.method = method;
    asked.message = request;
    asked.callback = on_reply;
    asked.data = data;
    return rpc;
}

struct rpc *rpc_stream(_unused_ struct channel *to, const struct method *method,
    _unused_ const struct rpc_options *options, const ProtobufCMessage *request,
    const struct rpc_stream_events *events, void *data) {
    asked.method = method;
    asked.message = request;
    asked.callback = events->on_message;
    asked.on_done = events->on_done;
    asked.data = data;
    return rpc;
}

struct rpc *rpc_bidi_stream(struct channel *to, const struct method *method,
    const struct rpc_options *options, const struct rpc_stream_events *events, void *data) {
    asked.on_writable = events->on_writable;
    return rpc_stream(to, method, options, NULL, events, data);
}

struct rpc *rpc_client_stream(struct channel *to, const struct method *method,
    const struct rpc_options *options, any_fn on_reply,
    void (*on_writable)(struct rpc *of, void *data), void *data) {
    asked.on_writable = on_writable;
    return rpc_call(to, method, options, NULL, on_reply, data);
}

int rpc_send(_unused_ struct rpc *to, const ProtobufCMessage *message) {
    asked.message = message;
    return RPC_FULL;
}

void call_start_reading(_unused_ struct call *from, const struct call_reader *reader, void *data) {
    asked.callback = reader->on_message;
    asked.on_end = reader->on_end;
    asked.data = data;
}

static struct status status_of_wait;
struct status rpc_call_and_wait(_unused_ struct channel *to, const struct method *method,
    _unused_ const struct rpc_options *options, const ProtobufCMessage *request,
    _unused_ struct arena *arena, const ProtobufCMessage **ret_reply) {
    asked.method = method;
    asked.message = request;
    if (status_of_wait.code == STATUS_OK)
        *ret_reply = &text.base;
    return status_of_wait;
}

/* Typed functions, which note who they are. */
static int ran;
enum {
    RAN_UNARY = 1,
    RAN_DEFAULT,
    RAN_WATCH,
    RAN_COLLECT,
    RAN_CHAT,
    RAN_REPLY,
    RAN_MESSAGE,
    RAN_REQUEST,
};

static void note(int who, const void *message, const void *expected, const void *data) {
    ran = who;
    assert_ptr_equal(message, expected);
    assert_ptr_equal(data, &data_place);
}

static void handle_get_text(
    struct call *from, const Tests__SampleApi__V1__Text *request, void *data) {
    assert_ptr_equal(from, call);
    note(RAN_UNARY, request, &text, data);
}

static void handle_get_default(
    _unused_ struct call *from, const Google__Protobuf__Empty *request, void *data) {
    note(RAN_DEFAULT, request, &empty, data);
}

static void handle_watch_text(
    _unused_ struct call *from, const Tests__SampleApi__V1__Text *request, void *data) {
    note(RAN_WATCH, request, &text, data);
}

static void handle_collect_text(struct call *from, void *data) {
    assert_ptr_equal(from, call);
    note(RAN_COLLECT, NULL, NULL, data);
}

static void handle_chat(_unused_ struct call *from, void *data) {
    note(RAN_CHAT, NULL, NULL, data);
}

static void on_reply(
    const struct status *status, const Tests__SampleApi__V1__Text *reply, void *data) {
    assert_ptr_equal(status, &ok);
    note(RAN_REPLY, reply, &text, data);
}

static enum rpc_flow on_message(
    struct rpc *from, const Tests__SampleApi__V1__Text__XMLPart *message, void *data) {
    assert_ptr_equal(from, rpc);
    note(RAN_MESSAGE, message, &part, data);
    return RPC_PAUSE;
}

static enum rpc_flow on_text(
    _unused_ struct rpc *from, const Tests__SampleApi__V1__Text *message, void *data) {
    note(RAN_MESSAGE, message, &text, data);
    return RPC_NEXT;
}

static enum rpc_flow on_request(
    struct call *from, const Tests__SampleApi__V1__Text *message, void *data) {
    assert_ptr_equal(from, call);
    note(RAN_REQUEST, message, &text, data);
    return RPC_PAUSE;
}

static void on_requests_end(_unused_ struct call *from, _unused_ void *data) {
}

static void on_writable(_unused_ struct rpc *from, _unused_ void *data) {
}

static void on_done(
    _unused_ struct rpc *from, _unused_ const struct status *status, _unused_ void *data) {
}

static void the_table_says_what_the_proto_says(void **state) {
    static const struct method expected[SAMPLE_SERVICE_METHOD_COUNT] = {
        [SAMPLE_SERVICE_GET_TEXT] = {"/" SAMPLE "/GetText", "GetText", METHOD_UNARY,
            METHOD_NO_SIDE_EFFECTS, &tests__sample_api__v1__text__descriptor,
            &tests__sample_api__v1__text__descriptor},
        [SAMPLE_SERVICE_GET_DEFAULT] = {"/" SAMPLE "/GetDefault", "GetDefault", METHOD_UNARY,
            METHOD_IDEMPOTENT, &google__protobuf__empty__descriptor,
            &tests__sample_api__v1__text__xmlpart__descriptor},
        [SAMPLE_SERVICE_WATCH_TEXT] = {"/" SAMPLE "/WatchText", "WatchText", METHOD_SERVER_STREAM,
            METHOD_SIDE_EFFECTS, &tests__sample_api__v1__text__descriptor,
            &tests__sample_api__v1__text__xmlpart__descriptor},
        [SAMPLE_SERVICE_COLLECT_TEXT] = {"/" SAMPLE "/CollectText", "CollectText",
            METHOD_CLIENT_STREAM, METHOD_SIDE_EFFECTS, &tests__sample_api__v1__text__descriptor,
            &tests__sample_api__v1__text__descriptor},
        [SAMPLE_SERVICE_CHAT_HTTP] = {"/" SAMPLE "/ChatHTTP", "ChatHTTP", METHOD_BIDI_STREAM,
            METHOD_SIDE_EFFECTS, &tests__sample_api__v1__text__descriptor,
            &tests__sample_api__v1__text__descriptor},
    };
    assert_string_equal(sample_service.name, SAMPLE);
    assert_int_equal(sample_service.method_count, 5);
    for (size_t i = 0; i < SAMPLE_SERVICE_METHOD_COUNT; i++) {
        const struct method *method = &sample_service.methods[i];
        assert_string_equal(method->path, expected[i].path);
        assert_string_equal(method->name, expected[i].name);
        assert_int_equal(method->kind, expected[i].kind);
        assert_int_equal(method->idempotency, expected[i].idempotency);
        assert_string_equal(method->input->name, expected[i].input->name);
        assert_string_equal(method->output->name, expected[i].output->name);
        assert_ptr_equal(method->input, expected[i].input);
        assert_ptr_equal(method->output, expected[i].output);
    }
}

static void only_callbacks_that_a_kind_has_are_there(void **state) {
    for (size_t i = 0; i < SAMPLE_SERVICE_METHOD_COUNT; i++) {
        const struct method *method = &sample_service.methods[i];
        assert_non_null(method->invoke_handler);
        bool has_many = method_kind_has_many_answers(method->kind);
        assert_int_equal(method->invoke_on_reply != NULL, !has_many);
        assert_int_equal(method->invoke_on_message != NULL, has_many);
        assert_int_equal(
            method->invoke_on_request != NULL, method_kind_reads_requests(method->kind));
    }
}

static void run_handler(size_t index, const void *request) {
    ran = 0;
    sample_service.methods[index].invoke_handler(asked.handlers[index], call, request, asked.data);
}

static void every_typed_handler_is_reached(void **state) {
    static const struct sample_service_handlers handlers = {
        .get_text = handle_get_text,
        .get_default = handle_get_default,
        .watch_text = handle_watch_text,
        .collect_text = handle_collect_text,
        .chat_http = handle_chat,
    };
    sample_service_register(NULL, &handlers, &data_place);
    assert_ptr_equal(asked.service, &sample_service);
    run_handler(SAMPLE_SERVICE_GET_TEXT, &text);
    assert_int_equal(ran, RAN_UNARY);
    run_handler(SAMPLE_SERVICE_GET_DEFAULT, &empty);
    assert_int_equal(ran, RAN_DEFAULT);
    run_handler(SAMPLE_SERVICE_WATCH_TEXT, &text);
    assert_int_equal(ran, RAN_WATCH);
    run_handler(SAMPLE_SERVICE_COLLECT_TEXT, NULL);
    assert_int_equal(ran, RAN_COLLECT);
    run_handler(SAMPLE_SERVICE_CHAT_HTTP, NULL);
    assert_int_equal(ran, RAN_CHAT);
}

static void a_handler_that_is_missing_stays_null(void **state) {
    static const struct sample_service_handlers handlers = {.watch_text = handle_watch_text};
    sample_service_register(NULL, &handlers, NULL);
    for (size_t i = 0; i < SAMPLE_SERVICE_METHOD_COUNT; i++)
        assert_int_equal(asked.handlers[i] != NULL, i == SAMPLE_SERVICE_WATCH_TEXT);
}

static void answers_are_passed_on_as_messages(void **state) {
    sample_service_get_text_reply(call, &text);
    assert_ptr_equal(asked.message, &text);
    assert_int_equal(sample_service_watch_text_send(call, &part), CALL_FULL);
    assert_ptr_equal(asked.message, &part);
    sample_service_collect_text_reply(call, &text);
    assert_ptr_equal(asked.message, &text);
    assert_int_equal(sample_service_chat_http_send(call, &text), CALL_FULL);
}

static void a_unary_call_comes_back_to_its_typed_callback(void **state) {
    assert_ptr_equal(sample_service_get_text(channel, NULL, &text, on_reply, &data_place), rpc);
    assert_ptr_equal(asked.method, &sample_service.methods[SAMPLE_SERVICE_GET_TEXT]);
    assert_ptr_equal(asked.message, &text);
    ran = 0;
    asked.method->invoke_on_reply(asked.callback, &ok, &text.base, asked.data);
    assert_int_equal(ran, RAN_REPLY);
}

static void a_stream_comes_back_to_its_typed_callbacks(void **state) {
    const struct sample_service_watch_text_events events = {on_message, on_done};
    assert_ptr_equal(sample_service_watch_text(channel, NULL, &text, &events, &data_place), rpc);
    assert_ptr_equal(asked.method, &sample_service.methods[SAMPLE_SERVICE_WATCH_TEXT]);
    assert_ptr_equal(asked.on_done, on_done);
    ran = 0;
    enum rpc_flow flow = asked.method->invoke_on_message(
        asked.callback, rpc, &part.base, asked.data);
    assert_int_equal(flow, RPC_PAUSE);
    assert_int_equal(ran, RAN_MESSAGE);
}

static void a_stream_of_requests_reaches_its_typed_reader(void **state) {
    static const struct sample_service_chat_http_reader reader = {on_request, on_requests_end};
    sample_service_chat_http_read(call, &reader, &data_place);
    assert_ptr_equal(asked.on_end, on_requests_end);
    for (size_t i = SAMPLE_SERVICE_COLLECT_TEXT; i <= SAMPLE_SERVICE_CHAT_HTTP; i++) {
        ran = 0;
        enum rpc_flow flow = sample_service.methods[i].invoke_on_request(
            asked.callback, call, &text.base, asked.data);
        assert_int_equal(flow, RPC_PAUSE);
        assert_int_equal(ran, RAN_REQUEST);
    }
}

static void requests_are_sent_and_answered_by_one(void **state) {
    static const struct sample_service_collect_text_events events = {on_reply, on_writable};
    assert_ptr_equal(sample_service_collect_text(channel, NULL, &events, &data_place), rpc);
    assert_ptr_equal(asked.method, &sample_service.methods[SAMPLE_SERVICE_COLLECT_TEXT]);
    assert_ptr_equal(asked.on_writable, on_writable);
    assert_int_equal(sample_service_collect_text_send_request(rpc, &text), RPC_FULL);
    assert_ptr_equal(asked.message, &text);
    ran = 0;
    asked.method->invoke_on_reply(asked.callback, &ok, &text.base, asked.data);
    assert_int_equal(ran, RAN_REPLY);
}

static void requests_are_sent_and_answered_by_many(void **state) {
    static const struct sample_service_chat_http_events events = {on_text, on_done, on_writable};
    assert_ptr_equal(sample_service_chat_http(channel, NULL, &events, &data_place), rpc);
    assert_ptr_equal(asked.method, &sample_service.methods[SAMPLE_SERVICE_CHAT_HTTP]);
    assert_ptr_equal(asked.on_done, on_done);
    assert_ptr_equal(asked.on_writable, on_writable);
    assert_int_equal(sample_service_chat_http_send_request(rpc, &text), RPC_FULL);
    ran = 0;
    enum rpc_flow flow = asked.method->invoke_on_message(
        asked.callback, rpc, &text.base, asked.data);
    assert_int_equal(flow, RPC_NEXT);
    assert_int_equal(ran, RAN_MESSAGE);
}

static void waiting_gives_a_reply_only_on_success(void **state) {
    const Tests__SampleApi__V1__Text before = TESTS__SAMPLE_API__V1__TEXT__INIT, *reply = &before;
    status_of_wait = (struct status){STATUS_NOT_FOUND, "no such text", {0}};
    struct status status = sample_service_get_text_and_wait(channel, NULL, &text, NULL, &reply);
    assert_int_equal(status.code, STATUS_NOT_FOUND);
    assert_ptr_equal(reply, &before);
    status_of_wait = ok;
    status = sample_service_get_text_and_wait(channel, NULL, &text, NULL, &reply);
    assert_int_equal(status.code, STATUS_OK);
    assert_ptr_equal(reply, &text);
}

static void two_services_of_a_file_share_its_descriptors(void **state) {
    assert_string_equal(other_service.methods[OTHER_SERVICE_GET_TEXT].path,
        "/tests.sample_api.v1.OtherService/GetText");
    assert_ptr_equal(other_service.descriptor_set, sample_service.descriptor_set);
}

static Google__Protobuf__FileDescriptorSet *unpack_descriptors(void) {
    const struct text *bytes = sample_service.descriptor_set;
    Google__Protobuf__FileDescriptorSet *set = google__protobuf__file_descriptor_set__unpack(
        NULL, bytes->size, (const uint8_t *)bytes->data);
    assert_non_null(set);
    return set;
}

static void the_descriptors_are_all_imports_then_the_file(void **state) {
    static const char *const expected[] = {"google/api/http.proto",
        "google/protobuf/descriptor.proto", "google/api/annotations.proto",
        "google/protobuf/empty.proto", "tests/unit/proto/sample.proto"};
    Google__Protobuf__FileDescriptorSet *set = unpack_descriptors();
    assert_int_equal(set->n_file, ARRAY_SIZE(expected));
    for (size_t i = 0; i < set->n_file; i++) {
        assert_string_equal(set->file[i]->name, expected[i]);
        assert_null(set->file[i]->source_code_info);
    }
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
}

static void the_http_option_survives_byte_for_byte(void **state) {
    static const char expected[] = "\x12\x10/v1/texts/{text}"
                                   "\x5a\x15\x22\x10/v1/texts:search\x3a\x01*";
    Google__Protobuf__FileDescriptorSet *set = unpack_descriptors();
    const Google__Protobuf__FileDescriptorProto *file = set->file[set->n_file - 1];
    const ProtobufCMessage *options = &file->service[0]->method[0]->options->base;
    assert_int_equal(options->n_unknown_fields, 1);
    const ProtobufCMessageUnknownField *http = &options->unknown_fields[0];
    assert_int_equal(http->tag, 72295728);
    assert_int_equal(http->len, 1 + sizeof(expected) - 1); /* one byte for the length */
    assert_memory_equal(http->data + 1, expected, sizeof(expected) - 1);
    google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_says_what_the_proto_says),
        cmocka_unit_test(only_callbacks_that_a_kind_has_are_there),
        cmocka_unit_test(every_typed_handler_is_reached),
        cmocka_unit_test(a_handler_that_is_missing_stays_null),
        cmocka_unit_test(answers_are_passed_on_as_messages),
        cmocka_unit_test(a_unary_call_comes_back_to_its_typed_callback),
        cmocka_unit_test(a_stream_comes_back_to_its_typed_callbacks),
        cmocka_unit_test(a_stream_of_requests_reaches_its_typed_reader),
        cmocka_unit_test(requests_are_sent_and_answered_by_one),
        cmocka_unit_test(requests_are_sent_and_answered_by_many),
        cmocka_unit_test(waiting_gives_a_reply_only_on_success),
        cmocka_unit_test(two_services_of_a_file_share_its_descriptors),
        cmocka_unit_test(the_descriptors_are_all_imports_then_the_file),
        cmocka_unit_test(the_http_option_survives_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
