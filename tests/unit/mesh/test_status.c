/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "mesh/check.h"
#include "mesh/message.h"
#include "mesh/status.h"

static void test_has_a_name(void **state) {
    assert_string_equal(status_code_name(0), "OK");
    assert_string_equal(status_code_name(STATUS_UNAUTHENTICATED), "UNAUTHENTICATED");
    assert_string_equal(status_code_name(STATUS_CODE_COUNT), "UNKNOWN");
    assert_string_equal(status_code_name(-1), "UNKNOWN");
    for (int code = 0; code < STATUS_CODE_COUNT; code++)
        assert_non_null(status_code_name(code));
}

static const Google__Rpc__Status *parse(struct arena *arena, struct text details) {
    const ProtobufCMessage *whole = message_unpack(
        arena, &google__rpc__status__descriptor, details);
    assert_non_null(whole);
    return (const Google__Rpc__Status *)whole;
}

static void *detail(struct arena *arena, const Google__Rpc__Status *whole, const char *type,
    const ProtobufCMessageDescriptor *descriptor) {
    for (size_t i = 0; i < whole->n_details; i++)
        if (strcmp(whole->details[i]->type_url, type) == 0)
            return message_unpack(arena, descriptor,
                (struct text){(char *)whole->details[i]->value.data, whole->details[i]->value.len});
    return NULL;
}

static void test_carries_its_details(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    const struct failure_field fields[] = {
        {"event.capacity", "must be positive"}, {"name", "is x"}};
    const struct failure_field metadata = {"event_id", "e-1"};
    struct failure failure = {.code = STATUS_FAILED_PRECONDITION,
        .reason = "SOLD_OUT",
        .message = "no seats left",
        .retry_delay_ms = 1500,
        .fields = fields,
        .field_count = 2,
        .metadata = &metadata,
        .metadata_count = 1};
    const Google__Rpc__Status *whole = parse(&arena, failure_serialize(&arena, &failure));
    assert_int_equal(whole->code, STATUS_FAILED_PRECONDITION);
    assert_string_equal(whole->message, "no seats left");
    assert_int_equal(whole->n_details, 3);
    const Google__Rpc__ErrorInfo *info = detail(&arena, whole,
        "type.googleapis.com/google.rpc.ErrorInfo", &google__rpc__error_info__descriptor);
    assert_string_equal(info->reason, "SOLD_OUT");
    assert_string_equal(info->domain, "myevents");
    assert_string_equal(info->metadata[0]->key, "event_id");
    assert_string_equal(info->metadata[0]->value, "e-1");
    const Google__Rpc__BadRequest *bad = detail(&arena, whole,
        "type.googleapis.com/google.rpc.BadRequest", &google__rpc__bad_request__descriptor);
    assert_int_equal(bad->n_field_violations, 2);
    assert_string_equal(bad->field_violations[0]->field, "event.capacity");
    assert_string_equal(bad->field_violations[1]->description, "is x");
    arena_deinit(&arena);
}

static void test_has_a_reason_and_a_delay_or_none(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    struct failure failure = {.code = STATUS_NOT_FOUND};
    struct status status = {STATUS_NOT_FOUND, "", failure_serialize(&arena, &failure)};
    assert_string_equal(status_reason(&arena, &status), "NOT_FOUND");
    assert_int_equal(status_retry_delay_ms(&status), -1);
    failure.retry_delay_ms = 86400001;
    status.details = failure_serialize(&arena, &failure);
    assert_int_equal(status_retry_delay_ms(&status), 86400001);
    status.details = (struct text){"", 0};
    assert_string_equal(status_reason(&arena, &status), "");
    assert_int_equal(status_retry_delay_ms(&status), -1);
    status.details = TEXT("\xff\xff garbage of another server");
    assert_string_equal(status_reason(&arena, &status), "");
    assert_int_equal(status_retry_delay_ms(&status), -1);
    arena_deinit(&arena);
}

/* What another server says need not be a duration at all. */
static void test_has_no_delay_that_is_none(void **state) {
    static const struct {
        int64_t seconds;
        int32_t nanos;
        int64_t delay_ms;
    } rows[] = {
        {1, 999999999, 1999},
        {0, 0, 0},
        {-1, 0, -1},
        {0, -2000000000, -1},
        {0, 1000000000, -1},
        {315576000000, 999999999, 315576000000999},
        {315576000001, 0, -1},
        {INT64_MAX / 1000 - 1, 0, -1},
        {0, 2147483647, -1},
        {INT64_MAX, 0, -1},
    };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
        Google__Rpc__RetryInfo info = GOOGLE__RPC__RETRY_INFO__INIT;
        Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT, *details = &any;
        Google__Rpc__Status whole = GOOGLE__RPC__STATUS__INIT;
        delay.seconds = rows[i].seconds;
        delay.nanos = rows[i].nanos;
        info.retry_delay = &delay;
        struct text packed = message_pack(&arena, &info.base);
        any.type_url = (char *)"type.googleapis.com/google.rpc.RetryInfo";
        any.value = (ProtobufCBinaryData){packed.size, (uint8_t *)packed.data};
        whole.details = &details;
        whole.n_details = 1;
        struct status status = {STATUS_UNAVAILABLE, "", message_pack(&arena, &whole.base)};
        assert_int_equal(status_retry_delay_ms(&status), rows[i].delay_ms);
    }
    arena_deinit(&arena);
}

