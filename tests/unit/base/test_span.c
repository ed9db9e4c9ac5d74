/* SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"

#include "check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/metric.h"

static const char parent_text[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

static atomic_uint told;

static void on_batch(void *data) {
    atomic_fetch_add((atomic_uint *)data, 1);
}

static void start(enum sampler_kind kind, size_t queue_max, size_t batch) {
    const struct spans_options options = {
        .sampler = sampler_make(kind, 0.5),
        .queue_max = queue_max,
        .batch = batch,
        .on_batch = on_batch,
        .data = &told,
    };
    atomic_store(&told, 0);
    spans_start(&options);
}

static int stop(void **state) {
    struct span *chain;
    spans_stop();
    while (spans_take(64, &chain) > 0)
        span_drop_all(&chain);
    return 0;
}

static struct trace parent_trace(void) {
    struct trace parent;
    int r = trace_parse(text_from(parent_text), &parent);
    assert_int_equal(r, 0);
    return parent;
}

static int64_t dropped(const char *reason) {
    return metric_get(
        metric_series(metric_counter("myevents_spans_dropped_total", "", "reason", NULL), reason));
}

static struct span *take_one(void) {
    struct span *span;
    assert_int_equal(spans_take(1, &span), 1);
    return span;
}

static void nothing_is_recorded_before_the_start(void **state) {
    struct trace parent = parent_trace(), own;
    struct span *chain;
    struct span *span = span_begin(SPAN_SERVER, "Get", &parent, &own);
    assert_null(span);
    assert_string_equal(own.trace_id, parent.trace_id);
    assert_string_not_equal(own.span_id, parent.span_id);
    assert_true(own.sampled);
    span_text(span, "key", TEXT("value"));
    span_number(span, "key", 1);
    span_link(span, &parent);
    span_fail(span, "why");
    span_end(span);
    span_drop(span);
    assert_int_equal(spans_take(1, &chain), 0);
}

static void a_span_says_who_it_is_and_how_long_it_took(void **state) {
    start(SAMPLER_PARENT_ALWAYS_ON, 8, 8);
    struct trace parent = parent_trace(), own, inner;
    struct span *span = span_begin(SPAN_SERVER, "Get", &parent, &own);
    struct span *step = span_begin_step(SPAN_INTERNAL, "commit", &own, &inner);
    span_text(span, "rpc.system", TEXT("grpc"));
    span_number(span, "rpc.grpc.status_code", 14);
    span_link(span, &inner);
    span_fail(span, "away");
    span_end(step);
    span_end(span);

    step = take_one();
    assert_string_equal(step->parent_id, own.span_id);
    assert_string_equal(step->trace.trace_id, parent.trace_id);
    assert_string_equal(step->trace.span_id, inner.span_id);
    span_drop(step);
    span = take_one();
    assert_string_equal(span->parent_id, parent.span_id);
    assert_string_equal(span->trace.span_id, own.span_id);
    assert_string_equal(span->name, "Get");
    assert_int_equal(span->kind, SPAN_SERVER);
    assert_true(span->end_ns >= span->start_ns && span->start_ns > 0);
    assert_int_equal(span->attribute_count, 2);
    assert_string_equal(span->attributes[0].key, "rpc.system");
    assert_text_equal(span->attributes[0].text, "grpc");
    assert_null(span->attributes[1].text.data);
    assert_int_equal(span->attributes[1].number, 14);
    assert_int_equal(span->link_count, 1);
    assert_string_equal(span->links[0].span_id, inner.span_id);
    assert_true(span->has_failed);
    assert_text_equal(span->failure, "away");
    span_drop(span);
}

static void a_root_has_no_parent(void **state) {
    start(SAMPLER_PARENT_ALWAYS_ON, 8, 8);
    struct trace none = {0}, own;
    span_end(span_begin(SPAN_CLIENT, "a", NULL, &own));
    span_end(span_begin(SPAN_CLIENT, "b", &none, &own));
    for (unsigned i = 0; i < 2; i++) {
        struct span *span = take_one();
        assert_string_equal(span->parent_id, "");
        span_drop(span);
    }
}

static void an_unsampled_parent_is_passed_on_and_not_recorded(void **state) {
    start(SAMPLER_PARENT_ALWAYS_ON, 8, 8);
    struct trace parent = parent_trace(), own, inner;
    parent.sampled = false;
    assert_null(span_begin(SPAN_SERVER, "Get", &parent, &own));
    assert_string_equal(own.trace_id, parent.trace_id);
    assert_false(own.sampled);
    assert_null(span_begin_step(SPAN_INTERNAL, "commit", &own, &inner));
    assert_string_equal(inner.span_id, own.span_id);
}

static void the_sampler_sets_the_flag_that_is_passed_on(void **state) {
    start(SAMPLER_ALWAYS_OFF, 8, 8);
    struct trace parent = parent_trace(), own;
    assert_null(span_begin(SPAN_SERVER, "Get", &parent, &own));
    assert_false(own.sampled);
    assert_null(span_begin(SPAN_SERVER, "Get", NULL, &own));
    assert_false(own.sampled);
}

static void a_full_queue_drops_and_counts(void **state) {
    enum { QUEUE = 5, SPANS = 12 };
    start(SAMPLER_ALWAYS_ON, QUEUE, QUEUE);
    int64_t before = dropped("queue_full");
    struct span *chain;
    struct trace own;
    for (unsigned i = 0; i < SPANS; i++)
        span_end(span_begin(SPAN_SERVER, "Get", NULL, &own));
    assert_int_equal(dropped("queue_full") - before, SPANS - QUEUE);
    assert_int_equal(spans_take(SPANS, &chain), QUEUE);
    span_drop_all(&chain);
    span_end(span_begin(SPAN_SERVER, "Get", NULL, &own));
    assert_int_equal(dropped("queue_full") - before, SPANS - QUEUE);
}

static void a_span_that_ends_after_the_stop_is_counted(void **state) {
    start(SAMPLER_ALWAYS_ON, 8, 8);
    int64_t before = dropped("stopped");
    struct trace own;
    struct span *chain, *span = span_begin(SPAN_SERVER, "Get", NULL, &own);
    spans_stop();
    span_end(span);
    assert_int_equal(dropped("stopped") - before, 1);
    assert_int_equal(spans_take(1, &chain), 0);
}

static void a_batch_is_told_once(void **state) {
    start(SAMPLER_ALWAYS_ON, 100, 3);
    struct trace own;
    struct span *chain;
    for (unsigned i = 0; i < 2; i++)
        span_end(span_begin(SPAN_SERVER, "Get", NULL, &own));
    assert_int_equal(atomic_load(&told), 0);
    for (unsigned i = 0; i < 6; i++)
        span_end(span_begin(SPAN_SERVER, "Get", NULL, &own));
    assert_int_equal(atomic_load(&told), 1);
    assert_int_equal(spans_take(8, &chain), 8);
    span_drop_all(&chain);
    for (unsigned i = 0; i < 3; i++)
        span_end(span_begin(SPAN_SERVER, "Get", NULL, &own));
    assert_int_equal(atomic_load(&told), 2);
}

static void a_batch_that_a_take_leaves_is_told(void **state) {
    start(SAMPLER_ALWAYS_ON, 100, 3);
    struct trace own;
    struct span *chain;
    for (unsigned i = 0; i < 8; i++)
        span_end(span_begin(SPAN_SERVER, "Get", NULL, &own));
    for (unsigned i = 0; i < 2; i++) { /* which leaves five, then two */
        assert_int_equal(spans_take(3, &chain), 3);
        span_drop_all(&chain);
        assert_int_equal(atomic_load(&told), 2);
    }
}

