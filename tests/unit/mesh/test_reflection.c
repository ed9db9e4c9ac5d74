/* SPDX-License-Identifier: Apache-2.0 */

/* A server is asked for its own protos, over the stream of either version. */

#include "stand.h"

#include <stdio.h>
#include <time.h>

#include "base/task.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "grpc/reflection/v1/reflection.mesh.h"
#include "mesh/message.h"
#include "mesh/observe.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest Request;
typedef Grpc__Reflection__V1__ServerReflectionResponse Response;

#define ASK(kind, member, value)                                                                   \
    {                                                                                              \
        PROTOBUF_C_MESSAGE_INIT(&grpc__reflection__v1__server_reflection_request__descriptor),     \
            .host = (char *)"a host",                                                              \
            .message_request_case =                                                                \
                GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##kind,           \
            .member = (void *)(value)                                                              \
    }
#define ANSWERED(kind) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##kind

enum { ANSWERS_MAX = 16, MANY = 900, REQUEST_SIZE_MAX = 4096 };

static const char ECHO_FILE[] = "tests/unit/mesh/echo.proto",
                  CHANNELZ_FILE[] = "grpc/channelz/v1/channelz.proto";

/* One stream. */
struct talk {
    struct stand *stand;
    struct rpc *rpc;
    const Response *answers[ANSWERS_MAX]; /* the first ones, in the stand's arena */
    int count;
    bool pauses; /* after the first */
    int disordered;
    int writable_count;
    int done_count;
    enum status_code code;
};

static enum rpc_flow on_message(struct rpc *rpc, const Response *message, void *data) {
    struct talk *talk = data;
    MUTEX_GUARD(&talk->stand->lock);
    if (talk->count < ANSWERS_MAX)
        talk->answers[talk->count] = (const Response *)message_unpack(&talk->stand->arena,
            message->base.descriptor, message_pack(&talk->stand->arena, &message->base));
    talk->disordered += atoi(message->valid_host) != talk->count;
    talk->count++;
    pthread_cond_broadcast(&talk->stand->changed);
    return talk->pauses && talk->count == 1 ? RPC_PAUSE : RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct talk *talk = data;
    MUTEX_GUARD(&talk->stand->lock);
    talk->code = status->code;
    talk->done_count++;
    pthread_cond_broadcast(&talk->stand->changed);
}

static void on_writable(struct rpc *rpc, void *data) {
    struct talk *talk = data;
    MUTEX_GUARD(&talk->stand->lock);
    talk->writable_count++;
    pthread_cond_broadcast(&talk->stand->changed);
}

static void talk_begin(struct talk *talk, struct stand *stand, const struct method *method) {
    static const struct rpc_stream_events events = {(any_fn)on_message, on_done, on_writable};
    talk->stand = stand;
    talk->rpc = rpc_bidi_stream(
        stand->channel, method ? method : &server_reflection.methods[0], NULL, &events, talk);
}

/* Sends all, waits for the end, which must be a good one with an answer for each. */
static void ask_all(struct talk *talk, struct stand *stand, const struct method *method,
    const Request *requests, int count) {
    *talk = (struct talk){0};
    talk_begin(talk, stand, method);
    for (int i = 0; i < count; i++)
        assert_int_equal(
            server_reflection_server_reflection_info_send_request(talk->rpc, &requests[i]), 0);
    rpc_close_send(talk->rpc);
    stand_wait(stand, &talk->done_count, 1);
    assert_int_equal(talk->code, STATUS_OK);
    assert_int_equal(talk->count, count);
}

static const Google__Protobuf__FileDescriptorProto *file_of(
    struct talk *talk, const Response *answer, size_t i) {
    assert_int_equal(answer->message_response_case, ANSWERED(FILE_DESCRIPTOR_RESPONSE));
    assert_in_range(i, 0, answer->file_descriptor_response->n_file_descriptor_proto - 1);
    const ProtobufCBinaryData *bytes = &answer->file_descriptor_response->file_descriptor_proto[i];
    const void *file = message_unpack(&talk->stand->arena,
        &google__protobuf__file_descriptor_proto__descriptor,
        (struct text){(const char *)bytes->data, bytes->len});
    assert_non_null(file);
    return file;
}

