/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include "check.h"

#include <inttypes.h>

static void an_empty_buffer_is_the_empty_text(void **state) {
    struct buffer buffer = {0};
    assert_text_equal(buffer_text(&buffer), "");
    assert_non_null(buffer_text(&buffer).data);
    buffer_append(&buffer, NULL, 0);
    buffer_consume(&buffer, 0);
    buffer_clear(&buffer);
    buffer_deinit(&buffer);
    buffer_deinit(&buffer);
}

static void what_is_appended_stands_in_order(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    buffer_append_string(&buffer, "seats");
    buffer_append_char(&buffer, '=');
    buffer_append_u64(&buffer, 20);
    buffer_append_text(&buffer, TEXT(", "));
    buffer_append_i64(&buffer, -3);
    buffer_append(&buffer, " left", 5);
    assert_text_equal(buffer_text(&buffer), "seats=20, -3 left");
}

static void a_buffer_grows_without_losing_a_byte(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    for (unsigned i = 0; i < 100000; i++)
        buffer_append_char(&buffer, (char)('a' + i % 26));
    assert_int_equal(buffer.size, 100000);
    for (unsigned i = 0; i < 100000; i++)
        if (buffer.data[i] != (char)('a' + i % 26))
            fail_msg("byte %u is %c", i, buffer.data[i]);
}

static void reserved_room_is_there_and_not_used_up(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    buffer_append_string(&buffer, "ab");
    char *room = buffer_reserve(&buffer, 5000);
    assert_int_equal(buffer.size, 2);
    assert_true(buffer.capacity - buffer.size >= 5000);
    memset(room, 'c', 5000);
    buffer.size += 1;
    assert_text_equal(buffer_text(&buffer), "abc");
}

static void decimals_match_printf_at_the_limits(void **state) {
    static const int64_t values[] = {0, 1, -1, 9, 10, 99, -100, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        _cleanup_(buffer_deinit) struct buffer buffer = {0};
        char expected[64];
        buffer_append_i64(&buffer, values[i]);
        buffer_append_char(&buffer, ' ');
        buffer_append_u64(&buffer, (uint64_t)values[i]);
        snprintf(
            expected, sizeof(expected), "%" PRIi64 " %" PRIu64, values[i], (uint64_t)values[i]);
        assert_text_equal(buffer_text(&buffer), expected);
    }
}

static void printf_fits_itself_in(void **state) {
    for (int width = 1; width < 1200; width += 7) {
        _cleanup_(buffer_deinit) struct buffer buffer = {0};
        buffer_append_string(&buffer, "<");
        buffer_printf(&buffer, "%*d", width, 5);
        buffer_printf(&buffer, "%s", ">");
        assert_int_equal(buffer.size, width + 2);
        assert_int_equal(buffer.data[width], '5');
        assert_int_equal(buffer.data[width + 1], '>');
    }
}

static void json_strings_are_quoted_and_repaired(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    buffer_append_json_string(&buffer, TEXT("say \"hi\"\n\x01 \u20ac \xff."));
    assert_text_equal(buffer_text(&buffer), "\"say \\\"hi\\\"\\n\\u0001 \u20ac \xef\xbf\xbd.\"");
    buffer_clear(&buffer);
    buffer_append_json_string(&buffer, (struct text){NULL, 0});
    assert_text_equal(buffer_text(&buffer), "\"\"");
}

static void consumed_bytes_are_gone_from_the_front(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    buffer_append_string(&buffer, "request one, request two");
    buffer_consume(&buffer, 13);
    assert_text_equal(buffer_text(&buffer), "request two");
    buffer_consume(&buffer, 0);
    assert_text_equal(buffer_text(&buffer), "request two");
    buffer_consume(&buffer, 11);
    assert_text_equal(buffer_text(&buffer), "");
}

static void clearing_keeps_the_memory(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    buffer_append_string(&buffer, "abc");
    size_t capacity = buffer.capacity;
    buffer_clear(&buffer);
    assert_int_equal(buffer.size, 0);
    assert_int_equal(buffer.capacity, capacity);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_is_the_empty_text),
        cmocka_unit_test(what_is_appended_stands_in_order),
        cmocka_unit_test(a_buffer_grows_without_losing_a_byte),
        cmocka_unit_test(reserved_room_is_there_and_not_used_up),
        cmocka_unit_test(decimals_match_printf_at_the_limits),
        cmocka_unit_test(printf_fits_itself_in),
        cmocka_unit_test(json_strings_are_quoted_and_repaired),
        cmocka_unit_test(consumed_bytes_are_gone_from_the_front),
        cmocka_unit_test(clearing_keeps_the_memory),
    };
    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
