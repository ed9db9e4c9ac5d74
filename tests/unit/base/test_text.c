/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include "check.h"

#include <errno.h>

static void a_null_string_is_the_empty_text(void **state) {
    assert_int_equal(text_from(NULL).size, 0);
    assert_non_null(text_from(NULL).data);
    assert_true(text_equal(text_from(NULL), TEXT("")));
}

static void texts_are_equal_by_bytes(void **state) {
    assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
    assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
    assert_false(text_equal(TEXT("a"), TEXT("ab")));
    assert_true(text_equal((struct text){NULL, 0}, TEXT("")));
    assert_true(text_equal_ignore_case(TEXT("Content-Type"), TEXT("content-TYPE")));
    assert_false(text_equal_ignore_case(TEXT("["), TEXT("{"))); /* 0x20 apart, but no letters */
    assert_false(text_equal_ignore_case(TEXT("@"), TEXT("`")));
    assert_false(text_equal_ignore_case(TEXT("a"), TEXT("ab")));
}

static void a_shorter_text_comes_first(void **state) {
    assert_true(text_compare(TEXT("a"), TEXT("ab")) < 0);
    assert_true(text_compare(TEXT("ab"), TEXT("a")) > 0);
    assert_true(text_compare(TEXT("ab"), TEXT("b")) < 0);
    assert_true(text_compare(TEXT("\xff"), TEXT("a")) > 0); /* bytes are unsigned */
    assert_int_equal(text_compare(TEXT("ab"), TEXT("ab")), 0);
    assert_int_equal(text_compare((struct text){NULL, 0}, TEXT("")), 0);
    assert_true(text_compare(TEXT(""), TEXT("a")) < 0);
}

static void prefixes_and_suffixes_are_found(void **state) {
    assert_true(text_starts_with(TEXT("redis://x"), TEXT("redis://")));
    assert_false(text_starts_with(TEXT("redis"), TEXT("redis://")));
    assert_true(text_starts_with(TEXT("x"), TEXT("")));
    assert_true(text_ends_with(TEXT("main.c"), TEXT(".c")));
    assert_true(text_ends_with(TEXT(".c"), TEXT(".c")));
    assert_false(text_ends_with(TEXT("c"), TEXT(".c")));
    assert_false(text_ends_with(TEXT("main.h"), TEXT(".c")));
}

static void a_part_is_found_whatever_its_case(void **state) {
    assert_true(text_contains_ignore_case(TEXT("The Night of Jazz"), TEXT("night")));
    assert_true(text_contains_ignore_case(TEXT("The Night of Jazz"), TEXT("JAZZ")));
    assert_true(text_contains_ignore_case(TEXT("aaab"), TEXT("AAB")));
    assert_true(text_contains_ignore_case(TEXT("x"), TEXT("")));
    assert_true(text_contains_ignore_case(TEXT(""), TEXT("")));
    assert_true(text_contains_ignore_case(TEXT("caf\u00e9"), TEXT("F\u00e9")));
    assert_false(text_contains_ignore_case(TEXT("caf\u00e9"), TEXT("\u00c9")));
    assert_false(text_contains_ignore_case(TEXT("jaz"), TEXT("jazz")));
}

static void blanks_are_trimmed_at_both_ends(void **state) {
    assert_text_equal(text_trim(TEXT(" \t a b\t ")), "a b");
    assert_text_equal(text_trim(TEXT(" \t ")), "");
    assert_text_equal(text_trim(TEXT("")), "");
    assert_text_equal(text_trim(TEXT("\na\n")), "\na\n");
}

static void a_text_is_cut_at_the_first_separator(void **state) {
    struct text rest = TEXT("a,,b");
    assert_text_equal(text_cut(&rest, ','), "a");
    assert_text_equal(rest, ",b");
    assert_text_equal(text_cut(&rest, ','), "");
    assert_text_equal(text_cut(&rest, ','), "b");
    assert_int_equal(rest.size, 0);
    assert_text_equal(text_cut(&rest, ','), "");

    struct text last = TEXT("a,");
    assert_text_equal(text_cut(&last, ','), "a");
    assert_int_equal(last.size, 0);
    struct text none = {NULL, 0};
    assert_int_equal(text_cut(&none, ',').size, 0);
}

