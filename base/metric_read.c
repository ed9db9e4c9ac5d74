/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric_core.h"

#include <string.h>

#include "base/task.h"

/* Values stand in quotes, those within them behind a backslash. */
static struct text next_value(const char **at) {
    const char *start = strchr(*at, '"') + 1, *end = start;
    while (*end != '"')
        end += *end == '\\' ? 2 : 1;
    *at = end + 1;
    return (struct text){start, (size_t)(end - start)};
}

static void read_histogram(const struct metric_series *series, struct metric_reading *reading) {
    const struct metric *metric = series->metric;
    reading->bounds = metric->bounds;
    reading->bound_count = metric->bound_count;
    for (unsigned i = 0; i <= metric->bound_count; i++) {
        reading->buckets[i] = metric_cell(series, 1 + i);
        reading->value += (double)reading->buckets[i];
    }
}

static void read_series(const struct metric_series *series, struct metric_reading *reading) {
    const char *at = series->labels;
    *reading = (struct metric_reading){0};
    for (unsigned i = 0; i < series->metric->label_count; i++)
        reading->labels[i] = next_value(&at);
    if (series->metric->kind == METRIC_HISTOGRAM)
        read_histogram(series, reading);
    else if (metric_is_real(series))
        reading->value = metric_get_real(series);
    else
        reading->value = (double)metric_cell(series, 0);
}

bool metric_read(
    const char *name, void (*show)(const struct metric_reading *reading, void *data), void *data) {
    MUTEX_GUARD(&metric_lock);
    const struct metric *metric = metric_find(name);
    if (!metric)
        return false;
    list_for_each (entry, &metric->series_list) {
        struct metric_reading reading;
        read_series(container_of(entry, struct metric_series, link), &reading);
        show(&reading, data);
    }
    return true;
}
