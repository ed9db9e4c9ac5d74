/* SPDX-License-Identifier: Apache-2.0 */
#include "http/response.h"

#include "tests/unit/base/check.h"

/* The date that everybody must agree on is replaced by its form. */
static void check_head(
    const struct http_response *response, const char *before, const char *after) {
    _cleanup_(buffer_deinit) struct buffer output = {0};
    struct http_date date = {0};
    http_append_head(&output, response, &date);
    struct text head = buffer_text(&output);
    size_t date_size = strlen("Sun, 22 Nov 2026 20:15:00 GMT");
    assert_int_equal(head.size, strlen(before) + date_size + strlen(after));
    assert_text_equal((struct text){head.data, strlen(before)}, before);
    assert_text_equal((struct text){head.data + strlen(before) + date_size, strlen(after)}, after);
}

static void a_head_says_how_the_body_ends(void **state) {
    check_head(&(struct http_response){.status = 200, .body_size = 12},
        "HTTP/1.1 200 OK\r\nDate: ", "\r\nContent-Length: 12\r\n\r\n");
    check_head(&(struct http_response){.status = 404, .framing = HTTP_BY_CHUNKS},
        "HTTP/1.1 404 Not Found\r\nDate: ", "\r\nTransfer-Encoding: chunked\r\n\r\n");
    check_head(&(struct http_response){.status = 204, .framing = HTTP_NO_BODY},
        "HTTP/1.1 204 No Content\r\nDate: ", "\r\n\r\n");
    check_head(
        &(struct http_response){
            .status = 299, .framing = HTTP_BY_CLOSE, .closes = true, .headers = TEXT("A: b\r\n")},
        "HTTP/1.1 299 Unknown\r\nDate: ", "\r\nConnection: close\r\nA: b\r\n\r\n");
}

static void the_date_is_in_the_form_of_rfc_9110(void **state) {
    _cleanup_(buffer_deinit) struct buffer output = {0};
    struct http_date date = {0};
    char expected[64];
    struct tm t;
    http_append_head(&output, &(struct http_response){.status = 200}, &date);
    gmtime_r(&date.second, &t);
    strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &t); /* the C locale */
    assert_string_equal(date.text, expected);
    buffer_append_char(&output, '\0');
    assert_non_null(strstr(output.data, expected));
}

static void a_header_value_loses_its_control_characters(void **state) {
    static const struct {
        struct text value;
        const char *line;
    } rows[] = {
        {{"", 0}, "A: \r\n"},
        {{"b c\td\xc3\xa4", 7}, "A: b c\td\xc3\xa4\r\n"},
        {{"b\r\nC: d", 7}, "A: b  C: d\r\n"},
        {{"\0\x01\x7f", 3}, "A:    \r\n"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        _cleanup_(buffer_deinit) struct buffer output = {0};
        http_append_header(&output, "A", rows[i].value);
        assert_text_equal(buffer_text(&output), rows[i].line);
    }
}

static void chunks_have_their_size_in_hex(void **state) {
    static char bytes[70000];
    _cleanup_(buffer_deinit) struct buffer output = {0};
    http_append_chunk(&output, TEXT("a"));
    http_append_chunk(&output, TEXT(""));
    http_append_chunk(&output, TEXT("0123456789abcdef"));
    http_append_last_chunk(&output);
    assert_text_equal(buffer_text(&output), "1\r\na\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n");
    buffer_clear(&output);
    http_append_chunk(&output, (struct text){bytes, sizeof(bytes)});
    assert_text_equal((struct text){output.data, 7}, "11170\r\n");
    assert_int_equal(output.size, 7 + sizeof(bytes) + 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_says_how_the_body_ends),
        cmocka_unit_test(the_date_is_in_the_form_of_rfc_9110),
        cmocka_unit_test(a_header_value_loses_its_control_characters),
        cmocka_unit_test(chunks_have_their_size_in_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
