/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/process.h"
#include "base/task.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
    const char *name;
    const char *help;
    enum metric_kind kind;
    const char *label_names[METRIC_LABELS_MAX];
    unsigned label_count;
    double bounds[METRIC_BUCKETS_MAX]; /* seconds, for le="..." */
    int64_t bounds_us[METRIC_BUCKETS_MAX];
    unsigned bound_count;
    struct list series_list; /* in the order they were made */
    struct map series_by_labels;
    struct list link;
};

struct metric_series {
    const struct metric *metric;
    const char *labels; /* as rendered: name="value",... */
    struct list link;
    atomic_bool is_real; /* cells[0] holds the bits of a double */
    /* One cell; of a histogram the sum in microseconds, then one count a bucket, +Inf last. */
    _Atomic int64_t cells[];
};

/* Guards what is made, not what is counted. Nothing is ever taken away. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct arena registry_arena;
static struct list registry = LIST_INIT(registry);

struct collector {
    void (*collect)(void *data);
    void *data;
};
enum { COLLECTORS_MAX = 16 };
static struct collector collectors[COLLECTORS_MAX];
static unsigned collector_count;

static struct metric *metric_find(const char *name) {
    list_for_each (entry, &registry) {
        struct metric *metric = container_of(entry, struct metric, link);
        if (strcmp(metric->name, name) == 0)
            return metric;
    }
    return NULL;
}

static struct metric *metric_declare(
    enum metric_kind kind, const char *name, const char *help, va_list label_names) {
    struct metric *metric = metric_find(name);
    if (metric) {
        assert(metric->kind == kind && "one name, one kind");
        return metric;
    }
    metric = arena_zalloc(&registry_arena, sizeof(*metric));
    metric->name = arena_copy_string(&registry_arena, name);
    metric->help = arena_copy_string(&registry_arena, help);
    metric->kind = kind;
    for (const char *label; (label = va_arg(label_names, const char *));) {
        assert(metric->label_count < METRIC_LABELS_MAX);
        metric->label_names[metric->label_count++] = arena_copy_string(&registry_arena, label);
    }
    list_init(&metric->series_list);
    list_push_back(&registry, &metric->link);
    return metric;
}

struct metric *metric_counter(const char *name, const char *help, ...) {
    MUTEX_GUARD(&registry_lock);
    va_list label_names;
    va_start(label_names, help);
    struct metric *metric = metric_declare(METRIC_COUNTER, name, help, label_names);
    va_end(label_names);
    return metric;
}

struct metric *metric_gauge(const char *name, const char *help, ...) {
    MUTEX_GUARD(&registry_lock);
    va_list label_names;
    va_start(label_names, help);
    struct metric *metric = metric_declare(METRIC_GAUGE, name, help, label_names);
    va_end(label_names);
    return metric;
}

static void set_bounds(struct metric *metric, const double *bounds) {
    for (; *bounds > 0; bounds++) {
        unsigned i = metric->bound_count++;
        assert(i < METRIC_BUCKETS_MAX && (i == 0 || *bounds > bounds[-1]));
        metric->bounds[i] = *bounds;
        metric->bounds_us[i] = (int64_t)(*bounds * 1e6 + 0.5);
    }
}

struct metric *metric_histogram(const char *name, const char *help, const double *bounds, ...) {
    static const double usual_bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
        0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 0};
    MUTEX_GUARD(&registry_lock);
    va_list label_names;
    va_start(label_names, bounds);
    struct metric *metric = metric_declare(METRIC_HISTOGRAM, name, help, label_names);
    va_end(label_names);
    if (metric->bound_count == 0)
        set_bounds(metric, bounds ? bounds : usual_bounds);
    return metric;
}

/* The text format escapes these and no others; quotes only where quotes enclose. */
static void append_escaped(struct buffer *buffer, const char *string, bool is_quoted) {
    for (; *string; string++) {
        if (*string == '\\' || *string == '\n' || (*string == '"' && is_quoted))
            buffer_append_char(buffer, '\\');
        buffer_append_char(buffer, *string == '\n' ? 'n' : *string);
    }
}

