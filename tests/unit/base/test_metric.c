/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/trace.h"
#include "check.h"

#include <math.h>
#include <pthread.h>

/* What is rendered from this family's HELP line up to the next family. */
static struct text render_family(
    struct buffer *buffer, const char *family, enum metric_format format) {
    char help[128];
    metric_render(buffer, format);
    buffer_append_char(buffer, '\0');
    snprintf(help, sizeof(help), "# HELP %s ", family);
    const char *start = strstr(buffer->data, help);
    assert_non_null(start);
    const char *end = strstr(start + 1, format == METRIC_TEXT ? "# HELP " : "# ");
    while (end && strncmp(end, "# HELP ", 7) != 0 && strcmp(end, "# EOF\n") != 0)
        end = strstr(end + 1, "# ");
    return (struct text){start, end ? (size_t)(end - start) : strlen(start)};
}

static void assert_rendered(const char *name, const char *expected) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    assert_text_equal(render_family(&buffer, name, METRIC_TEXT), expected);
}

static void assert_open(const char *family, const char *expected) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    assert_text_equal(render_family(&buffer, family, METRIC_OPENMETRICS), expected);
}

static void a_counter_reads_zero_before_its_first_use(void **state) {
    struct metric *handled = metric_counter(
        "test_handled_total", "Calls completed.", "method", "code", NULL);
    metric_series(handled, "Get", "OK");
    struct metric_series *lost = metric_series(handled, "Get", "DATA_LOSS");
    metric_add(lost, 1);
    metric_add(lost, 41);
    assert_int_equal(metric_get(lost), 42);
    assert_rendered("test_handled_total",
        "# HELP test_handled_total Calls completed.\n"
        "# TYPE test_handled_total counter\n"
        "test_handled_total{method=\"Get\",code=\"OK\"} 0\n"
        "test_handled_total{method=\"Get\",code=\"DATA_LOSS\"} 42\n");
}

static void a_gauge_goes_up_and_down(void **state) {
    struct metric_series *open = metric_series(metric_gauge("test_open", "Open streams.", NULL));
    metric_set(open, 5);
    metric_add(open, -7);
    assert_int_equal(metric_get(open), -2);
    assert_rendered(
        "test_open", "# HELP test_open Open streams.\n# TYPE test_open gauge\ntest_open -2\n");
}

static void assert_real(double value, const char *expected) {
    struct metric_series *age = metric_series(metric_gauge("test_age_seconds", "Age.", NULL));
    char text[160];
    metric_set_real(age, value);
    snprintf(text, sizeof(text),
        "# HELP test_age_seconds Age.\n# TYPE test_age_seconds gauge\ntest_age_seconds %s\n",
        expected);
    assert_rendered("test_age_seconds", text);
}

static void real_values_read_back_the_same(void **state) {
    assert_real(0, "0");
    assert_real(0.1, "0.1");
    assert_real(-2.5, "-2.5");
    assert_real(1795378500.123, "1795378500.123");
    assert_real(1.0 / 3, "0.3333333333333333");
    assert_real(0.1 + 0.2, "0.30000000000000004");
    assert_real(1e300, "1e+300");
    assert_real((double)NAN, "NaN");
    assert_real((double)INFINITY, "+Inf");
    assert_real(-(double)INFINITY, "-Inf");
}

static void the_same_values_are_the_same_series(void **state) {
    struct metric *metric = metric_counter("test_same_total", "Same.", "a", "b", NULL);
    struct metric_series *series = metric_series(metric, "x", "y");
    assert_ptr_equal(metric_series(metric, "x", "y"), series);
    assert_ptr_not_equal(metric_series(metric, "y", "x"), series);
    /* Would be equal if the values were only glued together. */
    assert_ptr_not_equal(metric_series(metric, "x\",b=\"y", ""), series);
    assert_ptr_equal(metric_counter("test_same_total", "Again.", "a", "b", NULL), metric);
}

