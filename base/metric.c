/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/metric_core.h"
#include "base/task.h"

pthread_mutex_t metric_lock = PTHREAD_MUTEX_INITIALIZER;
struct list metric_families = LIST_INIT(metric_families);
static struct arena registry_arena;

struct collector {
    void (*collect)(void *data);
    void *data;
};
enum { COLLECTORS_MAX = 16 };
static struct collector collectors[COLLECTORS_MAX];
static unsigned collector_count;

/* --- families --- */

static struct text family_of(const char *name) {
    struct text family = text_from(name);
    if (text_ends_with(family, TEXT("_total")))
        family.size -= strlen("_total");
    return family;
}

struct metric *metric_find(const char *name) {
    list_for_each (entry, &metric_families) {
        struct metric *metric = container_of(entry, struct metric, link);
        if (text_equal(metric->family, family_of(name)))
            return metric;
    }
    return NULL;
}

static struct metric *metric_declare(
    enum metric_kind kind, const char *name, const char *help, va_list label_names) {
    bool is_total = family_of(name).size < strlen(name);
    assert(is_total == (kind == METRIC_COUNTER) && "counters end in _total, others do not");
    struct metric *metric = metric_find(name);
    if (metric) {
        assert(metric->kind == kind && "one name, one kind");
        return metric;
    }
    metric = arena_zalloc(&registry_arena, sizeof(*metric));
    metric->name = arena_copy_string(&registry_arena, name);
    metric->family = family_of(metric->name);
    metric->help = arena_copy_string(&registry_arena, help);
    metric->kind = kind;
    for (const char *label; (label = va_arg(label_names, const char *));) {
        assert(metric->label_count < METRIC_LABELS_MAX);
        metric->label_names[metric->label_count++] = arena_copy_string(&registry_arena, label);
    }
    list_init(&metric->series_list);
    list_push_back(&metric_families, &metric->link);
    return metric;
}

struct metric *metric_counter(const char *name, const char *help, ...) {
    MUTEX_GUARD(&metric_lock);
    va_list label_names;
    va_start(label_names, help);
    struct metric *metric = metric_declare(METRIC_COUNTER, name, help, label_names);
    va_end(label_names);
    return metric;
}

struct metric *metric_gauge(const char *name, const char *help, ...) {
    MUTEX_GUARD(&metric_lock);
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
    MUTEX_GUARD(&metric_lock);
    va_list label_names;
    va_start(label_names, bounds);
    struct metric *metric = metric_declare(METRIC_HISTOGRAM, name, help, label_names);
    va_end(label_names);
    if (metric->bound_count == 0)
        set_bounds(metric, bounds ? bounds : usual_bounds);
    return metric;
}

/* --- series --- */

void metric_append_escaped(struct buffer *buffer, const char *string, bool escapes_quotes) {
    for (; *string; string++) {
        if (*string == '\\' || *string == '\n' || (*string == '"' && escapes_quotes))
            buffer_append_char(buffer, '\\');
        buffer_append_char(buffer, *string == '\n' ? 'n' : *string);
    }
}

static void append_label(struct buffer *buffer, const char *name, const char *value) {
    buffer_printf(buffer, "%s%s=\"", buffer->size ? "," : "", name);
    metric_append_escaped(buffer, value, true);
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
    MUTEX_GUARD(&metric_lock);
    struct metric_series *series = map_get(&metric->series_by_labels, buffer_text(&labels));
    return series ? series : series_new(metric, buffer_text(&labels));
}

/* --- counting --- */

static void cell_add(_Atomic int64_t *cell, int64_t amount) {
    atomic_fetch_add_explicit(cell, amount, memory_order_relaxed);
}

int64_t metric_cell(const struct metric_series *series, unsigned i) {
    return atomic_load_explicit(&series->cells[i], memory_order_relaxed);
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

/* Returns the bucket that has counted it. */
static unsigned observe(struct metric_series *series, int64_t microseconds) {
    const struct metric *metric = series->metric;
    assert(metric->kind == METRIC_HISTOGRAM);
    if (microseconds < 0)
        microseconds = 0;
    unsigned bucket = 0;
    while (bucket < metric->bound_count && microseconds > metric->bounds_us[bucket])
        bucket++;
    cell_add(&series->cells[0], microseconds);
    cell_add(&series->cells[1 + bucket], 1);
    return bucket;
}

void metric_observe_us(struct metric_series *series, int64_t microseconds) {
    observe(series, microseconds);
}

/* Most series never see a sampled call, so their slots are made for the first. */
static struct exemplar_slot *make_slots(struct metric_series *series) {
    MUTEX_GUARD(&metric_lock);
    struct exemplar_slot *slots = atomic_load_explicit(&series->exemplars, memory_order_acquire);
    if (slots)
        return slots;
    size_t count = series->metric->bound_count + 1;
    slots = arena_zalloc(&registry_arena, count * sizeof(*slots));
    atomic_store_explicit(&series->exemplars, slots, memory_order_release);
    return slots;
}

static void offer(struct metric_series *series, unsigned i, const struct trace *trace, double value,
    int64_t now_us) {
    if (!trace || !trace->sampled || !trace->trace_id[0])
        return;
    struct exemplar_slot *slots = atomic_load_explicit(&series->exemplars, memory_order_acquire);
    exemplar_offer(slots ? &slots[i] : &make_slots(series)[i], trace, value, now_us);
}

void metric_add_traced(
    struct metric_series *counter, int64_t amount, const struct trace *trace, int64_t now_us) {
    assert(counter->metric->kind == METRIC_COUNTER);
    cell_add(&counter->cells[0], amount);
    offer(counter, 0, trace, (double)amount, now_us);
}

void metric_observe_us_traced(struct metric_series *histogram, int64_t microseconds,
    const struct trace *trace, int64_t now_us) {
    unsigned bucket = observe(histogram, microseconds);
    offer(histogram, bucket, trace, (double)microseconds / 1e6, now_us);
}

bool metric_is_real(const struct metric_series *series) {
    return atomic_load_explicit(&series->is_real, memory_order_acquire);
}

double metric_get_real(const struct metric_series *series) {
    int64_t bits = metric_cell(series, 0);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

int64_t metric_get(const struct metric_series *series) {
    if (metric_is_real(series))
        return (int64_t)metric_get_real(series);
    if (series->metric->kind != METRIC_HISTOGRAM)
        return metric_cell(series, 0);
    int64_t count = 0;
    for (unsigned i = 0; i <= series->metric->bound_count; i++)
        count += metric_cell(series, 1 + i);
    return count;
}

void metric_on_collect(void (*collect)(void *data), void *data) {
    MUTEX_GUARD(&metric_lock);
    assert(collector_count < COLLECTORS_MAX);
    collectors[collector_count++] = (struct collector){collect, data};
}

/* Without the lock, because a collector may make series. */
void metric_collect(void) {
    struct collector now[COLLECTORS_MAX];
    unsigned count;
    {
        MUTEX_GUARD(&metric_lock);
        memcpy(now, collectors, sizeof(now));
        count = collector_count;
    }
    for (unsigned i = 0; i < count; i++)
        now[i].collect(now[i].data);
}
