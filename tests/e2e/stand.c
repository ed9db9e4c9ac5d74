/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/e2e/processes.h"
#include "tests/support/ports.h"

enum {
    START_TIMEOUT_MS = 60000,
    STOP_TIMEOUT_MS = 60000,
    RESTART_TIMEOUT_MS = 60000,
    PROBE_TIMEOUT_MS = 5000,
    TOOL_TIMEOUT_MS = 120000,
    POLL_MS = 10,
    SHOWN_SIZE = 6000,
};

const char *const stand_processes[] = {
    "redis", "event-service", "booking-service", "gateway", NULL};

/* --- a place --- */

static void stand_mark(const struct stand *stand, char ret_mark[static 96]) {
    snprintf(ret_mark, 96, "E2E_STAND=%s", stand->folder);
}

struct stand *stand_new(void) {
    struct stand *stand = memory_new(sizeof *stand);
    const char *base = getenv("TMPDIR");
    snprintf(stand->folder, sizeof stand->folder, "%.40s/e2e-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(stand->folder)) {
        perror(stand->folder);
        exit(1);
    }
    snprintf(stand->data, sizeof stand->data, "%s/data", stand->folder);
    stand->port = ports_find();
    stand->grpc_port = stand->port + 1;
    stand->metrics_port = stand->port + 3;
    snprintf(stand->rest, sizeof stand->rest, "127.0.0.1:%d", stand->port);
    snprintf(stand->event_service, sizeof stand->event_service, "127.0.0.1:%d", stand->grpc_port);
    snprintf(stand->booking_service, sizeof stand->booking_service, "127.0.0.1:%d",
        stand->grpc_port + 1);
    return stand;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw) {
    return remove(path);
}

/* --- what it says --- */

const char *stand_said(struct stand *stand) {
    return command_output(&stand->up, &stand->said);
}

bool stand_has_said(struct stand *stand, const char *words) {
    return strstr(stand_said(stand), words) != NULL;
}

bool stand_has_said_in_a_line(struct stand *stand, const char *first, const char *second) {
    struct text said = text_from(stand_said(stand));
    while (said.size) {
        struct text line = text_cut(&said, '\n');
        if (memmem(line.data, line.size, first, strlen(first)) &&
            memmem(line.data, line.size, second, strlen(second)))
            return true;
    }
    return false;
}

static bool is_about_one_call(struct text line) {
    static const char *const messages[] = {"msg=\"call served\"", "msg=\"request answered\""};
    for (size_t i = 0; i < ARRAY_SIZE(messages); i++)
        if (memmem(line.data, line.size, messages[i], strlen(messages[i])))
            return true;
    return false;
}

void stand_show(struct stand *stand) {
    _cleanup_(buffer_deinit) struct buffer lines = {0};
    struct text said = text_from(stand_said(stand));
    while (said.size) {
        struct text line = text_cut(&said, '\n');
        if (!is_about_one_call(line))
            buffer_printf(&lines, "%.*s\n", TEXT_ARG(line));
    }
    if (lines.size > SHOWN_SIZE)
        buffer_consume(&lines, lines.size - SHOWN_SIZE);
    print_message("--- the system says:\n%.*s---\n", TEXT_ARG(buffer_text(&lines)));
}

_printf_(2, 3) static void give_up(struct stand *stand, const char *format, ...) {
    char why[512];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof why, format, args);
    va_end(args);
    stand_show(stand);
    fail_msg("%s", why);
}

/* --- start and stop --- */

static void launch(struct stand *stand, const char *const *variables) {
    char port[16], grpc_port[16], metrics_port[16];
    snprintf(port, sizeof port, "%d", stand->port);
    snprintf(grpc_port, sizeof grpc_port, "%d", stand->grpc_port);
    snprintf(metrics_port, sizeof metrics_port, "%d", stand->metrics_port);
    const char *arguments[12 + STAND_ARGUMENTS_MAX + 1] = {tool_path(), "up", "--port", port,
        "--grpc-port", grpc_port, "--metrics-port", metrics_port, "--data", stand->data};
    size_t count = 10;
    for (const char **argument = stand->arguments; *argument; argument++)
        arguments[count++] = *argument;

    char mark[96];
    stand_mark(stand, mark);
    const char *environment[1 + STAND_VARIABLES_MAX + 1] = {mark};
    for (size_t i = 0; i < STAND_VARIABLES_MAX && variables && variables[i]; i++)
        environment[i + 1] = variables[i];
    command_start(&stand->up, stand->folder, arguments, environment);
}

