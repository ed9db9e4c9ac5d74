/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include <math.h>

#include "gateway/transcode/number.h"
#include "random_message.h"

enum { ROUNDS = 200000 };

static void numbers_end_where_json_says(void **state) {
    static const struct {
        const char *text;
        size_t taken; /* 0: no number */
    } rows[] = {
        {"0", 1},
        {"-0", 2},
        {"12", 2},
        {"1.5", 3},
        {"1e5", 3},
        {"1E+05", 5},
        {"1.5e-3,", 6},
        {"10 ", 2},
        {"1x", 1},
        {"", 0},
        {"-", 0},
        {"+1", 0},
        {"01", 0},
        {"-01", 0},
        {".5", 0},
        {"1.", 0},
        {"1.e5", 0},
        {"1e", 0},
        {"1e+", 0},
        {"x", 0},
        {"0x1", 1},
        {"0.0", 3},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct number number = {0};
        bool is_number = number_scan(text_from(rows[i].text), &number);
        assert_int_equal(is_number, rows[i].taken > 0);
        assert_int_equal(number.text.size, rows[i].taken);
    }
}

static void whole_numbers_are_exact(void **state) {
    static const struct {
        const char *text;
        bool fits;
        uint64_t value;
    } rows[] = {
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"18446744073709551619", false, 0},
        {"184467440737095516150", false, 0},
        {"1844674407370955161.5e1", true, UINT64_MAX},
        {"18446744073709551615.0", true, UINT64_MAX},
        {"18446744073709551615.00000000001", false, 0},
        {"10000000000000000000000e-3", true, 10000000000000000000u},
        {"0.000000000000000000000000001e27", true, 1},
        {"1e19", true, 10000000000000000000u},
        {"1e20", false, 0},
        {"1e2147483648", false, 0},
        {"0e2147483648", true, 0},
        {"1e-2147483648", false, 0},
        {"100e-2", true, 1},
        {"101e-2", false, 0},
        {"-0", true, 0},
        {"-1", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct number number;
        uint64_t value = 0;
        assert_true(number_parse(text_from(rows[i].text), &number));
        assert_int_equal(number_to_u64(&number, UINT64_MAX, &value), rows[i].fits);
        assert_int_equal(value, rows[i].value);
    }
}

/* Any digits, read as the C library reads them. */
static void doubles_are_read_to_the_nearest(void **state) {
    struct random_source random = {7};
    for (int i = 0; i < ROUNDS; i++) {
        char text[64];
        int exponent = (int)random_below(&random, 60) - 30;
        snprintf(text, sizeof(text), "%u.%ue%d", random_below(&random, 1u << 31),
            random_below(&random, 1u << 31) >> random_below(&random, 31), exponent);
        struct number number;
        double wide = 0;
        float narrow = 0;
        assert_true(number_parse(text_from(text), &number));
        assert_true(number_to_double(&number, &wide));
        assert_true(number_to_float(&number, &narrow));
        if (wide != strtod(text, NULL) || narrow != strtof(text, NULL))
            fail_msg("%s is read as %.17g and %.9g", text, wide, (double)narrow);
    }
}

static double double_of(struct random_source *random) {
    uint64_t bits = (uint64_t)random_below(random, 1u << 31) << 33 |
                    (uint64_t)random_below(random, 1u << 31) << 2;
    double value;
    memcpy(&value, &bits, sizeof(value));
    return random_below(random, 2) ? value : (double)random_below(random, 1u << 30) / 10000;
}

static void printed_doubles_read_back(void **state) {
    struct random_source random = {11};
    for (int i = 0; i < ROUNDS; i++) {
        char text[NUMBER_SIZE_MAX + 1];
        double value = double_of(&random);
        if (!isfinite(value))
            continue;
        size_t size = number_print_double(value, text);
        assert_true(size < NUMBER_SIZE_MAX);
        text[size] = '\0';
        if (strtod(text, NULL) != value)
            fail_msg("%.17g is printed as %s", value, text);
        struct number number;
        assert_true(number_parse((struct text){text, size}, &number)); /* it is JSON */
    }
}

static void printed_numbers_are_short(void **state) {
    static const struct {
        double value;
        const char *text;
    } rows[] = {{0, "0"}, {-0.0, "-0"}, {1, "1"}, {-1.5, "-1.5"}, {19.99, "19.99"}, {0.1, "0.1"},
        {0.000001, "0.000001"}, {1e-7, "1e-07"}, {999999999, "999999999"}, {1e9, "1000000000"},
        {1e21, "1e+21"}, {0.1 + 0.2, "0.30000000000000004"}, {5e-324, "5e-324"},
        {1.0 / 3, "0.3333333333333333"}, {-123456.789, "-123456.789"}};
    char text[NUMBER_SIZE_MAX];
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_text_equal(
            (struct text){text, number_print_double(rows[i].value, text)}, rows[i].text);
    assert_text_equal((struct text){text, number_print_float(0.1f, text)}, "0.1");
    assert_text_equal(
        (struct text){text, number_print_u64(UINT64_MAX, text)}, "18446744073709551615");
    assert_text_equal((struct text){text, number_print_u64(0, text)}, "0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_end_where_json_says),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(doubles_are_read_to_the_nearest),
        cmocka_unit_test(printed_doubles_read_back),
        cmocka_unit_test(printed_numbers_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