static void test_is_copied_whole(void **state) {
    struct arena arena;
    arena_init(&arena, 0);
    char message[] = "short-lived", details[] = "detail";
    struct status status = {STATUS_ABORTED, message, {details, 6}};
    struct status copy = status_copy(&arena, &status);
    memset(message, 'x', sizeof(message) - 1);
    memset(details, 'x', sizeof(details) - 1);
    assert_int_equal(copy.code, STATUS_ABORTED);
    assert_string_equal(copy.message, "short-lived");
    assert_true(text_equal(copy.details, TEXT("detail")));
    arena_deinit(&arena);
}

/* Each line of the request's text is one value to check, in this order. */
static void handle_checks(struct call *call, const EchoRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    struct arena *arena = call_arena(call);
    struct text rest = text_from(request->text);
    const char *id = arena_copy_text(arena, text_cut(&rest, '|'));
    const char *name = arena_copy_text(arena, text_cut(&rest, '|'));
    const char *request_id = arena_copy_text(arena, text_cut(&rest, '|'));
    check_id(&check, id, "id");
    check_string(&check, name, "name", 1, 5, false);
    check_request_id(&check, request_id);
    check_field(&check, request->count > 0, "count", "must be %d or more", 1);
    for (uint32_t i = 100; i < request->count; i++)
        check_field(&check, false, "many", "is wrong");
    if (check_refuse(&check))
        return;
    reply_text(call, "fine");
}

static const any_fn checking[ECHO_SERVICE_METHOD_COUNT] = {
    [ECHO_SERVICE_ECHO] = (any_fn)handle_checks};

static const char *violations(struct stand *stand, const char *text, uint32_t count) {
    EchoRequest request = ECHO_REQUEST_INIT;
    char *list = (char *)"";
    request.text = (char *)text;
    request.count = count;
    struct status status = stand_call(stand, ECHO_SERVICE_ECHO, NULL, &request, NULL);
    if (status.code == STATUS_OK)
        return "none";
    assert_string_equal(status_code_name(status.code), "INVALID_ARGUMENT");
    const Google__Rpc__BadRequest *bad = detail(&stand->arena, parse(&stand->arena, status.details),
        "type.googleapis.com/google.rpc.BadRequest", &google__rpc__bad_request__descriptor);
    for (size_t i = 0; i < bad->n_field_violations; i++)
        list = arena_printf(&stand->arena, "%s%s %s; ", list, bad->field_violations[i]->field,
            bad->field_violations[i]->description);
    return list;
}

static void test_names_every_violation_of_a_request(void **state) {
    struct stand stand;
    stand_start_with(&stand, NULL, "127.0.0.1:0", checking);
#define ID "01890a5d-ac96-774b-bcce-b302099a8057"
    assert_string_equal(violations(&stand, ID "|name|r-1", 1), "none");
    assert_string_equal(violations(&stand, ID "|n\xc3\xa4mes|", 1), "none");
    assert_string_equal(
        violations(&stand, "||", 0), "id is required; name is required; count must be 1 or more; ");
    assert_string_equal(violations(&stand, "x|longer|\x01", 1),
        "id must be a UUID; name must be 1 to 5 characters long; "
        "request_id must be at most 128 printable ASCII characters; ");
    assert_string_equal(
        violations(&stand, ID "|a\nb|", 1), "name must not contain control characters; ");
    assert_string_equal(
        violations(&stand, ID "|a\xc2\x85|", 1), "name must not contain control characters; ");
    assert_int_equal(strlen(violations(&stand, ID "|name|", 200)),
        CHECK_VIOLATIONS_MAX * strlen("many is wrong; "));
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has_a_name),
        cmocka_unit_test(test_carries_its_details),
        cmocka_unit_test(test_has_a_reason_and_a_delay_or_none),
        cmocka_unit_test(test_has_no_delay_that_is_none),
        cmocka_unit_test(test_is_copied_whole),
        cmocka_unit_test(test_names_every_violation_of_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