static void the_queue_keeps_its_order_over_several_takes(void **state) {
    start(SAMPLER_ALWAYS_ON, 100, 100);
    char name[8];
    struct trace own;
    unsigned seen = 0;
    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "%u", i);
        span_end(span_begin(SPAN_SERVER, name, NULL, &own));
    }
    for (struct span *chain; spans_take(3, &chain) > 0; span_drop_all(&chain))
        for (struct span *span = chain; span; span = span->next) {
            snprintf(name, sizeof(name), "%u", seen++);
            assert_string_equal(span->name, name);
        }
    assert_int_equal(seen, 10);
}

static void texts_and_attributes_have_limits(void **state) {
    start(SAMPLER_ALWAYS_ON, 8, 8);
    struct trace own;
    char large[2 * SPAN_TEXTS_SIZE + 1];
    struct span *span = span_begin(SPAN_SERVER, "Get", NULL, &own);
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    memcpy(large + SPAN_TEXTS_SIZE - 1, "\xc3\xa9", 2); /* one character across the limit */
    span_text(span, "large", text_from(large));
    assert_int_equal(span->attributes[0].text.size, SPAN_TEXTS_SIZE - 1);
    span_text(span, "late", TEXT("\xc3\xa9"));
    assert_int_equal(span->attributes[1].text.size, 0);
    for (unsigned i = 0; i < SPAN_ATTRIBUTES_MAX; i++)
        span_number(span, "number", i);
    assert_int_equal(span->attribute_count, SPAN_ATTRIBUTES_MAX);
    assert_int_equal(span->dropped_attribute_count, 2);
    for (unsigned i = 0; i < SPAN_LINKS_MAX + 3; i++)
        span_link(span, &own);
    assert_int_equal(span->link_count, SPAN_LINKS_MAX);
    assert_int_equal(span->dropped_link_count, 3);
    memset(large, 'n', sizeof(large) - 1);
    span_rename(span, large);
    assert_int_equal(strlen(span->name), SPAN_NAME_SIZE - 1);
    span_drop(span);
}

