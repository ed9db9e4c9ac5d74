/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this process uses, as the kernel counts it. */

#include <stdint.h>

struct process_usage {
    double cpu_seconds; /* user and system, all threads */
    int64_t resident_bytes;
    int64_t open_fds;
    int64_t max_fds;
};

/* What cannot be read is 0. */
void process_read_usage(struct process_usage *ret_usage);
/* Two of them, without looking through all descriptors. */
double process_cpu_seconds(void);
int64_t process_resident_bytes(void);
double process_start_time(void); /* seconds since 1970; 0 when it cannot be read */
