/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/loop.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mesh/op.h"

enum { ROUND_MAX = 64, HOOKS_MAX = 4, NAME_SIZE = 16 };

struct hook {
    void (*run)(void *data);
    void *data;
};

struct loop {
    grpc_completion_queue *queue;
    struct heap timers;
    struct hook hooks[HOOKS_MAX];
    unsigned hook_count;
    bool has_own_tasks; /* posted by the loop's own thread, which needs no waking */
    bool is_stopping;
    bool is_started;
    pthread_t thread;
    char name[NAME_SIZE];

    struct task_queue tasks;
    struct task stop;

    /* Core has no event that a thread may raise. An empty batch completes at once, so one on a call
     * that goes nowhere wakes the queue's thread. */
    grpc_channel *nowhere;
    grpc_call *wake_call;
    struct op wake;
    atomic_bool is_wake_pending;

    atomic_uint_fast64_t waits;
    _Atomic pid_t tid;
};

static _Thread_local struct loop *current;

static void on_wake(struct op *op, bool ok) {
    struct loop *loop = container_of(op, struct loop, wake);
    /* Cleared before the tasks are taken: whoever pushes later wakes again. */
    atomic_store(&loop->is_wake_pending, false);
    task_queue_run(&loop->tasks);
}

static void on_stop(struct task *task) {
    container_of(task, struct loop, stop)->is_stopping = true;
}

static grpc_completion_queue *queue_new(grpc_cq_polling_type polling) {
    grpc_completion_queue_attributes attributes = {
        .version = 1,
        .cq_completion_type = GRPC_CQ_NEXT,
        .cq_polling_type = polling,
    };
    return grpc_completion_queue_create(
        grpc_completion_queue_factory_lookup(&attributes), &attributes, NULL);
}