static void append_label(struct buffer *buffer, const char *name, const char *value) {
    buffer_printf(buffer, "%s%s=\"", buffer->size ? "," : "", name);
    append_escaped(buffer, value, true);
    buffer_append_char(buffer, '"');
}

static size_t cell_count(const struct metric *metric) {
    return metric->kind == METRIC_HISTOGRAM ? metric->bound_count + 2 : 1;
}

static struct metric_series *series_new(struct metric *metric, struct text labels) {
    size_t size = sizeof(struct metric_series) + cell_count(metric) * sizeof(_Atomic int64_t);
    struct metric_series *series = arena_zalloc(&registry_arena, size);
    series->metric = metric;
    series->labels = arena_copy_text(&registry_arena, labels);
    list_push_back(&metric->series_list, &series->link);
    map_put(&metric->series_by_labels, (struct text){series->labels, labels.size}, series);
    return series;
}

struct metric_series *metric_series(struct metric *metric, ...) {
    _cleanup_(buffer_deinit) struct buffer labels = {0};
    va_list values;
    va_start(values, metric);
    for (unsigned i = 0; i < metric->label_count; i++)
        append_label(&labels, metric->label_names[i], va_arg(values, const char *));
    va_end(values);
    MUTEX_GUARD(&registry_lock);
    struct metric_series *series = map_get(&metric->series_by_labels, buffer_text(&labels));
    return series ? series : series_new(metric, buffer_text(&labels));
}

static void cell_add(_Atomic int64_t *cell, int64_t amount) {
    atomic_fetch_add_explicit(cell, amount, memory_order_relaxed);
}

static int64_t cell_read(const _Atomic int64_t *cell) {
    return atomic_load_explicit(cell, memory_order_relaxed);
}

void metric_add(struct metric_series *series, int64_t amount) {
    assert(series->metric->kind != METRIC_HISTOGRAM);
    cell_add(&series->cells[0], amount);
}

void metric_set(struct metric_series *series, int64_t value) {
    assert(series->metric->kind != METRIC_HISTOGRAM);
    atomic_store_explicit(&series->cells[0], value, memory_order_relaxed);
}

void metric_set_real(struct metric_series *series, double value) {
    int64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    metric_set(series, bits);
    atomic_store_explicit(&series->is_real, true, memory_order_release);
}

void metric_observe_us(struct metric_series *series, int64_t microseconds) {
    const struct metric *metric = series->metric;
    assert(metric->kind == METRIC_HISTOGRAM);
    if (microseconds < 0)
        microseconds = 0;
    unsigned bucket = 0;
    while (bucket < metric->bound_count && microseconds > metric->bounds_us[bucket])
        bucket++;
    cell_add(&series->cells[0], microseconds);
    cell_add(&series->cells[1 + bucket], 1);
}

