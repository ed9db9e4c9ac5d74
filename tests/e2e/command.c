/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { POLL_MS = 5 };

const char *tool_path(void) {
    const char *path = getenv("MYEVENTSCTL");
    if (!path) {
        fprintf(stderr, "MYEVENTSCTL names no program; run these tests by meson test\n");
        exit(1);
    }
    return path;
}

static void become(
    int output, const char *const *arguments, const char *const *variables, pid_t parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    dup2(output, 1);
    dup2(output, 2);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    for (; variables && *variables; variables++)
        putenv((char *)*variables);
    execv(arguments[0], (char *const *)arguments);
    fprintf(stderr, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

void command_start(struct command *command, const char *folder, const char *const *arguments,
    const char *const *variables) {
    snprintf(command->output_path, sizeof command->output_path, "%s/output-XXXXXX", folder);
    int output = mkostemp(command->output_path, O_CLOEXEC | O_APPEND);
    pid_t parent = getpid();
    command->pid = output < 0 ? -1 : fork();
    if (command->pid < 0) {
        fprintf(stderr, "cannot start %s: %s\n", arguments[0], strerror(errno));
        exit(1);
    }
    if (command->pid == 0)
        become(output, arguments, variables, parent);
    setpgid(command->pid, command->pid); /* whoever of the two comes first */
    close(output);
}

int command_wait(struct command *command, int timeout_ms) {
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    int status;
    while (waitpid(command->pid, &status, WNOHANG) == 0) {
        if (clock_monotonic_ms() > deadline_ms) {
            kill(command->pid, SIGKILL);
            waitpid(command->pid, &status, 0);
            command->pid = 0;
            return -1;
        }
        pause_ms(POLL_MS);
    }
    command->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const char *command_output(const struct command *command, struct buffer *buffer) {
    buffer_clear(buffer);
    FILE *file = fopen(command->output_path, "re");
    for (size_t size = 1; file && size > 0;) {
        size = fread(buffer_reserve(buffer, 64 * 1024), 1, 64 * 1024, file);
        buffer->size += size;
    }
    if (file)
        fclose(file);
    buffer_append_char(buffer, '\0');
    buffer->size--;
    return buffer->data;
}

int command_run(const char *folder, const char *const *arguments, const char *const *variables,
    struct buffer *ret_output, int timeout_ms) {
    struct command command;
    command_start(&command, folder, arguments, variables);
    int status = command_wait(&command, timeout_ms);
    command_output(&command, ret_output);
    unlink(command.output_path);
    return status;
}
