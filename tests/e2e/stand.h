/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The whole system, as `myeventsctl up` runs it, on free ports and in a folder of its own.
 * Processes are known by what the supervisor says about them. What goes wrong here fails the
 * running test and shows what the system has said.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "cli/rest.h"
#include "tests/e2e/command.h"

enum { STAND_ARGUMENTS_MAX = 8, STAND_VARIABLES_MAX = 6 };

struct stand {
    char folder[64];
    char data[80]; /* the data folder */
    int port, grpc_port, metrics_port;
    char rest[32], event_service[32], booking_service[32]; /* addresses */
    const char *arguments[STAND_ARGUMENTS_MAX + 1];        /* further ones of `up`, up to NULL */
    const char *variables[STAND_VARIABLES_MAX + 1];        /* of its environment, up to NULL */
    struct command up;                                     /* pid 0: not running */
    struct buffer said;
};

extern const char *const stand_processes[]; /* redis, event-service ..., up to NULL */

struct stand *stand_new(void); /* not started */
/* Stops it if it runs, which must go well, and removes the folder. 0, or -1 when it did not go
 * well: what a teardown returns. */
int stand_end(struct stand *stand);

/* Fixtures: *state is a running stand without demo data. */
int stand_setup_empty(void **state);
int stand_teardown(void **state);
/* The last test of a group whose *state is a stand: cmocka does not count what goes wrong in a
 * group's teardown. */
void everything_ends_well(void **state);

void stand_start(struct stand *stand); /* until it says that it is up */
/* Starts it with nothing in the way of its failure; its exit status. What it said is in
 * stand->said. */
int stand_start_and_fail(struct stand *stand, const char *const *variables);
/* Sends the signal to the supervisor, or to its group; waits; the exit status. Fails when a process
 * of it or a port in use is left. */
int stand_stop(struct stand *stand, int signal);
int stand_stop_group(struct stand *stand, int signal);
void stand_expect_nothing_left(struct stand *stand, int timeout_ms);

/* What the supervisor and all services have said so far. */
const char *stand_said(struct stand *stand);
bool stand_has_said(struct stand *stand, const char *words);
bool stand_has_said_in_a_line(struct stand *stand, const char *first, const char *second);
/* The end of it without the lines of single calls, for a failure. */
void stand_show(struct stand *stand);

/* --- its processes --- */

pid_t stand_pid(struct stand *stand, const char *name);
void stand_signal(struct stand *stand, const char *name, int signal);
/* Waits until another process than `old` stands in its place and is ready. */
void stand_wait_restarted(struct stand *stand, const char *name, pid_t old);
bool stand_is_ready(struct stand *stand, const char *name);
/* All pids, to be compared later: nobody died meanwhile. */
struct stand_pids {
    pid_t pids[4];
};
struct stand_pids stand_pids(struct stand *stand);
void stand_expect_same_pids(struct stand *stand, const struct stand_pids *before);

/* --- its tools --- */

/* myeventsctl with these arguments (NULL at the end); its exit status, what it said in *ret_said.
 */
int stand_tool(struct stand *stand, struct buffer *ret_said, const char *const *arguments);
/* Recounts the booking store beside the running service and compares with the event service. */
void stand_expect_clean_books(struct stand *stand);
