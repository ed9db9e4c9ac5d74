/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "base/buffer.h"
#include "check.h"

static void assert_decodes(const char *text, const char *expected) {
    char bytes[64];
    size_t size = 0;
    if (!base64_decode(text_from(text), bytes, &size))
        fail_msg("\"%s\" is refused", text);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
}

static void the_examples_of_the_standard_go_there_and_back(void **state) {
    static const char *const examples[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
        _cleanup_(buffer_deinit) struct buffer written = {0};
        base64_append(&written, text_from(examples[i][0]));
        buffer_append_char(&written, '\0');
        assert_string_equal(written.data, examples[i][1]);
        assert_decodes(examples[i][1], examples[i][0]);
    }
}

static void both_alphabets_are_read_with_padding_and_without(void **state) {
    assert_decodes("+/+/", "\xfb\xff\xbf");
    assert_decodes("-_-_", "\xfb\xff\xbf");
    assert_decodes("Zg", "f");
    assert_decodes("Zm8", "fo");
}

static void what_is_no_base64_is_refused(void **state) {
    static const char *const bad[] = {"Z", "Zg=", "Zg===", "=", "Zm9=v", "Zm 9", "Zm9v!", "Zm9vY"};
    char bytes[64];
    size_t size;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (base64_decode(text_from(bad[i]), bytes, &size))
            fail_msg("\"%s\" is read", bad[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard_go_there_and_back),
        cmocka_unit_test(both_alphabets_are_read_with_padding_and_without),
        cmocka_unit_test(what_is_no_base64_is_refused),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
