/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Latencies in microseconds, kept in buckets that are 1/16 of a power of two wide: any quantile
 * within 6 %. */

#include <stdint.h>

enum { HISTOGRAM_BUCKETS = 61 * 16 };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
    uint64_t count;
    int64_t max_us;
};

void histogram_add(struct histogram *histogram, int64_t us);
int64_t histogram_quantile(const struct histogram *histogram, double quantile); /* 0.99 */