static void text_is_escaped(void **state) {
    struct metric *metric = metric_counter(
        "test_escape_total", "A \\ and\na \"quote\".", "path", NULL);
    metric_add(metric_series(metric, "C:\\dir\n\"x\" \u20ac"), 1);
    assert_rendered("test_escape_total",
        "# HELP test_escape_total A \\\\ and\\na \"quote\".\n"
        "# TYPE test_escape_total counter\n"
        "test_escape_total{path=\"C:\\\\dir\\n\\\"x\\\" \u20ac\"} 1\n");
}

static void buckets_include_their_upper_bound(void **state) {
    static const double bounds[] = {0.001, 0.25, 2, 0};
    struct metric *took = metric_histogram("test_took_seconds", "Took.", bounds, "method", NULL);
    struct metric_series *get = metric_series(took, "Get");
    static const int64_t observed_us[] = {
        -5, 0, 1000, 1001, 250000, 250001, 2000000, 2000001, 1000000000};
    for (size_t i = 0; i < ARRAY_SIZE(observed_us); i++)
        metric_observe_us(get, observed_us[i]);
    assert_int_equal(metric_get(get), 9);
    assert_rendered("test_took_seconds", "# HELP test_took_seconds Took.\n"
                                         "# TYPE test_took_seconds histogram\n"
                                         "test_took_seconds_bucket{method=\"Get\",le=\"0.001\"} 3\n"
                                         "test_took_seconds_bucket{method=\"Get\",le=\"0.25\"} 5\n"
                                         "test_took_seconds_bucket{method=\"Get\",le=\"2.0\"} 7\n"
                                         "test_took_seconds_bucket{method=\"Get\",le=\"+Inf\"} 9\n"
                                         "test_took_seconds_sum{method=\"Get\"} 1004.502003\n"
                                         "test_took_seconds_count{method=\"Get\"} 9\n");
}

static void a_histogram_without_labels_has_le_alone(void **state) {
    struct metric *took = metric_histogram("test_usual_seconds", "Took.", NULL, NULL);
    metric_series(took);
    assert_rendered("test_usual_seconds", "# HELP test_usual_seconds Took.\n"
                                          "# TYPE test_usual_seconds histogram\n"
                                          "test_usual_seconds_bucket{le=\"0.0001\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.00025\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.0005\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.001\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.0025\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.005\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.01\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.025\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.05\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.1\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.25\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"0.5\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"1.0\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"2.5\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"5.0\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"10.0\"} 0\n"
                                          "test_usual_seconds_bucket{le=\"+Inf\"} 0\n"
                                          "test_usual_seconds_sum 0.000000\n"
                                          "test_usual_seconds_count 0\n");
}

/* --- OpenMetrics --- */

static void the_family_of_a_counter_has_no_total(void **state) {
    struct metric *sent = metric_counter("test_sent_bytes_total", "Says \"how much\".", "to", NULL);
    metric_add(metric_series(sent, "a\"b"), 7);
    assert_open("test_sent_bytes", "# HELP test_sent_bytes Says \\\"how much\\\".\n"
                                   "# TYPE test_sent_bytes counter\n"
                                   "# UNIT test_sent_bytes bytes\n"
                                   "test_sent_bytes_total{to=\"a\\\"b\"} 7\n");
    assert_rendered("test_sent_bytes_total", "# HELP test_sent_bytes_total Says \"how much\".\n"
                                             "# TYPE test_sent_bytes_total counter\n"
                                             "test_sent_bytes_total{to=\"a\\\"b\"} 7\n");
}

static void a_unit_is_the_last_word_of_a_name(void **state) {
    metric_set(metric_series(metric_gauge("test_milliseconds", "Not seconds.", NULL)), 1);
    metric_set(metric_series(metric_gauge("test_up_seconds", "Seconds.", NULL)), 2);
    assert_open("test_milliseconds", "# HELP test_milliseconds Not seconds.\n"
                                     "# TYPE test_milliseconds gauge\n"
                                     "test_milliseconds 1\n");
    assert_open("test_up_seconds", "# HELP test_up_seconds Seconds.\n"
                                   "# TYPE test_up_seconds gauge\n"
                                   "# UNIT test_up_seconds seconds\n"
                                   "test_up_seconds 2\n");
}