/* The bits of any code point up to 21 bits put in `size` bytes, whether that is allowed or not. */
static struct text utf8_encode(uint32_t point, size_t size, char bytes[static 4]) {
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = size; i-- > 1; point >>= 6)
        bytes[i] = (char)(0x80 | (point & 0x3f));
    bytes[0] = (char)(leads[size] | point);
    return (struct text){bytes, size};
}

static size_t utf8_right_size(uint32_t point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

static void utf8_is_every_code_point_in_its_shortest_form_only(void **state) {
    static const uint32_t ends[] = {0, 0x80, 0x800, 0x10000, 0x200000};
    for (size_t size = 1; size <= 4; size++)
        for (uint32_t point = 0; point < ends[size]; point++) {
            char bytes[4];
            struct text text = utf8_encode(point, size, bytes);
            bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
            bool is_right = size == utf8_right_size(point) && point <= 0x10ffff && !is_surrogate;
            if (text_is_utf8(text) != is_right || text_utf8_next(text) != (is_right ? size : 0))
                fail_msg("U+%04X in %zu bytes", point, size);
        }
}

static void broken_utf8_is_refused_wherever_it_stands(void **state) {
    static const struct text broken[] = {
        {"\x80", 1},
        {"\xbf", 1},
        {"\xfe", 1},
        {"\xff", 1},
        {"\xc3", 1},
        {"\xc3(", 2},
        {"\xe2\x82", 2},
        {"\xe2(\xa1", 3},
        {"\xe2\x82(", 3},
        {"\xf0\x9f\x98", 3},
        {"\xf0\x9f(\x80", 4},
        {"\xf0\x9f\x98(", 4},
        {"\xf8\x88\x80\x80\x80", 5},
        {"\xc3\xc3\xa9", 3},
        {"\xf4\x90\x80\x80", 4},
        {"\xc0\x80", 2},
        {"\xed\xa0\x80", 3},
    };
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
        for (size_t offset = 0; offset < 20; offset++) {
            char bytes[40];
            memset(bytes, 'a', sizeof(bytes));
            memcpy(bytes + offset, broken[i].data, broken[i].size);
            if (text_is_utf8((struct text){bytes, offset + broken[i].size}))
                fail_msg("broken[%zu] passes at the end, offset %zu", i, offset);
            if (text_is_utf8((struct text){bytes, sizeof(bytes)}))
                fail_msg("broken[%zu] passes in the middle, offset %zu", i, offset);
        }
}

static void good_utf8_is_accepted_and_counted(void **state) {
    struct text mixed = TEXT("abcdefgh\u00e9ijklmnop\u20acqr\U0001f600\U0010ffff\0z");
    assert_true(text_is_utf8(mixed));
    assert_int_equal(text_utf8_length(mixed), 24);
    assert_true(text_is_utf8(TEXT("")));
    assert_true(text_is_utf8((struct text){NULL, 0}));
    assert_int_equal(text_utf8_length(TEXT("")), 0);
}

static void assert_escaped(struct text text, const char *expected) {
    char escaped[256], scratch[TEXT_ESCAPE_SIZE];
    size_t used = 0;
    while (text.size > 0) {
        struct text piece = text_cut_escaped(&text, scratch);
        assert_int_not_equal(piece.size, 0);
        memcpy(escaped + used, piece.data, piece.size);
        used += piece.size;
    }
    assert_text_equal((struct text){escaped, used}, expected);
}

static void what_would_end_or_garble_a_string_is_escaped(void **state) {
    assert_escaped(TEXT(""), "");
    assert_escaped(
        TEXT("plain \u00e9 \u20ac \U0001f600 /'<"), "plain \u00e9 \u20ac \U0001f600 /'<");
    assert_escaped(TEXT("\"\\\n\r\t\b\f"), "\\\"\\\\\\n\\r\\t\\b\\f");
    assert_escaped(TEXT("a\0b\x01\x1b\x1f\x7f"), "a\\u0000b\\u0001\\u001b\\u001f\\u007f");
    assert_escaped(TEXT("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"), "\\u0080\\u009b\\u009f\xc2\xa0");
    assert_escaped(TEXT("\xff"), "\xef\xbf\xbd");
    assert_escaped(TEXT("a\xe2\x82z"), "a\xef\xbf\xbd\xef\xbf\xbdz");
    assert_escaped(TEXT("z\xc2"), "z\xef\xbf\xbd");
}

static bool must_be_escaped(unsigned char c) {
    return c < 0x20 || c >= 0x7f || c == '"' || c == '\\';
}

/* Whichever byte it is and wherever it stands, also beside one of its kind. */
static void a_plain_run_ends_at_the_first_byte_that_is_not(void **state) {
    char bytes[24], scratch[TEXT_ESCAPE_SIZE];
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at < sizeof(bytes); at++) {
            memset(bytes, at % 2 ? '!' : '~', sizeof(bytes));
            bytes[at] = (char)c;
            bytes[sizeof(bytes) - 1] = '"';
            struct text text = {bytes, sizeof(bytes)};
            size_t run = must_be_escaped((unsigned char)bytes[at]) ? at : sizeof(bytes) - 1;
            size_t size = text_cut_escaped(&text, scratch).size;
            if (run > 0 && size != run)
                fail_msg("byte 0x%02x at %zu: a run of %zu instead of %zu", c, at, size, run);
        }
}