static void assert_error(const Response *answer, enum status_code code, const char *words) {
    assert_int_equal(answer->message_response_case, ANSWERED(ERROR_RESPONSE));
    assert_int_equal(answer->error_response->error_code, code);
    if (!strstr(answer->error_response->error_message, words))
        fail_msg("\"%s\" does not say \"%s\"", answer->error_response->error_message, words);
}

static void test_every_question_is_answered_in_its_turn(void **state) {
    struct stand stand;
    struct talk talk;
    Grpc__Reflection__V1__ExtensionRequest extension =
        GRPC__REFLECTION__V1__EXTENSION_REQUEST__INIT;
    extension.containing_type = (char *)"google.protobuf.Any";
    extension.extension_number = 7;
    const Request requests[] = {
        ASK(LIST_SERVICES, list_services, "*"),
        ASK(FILE_BY_FILENAME, file_by_filename, ECHO_FILE),
        ASK(FILE_CONTAINING_SYMBOL, file_containing_symbol, "mesh.test.v1.EchoService.Hold"),
        ASK(ALL_EXTENSION_NUMBERS_OF_TYPE, all_extension_numbers_of_type, "google.protobuf.Any"),
        ASK(FILE_BY_FILENAME, file_by_filename, "echo.proto"),
        ASK(FILE_CONTAINING_SYMBOL, file_containing_symbol, ".mesh.test.v1"),
        ASK(FILE_CONTAINING_EXTENSION, file_containing_extension, &extension),
        ASK(ALL_EXTENSION_NUMBERS_OF_TYPE, all_extension_numbers_of_type, "Nobody"),
        ASK(_NOT_SET, list_services, NULL),
    };
    stand_start(&stand, NULL);
    ask_all(&talk, &stand, NULL, requests, ARRAY_SIZE(requests));
    for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
        assert_string_equal(talk.answers[i]->valid_host, "a host");
        assert_true(text_equal(message_pack(&stand.arena, &talk.answers[i]->original_request->base),
            message_pack(&stand.arena, &requests[i].base)));
    }
    assert_int_equal(talk.answers[0]->message_response_case, ANSWERED(LIST_SERVICES_RESPONSE));
    assert_string_equal(file_of(&talk, talk.answers[1], 0)->name, ECHO_FILE);
    assert_string_equal(file_of(&talk, talk.answers[2], 0)->name, ECHO_FILE);
    assert_int_equal(
        talk.answers[3]->message_response_case, ANSWERED(ALL_EXTENSION_NUMBERS_RESPONSE));
    assert_string_equal(
        talk.answers[3]->all_extension_numbers_response->base_type_name, "google.protobuf.Any");
    assert_int_equal(talk.answers[3]->all_extension_numbers_response->n_extension_number, 0);
    assert_error(talk.answers[4], STATUS_NOT_FOUND, "the name echo.proto");
    assert_error(talk.answers[5], STATUS_NOT_FOUND, "the symbol .mesh.test.v1");
    assert_error(talk.answers[6], STATUS_NOT_FOUND, "extension 7 of google.protobuf.Any");
    assert_error(talk.answers[7], STATUS_NOT_FOUND, "message Nobody");
    assert_error(talk.answers[8], STATUS_UNIMPLEMENTED, "request of this kind");
    stand_stop(&stand);
}

/* The method of v1alpha, for which there are no stubs. */
static const struct method *v1alpha(void) {
    static struct method method;
    method = server_reflection.methods[0];
    method.path = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
    return &method;
}

