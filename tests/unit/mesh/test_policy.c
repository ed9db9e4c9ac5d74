/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a client does about a server that is dead, slow, failing or not serving. Each test first
 * shows the harm without the policy, then that the policy mends it; the figures of both are in the
 * output. A is always well, B is not.
 */

#include "backends.h"

#include "base/clock.h"
#include "base/metric.h"

#define ROUND_ROBIN "\"loadBalancingConfig\": [{\"round_robin\": {}}]"
#define OUTLIERS(base)                                                                             \
    "\"loadBalancingConfig\": [{\"outlier_detection_experimental\": {\"interval\": \"0.5s\","      \
    "\"baseEjectionTime\": \"" base "\", \"maxEjectionPercent\": 50,"                              \
    "\"failurePercentageEjection\": {\"threshold\": 40, \"enforcementPercentage\": 100,"           \
    "\"minimumHosts\": 2, \"requestVolume\": 5}, \"childPolicy\": [{\"round_robin\": {}}]}}]"
#define HEALTH          "\"healthCheckConfig\": {\"serviceName\": \"mesh.test.v1.EchoService\"}"
#define METHODS(fields) "\"methodConfig\": [{\"name\": [{}], " fields "}]"
#define TIMEOUT         "\"timeout\": \"1s\""
#define RETRIES_AFTER(first)                                                                       \
    "\"retryPolicy\": {\"maxAttempts\": 5, \"initialBackoff\": \"" first "\", \"maxBackoff\": "    \
    "\"1s\", \"backoffMultiplier\": 2, \"retryableStatusCodes\": [\"UNAVAILABLE\"]}"
#define RETRIES    RETRIES_AFTER("0.001s")
#define THROTTLING "\"retryThrottling\": {\"maxTokens\": 10, \"tokenRatio\": 0.1}"

enum { CALLS = 200, HALF = CALLS / 2 };

static void test_two_that_are_well_share_the_calls(void **state) {
    struct backends backends;
    backends_start(&backends);
    backends_connect(&backends, "{" ROUND_ROBIN "}", NULL);
    backends_settle(&backends);
    struct figures figures = backends_call_often(&backends, CALLS);
    figures_print("both well", &figures);
    assert_int_equal(figures.codes[STATUS_OK], CALLS);
    assert_int_equal(figures.at[0], HALF);
    assert_int_equal(figures.at[1], HALF);
    backends_stop(&backends);
}

/* Half of the calls are at B when its connection is lost. */
static struct figures cut_in_the_middle(const char *config, const char *what) {
    struct backends backends;
    backends_start(&backends);
    backends_connect(&backends, config, NULL);
    backends_settle(&backends);
    backends.backend[1].holds = true;
    struct burst *burst = burst_begin(&backends, CALLS);
    backends_wait_held(&backends.backend[1], HALF);
    relay_cut(backends.backend[1].relay);
    struct figures figures = burst_end(burst);
    figures_print(what, &figures);
    backends_call_until_avoided(&backends, 1, 2);
    struct figures later = backends_call_often(&backends, CALLS);
    figures_print("  B is dead now", &later);
    assert_int_equal(later.codes[STATUS_OK], CALLS);
    assert_int_equal(later.at[1], 0);
    backends_stop(&backends);
    return figures;
}

static void test_retries_hide_that_a_server_dies(void **state) {
    struct figures without = cut_in_the_middle("{" ROUND_ROBIN "}", "B dies, no retries");
    assert_int_equal(without.codes[STATUS_OK], HALF);
    assert_int_equal(without.codes[STATUS_UNAVAILABLE], HALF);
    struct figures with = cut_in_the_middle(
        "{" METHODS(RETRIES_AFTER("0.05s")) "}", "B dies, retries");
    assert_int_equal(with.codes[STATUS_OK], CALLS);
    assert_int_equal(with.retried[0], HALF);
}

static struct figures call_failing(const char *config, int code, const char *what) {
    struct backends backends;
    backends_start(&backends);
    backends_connect(&backends, config, NULL);
    backends_settle(&backends);
    backends.backend[1].code = code;
    struct figures figures = backends_call_often(&backends, CALLS);
    figures_print(what, &figures);
    backends_stop(&backends);
    return figures;
}