static void a_number_is_the_whole_text(void **state) {
    static const char *const refused[] = {
        "", "-", "+1", " 1", "1 ", "1a", "0x1", "1.0", "--1", "1-", "\xd9\xa1"};
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        uint64_t u = 7;
        int64_t s = 7;
        assert_int_equal(text_to_u64(text_from(refused[i]), &u), -EINVAL);
        assert_int_equal(text_to_i64(text_from(refused[i]), &s), -EINVAL);
        assert_int_equal(u, 7);
        assert_int_equal(s, 7);
    }
    uint64_t u = 7;
    assert_int_equal(text_to_u64(TEXT("-1"), &u), -EINVAL);
    assert_int_equal(text_to_u64(TEXT("1\0"), &u), -EINVAL);
}

static void numbers_reach_their_limits_and_no_further(void **state) {
    uint64_t u = 7;
    assert_int_equal(text_to_u64(TEXT("0"), &u), 0);
    assert_int_equal(u, 0);
    assert_int_equal(text_to_u64(TEXT("18446744073709551615"), &u), 0);
    assert_true(u == UINT64_MAX);
    assert_int_equal(text_to_u64(TEXT("00000000000000000000000000042"), &u), 0);
    assert_int_equal(u, 42);
    assert_int_equal(text_to_u64(TEXT("18446744073709551616"), &u), -ERANGE);
    assert_int_equal(text_to_u64(TEXT("99999999999999999999"), &u), -ERANGE);
    assert_int_equal(u, 42);

    int64_t s = 7;
    assert_int_equal(text_to_i64(TEXT("9223372036854775807"), &s), 0);
    assert_true(s == INT64_MAX);
    assert_int_equal(text_to_i64(TEXT("-9223372036854775808"), &s), 0);
    assert_true(s == INT64_MIN);
    assert_int_equal(text_to_i64(TEXT("-0"), &s), 0);
    assert_int_equal(s, 0);
    assert_int_equal(text_to_i64(TEXT("9223372036854775808"), &s), -ERANGE);
    assert_int_equal(text_to_i64(TEXT("-9223372036854775809"), &s), -ERANGE);
    assert_int_equal(s, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_null_string_is_the_empty_text),
        cmocka_unit_test(texts_are_equal_by_bytes),
        cmocka_unit_test(a_shorter_text_comes_first),
        cmocka_unit_test(prefixes_and_suffixes_are_found),
        cmocka_unit_test(a_part_is_found_whatever_its_case),
        cmocka_unit_test(blanks_are_trimmed_at_both_ends),
        cmocka_unit_test(a_text_is_cut_at_the_first_separator),
        cmocka_unit_test(utf8_is_every_code_point_in_its_shortest_form_only),
        cmocka_unit_test(broken_utf8_is_refused_wherever_it_stands),
        cmocka_unit_test(good_utf8_is_accepted_and_counted),
        cmocka_unit_test(what_would_end_or_garble_a_string_is_escaped),
        cmocka_unit_test(a_plain_run_ends_at_the_first_byte_that_is_not),
        cmocka_unit_test(a_number_is_the_whole_text),
        cmocka_unit_test(numbers_reach_their_limits_and_no_further),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
