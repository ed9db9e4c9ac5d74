/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include "gateway/transcode/percent.h"

static void escapes_are_decoded_as_their_place_wants(void **state) {
    static const struct {
        const char *raw, *segment, *segments, *query;
    } rows[] = {
        {"", "", "", ""},
        {"plain", "plain", "plain", "plain"},
        {"a%20b", "a b", "a b", "a b"},
        {"a+b", "a+b", "a+b", "a b"},
        {"%2B+", "++", "++", "+ "},
        {"%2F%2f/", "///", "%2F%2f/", "///"},
        {"%25%2523%23", "%%23#", "%%23#", "%%23#"},
        {"%252F", "%2F", "%2F", "%2F"},
        {"%41%6a%6A", "Ajj", "Ajj", "Ajj"},
        {"%C3%A4", "\xc3\xa4", "\xc3\xa4", "\xc3\xa4"},
        {"%FF", "\xff", "\xff", "\xff"},
    };
    struct stand *stand = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text raw = text_from(rows[i].raw);
        assert_true(percent_is_sound(raw));
        assert_text_equal(percent_decode(&stand->arena, raw, PERCENT_SEGMENT), rows[i].segment);
        assert_text_equal(percent_decode(&stand->arena, raw, PERCENT_SEGMENTS), rows[i].segments);
        assert_text_equal(percent_decode(&stand->arena, raw, PERCENT_QUERY), rows[i].query);
    }
}

static void unsound_escapes_are_seen(void **state) {
    static const char *const rows[] = {
        "%", "a%", "%4", "%4g", "%g4", "%%41", "%00", "a%00b", "%-1"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (percent_is_sound(text_from(rows[i])))
            fail_msg("%s passes for sound", rows[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_are_decoded_as_their_place_wants),
        cmocka_unit_test(unsound_escapes_are_seen),
    };
    return cmocka_run_group_tests(tests, stand_setup, stand_teardown);
}