static void the_end_is_marked(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    metric_render(&buffer, METRIC_OPENMETRICS);
    assert_true(text_ends_with(buffer_text(&buffer), TEXT("\n# EOF\n")));
    buffer_clear(&buffer);
    metric_render(&buffer, METRIC_TEXT);
    assert_null(memmem(buffer.data, buffer.size, "# EOF", 5));
    assert_null(memmem(buffer.data, buffer.size, "# UNIT", 6));
}

/* --- exemplars --- */

static const struct trace call = {
    "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", .sampled = true};
static const struct trace later_call = {
    "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", .sampled = true};
#define CALL       "# {trace_id=\"0af7651916cd43dd8448eb211c80319c\",span_id=\"b7ad6b7169203331\"} "
#define LATER_CALL "# {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\",span_id=\"00f067aa0ba902b7\"} "
enum { SECOND_US = 1000000 };

/* The line that begins so. Its last word, when it is an exemplar's, is the time: between `from_ms`
 * and now. */
static void assert_line(const char *begin, const char *expected, int64_t from_ms) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    metric_render(&buffer, METRIC_OPENMETRICS);
    struct text rest = buffer_text(&buffer), line = TEXT("");
    while (rest.size > 0 && !text_starts_with(line, text_from(begin)))
        line = text_cut(&rest, '\n');
    if (from_ms) {
        const char *last = memrchr(line.data, ' ', line.size);
        double time_ms = strtod(last, NULL) * 1000;
        assert_true(time_ms >= (double)from_ms - 1 && time_ms <= (double)clock_wall_ms() + 1);
        line.size = (size_t)(last - line.data);
    }
    assert_text_equal(line, expected);
}

static void a_sampled_call_is_the_exemplar_of_its_bucket(void **state) {
    static const double bounds[] = {0.001, 1, 0};
    struct metric *took = metric_histogram("test_call_seconds", "Took.", bounds, NULL);
    struct metric_series *series = metric_series(took);
    int64_t from_ms = clock_wall_ms();
    metric_observe_us_traced(series, 1500, &call, SECOND_US);
    metric_observe_us_traced(series, 1600, &later_call, SECOND_US + SECOND_US / 2);
    metric_observe_us_traced(series, 2000000, &later_call, SECOND_US);
    assert_line(
        "test_call_seconds_bucket{le=\"0.001\"}", "test_call_seconds_bucket{le=\"0.001\"} 0", 0);
    assert_line("test_call_seconds_bucket{le=\"1.0\"}",
        "test_call_seconds_bucket{le=\"1.0\"} 2 " CALL "0.0015", from_ms);
    assert_line("test_call_seconds_bucket{le=\"+Inf\"}",
        "test_call_seconds_bucket{le=\"+Inf\"} 3 " LATER_CALL "2", from_ms);
    /* A second after the last one the next is taken. */
    metric_observe_us_traced(series, 1700, &later_call, 2 * SECOND_US);
    assert_line("test_call_seconds_bucket{le=\"1.0\"}",
        "test_call_seconds_bucket{le=\"1.0\"} 3 " LATER_CALL "0.0017", from_ms);
    assert_line("test_call_seconds_sum", "test_call_seconds_sum 2.004800", 0);
    assert_line("test_call_seconds_count", "test_call_seconds_count 4", 0);
}

static void a_counter_has_an_exemplar_too(void **state) {
    struct metric_series *series = metric_series(
        metric_counter("test_calls_total", "Calls.", NULL));
    int64_t from_ms = clock_wall_ms();
    metric_add_traced(series, 1, &call, SECOND_US);
    assert_line("test_calls_total", "test_calls_total 1 " CALL "1", from_ms);
    assert_rendered("test_calls_total",
        "# HELP test_calls_total Calls.\n# TYPE test_calls_total counter\ntest_calls_total 1\n");
}