static struct loop *loop_new_polling(const char *name, grpc_cq_polling_type polling) {
    struct loop *loop = memory_new(sizeof(*loop));
    core_ref();
    snprintf(loop->name, sizeof(loop->name), "%s", name);
    task_queue_init(&loop->tasks);
    loop->stop.run = on_stop;
    loop->wake.done = on_wake;
    loop->queue = queue_new(polling);
    loop->nowhere = grpc_lame_client_channel_create(
        "wake", GRPC_STATUS_UNAVAILABLE, "leads nowhere");
    loop->wake_call = grpc_channel_create_call(loop->nowhere, NULL, 0, loop->queue,
        grpc_slice_from_static_string("/wake"), NULL, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    return loop;
}

struct loop *loop_new(const char *name) {
    return loop_new_polling(name, GRPC_CQ_DEFAULT_POLLING);
}

struct loop *loop_new_without_io(const char *name) {
    return loop_new_polling(name, GRPC_CQ_NON_POLLING);
}

/* Odd numbers are waits, even ones what lies between. Only the loop's thread counts. */
static void count_wait(struct loop *loop) {
    uint64_t waits = atomic_load_explicit(&loop->waits, memory_order_relaxed);
    atomic_store_explicit(&loop->waits, waits + 1, memory_order_relaxed);
}

uint64_t loop_wait(const struct loop *loop) {
    uint64_t waits = atomic_load_explicit(&loop->waits, memory_order_relaxed);
    return waits % 2 ? waits : 0;
}

int64_t loop_cpu_us(const struct loop *loop) {
    struct timespec used;
    clockid_t clock;
    if (!loop->is_started || pthread_getcpuclockid(loop->thread, &clock) != 0 ||
        clock_gettime(clock, &used) < 0)
        return 0;
    return used.tv_sec * INT64_C(1000000) + used.tv_nsec / 1000;
}

static ssize_t read_status(pid_t tid, char *text, size_t size) {
    char path[48];
    snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    return got;
}

int64_t loop_sleep_count(const struct loop *loop) {
    static const char name[] = "\nvoluntary_ctxt_switches:";
    char text[4096];
    ssize_t size = read_status(atomic_load(&loop->tid), text, sizeof(text));
    text[size > 0 ? size : 0] = '\0';
    const char *line = strstr(text, name);
    return line ? strtoll(line + strlen(name), NULL, 10) : -1;
}

static bool complete_next(struct loop *loop, gpr_timespec deadline) {
    count_wait(loop);
    grpc_event event = grpc_completion_queue_next(loop->queue, deadline, NULL);
    count_wait(loop);
    if (event.type != GRPC_OP_COMPLETE)
        return false;
    struct op *op = event.tag;
    op_acquire(op);
    op->done(op, event.success != 0);
    return true;
}

void loop_free(struct loop *loop) {
    if (!loop)
        return;
    assert(!loop->is_started);
    struct loop *outer = current;
    current = loop;
    grpc_call_unref(loop->wake_call);
    grpc_channel_destroy(loop->nowhere);
    grpc_completion_queue_shutdown(loop->queue);
    while (complete_next(loop, gpr_inf_future(GPR_CLOCK_MONOTONIC)))
        ;
    current = outer;
    grpc_completion_queue_destroy(loop->queue);
    heap_deinit(&loop->timers);
    task_queue_deinit(&loop->tasks);
    free(loop);
    core_unref();
}

static gpr_timespec sleep_until(const struct loop *loop) {
    if (loop->has_own_tasks)
        return gpr_time_0(GPR_CLOCK_MONOTONIC);
    struct heap_entry *first = heap_peek(&loop->timers);
    return core_deadline(first ? first->key : INT64_MAX);
}

/* At most a round's worth, so that a timer which starts itself again without delay cannot keep the
 * loop from its queue. */
static void fire_timers(struct loop *loop) {
    if (!heap_peek(&loop->timers))
        return;
    int64_t now_ms = clock_monotonic_ms();
    for (unsigned i = 0; i < ROUND_MAX; i++) {
        struct heap_entry *first = heap_peek(&loop->timers);
        if (!first || first->key > now_ms)
            return;
        heap_pop(&loop->timers);
        struct timer *timer = container_of(first, struct timer, entry);
        timer->fired(timer);
    }
}

static void run_own_tasks(struct loop *loop) {
    if (!loop->has_own_tasks)
        return;
    loop->has_own_tasks = false;
    task_queue_run(&loop->tasks);
}

/* That a round is over shows when a look finds nothing more, which is a system call. With nobody to
 * tell, every completion is a round of its own. */
static void run_round(struct loop *loop) {
    unsigned size_max = loop->hook_count > 0 ? ROUND_MAX : 1;
    gpr_timespec deadline = sleep_until(loop);
    for (unsigned i = 0; i < size_max && complete_next(loop, deadline); i++)
        deadline = gpr_time_0(GPR_CLOCK_MONOTONIC);
    fire_timers(loop);
    run_own_tasks(loop);
    for (unsigned i = 0; i < loop->hook_count; i++)
        loop->hooks[i].run(loop->hooks[i].data);
}

static void *run_loop(void *data) {
    struct loop *loop = data;
    current = loop;
    atomic_store(&loop->tid, gettid());
    pthread_setname_np(pthread_self(), loop->name);
    while (!loop->is_stopping || !task_queue_is_empty(&loop->tasks))
        run_round(loop);
    return NULL;
}

void loop_start(struct loop *loop) {
    assert(!loop->is_started);
    loop->is_started = true;
    int r = pthread_create(&loop->thread, NULL, run_loop, loop);
    assert(r == 0);
}

void loop_stop(struct loop *loop) {
    if (!loop->is_started)
        return;
    assert(!loop_is_current(loop));
    loop_post(loop, &loop->stop);
    pthread_join(loop->thread, NULL);
    loop->is_started = false;
}

bool loop_is_current(const struct loop *loop) {
    return current == loop;
}

grpc_completion_queue *loop_queue(const struct loop *loop) {
    return loop->queue;
}

void loop_post(struct loop *loop, struct task *task) {
    task_queue_push(&loop->tasks, task);
    if (loop_is_current(loop))
        loop->has_own_tasks = true;
    else if (!atomic_exchange(&loop->is_wake_pending, true))
        op_start(&loop->wake, loop->wake_call, NULL, 0);
}

struct errand {
    struct task task;
    void (*run)(void *data);
    void *data;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void on_errand(struct task *task) {
    struct errand *errand = container_of(task, struct errand, task);
    errand->run(errand->data);
    MUTEX_GUARD(&errand->lock);
    errand->is_done = true;
    pthread_cond_signal(&errand->done);
}

void loop_run_and_wait(struct loop *loop, void (*run)(void *data), void *data) {
    if (loop_is_current(loop)) {
        run(data);
        return;
    }
    struct errand errand = {
        .task.run = on_errand,
        .run = run,
        .data = data,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .done = PTHREAD_COND_INITIALIZER,
    };
    loop_post(loop, &errand.task);
    pthread_mutex_lock(&errand.lock);
    while (!errand.is_done)
        pthread_cond_wait(&errand.done, &errand.lock);
    pthread_mutex_unlock(&errand.lock);
}

void loop_on_round_end(struct loop *loop, void (*run)(void *data), void *data) {
    assert(loop->hook_count < HOOKS_MAX);
    loop->hooks[loop->hook_count++] = (struct hook){run, data};
}

void timer_init(struct timer *timer, struct loop *loop, void (*fired)(struct timer *timer)) {
    *timer = (struct timer){.entry.index = HEAP_NOWHERE, .loop = loop, .fired = fired};
}

void timer_start(struct timer *timer, int64_t delay_ms) {
    timer_stop(timer);
    /* Rounded up, so that a timer is never early. */
    timer->entry.key = (clock_monotonic_us() + 999) / 1000 + delay_ms;
    heap_insert(&timer->loop->timers, &timer->entry);
}

void timer_stop(struct timer *timer) {
    heap_remove(&timer->loop->timers, &timer->entry);
}
