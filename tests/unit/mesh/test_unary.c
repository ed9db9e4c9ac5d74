/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

static void test_is_echoed(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    const EchoResponse *reply;
    stand_start(&stand, NULL);
    request.text = (char *)"hello";
    for (int i = 0; i < 100; i++) {
        struct status status = stand_call(&stand, ECHO_SERVICE_ECHO, NULL, &request, &reply);
        assert_int_equal(status.code, STATUS_OK);
        assert_string_equal(reply->text, "hello");
    }
    stand_stop(&stand);
}

static void test_may_be_answered_later_by_another_thread(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_start(&stand, NULL);
    stand_begin(&stand, ECHO_SERVICE_HOLD, NULL, &request);
    reply_text(stand_held(&stand, 0), "late");
    stand_wait(&stand, &stand.done_count, 1);
    assert_int_equal(stand.status.code, STATUS_OK);
    assert_string_equal(stand.message, "late");
    stand_stop(&stand);
}

static void test_fails_with_every_code_and_its_details(void **state) {
    struct stand stand;
    EchoRequest request = ECHO_REQUEST_INIT;
    stand_start(&stand, NULL);
    for (int code = STATUS_CANCELLED; code < STATUS_CODE_COUNT; code++) {
        request.code = code;
        request.text = (char *)"50% \xc3\xa4rger\n";
        struct status status = stand_call(&stand, ECHO_SERVICE_FAIL, NULL, &request, NULL);
        assert_int_equal(status.code, code);
        assert_string_equal(status.message, "50% \xc3\xa4rger\n");
        assert_string_equal(status_reason(&stand.arena, &status), "ON_PURPOSE");
        assert_int_equal(status_retry_delay_ms(&status), 1250);
    }
    stand_stop(&stand);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_echoed),
        cmocka_unit_test(test_may_be_answered_later_by_another_thread),
        cmocka_unit_test(test_fails_with_every_code_and_its_details),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
