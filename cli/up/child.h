/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One supervised process. It is started with its own environment, dies with its supervisor (also by
 * kill -9 of that), and when it ends unasked it is started again after a pause that doubles from
 * 100 ms to 5 s and falls back to 100 ms once it has run for 10 s. All in one thread; now is
 * monotonic milliseconds.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"

enum { CHILD_ARGUMENTS_MAX = 32, CHILD_VARIABLES_MAX = 32 };

struct child {
    const char *name;
    char *arguments[CHILD_ARGUMENTS_MAX + 1];
    char *variables[CHILD_VARIABLES_MAX + 1]; /* "NAME=value", on top of our own environment */
    int ready_port;                           /* HTTP GET /readyz there; 0: ready_path */
    char *ready_path; /* a unix socket that answers "PING\r\n" with "+PONG" */
    /* private from here */
    unsigned argument_count, variable_count;
    pid_t pid; /* 0: not running */
    int64_t start_ms;
    int64_t restart_ms; /* when to start again; 0: not planned */
    int64_t pause_ms;
    bool was_ready; /* once, since the supervisor began */
    bool stopping;
    bool stopped_badly; /* it was asked to stop and did not end with status 0 */
};

void child_init(struct child *child, const char *name);
void child_deinit(struct child *child);
_printf_(2, 3) void child_add_argument(struct child *child, const char *format, ...);
_printf_(2, 3) void child_add_variable(struct child *child, const char *format, ...);

_must_check_ int child_start(struct child *child, int64_t now_ms);
bool child_is_ready(struct child *child); /* asks it; at most 200 ms */
/* After waitpid() said it ended: plans the restart and says so. */
void child_ended(struct child *child, int wait_status, int64_t now_ms);
void child_stop(struct child *child); /* SIGTERM; it will not be started again */
void child_kill(struct child *child);
