/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/up/child.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

enum {
    PAUSE_MIN_MS = 100,
    PAUSE_MAX_MS = 5000,
    SETTLED_AFTER_MS = 10000,
    PROBE_TIMEOUT_MS = 200,
};

static const struct log_scope scope = {.component = "supervisor"};

void child_init(struct child *child, const char *name) {
    *child = (struct child){.name = name, .pause_ms = PAUSE_MIN_MS};
}

void child_deinit(struct child *child) {
    for (unsigned i = 0; i < child->argument_count; i++)
        free(child->arguments[i]);
    for (unsigned i = 0; i < child->variable_count; i++)
        free(child->variables[i]);
    free(child->ready_path);
    *child = (struct child){0};
}

static char *format_string(const char *format, va_list args) {
    char *string;
    if (vasprintf(&string, format, args) < 0)
        abort();
    return string;
}

void child_add_argument(struct child *child, const char *format, ...) {
    assert(child->argument_count < CHILD_ARGUMENTS_MAX);
    va_list args;
    va_start(args, format);
    child->arguments[child->argument_count++] = format_string(format, args);
    va_end(args);
}

void child_add_variable(struct child *child, const char *format, ...) {
    assert(child->variable_count < CHILD_VARIABLES_MAX);
    va_list args;
    va_start(args, format);
    child->variables[child->variable_count++] = format_string(format, args);
    va_end(args);
}

/* Runs in the child. A supervisor has one thread, so any function is safe until exec. */
static void become(const struct child *child, pid_t supervisor) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != supervisor)
        _exit(1);
    /* A group of its own: Ctrl-C on the terminal reaches the supervisor alone, which drains in
     * order. */
    setpgid(0, 0);
    for (unsigned i = 0; i < child->variable_count; i++)
        putenv(child->variables[i]);
    execvp(child->arguments[0], child->arguments);
    fprintf(stderr, "%s: cannot run %s: %s\n", child->name, child->arguments[0], strerror(errno));
    _exit(127);
}

int child_start(struct child *child, int64_t now_ms) {
    pid_t supervisor = getpid();
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        become(child, supervisor);
    child->pid = pid;
    child->start_ms = now_ms;
    child->restart_ms = 0;
    return 0;
}

static int connect_to_child(const struct child *child) {
    struct sockaddr_in by_port = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)child->ready_port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct sockaddr_un by_path = {.sun_family = AF_UNIX};
    bool is_port = child->ready_port != 0;
    if (!is_port)
        snprintf(by_path.sun_path, sizeof by_path.sun_path, "%s", child->ready_path);

    int fd = socket(is_port ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    struct timeval timeout = {.tv_usec = PROBE_TIMEOUT_MS * 1000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    int r = is_port ? connect(fd, (struct sockaddr *)&by_port, sizeof by_port)
                    : connect(fd, (struct sockaddr *)&by_path, sizeof by_path);
    if (r < 0) {
        r = -errno;
        close(fd);
        return r;
    }
    return fd;
}

bool child_is_ready(struct child *child) {
    if (!child->pid)
        return false;
    int fd = connect_to_child(child);
    if (fd < 0)
        return false;

    const char *question =
        child->ready_port ? "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                          : "PING\r\n";
    const char *wanted = child->ready_port ? "HTTP/1.1 200" : "+PONG";
    char answer[64] = {0};
    bool is_ready = send(fd, question, strlen(question), MSG_NOSIGNAL) > 0 &&
                    recv(fd, answer, sizeof answer - 1, 0) > 0 &&
                    strncmp(answer, wanted, strlen(wanted)) == 0;
    close(fd);
    child->was_ready |= is_ready;
    return is_ready;
}

/* As a shell says it. */
static int status_of(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

static void say_how_it_ended(const struct child *child, int wait_status) {
    if (WIFSIGNALED(wait_status))
        log_warn(&scope, "process was killed name=%s pid=%d signal=%d restart_in_ms=%lld",
            child->name, (int)child->pid, WTERMSIG(wait_status), (long long)child->pause_ms);
    else
        log_warn(&scope, "process ended by itself name=%s pid=%d status=%d restart_in_ms=%lld",
            child->name, (int)child->pid, WEXITSTATUS(wait_status), (long long)child->pause_ms);
}

static void stopped(struct child *child, int wait_status) {
    child->stopped_badly = wait_status != 0;
    if (child->stopped_badly)
        log_error(&scope, "process did not stop well name=%s pid=%d status=%d", child->name,
            (int)child->pid, status_of(wait_status));
    else
        log_info(&scope, "process stopped name=%s pid=%d", child->name, (int)child->pid);
    child->pid = 0;
}

void child_ended(struct child *child, int wait_status, int64_t now_ms) {
    if (child->stopping) {
        stopped(child, wait_status);
        return;
    }
    if (now_ms - child->start_ms >= SETTLED_AFTER_MS)
        child->pause_ms = PAUSE_MIN_MS;
    say_how_it_ended(child, wait_status);
    child->pid = 0;
    child->restart_ms = now_ms + child->pause_ms;
    child->pause_ms = child->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : child->pause_ms * 2;
}

void child_stop(struct child *child) {
    child->stopping = true;
    child->restart_ms = 0;
    if (child->pid)
        kill(child->pid, SIGTERM);
}

void child_kill(struct child *child) {
    if (child->pid)
        kill(child->pid, SIGKILL);
}
