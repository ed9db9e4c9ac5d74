/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/metric_core.h"
#include "base/task.h"

/* The shortest text that reads back as the same number. */
static void append_real(struct buffer *buffer, double value) {
    char text[32];
    if (!isfinite(value)) {
        buffer_append_string(buffer, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        double again;
        if (sscanf(text, "%lf", &again) == 1 && again == value)
            break;
    }
    buffer_append_string(buffer, text);
}

static void render_name(struct buffer *buffer, const struct metric_series *series,
    const char *suffix, const char *extra_label) {
    bool has_labels = series->labels[0] || extra_label[0];
    buffer_append_string(buffer, series->metric->name);
    buffer_append_string(buffer, suffix);
    buffer_append_string(buffer, has_labels ? "{" : "");
    buffer_append_string(buffer, series->labels);
    buffer_append_string(buffer, series->labels[0] && extra_label[0] ? "," : "");
    buffer_append_string(buffer, extra_label);
    buffer_append_string(buffer, has_labels ? "} " : " ");
}

/* `i`: of a counter 0, of a histogram the bucket. The text format has no place for one. */
static void render_exemplar(struct buffer *buffer, const struct metric_series *series, unsigned i,
    enum metric_format format) {
    struct exemplar_slot *slots = atomic_load_explicit(&series->exemplars, memory_order_acquire);
    struct exemplar exemplar;
    if (format == METRIC_TEXT || !slots || !exemplar_read(&slots[i], &exemplar))
        return;
    buffer_printf(buffer, " # {trace_id=\"%s\",span_id=\"%s\"} ", exemplar.trace.trace_id,
        exemplar.trace.span_id);
    append_real(buffer, exemplar.value);
    buffer_printf(buffer, " %lld.%03lld", (long long)(exemplar.wall_ms / 1000),
        (long long)(exemplar.wall_ms % 1000));
}

/* OpenMetrics wants a float here, "1.0"; both formats write it so, so that a series does not
 * depend on the format it was read in. */
static void bound_label(const struct metric *metric, unsigned i, char ret_label[static 40]) {
    if (i == metric->bound_count) {
        snprintf(ret_label, 40, "le=\"+Inf\"");
        return;
    }
    char number[24];
    snprintf(number, sizeof(number), "%.15g", metric->bounds[i]);
    bool is_whole = strspn(number, "0123456789") == strlen(number);
    snprintf(ret_label, 40, "le=\"%s%s\"", number, is_whole ? ".0" : "");
}

/* Each bucket is read once, so +Inf and _count agree while others count on. */
static void render_histogram(
    struct buffer *buffer, const struct metric_series *series, enum metric_format format) {
    const struct metric *metric = series->metric;
    int64_t count = 0;
    for (unsigned i = 0; i <= metric->bound_count; i++) {
        char label[40];
        bound_label(metric, i, label);
        count += metric_cell(series, 1 + i);
        render_name(buffer, series, "_bucket", label);
        buffer_append_i64(buffer, count);
        render_exemplar(buffer, series, i, format);
        buffer_append_char(buffer, '\n');
    }
    int64_t sum_us = metric_cell(series, 0);
    render_name(buffer, series, "_sum", "");
    buffer_printf(
        buffer, "%lld.%06lld\n", (long long)(sum_us / 1000000), (long long)(sum_us % 1000000));
    render_name(buffer, series, "_count", "");
    buffer_append_i64(buffer, count);
    buffer_append_char(buffer, '\n');
}

static void render_value(
    struct buffer *buffer, const struct metric_series *series, enum metric_format format) {
    render_name(buffer, series, "", "");
    if (metric_is_real(series))
        append_real(buffer, metric_get_real(series));
    else
        buffer_append_i64(buffer, metric_cell(series, 0));
    render_exemplar(buffer, series, 0, format);
    buffer_append_char(buffer, '\n');
}

static const char *unit_of(const struct metric *metric) {
    static const char *const units[] = {"seconds", "bytes"};
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        struct text unit = text_from(units[i]);
        if (text_ends_with(metric->family, unit) && metric->family.size > unit.size + 1 &&
            metric->family.data[metric->family.size - unit.size - 1] == '_')
            return units[i];
    }
    return NULL;
}

/* A counter's family is called by its whole name in the one format, without "_total" in the
 * other. */
static void render_head(
    struct buffer *buffer, const struct metric *metric, enum metric_format format) {
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    bool is_open = format == METRIC_OPENMETRICS;
    struct text name = is_open ? metric->family : text_from(metric->name);
    const char *unit = is_open ? unit_of(metric) : NULL;
    buffer_printf(buffer, "# HELP %.*s ", TEXT_ARG(name));
    metric_append_escaped(buffer, metric->help, is_open);
    buffer_printf(buffer, "\n# TYPE %.*s %s\n", TEXT_ARG(name), kinds[metric->kind]);
    if (unit)
        buffer_printf(buffer, "# UNIT %.*s %s\n", TEXT_ARG(name), unit);
}

static void render_metric(
    struct buffer *buffer, const struct metric *metric, enum metric_format format) {
    render_head(buffer, metric, format);
    list_for_each (entry, &metric->series_list) {
        const struct metric_series *series = container_of(entry, struct metric_series, link);
        if (metric->kind == METRIC_HISTOGRAM)
            render_histogram(buffer, series, format);
        else
            render_value(buffer, series, format);
    }
}

void metric_render(struct buffer *buffer, enum metric_format format) {
    metric_collect();
    MUTEX_GUARD(&metric_lock);
    list_for_each (entry, &metric_families)
        render_metric(buffer, container_of(entry, struct metric, link), format);
    if (format == METRIC_OPENMETRICS)
        buffer_append_string(buffer, "# EOF\n");
}