static bool has_ended(struct stand *stand) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)stand->up.pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
           info.si_pid != 0;
}

void stand_start(struct stand *stand) {
    launch(stand, stand->variables);
    int64_t deadline_ms = clock_monotonic_ms() + START_TIMEOUT_MS;
    while (!stand_has_said(stand, "msg=\"MyEvents is up\"")) {
        if (has_ended(stand))
            give_up(stand, "it ended with status %d", command_wait(&stand->up, 1000));
        if (clock_monotonic_ms() > deadline_ms)
            give_up(stand, "it is not up after %d ms", START_TIMEOUT_MS);
        pause_ms(POLL_MS);
    }
}

int stand_start_and_fail(struct stand *stand, const char *const *variables) {
    launch(stand, variables);
    int status = command_wait(&stand->up, START_TIMEOUT_MS);
    stand_said(stand);
    if (status < 0)
        give_up(stand, "it goes on running");
    return status;
}

void stand_expect_nothing_left(struct stand *stand, int timeout_ms) {
    char mark[96];
    stand_mark(stand, mark);
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    int count;
    while ((count = processes_count_marked(mark)) > 0) {
        if (clock_monotonic_ms() > deadline_ms)
            give_up(stand, "%d of its processes are left", count);
        pause_ms(POLL_MS);
    }
    for (int port = stand->port; port < stand->port + PORTS_COUNT; port++)
        if (!port_is_free(port))
            give_up(stand, "port %d is still in use", port);
}

static int stop(struct stand *stand, pid_t pid, int signal) {
    kill(pid, signal);
    int status = command_wait(&stand->up, STOP_TIMEOUT_MS);
    stand_expect_nothing_left(stand, 0);
    return status;
}

int stand_stop(struct stand *stand, int signal) {
    return stop(stand, stand->up.pid, signal);
}

int stand_stop_group(struct stand *stand, int signal) {
    return stop(stand, -stand->up.pid, signal);
}

/* --- its end --- */