static void test_both_versions_list_every_service(void **state) {
    static const char *const expected[] = {"grpc.channelz.v1.Channelz", "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        "mesh.test.v1.EchoService"};
    static const Request request = ASK(LIST_SERVICES, list_services, "");
    struct stand stand;
    struct talk talk;
    stand_start(&stand, NULL);
    const struct method *const methods[] = {NULL, v1alpha()};
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        ask_all(&talk, &stand, methods[i], &request, 1);
        const Grpc__Reflection__V1__ListServiceResponse *list =
            talk.answers[0]->list_services_response;
        assert_int_equal(list->n_service, ARRAY_SIZE(expected));
        for (size_t j = 0; j < ARRAY_SIZE(expected); j++)
            assert_string_equal(list->service[j]->name, expected[j]);
    }
    stand_stop(&stand);
}

static void test_an_older_client_finds_the_file_of_its_version(void **state) {
    static const Request request = ASK(
        FILE_CONTAINING_SYMBOL, file_containing_symbol, "grpc.reflection.v1alpha.ServerReflection");
    struct stand stand;
    struct talk talk;
    stand_start(&stand, NULL);
    ask_all(&talk, &stand, v1alpha(), &request, 1);
    assert_string_equal(file_of(&talk, talk.answers[0], 0)->package, "grpc.reflection.v1alpha");
    stand_stop(&stand);
}

static void test_imports_come_once_a_stream(void **state) {
    static const Request requests[] = {
        ASK(FILE_BY_FILENAME, file_by_filename, CHANNELZ_FILE),
        ASK(FILE_BY_FILENAME, file_by_filename, CHANNELZ_FILE),
    };
    struct stand stand;
    struct talk talk;
    stand_start(&stand, NULL);
    for (int i = 0; i < 2; i++) { /* what one stream was sent another one was not */
        ask_all(&talk, &stand, NULL, requests, 2);
        const Google__Protobuf__FileDescriptorProto *file = file_of(&talk, talk.answers[0], 0);
        assert_string_equal(file->name, CHANNELZ_FILE);
        assert_int_equal(file->n_dependency, 4);
        assert_int_equal(talk.answers[0]->file_descriptor_response->n_file_descriptor_proto, 1 + 4);
        assert_int_equal(talk.answers[1]->file_descriptor_response->n_file_descriptor_proto, 1);
        assert_string_equal(file_of(&talk, talk.answers[1], 0)->name, CHANNELZ_FILE);
    }
    stand_stop(&stand);
}

static void test_a_request_that_is_too_long_ends_the_stream(void **state) {
    static char name[REQUEST_SIZE_MAX];
    Request request = ASK(FILE_BY_FILENAME, file_by_filename, name);
    struct stand stand;
    struct talk talk = {0};
    memset(name, 'n', sizeof(name) - 1);
    size_t excess = protobuf_c_message_get_packed_size(&request.base) - REQUEST_SIZE_MAX;
    name[sizeof(name) - 1 - excess] = '\0';
    stand_start(&stand, NULL);
    ask_all(&talk, &stand, NULL, &request, 1);
    assert_error(talk.answers[0], STATUS_NOT_FOUND, "nnn");
    name[sizeof(name) - 1 - excess] = 'n';
    name[sizeof(name) - excess] = '\0';
    talk = (struct talk){0};
    talk_begin(&talk, &stand, NULL);
    server_reflection_server_reflection_info_send_request(talk.rpc, &request);
    stand_wait(&stand, &talk.done_count, 1);
    assert_int_equal(talk.code, STATUS_INVALID_ARGUMENT);
    assert_int_equal(talk.count, 0);
    stand_stop(&stand);
}

static const struct method_series *served(void) {
    return observe_method(OBSERVE_SERVER, &server_reflection.methods[0]);
}

/* The server has read what it can for now. Should it only have been slow, it is asked less. */
static void wait_for_rest(void) {
    const struct timespec pause = {0, 5 * 1000 * 1000};
    int64_t seen = -1;
    for (int quiet = 0; quiet < 20; quiet++) {
        int64_t received = metric_get(served()->received);
        if (received != seen)
            quiet = 0;
        seen = received;
        nanosleep(&pause, NULL);
    }
}

