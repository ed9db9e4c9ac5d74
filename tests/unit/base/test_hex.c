/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include "check.h"

static void every_byte_is_written_and_read_again(void **state) {
    for (int value = 0; value < 256; value++) {
        uint8_t written = (uint8_t)value, read;
        char hex[3] = "..", expected[3];
        hex_write(&written, 1, hex);
        snprintf(expected, sizeof(expected), "%02x", (unsigned)value);
        assert_string_equal(hex, expected);
        assert_true(hex_read(hex, 1, &read));
        assert_int_equal(read, value);
    }
}

static bool is_digit(int c) {
    return c != 0 && strchr("0123456789abcdef", c);
}

static void what_is_no_digit_is_refused_at_every_place(void **state) {
    uint8_t bytes[3];
    for (size_t place = 0; place < 2 * sizeof(bytes); place++)
        for (int c = 0; c < 256; c++) {
            char hex[] = "0123ef";
            hex[place] = (char)c;
            if (hex_read(hex, sizeof(bytes), bytes) != is_digit(c))
                fail_msg("character %d at place %zu", c, place);
        }
}

static void nothing_is_read_as_nothing(void **state) {
    assert_true(hex_read("zz", 0, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_written_and_read_again),
        cmocka_unit_test(what_is_no_digit_is_refused_at_every_place),
        cmocka_unit_test(nothing_is_read_as_nothing),
    };
    return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
