/* SPDX-License-Identifier: Apache-2.0 */
#include "http/loop.h"

#include <semaphore.h>
#include <sys/epoll.h>

#include "http/server.h"
#include "tests/unit/base/check.h"

struct errand {
    struct task task;
    struct http_loop *loop;
    sem_t ran;
    int rounds_before; /* rounds that end before it is posted */
};

static void run_errand(struct task *task) {
    sem_post(&container_of(task, struct errand, task)->ran);
}

static void errand_init(struct errand *errand, struct http_loop *loop) {
    *errand = (struct errand){.task.run = run_errand, .loop = loop};
    sem_init(&errand->ran, 0, 0);
}

static void errand_wait(struct errand *errand) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 60;
    assert_int_equal(sem_timedwait(&errand->ran, &end), 0);
}

static void *run_loop(void *data) {
    http_loop_run(data);
    return NULL;
}

static void end_no_round(void *data) {
}

/* Posts what nobody will wake the loop for: the loop itself is awake. */
static void post_at_the_end_of_a_round(void *data) {
    struct errand *errand = data;
    if (errand->rounds_before-- == 0)
        http_loop_post(errand->loop, &errand->task);
}

static void a_sleeping_loop_wakes_for_a_task(void **state) {
    struct http_loop loop;
    struct errand errand;
    pthread_t thread;
    http_loop_init(&loop, end_no_round, NULL);
    errand_init(&errand, &loop);
    assert_int_equal(pthread_create(&thread, NULL, run_loop, &loop), 0);
    for (int i = 0; i < 100; i++) {
        while (i % 2 == 0 && !atomic_load(&loop.is_asleep))
            usleep(100);
        http_loop_post(&loop, &errand.task);
        errand_wait(&errand);
    }
    http_loop_stop(&loop);
    pthread_join(thread, NULL);
    http_loop_deinit(&loop);
}

static void a_loop_does_not_sleep_over_its_own_tasks(void **state) {
    struct http_loop loop;
    struct errand errand, first;
    pthread_t thread;
    http_loop_init(&loop, post_at_the_end_of_a_round, &errand);
    errand_init(&errand, &loop);
    errand_init(&first, &loop);
    http_loop_post(&loop, &first.task);
    assert_int_equal(pthread_create(&thread, NULL, run_loop, &loop), 0);
    errand_wait(&first);
    errand_wait(&errand);
    http_loop_stop(&loop);
    pthread_join(thread, NULL);
    http_loop_deinit(&loop);
}

static void tasks_of_a_stopped_loop_still_run(void **state) {
    struct http_loop loop;
    struct errand errand;
    http_loop_init(&loop, end_no_round, NULL);
    errand_init(&errand, &loop);
    http_loop_post(&loop, &errand.task);
    http_loop_deinit(&loop);
    assert_int_equal(sem_trywait(&errand.ran), 0);
}

static void stop_loop(void *data) {
    http_loop_stop(data);
}

static void a_timer_wakes_the_loop(void **state) {
    struct http_loop loop;
    struct http_timer timer, never;
    http_loop_init(&loop, end_no_round, NULL);
    http_timer_init(&timer, &loop, stop_loop, &loop);
    http_timer_init(&never, &loop, stop_loop, NULL);
    http_timer_start(&never, 1);
    http_timer_stop(&never);
    http_timer_stop(&never);
    assert_false(http_timer_is_started(&never));
    http_timer_start(&timer, 1);
    assert_true(http_timer_is_started(&timer));
    http_loop_run(&loop);
    assert_false(http_timer_is_started(&timer));
    http_loop_deinit(&loop);
}

struct reader {
    struct http_source source;
    struct http_loop *loop;
    char byte;
};

static void read_byte(struct http_source *source, uint32_t events) {
    struct reader *reader = container_of(source, struct reader, source);
    assert_int_equal(events, EPOLLIN);
    assert_int_equal(read(source->fd, &reader->byte, 1), 1);
    http_loop_remove(reader->loop, source);
    http_loop_stop(reader->loop);
}

static void a_source_is_told_that_it_is_ready(void **state) {
    struct http_loop loop;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct reader reader = {{ends[0], read_byte}, &loop, 0};
    http_loop_init(&loop, end_no_round, NULL);
    assert_int_equal(http_loop_add(&loop, &reader.source, EPOLLIN), 0);
    assert_int_equal(write(ends[1], "a", 1), 1);
    http_loop_run(&loop);
    assert_int_equal(reader.byte, 'a');
    http_loop_deinit(&loop);
    close(ends[0]);
    close(ends[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sleeping_loop_wakes_for_a_task),
        cmocka_unit_test(a_loop_does_not_sleep_over_its_own_tasks),
        cmocka_unit_test(tasks_of_a_stopped_loop_still_run),
        cmocka_unit_test(a_timer_wakes_the_loop),
        cmocka_unit_test(a_source_is_told_that_it_is_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