/* The requests find room between the two whether they are read or not; their answers, of which each
 * is a hundred times larger, do not. */
static void test_who_reads_slowly_is_read_slowly_and_loses_nothing(void **state) {
    struct stand stand;
    struct talk talk = {.pauses = true};
    char number[16];
    Request request = ASK(FILE_BY_FILENAME, file_by_filename, CHANNELZ_FILE);
    request.host = number;
    stand_start(&stand, NULL);
    talk_begin(&talk, &stand, NULL);
    for (int i = 0, full = 0; i < MANY; i++) {
        snprintf(number, sizeof(number), "%d", i);
        int r = server_reflection_server_reflection_info_send_request(talk.rpc, &request);
        assert_in_range(r, 0, RPC_FULL);
        if (r == RPC_FULL)
            stand_wait(&stand, &talk.writable_count, ++full);
    }
    rpc_close_send(talk.rpc);
    stand_wait(&stand, &talk.count, 1);
    wait_for_rest();
    rpc_read(talk.rpc);
    stand_wait(&stand, &talk.done_count, 1);
    assert_int_equal(talk.code, STATUS_OK);
    assert_int_equal(talk.count, MANY);
    assert_int_equal(talk.disordered, 0);
    stand_stop(&stand);
}

/* On the server's side, which has been drained. */
static void assert_all_ended(void) {
    int64_t handled = 0;
    for (int code = 0; code < STATUS_CODE_COUNT; code++)
        handled += metric_get(served()->handled[code]);
    assert_int_equal(handled, metric_get(served()->started));
}

static void test_a_stream_ends_with_its_server(void **state) {
    static const Request request = ASK(LIST_SERVICES, list_services, "");
    struct stand stand;
    struct talk talk = {0};
    stand_start(&stand, NULL);
    talk_begin(&talk, &stand, NULL);
    server_reflection_server_reflection_info_send_request(talk.rpc, &request);
    stand_wait(&stand, &talk.count, 1);
    stand_stop_server(&stand);
    stand_wait(&stand, &talk.done_count, 1);
    assert_int_equal(talk.code, STATUS_UNAVAILABLE);
    assert_all_ended();
    stand_stop(&stand);
}

static void test_a_client_may_go_in_the_middle(void **state) {
    static const Request request = ASK(LIST_SERVICES, list_services, "");
    struct stand stand;
    struct talk talk = {.pauses = true};
    stand_start(&stand, NULL);
    talk_begin(&talk, &stand, NULL);
    server_reflection_server_reflection_info_send_request(talk.rpc, &request);
    stand_wait(&stand, &talk.count, 1);
    rpc_cancel(talk.rpc);
    stand_wait(&stand, &talk.done_count, 1);
    assert_int_equal(talk.code, STATUS_CANCELLED);
    stand_stop(&stand);
    assert_all_ended();
}

static void test_is_not_served_where_it_is_not_wanted(void **state) {
    struct stand stand;
    stand_start(&stand, &(struct server_options){.without_introspection = true});
    const struct method *const methods[] = {NULL, v1alpha()};
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        struct talk talk = {0};
        talk_begin(&talk, &stand, methods[i]);
        stand_wait(&stand, &talk.done_count, 1);
        assert_int_equal(talk.code, STATUS_UNIMPLEMENTED);
    }
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_question_is_answered_in_its_turn),
        cmocka_unit_test(test_both_versions_list_every_service),
        cmocka_unit_test(test_an_older_client_finds_the_file_of_its_version),
        cmocka_unit_test(test_imports_come_once_a_stream),
        cmocka_unit_test(test_a_request_that_is_too_long_ends_the_stream),
        cmocka_unit_test(test_who_reads_slowly_is_read_slowly_and_loses_nothing),
        cmocka_unit_test(test_a_stream_ends_with_its_server),
        cmocka_unit_test(test_a_client_may_go_in_the_middle),
        cmocka_unit_test(test_is_not_served_where_it_is_not_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
