/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What named processes spend while a load runs: "gateway=1234" on the command line. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { USAGE_PROCESSES_MAX = 8 };

struct usage {
    struct {
        const char *name; /* borrowed */
        int name_size;
        pid_t pid;
        int64_t begin_us;
    } processes[USAGE_PROCESSES_MAX];
    size_t count;
};

/* -1 when it is not NAME=PID. */
int usage_add(struct usage *usage, const char *name_and_pid);
void usage_begin(struct usage *usage);
/* One line per process: microseconds of CPU per request, and what it holds in memory. */
void usage_print(const struct usage *usage, size_t requests);
