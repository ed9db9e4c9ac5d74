/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/attr.h"
#include "base/clock.h"
#include "mesh/loop.h"

enum { THREADS = 4, POSTS = 2000 };

struct numbered {
    struct task task;
    struct poster *poster;
    int number;
};

struct poster {
    struct loop *loop;
    struct numbered tasks[POSTS];
    int seen;         /* on the loop */
    bool is_in_order; /* on the loop */
    pthread_t thread;
};

static atomic_int tasks_run;

static void run_numbered(struct task *task) {
    struct numbered *numbered = container_of(task, struct numbered, task);
    numbered->poster->is_in_order &= numbered->number == numbered->poster->seen++;
    tasks_run++;
}

static void *post_all(void *data) {
    struct poster *poster = data;
    for (int i = 0; i < POSTS; i++)
        loop_post(poster->loop, &poster->tasks[i].task);
    return NULL;
}

static void post_from_threads(struct loop *loop) {
    static struct poster posters[THREADS];
    tasks_run = 0;
    for (int i = 0; i < THREADS; i++) {
        posters[i].loop = loop;
        posters[i].seen = 0;
        posters[i].is_in_order = true;
        for (int j = 0; j < POSTS; j++)
            posters[i].tasks[j] = (struct numbered){{NULL, run_numbered}, &posters[i], j};
    }
    for (int i = 0; i < THREADS; i++)
        pthread_create(&posters[i].thread, NULL, post_all, &posters[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(posters[i].thread, NULL);
    loop_stop(loop);
    assert_int_equal(tasks_run, THREADS * POSTS);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(posters[i].seen, POSTS);
        assert_true(posters[i].is_in_order);
    }
    loop_free(loop);
}

static void test_runs_every_task_once_and_in_order(void **state) {
    struct loop *loop = loop_new("tasks");
    loop_start(loop);
    post_from_threads(loop);
}

static void test_without_io_does_the_same(void **state) {
    struct loop *loop = loop_new_without_io("tasks");
    loop_start(loop);
    post_from_threads(loop);
}

struct chain {
    struct task task;
    struct loop *loop;
    int left;
};

static void run_chain(struct task *task) {
    struct chain *chain = container_of(task, struct chain, task);
    if (chain->left-- > 0)
        loop_post(chain->loop, &chain->task);
}

static void test_runs_what_tasks_post_before_it_stops(void **state) {
    struct loop *loop = loop_new("chain");
    struct chain chain = {{NULL, run_chain}, loop, 1000};
    loop_start(loop);
    loop_post(loop, &chain.task);
    loop_stop(loop);
    assert_int_equal(chain.left, -1);
    loop_free(loop);
}

static void note_thread(void *data) {
    *(pthread_t *)data = pthread_self();
}

static void test_runs_an_errand_on_its_thread(void **state) {
    struct loop *loop = loop_new("errand");
    pthread_t first = pthread_self(), second;
    loop_start(loop);
    loop_run_and_wait(loop, note_thread, &first);
    loop_run_and_wait(loop, note_thread, &second);
    assert_false(pthread_equal(first, pthread_self()));
    assert_true(pthread_equal(first, second));
    assert_false(loop_is_current(loop));
    loop_stop(loop);
    loop_free(loop);
}

struct clocked {
    struct timer timer;
    struct clockwork *clockwork;
    int64_t due_ms;
};

enum { TIMERS = 20 };
struct clockwork {
    struct loop *loop;
    struct clocked timers[TIMERS];
    struct timer stopped, moved;
    int64_t last_due_ms;
    int fired;
    int early;
    int disordered;
    bool stopped_has_fired;
    pthread_mutex_t lock;
    pthread_cond_t done;
};

static void on_clocked(struct timer *timer) {
    struct clocked *clocked = container_of(timer, struct clocked, timer);
    struct clockwork *work = clocked->clockwork;
    MUTEX_GUARD(&work->lock);
    work->early += clock_monotonic_ms() < clocked->due_ms;
    work->disordered += clocked->due_ms < work->last_due_ms;
    work->last_due_ms = clocked->due_ms;
    work->fired++;
}

static void on_stopped(struct timer *timer) {
    container_of(timer, struct clockwork, stopped)->stopped_has_fired = true;
}

static void on_moved(struct timer *timer) {
    struct clockwork *work = container_of(timer, struct clockwork, moved);
    MUTEX_GUARD(&work->lock);
    work->fired++;
    pthread_cond_signal(&work->done);
}

static void start_timers(void *data) {
    struct clockwork *work = data;
    for (int i = 0; i < TIMERS; i++) {
        int64_t delay_ms = (i * 7) % TIMERS;
        work->timers[i].clockwork = work;
        work->timers[i].due_ms = clock_monotonic_ms() + delay_ms;
        timer_init(&work->timers[i].timer, work->loop, on_clocked);
        timer_start(&work->timers[i].timer, delay_ms);
    }
    timer_init(&work->stopped, work->loop, on_stopped);
    timer_start(&work->stopped, 1);
    timer_stop(&work->stopped);
    timer_init(&work->moved, work->loop, on_moved);
    timer_start(&work->moved, 0);
    timer_start(&work->moved, TIMERS + 10);
}

static void test_fires_timers_once_in_time_and_in_order(void **state) {
    struct clockwork work = {
        .loop = loop_new("timers"),
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .done = PTHREAD_COND_INITIALIZER,
    };
    loop_start(work.loop);
    loop_run_and_wait(work.loop, start_timers, &work);
    pthread_mutex_lock(&work.lock);
    while (work.fired < TIMERS + 1)
        pthread_cond_wait(&work.done, &work.lock);
    pthread_mutex_unlock(&work.lock);
    loop_stop(work.loop);
    loop_free(work.loop);
    assert_int_equal(work.fired, TIMERS + 1);
    assert_int_equal(work.early, 0);
    assert_int_equal(work.disordered, 0);
    assert_false(work.stopped_has_fired);
}

struct rounds {
    struct loop *loop;
    struct task task;
    int open;  /* begun since the last end of a round */
    int ended; /* rounds that had work */
    int seen;
};

static void run_in_round(struct task *task) {
    struct rounds *rounds = container_of(task, struct rounds, task);
    rounds->open++;
}

static void on_round_end(void *data) {
    struct rounds *rounds = data;
    rounds->seen += rounds->open;
    rounds->ended += rounds->open > 0;
    rounds->open = 0;
}

static void nothing(void *data) {
}

static void test_ends_each_round_before_it_sleeps(void **state) {
    struct rounds rounds = {.task.run = run_in_round, .loop = loop_new("rounds")};
    loop_on_round_end(rounds.loop, on_round_end, &rounds);
    loop_start(rounds.loop);
    for (int i = 0; i < 100; i++) {
        loop_post(rounds.loop, &rounds.task);
        loop_run_and_wait(rounds.loop, nothing, NULL);
    }
    loop_stop(rounds.loop);
    loop_free(rounds.loop);
    assert_int_equal(rounds.seen, 100);
    assert_int_equal(rounds.open, 0);
    assert_in_range(rounds.ended, 1, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_every_task_once_and_in_order),
        cmocka_unit_test(test_without_io_does_the_same),
        cmocka_unit_test(test_runs_what_tasks_post_before_it_stops),
        cmocka_unit_test(test_runs_an_errand_on_its_thread),
        cmocka_unit_test(test_fires_timers_once_in_time_and_in_order),
        cmocka_unit_test(test_ends_each_round_before_it_sleeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
