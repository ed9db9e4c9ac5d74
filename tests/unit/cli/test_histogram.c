/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/loadgen/histogram.h"

static void assert_near(int64_t actual, int64_t expected) {
    assert_in_range(actual, expected - expected / 16, expected + expected / 16);
}

static void an_empty_one_says_zero(void **state) {
    static struct histogram histogram;
    assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
    assert_int_equal(histogram_quantile(&histogram, 1), 0);
}

static void small_values_are_exact(void **state) {
    static struct histogram histogram;
    for (int64_t us = 0; us < 16; us++)
        histogram_add(&histogram, us);
    assert_int_equal(histogram.count, 16);
    assert_int_equal(histogram_quantile(&histogram, 0.5), 7);
    assert_int_equal(histogram_quantile(&histogram, 1), 15);
}

static void quantiles_of_a_ramp_are_its_values(void **state) {
    static struct histogram histogram;
    for (int64_t us = 1; us <= 100000; us++)
        histogram_add(&histogram, us);
    assert_near(histogram_quantile(&histogram, 0.5), 50000);
    assert_near(histogram_quantile(&histogram, 0.9), 90000);
    assert_near(histogram_quantile(&histogram, 0.99), 99000);
    assert_int_equal(histogram_quantile(&histogram, 1), 100000);
}

static void one_slow_answer_shows_only_at_the_top(void **state) {
    static struct histogram histogram;
    for (unsigned i = 0; i < 999; i++)
        histogram_add(&histogram, 100);
    histogram_add(&histogram, 5000000);
    assert_near(histogram_quantile(&histogram, 0.99), 100);
    assert_near(histogram_quantile(&histogram, 0.9999), 5000000);
    assert_int_equal(histogram.max_us, 5000000);
}

static void every_size_has_a_bucket(void **state) {
    static struct histogram histogram;
    for (unsigned power = 0; power < 63; power++)
        histogram_add(&histogram, INT64_C(1) << power);
    histogram_add(&histogram, INT64_MAX);
    histogram_add(&histogram, -5);
    assert_int_equal(histogram.count, 65);
    assert_int_equal(histogram_quantile(&histogram, 0), 0);
    assert_int_equal(histogram.max_us, INT64_MAX);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_says_zero),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(quantiles_of_a_ramp_are_its_values),
        cmocka_unit_test(one_slow_answer_shows_only_at_the_top),
        cmocka_unit_test(every_size_has_a_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
