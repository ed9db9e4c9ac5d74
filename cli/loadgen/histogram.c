/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/loadgen/histogram.h"

enum { SUB_BITS = 4, SUB_COUNT = 1 << SUB_BITS };

static unsigned bucket_of(uint64_t us) {
    if (us < SUB_COUNT)
        return (unsigned)us;
    unsigned power = 63 - (unsigned)__builtin_clzll(us);
    return (power - SUB_BITS + 1) * SUB_COUNT + (unsigned)(us >> (power - SUB_BITS)) % SUB_COUNT;
}

/* The middle of a bucket. */
static int64_t value_of(unsigned bucket) {
    if (bucket < SUB_COUNT)
        return bucket;
    unsigned power = bucket / SUB_COUNT + SUB_BITS - 1;
    uint64_t width = UINT64_C(1) << (power - SUB_BITS);
    return (int64_t)((UINT64_C(1) << power) + bucket % SUB_COUNT * width + width / 2);
}

void histogram_add(struct histogram *histogram, int64_t us) {
    if (us < 0)
        us = 0;
    histogram->counts[bucket_of((uint64_t)us)]++;
    histogram->count++;
    if (us > histogram->max_us)
        histogram->max_us = us;
}

int64_t histogram_quantile(const struct histogram *histogram, double quantile) {
    uint64_t wanted = (uint64_t)(quantile * (double)histogram->count + 0.5), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->counts[i];
        if (seen >= wanted && seen > 0)
            return value_of(i) < histogram->max_us ? value_of(i) : histogram->max_us;
    }
    return histogram->max_us;
}
