/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What metrics are made of: for metric*.c alone. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/exemplar.h"
#include "base/list.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/text.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric {
    const char *name;
    struct text family; /* the name without "_total" */
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
    struct exemplar_slot *_Atomic exemplars; /* one a counter or a bucket; NULL: none offered yet */
    atomic_bool is_real;                     /* cells[0] holds the bits of a double */
    /* One cell; of a histogram the sum in microseconds, then one count a bucket, +Inf last. */
    _Atomic int64_t cells[];
};

/* Guards what is made, not what is counted. Nothing is ever taken away. */
extern pthread_mutex_t metric_lock;
extern struct list metric_families;

struct metric *metric_find(const char *name); /* with the lock; NULL: none */
void metric_collect(void);
int64_t metric_cell(const struct metric_series *series, unsigned i);
bool metric_is_real(const struct metric_series *series);
double metric_get_real(const struct metric_series *series);
/* The text formats escape these and no others; quotes where quotes enclose, or the format says so.
 */
void metric_append_escaped(struct buffer *buffer, const char *string, bool escapes_quotes);
