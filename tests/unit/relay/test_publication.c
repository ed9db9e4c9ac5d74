/* SPDX-License-Identifier: Apache-2.0 */
#include "services/relay/publication.h"

#include "services/relay/outbox.h"
#include "tests/support/span_box.h"
#include "tests/unit/relay/fixture.h"

enum { RECORDS = 4 };

static const char *const traceparents[RECORDS] = {
    "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1111111111111111-01",
    "00-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-2222222222222222-00",
    "",
    "00-cccccccccccccccccccccccccccccccc-3333333333333333-01",
};

static int setup_traced(void **state) {
    struct store_commit commit = {0};
    setup(state);
    struct fixture *fixture = *state;
    store_commit_begin(&commit, TEXT("p"), 0);
    for (size_t i = 0; i < RECORDS; i++) {
        char id[8];
        snprintf(id, sizeof(id), "id-%zu", i + 1);
        store_commit_record(&commit, &(struct store_record){.id = text_from(id),
                                         .type = TEXT("test.happened.v1"),
                                         .traceparent = text_from(traceparents[i]),
                                         .time_ms = clock_wall_ms()});
    }
    assert_int_equal(store_commit_and_wait(fixture->store, &commit), 0);
    store_commit_deinit(&commit);
    return 0;
}

static int teardown_traced(void **state) {
    if (spans_are_on())
        span_box_close();
    return teardown(state);
}

static void read_all(struct fixture *fixture, struct outbox_batch *batch) {
    assert_int_equal(outbox_batch_read(batch, fixture->store, "/test", 1, UINT64_MAX), 0);
    assert_int_equal(batch->count, RECORDS);
}

static void each_record_of_a_recorded_trace_is_a_step(void **state) {
    struct outbox_batch batch;
    outbox_batch_init(&batch);
    span_box_open();
    read_all(*state, &batch);
    struct span *spans = publication_begin(&batch, "myevents.test", 0);
    assert_int_equal(span_box_count(), 0);
    publication_end(spans, true);
    assert_int_equal(span_box_count(), 2);
    for (unsigned i = 0; i < 2; i++) {
        struct span *span = span_box_find(SPAN_PRODUCER, i);
        bool is_first = strcmp(span->parent_id, "1111111111111111") == 0;
        struct trace cause, published;
        assert_int_equal(trace_parse(text_from(traceparents[is_first ? 0 : 3]), &cause), 0);
        assert_int_equal(trace_parse(batch.records[is_first ? 0 : 3].traceparent, &published), 0);
        assert_string_equal(span->name, "send myevents.test");
        assert_string_equal(span->trace.trace_id, cause.trace_id);
        assert_string_equal(span->parent_id, cause.span_id);
        assert_string_equal(published.trace_id, cause.trace_id);
        assert_string_equal(published.span_id, span->trace.span_id);
        assert_true(published.sampled);
        assert_string_equal(span_box_value(span, "messaging.system"), "redis");
        assert_string_equal(span_box_value(span, "messaging.destination.name"), "myevents.test");
        assert_string_equal(
            span_box_value(span, "messaging.message.id"), is_first ? "id-1" : "id-4");
        assert_string_equal(span_box_value(span, "messaging.batch.message_count"), "4");
    }
    outbox_batch_deinit(&batch);
}

static void the_others_go_out_as_they_are(void **state) {
    struct outbox_batch batch;
    outbox_batch_init(&batch);
    span_box_open();
    read_all(*state, &batch);
    for (size_t i = 1; i <= 2; i++)
        assert_true(text_equal(batch.records[i].traceparent, text_from(traceparents[i])));
    outbox_batch_deinit(&batch);
}

static void without_an_exporter_all_go_out_as_they_are(void **state) {
    struct outbox_batch batch;
    outbox_batch_init(&batch);
    read_all(*state, &batch);
    for (size_t i = 0; i < RECORDS; i++)
        assert_true(text_equal(batch.records[i].traceparent, text_from(traceparents[i])));
    assert_null(publication_begin(&batch, "myevents.test", 0));
    outbox_batch_deinit(&batch);
}

/* A failure, another try; the broker lost it, once more. */
static void what_is_published_again_is_the_same_step(void **state) {
    struct outbox_batch batch, again;
    outbox_batch_init(&batch);
    outbox_batch_init(&again);
    span_box_open();
    read_all(*state, &batch);
    publication_end(publication_begin(&batch, "myevents.test", 0), false);
    assert_int_equal(span_box_count(), 0);
    read_all(*state, &again);
    for (size_t i = 0; i < RECORDS; i++)
        assert_true(text_equal(batch.records[i].traceparent, again.records[i].traceparent));
    assert_false(text_equal(batch.records[0].traceparent, batch.records[3].traceparent));
    outbox_batch_deinit(&batch);
    outbox_batch_deinit(&again);
}

static void what_stands_in_the_stream_is_no_step_any_more(void **state) {
    struct outbox_batch batch;
    outbox_batch_init(&batch);
    span_box_open();
    read_all(*state, &batch);
    publication_end(publication_begin(&batch, "myevents.test", 1), true);
    assert_int_equal(span_box_count(), 1);
    assert_string_equal(span_box_find(SPAN_PRODUCER, 0)->parent_id, "3333333333333333");
    outbox_batch_deinit(&batch);
}

#define TRACED(test) cmocka_unit_test_setup_teardown(test, setup_traced, teardown_traced)

int main(void) {
    static const struct CMUnitTest tests[] = {
        TRACED(each_record_of_a_recorded_trace_is_a_step),
        TRACED(the_others_go_out_as_they_are),
        TRACED(without_an_exporter_all_go_out_as_they_are),
        TRACED(what_is_published_again_is_the_same_step),
        TRACED(what_stands_in_the_stream_is_no_step_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
