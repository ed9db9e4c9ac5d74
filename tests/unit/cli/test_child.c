/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/up/child.h"

static int setup(void **state) {
    static struct child child;
    child_init(&child, "child");
    *state = &child;
    return 0;
}

static int teardown(void **state) {
    child_deinit(*state);
    return 0;
}

static void run_shell(struct child *child, const char *script) {
    child_add_argument(child, "/bin/sh");
    child_add_argument(child, "-c");
    child_add_argument(child, "%s", script);
    assert_int_equal(child_start(child, 0), 0);
}

static int wait_for(const struct child *child) {
    int status = -1;
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    return status;
}

/* Says that it ended at now_ms, and starts it again when it is due. */
static int64_t pause_after_end(struct child *child, int64_t now_ms) {
    child_ended(child, 0, now_ms);
    int64_t pause_ms = child->restart_ms - now_ms;
    child->start_ms = child->restart_ms;
    child->restart_ms = 0;
    return pause_ms;
}

static void pauses_grow_up_to_five_seconds(void **state) {
    struct child *child = *state;
    static const int64_t pauses_ms[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
    for (size_t i = 0; i < ARRAY_SIZE(pauses_ms); i++)
        assert_int_equal(pause_after_end(child, child->start_ms + 9999), pauses_ms[i]);
}

static void a_settled_one_is_started_again_at_once(void **state) {
    struct child *child = *state;
    for (unsigned i = 0; i < 5; i++)
        pause_after_end(child, child->start_ms + 1);
    assert_int_equal(pause_after_end(child, child->start_ms + 10000), 100);
    assert_int_equal(pause_after_end(child, child->start_ms + 1), 200);
}

static void one_that_was_asked_to_stop_stays_away(void **state) {
    struct child *child = *state;
    run_shell(child, "exec sleep 60");
    child_stop(child);
    int status = wait_for(child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    child_ended(child, status, 1000);
    assert_int_equal(child->restart_ms, 0);
    assert_int_equal(child->pid, 0);
    assert_true(child->stopped_badly); /* a shell does not handle the signal */
}

static void a_good_end_is_told_from_a_bad_one(void **state) {
    struct child *child = *state;
    int status = 0;
    run_shell(child, "trap 'exit 0' TERM; kill -STOP $$; while :; do :; done");
    waitpid(child->pid, &status, WUNTRACED); /* the trap is set when it stands still */
    assert_true(WIFSTOPPED(status));
    child_stop(child);
    kill(child->pid, SIGCONT);
    child_ended(child, wait_for(child), 1000);
    assert_false(child->stopped_badly);
}

static void it_gets_its_arguments_and_variables(void **state) {
    struct child *child = *state;
    child_add_variable(child, "GREETING=%s %d", "hello", 7);
    run_shell(child, "test \"$GREETING\" = 'hello 7' && test -n \"$PATH\" && exit 42");
    assert_int_equal(WEXITSTATUS(wait_for(child)), 42);
}

static void a_program_that_is_not_there_ends_with_127(void **state) {
    struct child *child = *state;
    child_add_argument(child, "/absent/program");
    assert_int_equal(child_start(child, 0), 0);
    assert_int_equal(WEXITSTATUS(wait_for(child)), 127);
}

static void ctrl_c_on_the_terminal_does_not_reach_it(void **state) {
    struct child *child = *state;
    run_shell(child, "exec sleep 60");
    while (getpgid(child->pid) == getpgid(0)) /* it leaves the group by itself */
        usleep(1000);
    assert_int_equal(getpgid(child->pid), child->pid);
    child_kill(child);
    wait_for(child);
}

/* The grandchild's end shows as the end of the pipe that it holds open. */
static void it_dies_with_a_killed_supervisor(void **state) {
    struct child *child = *state;
    int pipe_fds[2];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t supervisor = fork();
    if (supervisor == 0) {
        child_add_argument(child, "/bin/sleep");
        child_add_argument(child, "60");
        if (child_start(child, 0) < 0 || write(pipe_fds[1], &child->pid, sizeof child->pid) < 0)
            _exit(1);
        for (;;)
            pause();
    }
    pid_t grandchild = 0;
    assert_int_equal(read(pipe_fds[0], &grandchild, sizeof grandchild), (ssize_t)sizeof grandchild);
    while (getpgid(grandchild) != grandchild) /* until it has made its arrangements */
        usleep(1000);
    close(pipe_fds[1]);
    kill(supervisor, SIGKILL);
    waitpid(supervisor, NULL, 0);
    char nothing;
    assert_int_equal(read(pipe_fds[0], &nothing, 1), 0); /* returns when the last holder is gone */
    close(pipe_fds[0]);
}

static void one_that_never_listened_is_not_ready(void **state) {
    struct child *child = *state;
    child->ready_port = 1;
    assert_false(child_is_ready(child));
    run_shell(child, "exec sleep 60");
    assert_false(child_is_ready(child));
    child_kill(child);
    wait_for(child);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(pauses_grow_up_to_five_seconds),
        T(a_settled_one_is_started_again_at_once),
        T(one_that_was_asked_to_stop_stays_away),
        T(a_good_end_is_told_from_a_bad_one),
        T(it_gets_its_arguments_and_variables),
        T(a_program_that_is_not_there_ends_with_127),
        T(ctrl_c_on_the_terminal_does_not_reach_it),
        T(it_dies_with_a_killed_supervisor),
        T(one_that_never_listened_is_not_ready),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
