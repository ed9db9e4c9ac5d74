/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `myeventsctl up`: the whole system on one machine. One thread: it sleeps until a child ends, a
 * signal asks it to stop, or the next restart or probe is due.
 */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/up/child.h"
#include "cli/up/folder.h"
#include "cli/up/plan.h"

enum {
    PROBE_PAUSE_MS = 20,
    START_TIMEOUT_MS = 30000,
    STOP_TIMEOUT_MS = 20000,
};

struct up {
    struct plan_options options;
    struct folder folder;
    struct child children[PLAN_COUNT];
    sigset_t signals;
    bool stopping;
    bool failed;
};

static const struct log_scope scope = {.component = "supervisor"};

static const struct flag flags[] = {
    {"port", FLAG_INT, offsetof(struct up, options.port), "8080", 1, 65535, "REST and web UI"},
    {"data", FLAG_TEXT, offsetof(struct up, options.data), ".data",
        .help = "folder that keeps everything"},
    {"grpc-port", FLAG_INT, offsetof(struct up, options.grpc_port), "50051", 1, 65534,
        "gRPC of the event service; the booking service has the next one"},
    {"metrics-port", FLAG_INT, offsetof(struct up, options.metrics_port), "9101", 1, 65533,
        "/metrics of the event service; booking service and gateway have the next two"},
    {"web", FLAG_TEXT, offsetof(struct up, options.web), "", .help = "folder with the web UI"},
    {"hold-duration", FLAG_TEXT, offsetof(struct up, options.hold_duration), "10m",
        .help = "how long a hold lasts"},
    {"log-format", FLAG_CHOICE, offsetof(struct up, options.log_format), "logfmt",
        .choices = "logfmt|json", .help = "form of the lines"},
    {"log-level", FLAG_CHOICE, offsetof(struct up, options.log_level), "info",
        .choices = "debug|info|warn|error", .help = "least level that is written"},
    {"no-seed", FLAG_SWITCH, offsetof(struct up, options.no_seed),
        .help = "leave an empty store empty"},
};
static const struct flag_table table = {"myeventsctl up",
    "runs the whole system on this machine until Ctrl-C", flags, ARRAY_SIZE(flags)};

static struct child *child_of(struct up *up, pid_t pid) {
    for (int i = 0; i < PLAN_COUNT; i++)
        if (up->children[i].pid == pid)
            return &up->children[i];
    return NULL;
}

static void reap(struct up *up) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct child *child = child_of(up, pid);
        if (!child)
            continue;
        /* One that never worked will not work the next time: its own line above says what is wrong.
         */
        if (!child->was_ready && !up->stopping) {
            log_error(&scope, "process did not start name=%s status=%d", child->name,
                WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
            child->pid = 0;
            up->failed = up->stopping = true;
            continue;
        }
        child_ended(child, status, clock_monotonic_ms());
    }
}

static void restart_due(struct up *up) {
    int64_t now_ms = clock_monotonic_ms();
    for (int i = 0; i < PLAN_COUNT; i++) {
        struct child *child = &up->children[i];
        if (child->pid || !child->restart_ms || child->restart_ms > now_ms)
            continue;
        if (child_start(child, now_ms) < 0)
            child->restart_ms = now_ms + child->pause_ms;
        else
            log_info(&scope, "process restarted name=%s pid=%d", child->name, (int)child->pid);
    }
}

static int64_t next_due_ms(const struct up *up, int64_t until_ms) {
    for (int i = 0; i < PLAN_COUNT; i++)
        if (up->children[i].restart_ms && up->children[i].restart_ms < until_ms)
            until_ms = up->children[i].restart_ms;
    return until_ms;
}

/* Sleeps until something happened or `until_ms`, and deals with it. */
static void turn(struct up *up, int64_t until_ms) {
    int64_t due_ms = up->stopping ? until_ms : next_due_ms(up, until_ms);
    int64_t wait_ms = due_ms - clock_monotonic_ms();
    if (wait_ms < 0)
        wait_ms = 0;
    struct timespec timeout = {wait_ms / 1000, wait_ms % 1000 * 1000000};
    int signal = sigtimedwait(&up->signals, NULL, &timeout);
    if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP)
        up->stopping = true;
    reap(up);
    if (!up->stopping)
        restart_due(up);
}

