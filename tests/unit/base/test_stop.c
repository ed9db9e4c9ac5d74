/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stop.h"

#include "base/attr.h"
#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

/* A program in a child process, which writes one letter a step. */
struct program {
    pid_t pid;
    int steps;
};

static int step_writer;

static void step(char name) {
    if (write(step_writer, &name, 1) != 1)
        _exit(99);
}

static struct program program_start(int (*run)(void)) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        step_writer = ends[1];
        alarm(60); /* a program that never ends fails its test and not the build machine */
        _exit(run());
    }
    close(ends[1]);
    return (struct program){pid, ends[0]};
}

static void assert_step(struct program *program, char expected) {
    char name = 0;
    assert_int_equal(read(program->steps, &name, 1), 1);
    assert_int_equal(name, expected);
}

/* 1000 and the number when a signal ended it. */
static void assert_exit(struct program *program, int expected) {
    int status = 0;
    assert_int_equal(waitpid(program->pid, &status, 0), program->pid);
    close(program->steps);
    assert_int_equal(WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status), expected);
}

static void wait_and_say_which(void) {
    int number = stop_wait();
    step(number == SIGTERM ? 't' : number == SIGINT ? 'i' : '?');
}

static int stop_and_exit(void) {
    stop_init();
    step('r');
    wait_and_say_which();
    return 0;
}

static void a_signal_starts_the_drain(void **state) {
    struct program program = program_start(stop_and_exit);
    assert_step(&program, 'r');
    kill(program.pid, SIGTERM);
    assert_step(&program, 't');
    assert_exit(&program, 0);

    program = program_start(stop_and_exit);
    assert_step(&program, 'r');
    kill(program.pid, SIGINT);
    assert_step(&program, 'i');
    assert_exit(&program, 0);
}

static int stop_early(void) {
    stop_init();
    kill(getpid(), SIGTERM);
    step('r');
    wait_and_say_which();
    return 0;
}

static void a_signal_before_the_wait_is_not_lost(void **state) {
    struct program program = program_start(stop_early);
    assert_step(&program, 'r');
    assert_step(&program, 't');
    assert_exit(&program, 0);
}

static void *idle(void *data) {
    for (;;)
        pause();
    return NULL;
}

static int drain_for_ever(void) {
    pthread_t thread;
    stop_init();
    pthread_create(&thread, NULL, idle, NULL);
    step('r');
    wait_and_say_which();
    idle(NULL);
    return 0;
}

static void a_second_signal_ends_the_process(void **state) {
    static const int seconds[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
        struct program program = program_start(drain_for_ever);
        assert_step(&program, 'r');
        kill(program.pid, SIGTERM);
        assert_step(&program, 't');
        kill(program.pid, seconds[i]);
        assert_exit(&program, 1);
    }
}

static void *request(void *data) {
    stop_request();
    return NULL;
}

static int request_from_a_thread(void) {
    pthread_t thread;
    stop_init();
    pthread_create(&thread, NULL, request, NULL);
    wait_and_say_which();
    pthread_join(thread, NULL);
    return 0;
}

static void any_thread_may_ask_for_the_stop(void **state) {
    struct program program = program_start(request_from_a_thread);
    assert_step(&program, 't');
    assert_exit(&program, 0);
}

static int request_again_and_again(void) {
    stop_init();
    stop_request();
    stop_request();
    wait_and_say_which();
    stop_request();
    step('d');
    return 0;
}

static void asking_twice_is_not_a_second_signal(void **state) {
    struct program program = program_start(request_again_and_again);
    assert_step(&program, 't');
    assert_step(&program, 'd');
    assert_exit(&program, 0);
}

static int signal_twice_at_once(void) {
    stop_init();
    kill(getpid(), SIGINT);
    kill(getpid(), SIGTERM);
    stop_wait();
    step('d');
    return 0;
}

static void signals_of_the_same_moment_are_one(void **state) {
    struct program program = program_start(signal_twice_at_once);
    assert_step(&program, 'd');
    assert_exit(&program, 0);
}

static int write_to_nobody(void) {
    int ends[2];
    stop_init();
    if (pipe(ends) < 0 || close(ends[0]) < 0)
        return 98;
    return write(ends[1], "x", 1) < 0 && errno == EPIPE ? 0 : 97;
}

static void a_reader_that_left_is_an_error_and_no_signal(void **state) {
    struct program program = program_start(write_to_nobody);
    assert_exit(&program, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_starts_the_drain),
        cmocka_unit_test(a_signal_before_the_wait_is_not_lost),
        cmocka_unit_test(a_second_signal_ends_the_process),
        cmocka_unit_test(any_thread_may_ask_for_the_stop),
        cmocka_unit_test(asking_twice_is_not_a_second_signal),
        cmocka_unit_test(signals_of_the_same_moment_are_one),
        cmocka_unit_test(a_reader_that_left_is_an_error_and_no_signal),
    };
    return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
