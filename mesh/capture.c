/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/capture.h"

#include <stdbool.h>

/* A thread that is kept sleeps, too: for a moment, when another one has a lock. */
enum { STINT_MAX_US = 5000 };

static bool has_rested(const struct capture *capture, int64_t cpu_us, int64_t sleep_count) {
    int64_t slept = sleep_count - capture->sleep_count;
    return sleep_count < 0 || (slept > 0 && (cpu_us - capture->cpu_us) / slept < STINT_MAX_US);
}

int64_t capture_look_us(
    struct capture *capture, uint64_t wait, int64_t cpu_us, int64_t sleep_count) {
    if (wait == 0 || wait != capture->wait || has_rested(capture, cpu_us, sleep_count)) {
        capture->wait = wait;
        capture->begin_cpu_us = cpu_us;
    }
    capture->cpu_us = cpu_us;
    capture->sleep_count = sleep_count;
    return cpu_us - capture->begin_cpu_us;
}