static bool start_and_wait(struct up *up, struct child *child) {
    int64_t begin_ms = clock_monotonic_ms();
    if (child_start(child, begin_ms) < 0)
        return false;
    while (!up->stopping && !child_is_ready(child)) {
        turn(up, clock_monotonic_ms() + PROBE_PAUSE_MS);
        if (clock_monotonic_ms() - begin_ms > START_TIMEOUT_MS) {
            log_error(
                &scope, "process is not ready name=%s after_ms=%d", child->name, START_TIMEOUT_MS);
            up->failed = up->stopping = true;
        }
    }
    if (!up->stopping)
        log_info(&scope, "process is ready name=%s pid=%d after_ms=%lld", child->name,
            (int)child->pid, (long long)(clock_monotonic_ms() - begin_ms));
    return !up->stopping;
}

static bool any_runs(const struct up *up, int from) {
    for (int i = from; i < PLAN_COUNT; i++)
        if (up->children[i].pid)
            return true;
    return false;
}

/* Opposite order of the start: whoever is asked stops before whom it asks. */
static void stop_all(struct up *up) {
    up->stopping = true;
    for (int i = PLAN_COUNT - 1; i >= 0; i--) {
        child_stop(&up->children[i]);
        int64_t deadline_ms = clock_monotonic_ms() + STOP_TIMEOUT_MS;
        while (any_runs(up, i) && clock_monotonic_ms() < deadline_ms)
            turn(up, deadline_ms);
        if (!up->children[i].pid)
            continue;
        log_error(&scope, "process does not stop and is killed name=%s", up->children[i].name);
        child_kill(&up->children[i]);
        while (any_runs(up, i))
            turn(up, clock_monotonic_ms() + 1000);
    }
}

/* The demo data come over gRPC like anybody's: they pass the same checks. */
static void seed(struct up *up) {
    char path[8192];
    plan_find_program("myeventsctl", "cli", path, sizeof path);
    struct child seeder;
    child_init(&seeder, "seed");
    child_add_argument(&seeder, "%s", path);
    child_add_argument(&seeder, "seed");
    child_add_argument(&seeder, "--if-empty");
    child_add_argument(&seeder, "--event-service");
    child_add_argument(&seeder, "unix:%s/event.sock", up->folder.run_path);
    int status = -1;
    if (child_start(&seeder, clock_monotonic_ms()) == 0)
        waitpid(seeder.pid, &status, 0);
    if (status != 0)
        log_warn(&scope, "demo data are not complete status=%d", status);
    child_deinit(&seeder);
}

static void run(struct up *up) {
    for (int i = 0; i < PLAN_COUNT; i++)
        if (!start_and_wait(up, &up->children[i]))
            return;
    if (!up->options.no_seed)
        seed(up);
    log_info(&scope,
        "MyEvents is up url=http://127.0.0.1:%d grpc_event=127.0.0.1:%d grpc_booking=127.0.0.1:%d "
        "broker=redis+unix://%s/redis.sock data=%s",
        (int)up->options.port, (int)up->options.grpc_port, (int)up->options.grpc_port + 1,
        up->folder.run_path, up->folder.path);
    while (!up->stopping)
        turn(up, clock_monotonic_ms() + 60000);
    if (!up->failed)
        log_info(&scope, "stopping everything data=%s", up->folder.path);
}

static void block_signals(struct up *up) {
    sigemptyset(&up->signals);
    const int wanted[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        sigaddset(&up->signals, wanted[i]);
    sigprocmask(SIG_BLOCK, &up->signals, NULL);
}

int command_up(int argc, char **argv) {
    struct up up = {0};
    int r = flags_parse(&table, argc, argv, &up);
    if (r != 0)
        return r == FLAGS_HELP ? 0 : 2;
    if (plan_check(&up.options) < 0 || folder_open(up.options.data, &up.folder) < 0)
        return 1;

    bool is_json = strcmp(up.options.log_format, "json") == 0;
    log_init("myevents", LOG_INFO, is_json ? LOG_JSON : LOG_LOGFMT);
    block_signals(&up);
    plan_make(&up.options, &up.folder, up.children);
    run(&up);
    stop_all(&up);
    for (int i = 0; i < PLAN_COUNT; i++) {
        up.failed |= up.children[i].stopped_badly;
        child_deinit(&up.children[i]);
    }
    folder_close(&up.folder);
    return up.failed ? 1 : 0;
}
