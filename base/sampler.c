/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sampler.h"

#include "base/hex.h"

enum { RATIO_BYTES = 8 };

struct sampler sampler_make(enum sampler_kind kind, double ratio) {
    return (struct sampler){.kind = kind, .bound = (uint64_t)(ratio * (double)(UINT64_C(1) << 63))};
}

/* The lower half of the id as a number of 63 bits, which is what other implementations look at. */
static uint64_t number_of(const char *trace_id) {
    uint8_t bytes[RATIO_BYTES] = {0};
    uint64_t number = 0;
    if (!hex_read(trace_id + TRACE_ID_SIZE - 2 * RATIO_BYTES, RATIO_BYTES, bytes))
        return UINT64_MAX;
    for (unsigned i = 0; i < RATIO_BYTES; i++)
        number = number << 8 | bytes[i];
    return number >> 1;
}

bool sampler_takes(
    const struct sampler *sampler, const struct trace *parent, const char *trace_id) {
    bool asks_parent = sampler->kind >= SAMPLER_PARENT_ALWAYS_ON;
    if (asks_parent && parent)
        return parent->sampled;
    switch (sampler->kind) {
    case SAMPLER_ALWAYS_ON:
    case SAMPLER_PARENT_ALWAYS_ON:
        return true;
    case SAMPLER_RATIO:
    case SAMPLER_PARENT_RATIO:
        return number_of(trace_id) < sampler->bound;
    default:
        return false;
    }
}
