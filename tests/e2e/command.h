/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A program that a test runs: its output, stderr too, goes to a file, so that a failure can show
 * it. */

#include <sys/types.h>

#include "base/buffer.h"
#include "cli/pause.h"

enum { COMMAND_ARGUMENTS_MAX = 40 };

struct command {
    pid_t pid;
    char output_path[160];
};

/* arguments end with NULL; the first is the program. The command leads a process group of its own.
 * variables: "NAME=value" up to NULL, or NULL. */
void command_start(struct command *command, const char *folder, const char *const *arguments,
    const char *const *variables);
/* Exit status, 128 + signal when killed, -1 when it still runs after timeout_ms (it is killed
 * then). */
int command_wait(struct command *command, int timeout_ms);
/* Everything it has said so far, NUL-terminated; replaces what `buffer` held. */
const char *command_output(const struct command *command, struct buffer *buffer);

/* start and wait; what it said is in *ret_output. */
int command_run(const char *folder, const char *const *arguments, const char *const *variables,
    struct buffer *ret_output, int timeout_ms);

/* The operators' tool that was built with this test. */
const char *tool_path(void);
