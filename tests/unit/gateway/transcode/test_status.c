/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include "gateway/transcode/status_json.h"
#include "gateway/transcode/wire.h"

static void codes_have_their_http_status(void **state) {
    static const int expected[] = {
        200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401};
    for (int code = 0; code < 17; code++)
        assert_int_equal(status_json_http(code), expected[code]);
    assert_int_equal(status_json_http(17), 500);
    assert_int_equal(status_json_http(-1), 500);
}

/* An Any in a google.rpc.Status. */
static void add_detail(struct buffer *status, const char *type, struct text value) {
    struct buffer any = {0};
    wire_append_bytes(&any, 1, text_from(type));
    wire_append_bytes(&any, 2, value);
    wire_append_bytes(status, 3, buffer_text(&any));
    buffer_deinit(&any);
}

static void assert_status(
    struct stand *stand, int code, struct text message, struct text details, const char *expected) {
    buffer_clear(&stand->json);
    status_json_append(&stand->json, sample_schema(), &stand->arena, code, message, details);
    assert_text_equal(buffer_text(&stand->json), expected);
}

static void a_status_without_details_is_short(void **state) {
    assert_status(*state, 5, TEXT("no \"event\"\n"), TEXT(""),
        "{\"code\":5,\"message\":\"no \\\"event\\\"\\n\",\"details\":[]}");
    assert_status(*state, 13, TEXT("\xff"), TEXT(""),
        "{\"code\":13,\"message\":\"\xef\xbf\xbd\",\"details\":[]}");
}

static void details_are_shown_with_their_type(void **state) {
    struct buffer status = {0}, violation = {0}, violations = {0};
    wire_append_bytes(&violation, 1, TEXT("event.start_time"));
    wire_append_bytes(&violation, 2, TEXT("must be later"));
    wire_append_bytes(&violations, 1, buffer_text(&violation));
    wire_append_bytes(&status, 2, TEXT("not this message"));
    add_detail(&status, "type.googleapis.com/google.rpc.BadRequest", buffer_text(&violations));
    add_detail(&status, "type.googleapis.com/google.rpc.RetryInfo", TEXT("\x0a\x02\x08\x02"));
    assert_status(*state, 3, TEXT("bad"), buffer_text(&status),
        "{\"code\":3,\"message\":\"bad\",\"details\":["
        "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":["
        "{\"field\":\"event.startTime\",\"description\":\"must be later\"}]},"
        "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"2s\"}]}");
    buffer_deinit(&status);
    buffer_deinit(&violation);
    buffer_deinit(&violations);
}

static void no_detail_loses_the_error(void **state) {
    struct buffer status = {0};
    add_detail(&status, "x/no.such.Type", TEXT("\x01\x02"));
    add_detail(&status, "x/google.rpc.RetryInfo", TEXT("\x0a\x05"));
    add_detail(&status, "x/google.rpc.ErrorInfo", TEXT("\x0a\x01\xff"));
    assert_status(*state, 14, TEXT("gone"), buffer_text(&status),
        "{\"code\":14,\"message\":\"gone\",\"details\":["
        "{\"@type\":\"x/no.such.Type\",\"value\":\"AQI=\"},"
        "{\"@type\":\"x/google.rpc.RetryInfo\",\"value\":\"CgU=\"},"
        "{\"@type\":\"x/google.rpc.ErrorInfo\",\"value\":\"CgH/\"}]}");
    buffer_deinit(&status);
    assert_status(*state, 14, TEXT("gone"), TEXT("\x1a\x50"),
        "{\"code\":14,\"message\":\"gone\",\"details\":[]}");
}

static void errors_of_our_own_look_the_same(void **state) {
    struct stand *stand = *state;
    const struct status_json_violation violations[] = {
        {"event.capacity", "must be a number"}, {"name", "is \"empty\""}};
    struct status_json_error error = {.code = 3, .message = "bad request"};
    buffer_clear(&stand->json);
    status_json_append_error(&stand->json, &error);
    assert_text_equal(
        buffer_text(&stand->json), "{\"code\":3,\"message\":\"bad request\",\"details\":[]}");

    error.reason = "BAD";
    error.violations = violations;
    error.violation_count = 2;
    buffer_clear(&stand->json);
    status_json_append_error(&stand->json, &error);
    assert_text_equal(buffer_text(&stand->json),
        "{\"code\":3,\"message\":\"bad request\",\"details\":["
        "{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"BAD\","
        "\"domain\":\"myevents\",\"metadata\":{}},"
        "{\"@type\":\"type.googleapis.com/google.rpc.BadRequest\",\"fieldViolations\":["
        "{\"field\":\"event.capacity\",\"description\":\"must be a number\"},"
        "{\"field\":\"name\",\"description\":\"is \\\"empty\\\"\"}]}]}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_have_their_http_status),
        cmocka_unit_test(a_status_without_details_is_short),
        cmocka_unit_test(details_are_shown_with_their_type),
        cmocka_unit_test(no_detail_loses_the_error),
        cmocka_unit_test(errors_of_our_own_look_the_same),
    };
    return cmocka_run_group_tests(tests, stand_setup, stand_teardown);
}