static void who_is_not_sampled_is_no_exemplar(void **state) {
    struct trace unsampled = call, empty = {.sampled = true};
    struct metric_series *series = metric_series(
        metric_counter("test_quiet_total", "Calls.", NULL));
    unsampled.sampled = false;
    metric_add_traced(series, 1, &unsampled, SECOND_US);
    metric_add_traced(series, 1, &empty, SECOND_US);
    metric_add_traced(series, 1, NULL, SECOND_US);
    assert_line("test_quiet_total", "test_quiet_total 3", 0);
}

static void collect(void *data) {
    metric_add(data, 1);
}

static void collectors_run_before_each_rendering(void **state) {
    struct metric_series *depth = metric_series(metric_gauge("test_depth", "Depth.", NULL));
    metric_on_collect(collect, depth);
    assert_rendered(
        "test_depth", "# HELP test_depth Depth.\n# TYPE test_depth gauge\ntest_depth 1\n");
    assert_rendered(
        "test_depth", "# HELP test_depth Depth.\n# TYPE test_depth gauge\ntest_depth 2\n");
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *count_up(void *data) {
    struct metric *counter = metric_counter("test_threads_total", "Threads.", "n", NULL);
    struct metric *histogram = metric_histogram("test_threads_seconds", "Threads.", NULL, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        metric_add(metric_series(counter, i % 2 ? "odd" : "even"), 1);
        metric_observe_us(metric_series(histogram), i);
    }
    return NULL;
}

static void no_addition_is_lost_between_threads(void **state) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count_up, NULL);
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    for (int i = 0; i < 20; i++)
        metric_render(&buffer, METRIC_TEXT);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    struct metric *counter = metric_counter("test_threads_total", "Threads.", "n", NULL);
    struct metric *histogram = metric_histogram("test_threads_seconds", "Threads.", NULL, NULL);
    assert_int_equal(metric_get(metric_series(counter, "odd")), THREADS * ROUNDS / 2);
    assert_int_equal(metric_get(metric_series(counter, "even")), THREADS * ROUNDS / 2);
    assert_int_equal(metric_get(metric_series(histogram)), THREADS * ROUNDS);
}

static void the_process_tells_about_itself(void **state) {
    static const char *const samples[] = {"\nprocess_cpu_seconds_total ",
        "\nprocess_resident_memory_bytes ", "\nprocess_start_time_seconds ", "\nprocess_open_fds ",
        "\nprocess_max_fds ", "\nmyevents_log_lines_lost_total 0\n"};
    metric_init("test \"service\"");
    assert_rendered("myevents_build_info",
        "# HELP myevents_build_info Which program this is; the value is always 1.\n"
        "# TYPE myevents_build_info gauge\n"
        "myevents_build_info{service=\"test \\\"service\\\"\",version=\"" MYEVENTS_VERSION
        "\"} 1\n");
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    metric_render(&buffer, METRIC_TEXT);
    buffer_append_char(&buffer, '\0');
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
        if (!strstr(buffer.data, samples[i]))
            fail_msg("no%s", samples[i]);
}

struct seen {
    int count;
    struct metric_reading last;
};

static void see(const struct metric_reading *reading, void *data) {
    struct seen *seen = data;
    seen->count++;
    seen->last = *reading;
}

static void a_series_is_read_with_its_labels(void **state) {
    struct seen seen = {0};
    struct metric *read = metric_counter("test_read_total", "Read.", "method", "code", NULL);
    metric_series(read, "Get", "OK");
    metric_add(metric_series(read, "a\"b\\", "NOT_FOUND"), 7);
    assert_true(metric_read("test_read_total", see, &seen));
    assert_int_equal(seen.count, 2);
    assert_true(seen.last.value == 7);
    assert_text_equal(seen.last.labels[0], "a\\\"b\\\\");
    assert_text_equal(seen.last.labels[1], "NOT_FOUND");
    assert_false(metric_read("test_unheard_total", see, &seen));
    metric_set_real(metric_series(metric_gauge("test_read_real", "Read.", NULL)), 0.5);
    assert_true(metric_read("test_read_real", see, &seen));
    assert_true(seen.last.value == 0.5);
}

