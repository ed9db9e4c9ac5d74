/* SPDX-License-Identifier: Apache-2.0 */
#include "base/exemplar.h"

#include <pthread.h>

#include "base/clock.h"
#include "check.h"

static struct trace trace_of(char digit) {
    struct trace trace = {.sampled = true};
    memset(trace.trace_id, digit, TRACE_ID_SIZE);
    memset(trace.span_id, digit, SPAN_ID_SIZE);
    return trace;
}

static void a_slot_is_empty_until_the_first_offer(void **state) {
    struct exemplar_slot slot = {0};
    struct exemplar exemplar;
    struct trace trace = trace_of('a');
    assert_false(exemplar_read(&slot, &exemplar));
    int64_t before_ms = clock_wall_ms();
    exemplar_offer(&slot, &trace, 0.25, 7);
    assert_true(exemplar_read(&slot, &exemplar));
    assert_string_equal(exemplar.trace.trace_id, trace.trace_id);
    assert_string_equal(exemplar.trace.span_id, trace.span_id);
    assert_true(exemplar.value == 0.25);
    assert_in_range(exemplar.wall_ms, before_ms, clock_wall_ms());
}

static void expect_after(int64_t later_us, char expected) {
    struct exemplar_slot slot = {0};
    struct exemplar exemplar = {0};
    struct trace first = trace_of('a'), second = trace_of('b');
    exemplar_offer(&slot, &first, 1, 1000);
    exemplar_offer(&slot, &second, 2, 1000 + later_us);
    assert_true(exemplar_read(&slot, &exemplar));
    assert_int_equal(exemplar.trace.trace_id[0], expected);
}

static void one_a_second_is_taken(void **state) {
    expect_after(0, 'a');
    expect_after(EXEMPLAR_INTERVAL_US - 1, 'a');
    expect_after(EXEMPLAR_INTERVAL_US, 'b');
}

enum { THREADS = 3, OFFERS = 1500000 };
static struct exemplar_slot shared;
static _Atomic int64_t now_us = 1;

static void *offer_all(void *data) {
    const struct trace trace = trace_of(*(const char *)data);
    for (int i = 0; i < OFFERS; i++)
        exemplar_offer(
            &shared, &trace, *(const char *)data, atomic_fetch_add(&now_us, EXEMPLAR_INTERVAL_US));
    return NULL;
}

/* Each thread's ids repeat one digit, so what is made of two is seen. */
static void assert_whole(const struct exemplar *exemplar) {
    const struct trace whole = trace_of(exemplar->trace.trace_id[0]);
    assert_string_equal(exemplar->trace.trace_id, whole.trace_id);
    assert_string_equal(exemplar->trace.span_id, whole.span_id);
    assert_true(exemplar->value == whole.trace_id[0]);
}

static void it_is_whole_whoever_offers(void **state) {
    static const char digits[THREADS] = {'1', '2', '3'};
    pthread_t threads[THREADS];
    int seen = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, offer_all, (void *)&digits[i]);
    while (atomic_load(&now_us) < (int64_t)THREADS * OFFERS * EXEMPLAR_INTERVAL_US) {
        struct exemplar exemplar;
        if (!exemplar_read(&shared, &exemplar))
            continue;
        assert_whole(&exemplar);
        seen++;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_true(seen > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slot_is_empty_until_the_first_offer),
        cmocka_unit_test(one_a_second_is_taken),
        cmocka_unit_test(it_is_whole_whoever_offers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