static bool has_report_of_sanitizer(struct stand *stand) {
    static const char *const words[] = {"Sanitizer:", "runtime error:"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (stand_has_said(stand, words[i]))
            return true;
    return false;
}

/* Every process of it ends with status 0, and none is left. */
static bool ends_well(struct stand *stand) {
    char mark[96];
    stand_mark(stand, mark);
    if (!stand->up.pid)
        return true;
    kill(stand->up.pid, SIGTERM);
    int status = command_wait(&stand->up, STOP_TIMEOUT_MS);
    if (status == 0 && processes_count_marked(mark) == 0 && !has_report_of_sanitizer(stand))
        return true;
    stand_show(stand);
    print_error("it has ended with %d, or something of it is left\n", status);
    return false;
}

int stand_end(struct stand *stand) {
    bool is_well = ends_well(stand);
    char mark[96];
    stand_mark(stand, mark);
    processes_kill_marked(mark);
    nftw(stand->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    buffer_deinit(&stand->said);
    free(stand);
    return is_well ? 0 : -1;
}

int stand_setup_empty(void **state) {
    struct stand *stand = stand_new();
    *state = stand;
    stand->arguments[0] = "--no-seed";
    stand_start(stand);
    return 0;
}

int stand_teardown(void **state) {
    return stand_end(*state);
}

void everything_ends_well(void **state) {
    struct stand *stand = *state;
    assert_true(ends_well(stand));
}

/* --- its processes --- */

static int find_pid(const char *line, const char *name) {
    char mark[64];
    snprintf(mark, sizeof mark, " name=%s pid=", name);
    const char *found = strstr(line, mark);
    const char *end = strchr(line, '\n');
    return found && (!end || found < end) ? atoi(found + strlen(mark)) : 0;
}

pid_t stand_pid(struct stand *stand, const char *name) {
    static const char *const beginnings[] = {
        "msg=\"process is ready\"", "msg=\"process restarted\""};
    pid_t pid = 0;
    const char *last = NULL;
    const char *said = stand_said(stand);
    for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
        for (const char *line = said; (line = strstr(line, beginnings[i])); line++)
            if (line > last && find_pid(line, name)) {
                pid = find_pid(line, name);
                last = line;
            }
    if (!pid)
        give_up(stand, "it has not said which process is %s", name);
    return pid;
}

void stand_signal(struct stand *stand, const char *name, int signal) {
    kill(stand_pid(stand, name), signal);
}

static bool redis_answers(const struct stand *stand) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval timeout = {.tv_sec = PROBE_TIMEOUT_MS / 1000};
    char answer[8] = {0};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/run/redis.sock", stand->data);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    bool answers = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                   send(fd, "PING\r\n", 6, MSG_NOSIGNAL) == 6 &&
                   recv(fd, answer, 5, MSG_WAITALL) == 5 && memcmp(answer, "+PONG", 5) == 0;
    close(fd);
    return answers;
}

static bool service_is_ready(const struct stand *stand, int index) {
    char address[32];
    struct rest rest;
    struct rest_answer answer;
    snprintf(address, sizeof address, "127.0.0.1:%d", stand->metrics_port + index);
    bool is_ready = rest_init(&rest, address, PROBE_TIMEOUT_MS) == 0 &&
                    rest_request(&rest, "GET", "/readyz", "", TEXT(""), &answer) == 0 &&
                    answer.status == 200;
    rest_deinit(&rest);
    return is_ready;
}

bool stand_is_ready(struct stand *stand, const char *name) {
    for (int i = 1; stand_processes[i]; i++)
        if (strcmp(name, stand_processes[i]) == 0)
            return service_is_ready(stand, i - 1);
    return redis_answers(stand);
}

void stand_wait_restarted(struct stand *stand, const char *name, pid_t old) {
    int64_t deadline_ms = clock_monotonic_ms() + RESTART_TIMEOUT_MS;
    while (stand_pid(stand, name) == old || !stand_is_ready(stand, name)) {
        if (clock_monotonic_ms() > deadline_ms)
            give_up(stand, "%s is not ready again after %d ms", name, RESTART_TIMEOUT_MS);
        pause_ms(POLL_MS);
    }
}

struct stand_pids stand_pids(struct stand *stand) {
    struct stand_pids pids;
    for (int i = 0; stand_processes[i]; i++)
        pids.pids[i] = stand_pid(stand, stand_processes[i]);
    return pids;
}

void stand_expect_same_pids(struct stand *stand, const struct stand_pids *before) {
    struct stand_pids now = stand_pids(stand);
    for (int i = 0; stand_processes[i]; i++)
        if (now.pids[i] != before->pids[i] || kill(now.pids[i], 0) < 0)
            give_up(stand, "%s has died meanwhile", stand_processes[i]);
}

/* --- its tools --- */

int stand_tool(struct stand *stand, struct buffer *ret_said, const char *const *arguments) {
    const char *all[COMMAND_ARGUMENTS_MAX + 1] = {tool_path()};
    for (size_t i = 0; arguments[i]; i++) {
        assert_true(i + 2 < COMMAND_ARGUMENTS_MAX);
        all[i + 1] = arguments[i];
    }
    return command_run(stand->folder, all, NULL, ret_said, TOOL_TIMEOUT_MS);
}

void stand_expect_clean_books(struct stand *stand) {
    _cleanup_(buffer_deinit) struct buffer said = {0};
    char database[128];
    snprintf(database, sizeof database, "lmdb://%s/booking", stand->data);
    const char *const arguments[] = {"verify", "--database", database, "--event-service",
        stand->event_service, "--agree-within", "60s", NULL};
    int status = stand_tool(stand, &said, arguments);
    if (status != 0)
        give_up(stand, "verify ends with %d: %s", status, said.data);
}
