/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/etag.h"
#include "tests/unit/base/check.h"

static void test_a_tag_follows_the_bytes_and_their_coding(void **state) {
    struct etag one = etag_of(TEXT("one"), ""), same = etag_of(TEXT("one"), "");
    struct etag two = etag_of(TEXT("two"), ""), zipped = etag_of(TEXT("one"), "gzip");
    assert_string_equal(one.text, same.text);
    assert_string_not_equal(one.text, two.text);
    assert_string_not_equal(one.text, zipped.text);
    assert_int_equal(strlen(one.text), ETAG_SIZE);
    assert_int_equal(one.text[0], '"');
    assert_int_equal(one.text[ETAG_SIZE - 1], '"');
}

static void test_a_tag_does_not_change_with_the_process(void **state) {
    assert_string_equal(etag_of(TEXT("one"), "").text, "\"80bf7733f1207381\"");
}

static void test_it_is_found_among_others(void **state) {
    struct etag etag = etag_of(TEXT("one"), "");
    char header[128];
    assert_true(etag_matches(&etag, etag_text(&etag)));
    assert_true(etag_matches(&etag, TEXT("*")));
    snprintf(header, sizeof(header), "\"x\" ,\tW/%s", etag.text);
    assert_true(etag_matches(&etag, text_from(header)));
    assert_false(etag_matches(&etag, TEXT("")));
    assert_false(etag_matches(&etag, TEXT("\"x\", W/\"y\"")));
    snprintf(header, sizeof(header), "%.10s", etag.text);
    assert_false(etag_matches(&etag, text_from(header)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_tag_follows_the_bytes_and_their_coding),
        cmocka_unit_test(test_a_tag_does_not_change_with_the_process),
        cmocka_unit_test(test_it_is_found_among_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