static double series_real(const struct metric_series *series) {
    int64_t bits = cell_read(&series->cells[0]);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

int64_t metric_get(const struct metric_series *series) {
    if (atomic_load_explicit(&series->is_real, memory_order_acquire))
        return (int64_t)series_real(series);
    if (series->metric->kind != METRIC_HISTOGRAM)
        return cell_read(&series->cells[0]);
    int64_t count = 0;
    for (unsigned i = 0; i <= series->metric->bound_count; i++)
        count += cell_read(&series->cells[1 + i]);
    return count;
}

void metric_on_collect(void (*collect)(void *data), void *data) {
    MUTEX_GUARD(&registry_lock);
    assert(collector_count < COLLECTORS_MAX);
    collectors[collector_count++] = (struct collector){collect, data};
}

/* Without the lock, because a collector may make series. */
static void run_collectors(void) {
    struct collector now[COLLECTORS_MAX];
    unsigned count;
    {
        MUTEX_GUARD(&registry_lock);
        memcpy(now, collectors, sizeof(now));
        count = collector_count;
    }
    for (unsigned i = 0; i < count; i++)
        now[i].collect(now[i].data);
}

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

static void render_count(struct buffer *buffer, int64_t count) {
    buffer_append_i64(buffer, count);
    buffer_append_char(buffer, '\n');
}

/* Each bucket is read once, so +Inf and _count agree while others count on. */
static void render_histogram(struct buffer *buffer, const struct metric_series *series) {
    const struct metric *metric = series->metric;
    int64_t count = 0;
    for (unsigned i = 0; i <= metric->bound_count; i++) {
        char label[40] = "le=\"+Inf\"";
        if (i < metric->bound_count)
            snprintf(label, sizeof(label), "le=\"%.15g\"", metric->bounds[i]);
        count += cell_read(&series->cells[1 + i]);
        render_name(buffer, series, "_bucket", label);
        render_count(buffer, count);
    }
    int64_t sum_us = cell_read(&series->cells[0]);
    render_name(buffer, series, "_sum", "");
    buffer_printf(
        buffer, "%lld.%06lld\n", (long long)(sum_us / 1000000), (long long)(sum_us % 1000000));
    render_name(buffer, series, "_count", "");
    render_count(buffer, count);
}

static void render_series(struct buffer *buffer, const struct metric_series *series) {
    if (series->metric->kind == METRIC_HISTOGRAM) {
        render_histogram(buffer, series);
        return;
    }
    render_name(buffer, series, "", "");
    if (!atomic_load_explicit(&series->is_real, memory_order_acquire)) {
        render_count(buffer, cell_read(&series->cells[0]));
        return;
    }
    append_real(buffer, series_real(series));
    buffer_append_char(buffer, '\n');
}

static void render_metric(struct buffer *buffer, const struct metric *metric) {
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    buffer_printf(buffer, "# HELP %s ", metric->name);
    append_escaped(buffer, metric->help, false);
    buffer_printf(buffer, "\n# TYPE %s %s\n", metric->name, kinds[metric->kind]);
    list_for_each (entry, &metric->series_list)
        render_series(buffer, container_of(entry, struct metric_series, link));
}

void metric_render(struct buffer *buffer) {
    run_collectors();
    MUTEX_GUARD(&registry_lock);
    list_for_each (entry, &registry)
        render_metric(buffer, container_of(entry, struct metric, link));
}

static struct metric_series *own_counter(const char *name, const char *help) {
    return metric_series(metric_counter(name, help, NULL));
}

static struct metric_series *own_gauge(const char *name, const char *help) {
    return metric_series(metric_gauge(name, help, NULL));
}

static struct {
    struct metric_series *cpu_seconds, *resident, *open_fds, *max_fds, *lost_lines;
} own;

static void collect_own(void *data _unused_) {
    struct process_usage usage;
    process_read_usage(&usage);
    metric_set_real(own.cpu_seconds, usage.cpu_seconds);
    metric_set(own.resident, usage.resident_bytes);
    metric_set(own.open_fds, usage.open_fds);
    metric_set(own.max_fds, usage.max_fds);
    metric_set(own.lost_lines, (int64_t)log_lost_count());
}

void metric_init(const char *service) {
    struct metric *build = metric_gauge("myevents_build_info",
        "Which program this is; the value is always 1.", "service", "version", NULL);
    metric_set(metric_series(build, service, MYEVENTS_VERSION), 1);
    own.cpu_seconds = own_counter(
        "process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
    own.resident = own_gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
    own.open_fds = own_gauge("process_open_fds", "Number of open file descriptors.");
    own.max_fds = own_gauge("process_max_fds", "Maximum number of open file descriptors.");
    own.lost_lines = own_counter("myevents_log_lines_lost_total", "Log lines whose write failed.");
    metric_set_real(own_gauge("process_start_time_seconds",
                        "Start time of the process since unix epoch in seconds."),
        process_start_time());
    metric_on_collect(collect_own, NULL);
}
