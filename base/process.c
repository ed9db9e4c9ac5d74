/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

static double read_seconds(clockid_t id) {
    struct timespec now = {0};
    clock_gettime(id, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A field of /proc/self/stat. The second, the program's name, may hold spaces: counts from there.
 */
static int64_t read_stat(int wanted) {
    char text[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    size_t size = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
    if (file)
        fclose(file);
    text[size] = '\0';
    char *name_end = strrchr(text, ')'), *saved = NULL;
    char *field = name_end ? strtok_r(name_end + 1, " ", &saved) : NULL;
    for (int number = 3; field && number < wanted; number++)
        field = strtok_r(NULL, " ", &saved);
    return field ? strtoll(field, NULL, 10) : 0;
}

static int64_t count_open_fds(void) {
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return 0;
    int64_t count = -1; /* the folder itself is open meanwhile */
    for (struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static int64_t read_max_fds(void) {
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    return (int64_t)limit.rlim_cur;
}

double process_cpu_seconds(void) {
    return read_seconds(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t process_resident_bytes(void) {
    enum { RESIDENT_PAGES = 24 };
    return read_stat(RESIDENT_PAGES) * sysconf(_SC_PAGESIZE);
}

void process_read_usage(struct process_usage *ret_usage) {
    *ret_usage = (struct process_usage){
        .cpu_seconds = process_cpu_seconds(),
        .resident_bytes = process_resident_bytes(),
        .open_fds = count_open_fds(),
        .max_fds = read_max_fds(),
    };
}

double process_start_time(void) {
    enum { TICKS_SINCE_BOOT = 22 };
    double started = (double)read_stat(TICKS_SINCE_BOOT) / (double)sysconf(_SC_CLK_TCK);
    if (started <= 0)
        return 0;
    return (double)clock_wall_ms() / 1000 - (read_seconds(CLOCK_BOOTTIME) - started);
}
