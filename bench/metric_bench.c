/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to count a call, and what its exemplar adds. */
#include <stdio.h>

#include "base/clock.h"
#include "base/exemplar.h"
#include "base/metric.h"
#include "base/trace.h"

enum { ROUNDS = 20 * 1000 * 1000, STEP_US = 50 };

static struct metric_series *counter, *histogram;
static struct trace call;

static void count_plain(int64_t i) {
    metric_add(counter, 1);
    metric_observe_us(histogram, i % 20000);
}

/* Time goes on by 50 us a call, so each slot is offered many calls and takes one a second. */
static void count_traced(int64_t i) {
    metric_add_traced(counter, 1, &call, i * STEP_US);
    metric_observe_us_traced(histogram, i % 20000, &call, i * STEP_US);
}

static void count_taken(int64_t i) {
    metric_add_traced(counter, 1, &call, (i + ROUNDS) * 2 * EXEMPLAR_INTERVAL_US);
    metric_observe_us_traced(histogram, i % 20000, &call, (i + ROUNDS) * 2 * EXEMPLAR_INTERVAL_US);
}

static void measure(const char *what, void (*count)(int64_t i), int64_t rounds) {
    int64_t started_us = clock_monotonic_us();
    for (int64_t i = 1; i <= rounds; i++)
        count(i);
    double took_ns = (double)(clock_monotonic_us() - started_us) * 1000;
    printf("%-58s %6.1f ns a call\n", what, took_ns / (double)rounds);
}

int main(void) {
    counter = metric_series(metric_counter("bench_handled_total", "Calls.", NULL));
    histogram = metric_series(metric_histogram("bench_handling_seconds", "Took.", NULL, NULL));
    trace_start(&call);
    measure("a counter and a histogram", count_plain, ROUNDS);
    measure("the same, each call offered as an exemplar", count_traced, ROUNDS);
    measure("the same, and each is taken (never so in practice)", count_taken, ROUNDS / 10);
    return 0;
}