/* Of Echo, by all servers of this process. */
static int64_t retries_counted(void) {
    struct metric *metric = metric_counter(
        "grpc_server_retried_total", "", "grpc_type", "grpc_service", "grpc_method", NULL);
    return metric_get(metric_series(metric, "unary", "mesh.test.v1.EchoService", "Echo"));
}

static void test_retries_hide_a_server_that_says_unavailable(void **state) {
    struct figures without = call_failing(
        "{" ROUND_ROBIN "}", STATUS_UNAVAILABLE, "B says UNAVAILABLE, no retries");
    assert_int_equal(without.codes[STATUS_UNAVAILABLE], HALF);
    int64_t counted = retries_counted();
    struct figures with = call_failing(
        "{" METHODS(RETRIES) "}", STATUS_UNAVAILABLE, "B says UNAVAILABLE, retries");
    assert_int_equal(retries_counted() - counted, with.retried[0] + with.retried[1]);
    assert_in_range(with.retried[0], 1, INT32_MAX);
    assert_int_equal(with.codes[STATUS_OK], CALLS);
    assert_int_equal(with.retried[0] + with.retried[1], with.at[1]);
    struct figures other = call_failing(
        "{" METHODS(RETRIES) "}", STATUS_INTERNAL, "B says INTERNAL, retries of UNAVAILABLE");
    assert_int_equal(other.codes[STATUS_INTERNAL], HALF);
    assert_int_equal(other.retried[0] + other.retried[1], 0);
}

static struct figures call_all_failing(
    const char *config, const struct channel_options *options, const char *what) {
    struct backends backends;
    backends_start(&backends);
    backends_connect(&backends, config, options);
    backends_settle(&backends);
    backends.backend[0].code = backends.backend[1].code = STATUS_UNAVAILABLE;
    struct figures figures = backends_call_often(&backends, CALLS);
    figures_print(what, &figures);
    backends_stop(&backends);
    return figures;
}

static void test_an_outage_is_not_met_with_more_calls(void **state) {
    struct figures without = call_all_failing(
        "{" METHODS(RETRIES) "}", NULL, "both UNAVAILABLE, retries");
    assert_int_equal(without.codes[STATUS_UNAVAILABLE], CALLS);
    assert_int_equal(without.at[0] + without.at[1], 5 * CALLS);
    struct figures with = call_all_failing(
        "{" THROTTLING ", " METHODS(RETRIES) "}", NULL, "both UNAVAILABLE, throttled retries");
    assert_int_equal(with.codes[STATUS_UNAVAILABLE], CALLS);
    assert_in_range(with.at[0] + with.at[1], CALLS + 1, CALLS + 10);
    struct figures never = call_all_failing("{" METHODS(RETRIES) "}",
        &(struct channel_options){.never_repeats = true}, "both UNAVAILABLE, never_repeats");
    assert_int_equal(never.at[0] + never.at[1], CALLS);
}

static void test_a_server_that_fails_is_left_out(void **state) {
    struct backends backends;
    struct figures without = call_failing(
        "{" ROUND_ROBIN "}", STATUS_INTERNAL, "B says INTERNAL, no ejection");
    assert_int_equal(without.codes[STATUS_INTERNAL], HALF);
    backends_start(&backends);
    backends_connect(&backends, "{" OUTLIERS("600s") "}", NULL);
    backends_settle(&backends);
    backends.backend[1].code = STATUS_INTERNAL;
    backends_call_until_avoided(&backends, 1, 20);
    struct figures with = backends_call_often(&backends, CALLS);
    figures_print("B says INTERNAL, ejected", &with);
    assert_int_equal(with.codes[STATUS_OK], CALLS);
    assert_int_equal(with.at[1], 0);
    backends_stop(&backends);
}

static void test_who_was_left_out_comes_back(void **state) {
    struct backends backends;
    backends_start(&backends);
    backends_connect(&backends, "{" OUTLIERS("0.5s") "}", NULL);
    backends_settle(&backends);
    backends.backend[1].code = STATUS_INTERNAL;
    backends_call_until_avoided(&backends, 1, 20);
    backends.backend[1].code = STATUS_OK;
    backends_call_until_reached(&backends, 1);
    struct figures figures = backends_call_often(&backends, CALLS);
    figures_print("B is well again", &figures);
    assert_int_equal(figures.codes[STATUS_OK], CALLS);
    assert_int_equal(figures.at[1], HALF);
    backends_stop(&backends);
}