static void what_is_no_utf8_is_replaced(void **state) {
    start(SAMPLER_ALWAYS_ON, 8, 8);
    struct trace own;
    struct span *span = span_begin(SPAN_SERVER, "Get", NULL, &own);
    span_text(span, "path", TEXT("/a\xff/\xc3\xa9/\xc3"));
    assert_text_equal(span->attributes[0].text, "/a?/\xc3\xa9/?");
    span_drop(span);
}

static void a_chain_ends_together(void **state) {
    start(SAMPLER_ALWAYS_ON, 8, 8);
    struct trace own;
    struct span *chain = NULL;
    span_push(&chain, NULL);
    for (unsigned i = 0; i < 3; i++)
        span_push(&chain, span_begin(SPAN_INTERNAL, "commit", NULL, &own));
    span_end_all(&chain);
    assert_null(chain);
    assert_int_equal(spans_take(8, &chain), 3);
    span_drop_all(&chain);
}

enum { THREADS = 4, SPANS_EACH = 4000 };

static pthread_barrier_t all_ready;

static void *end_many(void *data) {
    static _Thread_local struct span *spans[SPANS_EACH];
    struct trace own;
    for (unsigned i = 0; i < SPANS_EACH; i++)
        spans[i] = span_begin(SPAN_SERVER, "Get", NULL, &own);
    pthread_barrier_wait(&all_ready);
    for (unsigned i = 0; i < SPANS_EACH; i++)
        span_end(spans[i]);
    return NULL;
}

/* Whatever the threads do, each span is taken once or counted as dropped. */
static void any_thread_may_end_spans_while_another_takes_them(void **state) {
    start(SAMPLER_ALWAYS_ON, THREADS * SPANS_EACH, 32);
    int64_t before = dropped("queue_full");
    pthread_t threads[THREADS];
    uint64_t taken = 0;
    struct span *chain;
    pthread_barrier_init(&all_ready, NULL, THREADS + 1);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, end_many, NULL), 0);
    pthread_barrier_wait(&all_ready);
    for (unsigned i = 0; i < 2000; i++) {
        taken += spans_take(64, &chain);
        span_drop_all(&chain);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&all_ready);
    for (size_t count; (count = spans_take(64, &chain)) > 0; span_drop_all(&chain))
        taken += count;
    assert_int_equal(taken + (uint64_t)(dropped("queue_full") - before), THREADS * SPANS_EACH);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_recorded_before_the_start),
        cmocka_unit_test_teardown(a_span_says_who_it_is_and_how_long_it_took, stop),
        cmocka_unit_test_teardown(a_root_has_no_parent, stop),
        cmocka_unit_test_teardown(an_unsampled_parent_is_passed_on_and_not_recorded, stop),
        cmocka_unit_test_teardown(the_sampler_sets_the_flag_that_is_passed_on, stop),
        cmocka_unit_test_teardown(a_full_queue_drops_and_counts, stop),
        cmocka_unit_test_teardown(a_span_that_ends_after_the_stop_is_counted, stop),
        cmocka_unit_test_teardown(a_batch_is_told_once, stop),
        cmocka_unit_test_teardown(a_batch_that_a_take_leaves_is_told, stop),
        cmocka_unit_test_teardown(the_queue_keeps_its_order_over_several_takes, stop),
        cmocka_unit_test_teardown(texts_and_attributes_have_limits, stop),
        cmocka_unit_test_teardown(what_is_no_utf8_is_replaced, stop),
        cmocka_unit_test_teardown(a_chain_ends_together, stop),
        cmocka_unit_test_teardown(any_thread_may_end_spans_while_another_takes_them, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
