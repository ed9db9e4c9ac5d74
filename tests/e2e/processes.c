/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/processes.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buffer.h"

static void closep(FILE **file) {
    if (*file)
        fclose(*file);
}

static bool is_marked(pid_t pid, const char *mark) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    _cleanup_(closep) FILE *file = fopen(path, "re");
    _cleanup_(buffer_deinit) struct buffer environment = {0};
    if (!file)
        return false;
    for (size_t size = 1; size > 0;) {
        size = fread(buffer_reserve(&environment, 4096), 1, 4096, file);
        environment.size += size;
    }
    return memmem(environment.data, environment.size, mark, strlen(mark) + 1) != NULL;
}

static int each_marked(const char *mark, void (*act)(pid_t pid)) {
    DIR *dir = opendir("/proc");
    int count = 0;
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        if (pid <= 0 || pid == getpid() || !is_marked(pid, mark))
            continue;
        count++;
        if (act)
            act(pid);
    }
    if (dir)
        closedir(dir);
    return count;
}

int processes_count_marked(const char *mark) {
    return each_marked(mark, NULL);
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
}

void processes_kill_marked(const char *mark) {
    each_marked(mark, end);
}
