/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sampler.h"

#include "check.h"

#include <string.h>

/* The lower half of the id decides: a quarter, and three quarters, of the way. */
static const char low_id[] = "ffffffffffffffff3fffffffffffffff";
static const char high_id[] = "0000000000000000c000000000000001";

enum parent { NO_PARENT, SAMPLED, UNSAMPLED };

static bool takes(
    enum sampler_kind kind, double ratio, enum parent parent_kind, const char *trace_id) {
    struct sampler sampler = sampler_make(kind, ratio);
    struct trace parent = {.sampled = parent_kind == SAMPLED};
    strcpy(parent.trace_id, trace_id);
    return sampler_takes(&sampler, parent_kind == NO_PARENT ? NULL : &parent, trace_id);
}

static void each_sampler_decides_by_its_rule(void **state) {
    static const struct {
        const char *name;
        enum sampler_kind kind;
        bool root_low, root_high, of_sampled, of_unsampled; /* the last two with the high id */
    } rows[] = {
        {"always_on", SAMPLER_ALWAYS_ON, true, true, true, true},
        {"always_off", SAMPLER_ALWAYS_OFF, false, false, false, false},
        {"traceidratio", SAMPLER_RATIO, true, false, false, false},
        {"parentbased_always_on", SAMPLER_PARENT_ALWAYS_ON, true, true, true, false},
        {"parentbased_always_off", SAMPLER_PARENT_ALWAYS_OFF, false, false, true, false},
        {"parentbased_traceidratio", SAMPLER_PARENT_RATIO, true, false, true, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        print_message("%s\n", rows[i].name);
        assert_int_equal(takes(rows[i].kind, 0.5, NO_PARENT, low_id), rows[i].root_low);
        assert_int_equal(takes(rows[i].kind, 0.5, NO_PARENT, high_id), rows[i].root_high);
        assert_int_equal(takes(rows[i].kind, 0.5, SAMPLED, high_id), rows[i].of_sampled);
        assert_int_equal(takes(rows[i].kind, 0.5, UNSAMPLED, high_id), rows[i].of_unsampled);
    }
}

static void the_names_stand_in_the_order_of_the_kinds(void **state) {
    struct text names = text_from(SAMPLER_NAMES);
    static const char *const expected[] = {
        [SAMPLER_ALWAYS_ON] = "always_on",
        [SAMPLER_ALWAYS_OFF] = "always_off",
        [SAMPLER_RATIO] = "traceidratio",
        [SAMPLER_PARENT_ALWAYS_ON] = "parentbased_always_on",
        [SAMPLER_PARENT_ALWAYS_OFF] = "parentbased_always_off",
        [SAMPLER_PARENT_RATIO] = "parentbased_traceidratio",
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_true(text_equal(text_cut(&names, '|'), text_from(expected[i])));
    assert_int_equal(names.size, 0);
}

static void a_ratio_of_all_and_of_nothing_are_exact(void **state) {
    static const char first[] = "00000000000000010000000000000000";
    static const char last[] = "ffffffffffffffffffffffffffffffff";
    assert_false(takes(SAMPLER_RATIO, 0, NO_PARENT, first));
    assert_false(takes(SAMPLER_RATIO, 0, NO_PARENT, last));
    assert_true(takes(SAMPLER_RATIO, 1, NO_PARENT, first));
    assert_true(takes(SAMPLER_RATIO, 1, NO_PARENT, last));
}

static void a_tenth_of_many_traces_is_a_tenth(void **state) {
    enum { TRACES = 20000 };
    unsigned taken = 0;
    for (unsigned i = 0; i < TRACES; i++) {
        struct trace trace;
        trace_start(&trace);
        taken += takes(SAMPLER_RATIO, 0.1, NO_PARENT, trace.trace_id);
    }
    /* Ten standard deviations around 2,000. */
    print_message("%u of %u\n", taken, TRACES);
    assert_in_range(taken, 1576, 2424);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sampler_decides_by_its_rule),
        cmocka_unit_test(the_names_stand_in_the_order_of_the_kinds),
        cmocka_unit_test(a_ratio_of_all_and_of_nothing_are_exact),
        cmocka_unit_test(a_tenth_of_many_traces_is_a_tenth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
