/* SPDX-License-Identifier: Apache-2.0 */
#include "base/task.h"

#include "check.h"

#include <sched.h>

struct job {
    struct task task;
    struct task_queue *queue;
    int number;
    int runs;
};

static int order[16], order_count;

static void note_order(struct task *task) {
    order[order_count++] = container_of(task, struct job, task)->number;
}

static void tasks_run_first_in_first_out(void **state) {
    struct task_queue queue;
    struct job jobs[3];
    order_count = 0;
    task_queue_init(&queue);
    assert_true(task_queue_is_empty(&queue));
    for (int i = 0; i < 3; i++) {
        jobs[i] = (struct job){.task.run = note_order, .number = i};
        assert_int_equal(task_queue_push(&queue, &jobs[i].task), i == 0);
    }
    assert_false(task_queue_is_empty(&queue));
    assert_int_equal(task_queue_run(&queue), 3);
    assert_true(task_queue_is_empty(&queue));
    for (int i = 0; i < 3; i++)
        assert_int_equal(order[i], i);
    assert_int_equal(task_queue_run(&queue), 0);
    assert_true(task_queue_push(&queue, &jobs[0].task));
    assert_int_equal(task_queue_run(&queue), 1);
    task_queue_deinit(&queue);
}

static void post_again(struct task *task) {
    struct job *job = container_of(task, struct job, task);
    if (++job->runs < 3)
        task_queue_push(job->queue, task);
}

static void what_a_run_posts_waits_for_the_next_run(void **state) {
    struct task_queue queue;
    task_queue_init(&queue);
    struct job job = {.task.run = post_again, .queue = &queue};
    task_queue_push(&queue, &job.task);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(task_queue_run(&queue), 1);
        assert_int_equal(job.runs, i);
    }
    assert_int_equal(task_queue_run(&queue), 0);
    task_queue_deinit(&queue);
}

static void free_job(struct task *task) {
    free(container_of(task, struct job, task));
}

static void a_task_may_free_itself(void **state) {
    struct task_queue queue;
    task_queue_init(&queue);
    for (int i = 0; i < 3; i++) {
        struct job *job = calloc(1, sizeof(*job));
        job->task.run = free_job;
        task_queue_push(&queue, &job->task);
    }
    assert_int_equal(task_queue_run(&queue), 3);
    task_queue_deinit(&queue);
}

enum { PRODUCERS = 4, JOBS = 50000 };

struct producer {
    pthread_t thread;
    struct task_queue *queue;
    struct job jobs[JOBS];
    int last_number;
    int disorder;
};

static void note_run(struct task *task) {
    struct job *job = container_of(task, struct job, task);
    struct producer *producer = container_of(job - job->number, struct producer, jobs[0]);
    producer->disorder += job->number != producer->last_number + 1;
    producer->last_number = job->number;
    job->runs++;
}

static pthread_barrier_t all_are_here;

static void *produce(void *data) {
    struct producer *producer = data;
    pthread_barrier_wait(&all_are_here);
    for (int i = 0; i < JOBS; i++) {
        producer->jobs[i] = (struct job){.task.run = note_run, .number = i};
        task_queue_push(producer->queue, &producer->jobs[i].task);
    }
    return NULL;
}

static void tasks_of_many_threads_run_once_and_in_their_order(void **state) {
    static struct producer producers[PRODUCERS];
    struct task_queue queue;
    task_queue_init(&queue);
    pthread_barrier_init(&all_are_here, NULL, PRODUCERS);
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i].queue = &queue;
        producers[i].last_number = -1;
        pthread_create(&producers[i].thread, NULL, produce, &producers[i]);
    }
    int ran = 0;
    for (int i = 0; i < PRODUCERS * JOBS && ran < PRODUCERS * JOBS; i++) {
        ran += (int)task_queue_run(&queue);
        sched_yield();
    }
    for (int i = 0; i < PRODUCERS; i++)
        pthread_join(producers[i].thread, NULL);
    ran += (int)task_queue_run(&queue);
    assert_int_equal(ran, PRODUCERS * JOBS);
    pthread_barrier_destroy(&all_are_here);
    for (int i = 0; i < PRODUCERS; i++) {
        assert_int_equal(producers[i].disorder, 0);
        for (int job = 0; job < JOBS; job++)
            assert_int_equal(producers[i].jobs[job].runs, 1);
    }
    task_queue_deinit(&queue);
}

/* Two guards in one block take two names. */
static void a_guard_holds_until_the_end_of_its_block(void **state) {
    pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
    {
        MUTEX_GUARD(&first);
        MUTEX_GUARD(&second);
        assert_int_not_equal(pthread_mutex_trylock(&first), 0);
        assert_int_not_equal(pthread_mutex_trylock(&second), 0);
    }
    assert_int_equal(pthread_mutex_trylock(&first), 0);
    assert_int_equal(pthread_mutex_trylock(&second), 0);
    pthread_mutex_unlock(&first);
    pthread_mutex_unlock(&second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_run_first_in_first_out),
        cmocka_unit_test(what_a_run_posts_waits_for_the_next_run),
        cmocka_unit_test(a_task_may_free_itself),
        cmocka_unit_test(tasks_of_many_threads_run_once_and_in_their_order),
        cmocka_unit_test(a_guard_holds_until_the_end_of_its_block),
    };
    return cmocka_run_group_tests_name("task", tests, NULL, NULL);
}
