/* SPDX-License-Identifier: Apache-2.0 */
#include "base/trace.h"

#include "check.h"

#include <errno.h>

static const char example[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static void a_traceparent_is_read_and_written_again(void **state) {
    struct trace trace;
    char text[TRACEPARENT_SIZE + 1];
    assert_int_equal(trace_parse(text_from(example), &trace), 0);
    assert_string_equal(trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_string_equal(trace.span_id, "00f067aa0ba902b7");
    assert_true(trace.sampled);
    trace_format(&trace, text);
    assert_string_equal(text, example);
}

static bool is_sampled(const char *flags) {
    char text[TRACEPARENT_SIZE + 1];
    struct trace trace;
    snprintf(text, sizeof(text), "%.53s%s", example, flags);
    assert_int_equal(trace_parse(text_from(text), &trace), 0);
    return trace.sampled;
}

static void only_the_lowest_flag_says_sampled(void **state) {
    assert_true(is_sampled("01"));
    assert_true(is_sampled("03"));
    assert_true(is_sampled("ff"));
    assert_false(is_sampled("00"));
    assert_false(is_sampled("02"));
    assert_false(is_sampled("f0"));
}

static void a_later_version_may_say_more(void **state) {
    struct trace trace;
    assert_int_equal(
        trace_parse(TEXT("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), &trace), 0);
    assert_int_equal(
        trace_parse(TEXT("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"), &trace),
        0);
    assert_string_equal(trace.span_id, "00f067aa0ba902b7");
    assert_int_equal(
        trace_parse(TEXT("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more"), &trace),
        -EINVAL);
}

static void what_is_no_traceparent_is_refused(void **state) {
    static const char *const refused[] = {"", "00",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0-04bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-600f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x"};
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        struct trace trace = {.trace_id = "before"};
        if (trace_parse(text_from(refused[i]), &trace) != -EINVAL)
            fail_msg("\"%s\" is not refused", refused[i]);
        assert_string_equal(trace.trace_id, "before");
    }
}

static void a_new_root_is_a_valid_traceparent(void **state) {
    struct trace trace, other, again;
    char text[TRACEPARENT_SIZE + 1];
    trace_start(&trace);
    trace_start(&other);
    assert_string_not_equal(trace.trace_id, other.trace_id);
    trace_format(&trace, text);
    assert_int_equal(strlen(text), TRACEPARENT_SIZE);
    assert_int_equal(trace_parse(text_from(text), &again), 0);
    assert_string_equal(again.trace_id, trace.trace_id);
    assert_string_equal(again.span_id, trace.span_id);
}

static void a_child_keeps_the_trace_and_has_its_own_span(void **state) {
    struct trace parent, child;
    assert_int_equal(trace_parse(text_from(example), &parent), 0);
    parent.sampled = false;
    trace_continue(&parent, &child);
    assert_string_equal(child.trace_id, parent.trace_id);
    assert_string_not_equal(child.span_id, parent.span_id);
    assert_int_equal(strlen(child.span_id), SPAN_ID_SIZE);
    assert_false(child.sampled);
}

static void without_a_parent_the_child_is_a_root(void **state) {
    struct trace none = {0}, child;
    trace_continue(&none, &child);
    assert_int_equal(strlen(child.trace_id), TRACE_ID_SIZE);
    assert_int_equal(strlen(child.span_id), SPAN_ID_SIZE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_traceparent_is_read_and_written_again),
        cmocka_unit_test(only_the_lowest_flag_says_sampled),
        cmocka_unit_test(a_later_version_may_say_more),
        cmocka_unit_test(what_is_no_traceparent_is_refused),
        cmocka_unit_test(a_new_root_is_a_valid_traceparent),
        cmocka_unit_test(a_child_keeps_the_trace_and_has_its_own_span),
        cmocka_unit_test(without_a_parent_the_child_is_a_root),
    };
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
