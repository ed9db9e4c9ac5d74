/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include "check.h"

#include <errno.h>
#include <time.h>

static void assert_format(int64_t wall_ms, const char *expected) {
    char text[CLOCK_TEXT_SIZE];
    clock_format_ms(wall_ms, text);
    assert_string_equal(text, expected);
}

static void known_instants_are_written_as_rfc_3339(void **state) {
    assert_format(0, "1970-01-01T00:00:00.000Z");
    assert_format(-1, "1969-12-31T23:59:59.999Z");
    assert_format(INT64_C(1795378500123), "2026-11-22T20:15:00.123Z");
    assert_format(INT64_C(951782400000), "2000-02-29T00:00:00.000Z");
    assert_format(INT64_C(-62135596800000), "0001-01-01T00:00:00.000Z");
    assert_format(INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z");
    assert_format(INT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
}

static void what_has_no_four_digit_year_is_clamped(void **state) {
    assert_format(INT64_C(253402300800000), "9999-12-31T23:59:59.999Z");
    assert_format(INT64_MAX, "9999-12-31T23:59:59.999Z");
    assert_format(INT64_C(-62167219200001), "0000-01-01T00:00:00.000Z");
    assert_format(INT64_MIN, "0000-01-01T00:00:00.000Z");
}

/* Every day from the year 0 to 9999, against the C library. */
static void every_day_agrees_with_the_c_library_and_comes_back(void **state) {
    for (int64_t day = -719528; day <= 2932896; day++) {
        int64_t wall_ms = day * 86400000 + (day & 0xfffff) * 81, again = 0;
        time_t seconds = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
        int ms = (int)(wall_ms - (int64_t)seconds * 1000);
        char text[CLOCK_TEXT_SIZE], expected[64];
        struct tm tm;
        gmtime_r(&seconds, &tm);
        snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
            tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
        clock_format_ms(wall_ms, text);
        if (strcmp(text, expected) != 0)
            fail_msg("%s instead of %s", text, expected);
        if (clock_parse_ms(text_from(text), &again) < 0 || again != wall_ms)
            fail_msg(
                "%s is read as %lld instead of %lld", text, (long long)again, (long long)wall_ms);
    }
}

static void assert_parse(const char *text, int64_t expected) {
    int64_t wall_ms = -1;
    if (clock_parse_ms(text_from(text), &wall_ms) < 0)
        fail_msg("%s is refused", text);
    assert_int_equal(wall_ms, expected);
}

static void offsets_and_fractions_are_understood(void **state) {
    assert_parse("2026-11-22T20:15:00Z", INT64_C(1795378500000));
    assert_parse("2026-11-22t20:15:00z", INT64_C(1795378500000));
    assert_parse("2026-11-22T21:15:00+01:00", INT64_C(1795378500000));
    assert_parse("2026-11-22T14:45:00-05:30", INT64_C(1795378500000));
    assert_parse("2026-11-23T00:00:00+03:45", INT64_C(1795378500000));
    assert_parse("2026-11-22T20:15:00-00:00", INT64_C(1795378500000));
    assert_parse("2026-11-22T20:15:00.5Z", INT64_C(1795378500500));
    assert_parse("2026-11-22T20:15:00.07Z", INT64_C(1795378500070));
    assert_parse("2026-11-22T20:15:00.123999999Z", INT64_C(1795378500123));
    assert_parse("1969-12-31T23:59:59.9Z", -100);
}

static void what_is_no_instant_is_refused(void **state) {
    static const char *const refused[] = {"", "2026-11-22", "2026-11-22T20:15:00",
        "2026-11-22 20:15:00Z", "2026-11-22T20:15Z", "2026-11-22T20:15:00.Z",
        "2026-11-22T20:15:00Z ", " 2026-11-22T20:15:00Z", "2026-11-22T20:15:00ZZ",
        "2026-00-22T20:15:00Z", "2026-13-22T20:15:00Z", "2026-11-00T20:15:00Z",
        "2026-11-31T20:15:00Z", "2026-02-29T20:15:00Z", "1900-02-29T20:15:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T20:60:00Z", "2026-11-22T20:15:60Z",
        "2026-11-22T20:15:00+1:00", "2026-11-22T20:15:00+0100", "2026-11-22T20:15:00+24:00",
        "2026-11-22T20:15:00+01:60", "2026-11-22T20:15:00+", "26-11-22T20:15:00Z",
        "+2026-11-22T20:15:00Z", "2026-1-22T20:15:00Z", "2O26-11-22T20:15:00Z"};
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        int64_t wall_ms = 7;
        if (clock_parse_ms(text_from(refused[i]), &wall_ms) != -EINVAL || wall_ms != 7)
            fail_msg("\"%s\" is not refused", refused[i]);
    }
    int64_t wall_ms = 7;
    assert_int_equal(clock_parse_ms(TEXT("2026-11-22T20:15:00\0"), &wall_ms), -EINVAL);
}

static void clocks_agree_among_themselves(void **state) {
    int64_t before = clock_wall_us(), ms = clock_wall_ms(), after = clock_wall_us();
    assert_in_range(ms, before / 1000, after / 1000);
    assert_in_range(time(NULL), before / 1000000, after / 1000000 + 1);
    int64_t first = clock_monotonic_us(), middle = clock_monotonic_ms(),
            last = clock_monotonic_us();
    assert_in_range(middle, first / 1000, last / 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_instants_are_written_as_rfc_3339),
        cmocka_unit_test(what_has_no_four_digit_year_is_clamped),
        cmocka_unit_test(every_day_agrees_with_the_c_library_and_comes_back),
        cmocka_unit_test(offsets_and_fractions_are_understood),
        cmocka_unit_test(what_is_no_instant_is_refused),
        cmocka_unit_test(clocks_agree_among_themselves),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
