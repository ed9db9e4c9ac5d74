/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which traces are recorded, as OpenTelemetry's samplers decide. The decision rests on the parent's
 * flag and on the trace's id alone, so every step of a process, and every process with the same
 * sampler, decides the same.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/trace.h"

/* In the order of SAMPLER_NAMES. The second half asks the parent first, when there is one. */
enum sampler_kind {
    SAMPLER_ALWAYS_ON,
    SAMPLER_ALWAYS_OFF,
    SAMPLER_RATIO,
    SAMPLER_PARENT_ALWAYS_ON,
    SAMPLER_PARENT_ALWAYS_OFF,
    SAMPLER_PARENT_RATIO,
};
#define SAMPLER_NAMES                                                                              \
    "always_on|always_off|traceidratio|"                                                           \
    "parentbased_always_on|parentbased_always_off|parentbased_traceidratio"

struct sampler {
    enum sampler_kind kind;
    uint64_t bound; /* of a ratio: ids below it are in */
};

/* `ratio` is 0 to 1; only the kinds that name a ratio heed it. */
struct sampler sampler_make(enum sampler_kind kind, double ratio);
/* `parent`: NULL for a root. */
bool sampler_takes(const struct sampler *sampler, const struct trace *parent, const char *trace_id);
