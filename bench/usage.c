/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int usage_add(struct usage *usage, const char *name_and_pid) {
    const char *equals = strchr(name_and_pid, '=');
    if (!equals || usage->count == USAGE_PROCESSES_MAX || atoi(equals + 1) <= 0)
        return -1;
    usage->processes[usage->count].name = name_and_pid;
    usage->processes[usage->count].name_size = (int)(equals - name_and_pid);
    usage->processes[usage->count++].pid = atoi(equals + 1);
    return 0;
}

static int64_t cpu_us(pid_t pid) {
    char path[64], line[512];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fgets(line, sizeof line, file)) {
        const char *behind = strrchr(line, ')');
        if (behind)
            sscanf(
                behind + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    }
    fclose(file);
    return (int64_t)((user + system) * 1000000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

static long resident_kib(pid_t pid) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

void usage_begin(struct usage *usage) {
    for (size_t i = 0; i < usage->count; i++)
        usage->processes[i].begin_us = cpu_us(usage->processes[i].pid);
}

void usage_print(const struct usage *usage, size_t requests) {
    for (size_t i = 0; i < usage->count; i++) {
        int64_t spent_us = cpu_us(usage->processes[i].pid) - usage->processes[i].begin_us;
        printf("    %-16.*s %6.1f us CPU per request, %5.1f MB resident\n",
            usage->processes[i].name_size, usage->processes[i].name,
            (double)spent_us / (double)requests,
            (double)resident_kib(usage->processes[i].pid) / 1024);
    }
}
