/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/consumption.h"

#include <errno.h>
#include <stdio.h>

#include "bus/delivery.h"
#include "tests/support/span_box.h"
#include "tests/unit/bus/check.h"

enum { RECORDS = 4 };

/* Two of recorded traces, one of a trace that is not, one of none. */
static const char *const traceparents[RECORDS] = {
    "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1111111111111111-01",
    "00-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-2222222222222222-01",
    "00-cccccccccccccccccccccccccccccccc-3333333333333333-00",
    "",
};

struct script {
    int result;
    size_t done;
    char shown[RECORDS][64]; /* traceparents */
    uint64_t sequences[RECORDS];
};

static int handle(void *data, const struct bus_record *records, size_t count, size_t *ret_done,
    const char **ret_reason) {
    struct script *script = data;
    assert_int_equal(count, RECORDS);
    for (size_t i = 0; i < count; i++) {
        snprintf(
            script->shown[i], sizeof(script->shown[i]), "%.*s", TEXT_ARG(records[i].traceparent));
        script->sequences[i] = records[i].sequence;
    }
    *ret_done = script->done;
    *ret_reason = "no seats in it";
    return script->result;
}

static void deliver(struct script *script) {
    struct bus_subscription_options options = {
        .stream = "myevents.test",
        .group = "readers",
        .deliveries_max = 3,
        .retry_pause_ms = 100,
        .handle = handle,
        .data = script,
    };
    struct bus_record records[RECORDS];
    struct delivery delivery;
    struct delivery_result result;
    for (size_t i = 0; i < RECORDS; i++)
        records[i] = (struct bus_record){
            .sequence = i + 1,
            .id = TEXT("id"),
            .type = TEXT("myevents.test.v1"),
            .traceparent = text_from(traceparents[i]),
        };
    delivery_init(&delivery, &options, "redis");
    delivery_try(&delivery, records, RECORDS, &result);
    for (size_t i = 0; i < RECORDS; i++) /* they are the driver's, which may need them again */
        assert_true(text_equal(records[i].traceparent, text_from(traceparents[i])));
}

static int setup(void **state) {
    span_box_open();
    return 0;
}

static int teardown(void **state) {
    span_box_close();
    return 0;
}

static void each_record_of_a_recorded_trace_is_a_span(void **state) {
    struct script script = {0};
    deliver(&script);
    assert_int_equal(span_box_count(), 2);
    for (unsigned i = 0; i < 2; i++) {
        struct span *span = span_box_find(SPAN_CONSUMER, i);
        struct trace producer, shown;
        assert_int_equal(trace_parse(text_from(traceparents[i]), &producer), 0);
        assert_int_equal(trace_parse(text_from(script.shown[i]), &shown), 0);
        assert_string_equal(span->name, "process myevents.test");
        assert_string_equal(span->trace.trace_id, producer.trace_id);
        assert_string_equal(span->parent_id, producer.span_id);
        assert_int_equal(span->link_count, 1);
        assert_string_equal(span->links[0].span_id, producer.span_id);
        assert_string_equal(shown.span_id, span->trace.span_id);
        assert_string_equal(span_box_value(span, "messaging.system"), "redis");
        assert_string_equal(span_box_value(span, "messaging.destination.name"), "myevents.test");
        assert_string_equal(span_box_value(span, "messaging.consumer.group.name"), "readers");
        assert_string_equal(span_box_value(span, "messaging.batch.message_count"), "4");
        assert_string_equal(span_box_value(span, "cloudevents.event_type"), "myevents.test.v1");
        assert_false(span->has_failed);
    }
}

static void the_others_are_shown_as_they_are(void **state) {
    struct script script = {0};
    deliver(&script);
    for (size_t i = 2; i < RECORDS; i++)
        assert_string_equal(script.shown[i], traceparents[i]);
    for (size_t i = 0; i < RECORDS; i++)
        assert_int_equal(script.sequences[i], i + 1);
}

static void a_try_that_fails_is_a_failure_of_all(void **state) {
    struct script script = {.result = -EIO};
    deliver(&script);
    assert_int_equal(span_box_count(), 2);
    assert_true(span_box_find(SPAN_CONSUMER, 0)->has_failed);
    assert_true(span_box_find(SPAN_CONSUMER, 1)->has_failed);
}

static void a_refused_record_fails_alone(void **state) {
    struct script script = {.result = BUS_REFUSED, .done = 1};
    deliver(&script);
    assert_int_equal(span_box_count(), 2);
    assert_false(span_box_find(SPAN_CONSUMER, 0)->has_failed);
    assert_true(span_box_find(SPAN_CONSUMER, 1)->has_failed);
    assert_true(text_equal(span_box_find(SPAN_CONSUMER, 1)->failure, TEXT("no seats in it")));
}

static void what_was_not_come_to_is_not_told(void **state) {
    struct script script = {.result = BUS_REFUSED, .done = 0};
    deliver(&script);
    assert_int_equal(span_box_count(), 1);
}

static void without_an_exporter_records_are_shown_as_they_are(void **state) {
    struct script script = {0};
    deliver(&script);
    for (size_t i = 0; i < RECORDS; i++)
        assert_string_equal(script.shown[i], traceparents[i]);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_an_exporter_records_are_shown_as_they_are),
        cmocka_unit_test_setup_teardown(each_record_of_a_recorded_trace_is_a_span, setup, teardown),
        cmocka_unit_test_setup_teardown(the_others_are_shown_as_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(a_try_that_fails_is_a_failure_of_all, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_record_fails_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_not_come_to_is_not_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