/* The failures of one burst and the successes of the next fall into one interval, mostly. */
static void call_until_left_out(struct backends *backends, int burst_size) {
    struct figures figures;
    int64_t until_ms = clock_monotonic_ms() + 2 * STAND_TIMEOUT_MS;
    do {
        figures = burst_end(burst_begin(backends, burst_size));
        figures_print("B is slow, to be ejected", &figures);
        assert_true(clock_monotonic_ms() < until_ms);
    } while (figures.at[1] > 0);
}

/* Nothing but the method's timeout ends the calls that B holds: the caller would wait longer. */
static void test_a_server_that_is_slow_is_left_out(void **state) {
    struct backends backends;
    enum { BURST = 20 };
    backends_start(&backends);
    backends_connect(&backends, "{" METHODS(TIMEOUT) "}", NULL);
    backends_settle(&backends);
    backends.backend[1].holds = true;
    struct figures without = burst_end(burst_begin(&backends, BURST));
    figures_print("B is slow, no ejection", &without);
    assert_int_equal(without.codes[STATUS_DEADLINE_EXCEEDED], BURST / 2);
    assert_in_range(backends.backend[1].time_left_ms, 0, 1500); /* not the caller's 20 s */
    backends_disconnect(&backends);

    backends.backend[1].holds = false;
    backends_connect(&backends, "{" OUTLIERS("600s") ", " METHODS(TIMEOUT) "}", NULL);
    backends_settle(&backends);
    backends.backend[1].holds = true;
    call_until_left_out(&backends, BURST);
    struct figures with = backends_call_often(&backends, CALLS);
    figures_print("B is slow, ejected", &with);
    assert_int_equal(with.codes[STATUS_OK], CALLS);
    assert_int_equal(with.at[1], 0);
    backends_stop(&backends);
}

static void test_who_does_not_serve_is_not_called(void **state) {
    struct backends backends;
    backends_start(&backends);
    backends_connect(&backends, "{" ROUND_ROBIN "}", NULL);
    backends_settle(&backends);
    server_set_serving(backends.backend[1].server, "mesh.test.v1.EchoService", false);
    struct figures without = backends_call_often(&backends, CALLS);
    figures_print("B is NOT_SERVING, no health check", &without);
    assert_int_equal(without.at[1], HALF);
    backends_disconnect(&backends);

    backends_connect(&backends, "{" HEALTH "}", NULL);
    backends_call_until_avoided(&backends, 1, 1);
    struct figures with = backends_call_often(&backends, CALLS);
    figures_print("B is NOT_SERVING", &with);
    assert_int_equal(with.codes[STATUS_OK], CALLS);
    assert_int_equal(with.at[1], 0);

    server_set_serving(backends.backend[1].server, "mesh.test.v1.EchoService", true);
    backends_call_until_reached(&backends, 1);
    server_set_serving(backends.backend[1].server, "mesh.test.v1.EchoService", false);
    backends_call_until_avoided(&backends, 1, 20);
    struct figures again = backends_call_often(&backends, CALLS);
    figures_print("B was SERVING and is NOT_SERVING again", &again);
    assert_int_equal(again.codes[STATUS_OK], CALLS);
    assert_int_equal(again.at[1], 0);

    server_set_serving(backends.backend[0].server, "mesh.test.v1.EchoService", false);
    assert_true(channel_wait(backends.channel, CHANNEL_FAILING, STAND_TIMEOUT_MS));
    struct figures nobody = backends_call_often(&backends, CALLS);
    figures_print("both are NOT_SERVING", &nobody);
    assert_int_equal(nobody.codes[STATUS_UNAVAILABLE], CALLS);
    assert_int_equal(nobody.at[0] + nobody.at[1], 0);
    backends_stop(&backends);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_that_are_well_share_the_calls),
        cmocka_unit_test(test_retries_hide_that_a_server_dies),
        cmocka_unit_test(test_retries_hide_a_server_that_says_unavailable),
        cmocka_unit_test(test_an_outage_is_not_met_with_more_calls),
        cmocka_unit_test(test_a_server_that_fails_is_left_out),
        cmocka_unit_test(test_who_was_left_out_comes_back),
        cmocka_unit_test(test_a_server_that_is_slow_is_left_out),
        cmocka_unit_test(test_who_does_not_serve_is_not_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
