/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"
#include "tests/support/span_box.h"
#include "tests/unit/store/fixture.h"

static int setup(void **state) {
    *state = fixture_new("lmdb");
    span_box_open();
    return 0;
}

static int teardown(void **state) {
    span_box_close();
    fixture_free(*state);
    return 0;
}

static void begin(struct store_commit *commit, const char *partition, uint64_t version) {
    store_commit_begin(commit, text_from(partition), version);
    store_commit_put(commit, DOCUMENTS, TEXT("key"), TEXT("value"));
}

static void each_who_waits_has_a_span_in_its_own_trace(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    struct trace first, second, own_first, own_second;
    trace_start(&first);
    trace_start(&second);
    begin(&commit, "p", 0);
    store_commit_trace(&commit, &first, &own_first);
    store_commit_trace(&commit, &second, &own_second);
    assert_int_equal(span_box_count(), 0);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    assert_int_equal(span_box_count(), 2);
    for (unsigned i = 0; i < 2; i++) {
        struct span *span = span_box_find(SPAN_INTERNAL, i);
        bool is_first = strcmp(span->trace.trace_id, first.trace_id) == 0;
        assert_string_equal(span->name, "commit");
        assert_string_equal(span->trace.trace_id, (is_first ? &first : &second)->trace_id);
        assert_string_equal(span->parent_id, (is_first ? &first : &second)->span_id);
        assert_string_equal(span->trace.span_id, (is_first ? &own_first : &own_second)->span_id);
        assert_string_equal(span_box_value(span, "db.system.name"), "lmdb");
        assert_string_equal(span_box_value(span, "db.operation.batch.size"), "1");
        assert_string_equal(span_box_value(span, "myevents.commit.waiting"), "2");
        assert_string_equal(span_box_value(span, "myevents.commit.records"), "0");
        assert_string_equal(span_box_value(span, "myevents.flush.commits"), "1");
        assert_false(span->has_failed);
    }
}

static void a_trace_that_is_not_recorded_goes_on_as_it_was(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    struct trace trace, own;
    trace_start(&trace);
    trace.sampled = false;
    begin(&commit, "p", 0);
    store_commit_trace(&commit, &trace, &own);
    assert_string_equal(own.span_id, trace.span_id);
    assert_false(own.sampled);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    assert_int_equal(span_box_count(), 0);
}

static void a_conflict_is_a_failure(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    struct trace trace, own;
    trace_start(&trace);
    begin(&commit, "p", 7);
    store_commit_trace(&commit, &trace, &own);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), STORE_CONFLICT);
    assert_int_equal(span_box_count(), 1);
    assert_true(span_box_find(SPAN_INTERNAL, 0)->has_failed);
}

static void a_commit_that_is_begun_anew_forgets_its_spans(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    struct trace trace, own;
    trace_start(&trace);
    begin(&commit, "p", 0);
    store_commit_trace(&commit, &trace, &own);
    begin(&commit, "p", 0);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    begin(&commit, "p", 1);
    store_commit_trace(&commit, &trace, &own); /* forgotten with the commit */
    assert_int_equal(span_box_count(), 0);
}

static void spans_of_a_commit_are_bounded(void **state) {
    struct fixture *fixture = *state;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    struct trace trace, own;
    trace_start(&trace);
    begin(&commit, "p", 0);
    for (unsigned i = 0; i < STORE_COMMIT_SPANS_MAX + 5; i++)
        store_commit_trace(&commit, &trace, &own);
    assert_string_equal(own.span_id, trace.span_id);
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    assert_int_equal(span_box_count(), STORE_COMMIT_SPANS_MAX);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            each_who_waits_has_a_span_in_its_own_trace, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_trace_that_is_not_recorded_goes_on_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_conflict_is_a_failure, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_commit_that_is_begun_anew_forgets_its_spans, setup, teardown),
        cmocka_unit_test_setup_teardown(spans_of_a_commit_are_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