static void buckets_are_read_each_for_itself(void **state) {
    static const double bounds[] = {0.001, 0.01, 0};
    struct seen seen = {0};
    struct metric_series *series = metric_series(
        metric_histogram("test_read_seconds", "Read.", bounds, NULL));
    metric_observe_us(series, 1);
    metric_observe_us(series, 1001);
    metric_observe_us(series, 1002);
    metric_observe_us(series, 20000);
    assert_true(metric_read("test_read_seconds", see, &seen));
    assert_int_equal(seen.last.bound_count, 2);
    assert_true(seen.last.bounds[1] == 0.01);
    assert_int_equal(seen.last.buckets[0], 1);
    assert_int_equal(seen.last.buckets[1], 2);
    assert_int_equal(seen.last.buckets[2], 1);
    assert_true(seen.last.value == 4);
}

static bool is_metric_name(struct text name) {
    for (size_t i = 0; i < name.size; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz_0123456789", name.data[i]))
            return false;
    return name.size > 0;
}

/* Runs last: everything that these tests declared, read the way a scraper reads it. */
static void every_family_is_introduced_once_and_counters_end_in_total(void **state) {
    _cleanup_(buffer_deinit) struct buffer buffer = {0};
    metric_render(&buffer, METRIC_TEXT);
    struct text rest = buffer_text(&buffer), family = TEXT(""), type = TEXT("");
    assert_int_equal(rest.data[rest.size - 1], '\n');
    while (rest.size > 0) {
        struct text line = text_cut(&rest, '\n');
        if (text_starts_with(line, TEXT("# HELP "))) {
            text_cut(&line, ' ');
            text_cut(&line, ' ');
            family = text_cut(&line, ' ');
            assert_true(is_metric_name(family));
            assert_true(text_ends_with(line, TEXT(".")));
            line = text_cut(&rest, '\n');
            assert_true(text_starts_with(line, TEXT("# TYPE ")));
            text_cut(&line, ' ');
            text_cut(&line, ' ');
            assert_true(text_equal(text_cut(&line, ' '), family));
            type = line;
            assert_int_equal(
                text_equal(type, TEXT("counter")), text_ends_with(family, TEXT("_total")));
            continue;
        }
        assert_true(text_starts_with(line, family));
        assert_non_null(memrchr(line.data, ' ', line.size));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_reads_zero_before_its_first_use),
        cmocka_unit_test(a_gauge_goes_up_and_down),
        cmocka_unit_test(real_values_read_back_the_same),
        cmocka_unit_test(the_same_values_are_the_same_series),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(buckets_include_their_upper_bound),
        cmocka_unit_test(a_histogram_without_labels_has_le_alone),
        cmocka_unit_test(the_family_of_a_counter_has_no_total),
        cmocka_unit_test(a_unit_is_the_last_word_of_a_name),
        cmocka_unit_test(the_end_is_marked),
        cmocka_unit_test(a_sampled_call_is_the_exemplar_of_its_bucket),
        cmocka_unit_test(a_counter_has_an_exemplar_too),
        cmocka_unit_test(who_is_not_sampled_is_no_exemplar),
        cmocka_unit_test(collectors_run_before_each_rendering),
        cmocka_unit_test(no_addition_is_lost_between_threads),
        cmocka_unit_test(the_process_tells_about_itself),
        cmocka_unit_test(a_series_is_read_with_its_labels),
        cmocka_unit_test(buckets_are_read_each_for_itself),
        cmocka_unit_test(every_family_is_introduced_once_and_counters_end_in_total),
    };
    return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
