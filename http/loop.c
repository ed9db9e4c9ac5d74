/* SPDX-License-Identifier: Apache-2.0 */
#include "http/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/server.h"

enum { EVENTS_PER_ROUND = 256, WAIT_MS_MAX = 60 * 1000 };

/* Being awake is all that is wanted of it. */
static void on_wake(struct http_source *source, uint32_t events) {
}

void http_loop_init(struct http_loop *loop, void (*on_round_end)(void *data), void *data) {
    *loop = (struct http_loop){
        .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
        .wake = {eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), on_wake},
        .now_ms = clock_monotonic_ms(),
        .on_round_end = on_round_end,
        .data = data,
    };
    assert(loop->epoll_fd >= 0 && loop->wake.fd >= 0 && "a process has room for two descriptors");
    task_queue_init(&loop->tasks);
    /* Edge-triggered, so that nobody needs to read the counter back. */
    int r = http_loop_add(loop, &loop->wake, EPOLLIN | EPOLLET);
    assert(r == 0);
}

void http_loop_deinit(struct http_loop *loop) {
    while (task_queue_run(&loop->tasks) > 0)
        ;
    task_queue_deinit(&loop->tasks);
    heap_deinit(&loop->timers);
    close(loop->wake.fd);
    close(loop->epoll_fd);
}

static void wake(struct http_loop *loop) {
    uint64_t one = 1;
    ssize_t n = write(loop->wake.fd, &one, sizeof(one));
    assert(n == sizeof(one));
}

/*
 * The loop says that it goes to sleep before it looks at the queue for the last time, we push
 * before we look whether it sleeps: one of both sees the other. A burst wakes it once.
 */
void http_loop_post(struct http_loop *loop, struct task *task) {
    task_queue_push(&loop->tasks, task);
    if (atomic_exchange(&loop->is_asleep, false))
        wake(loop);
}

void http_loop_stop(struct http_loop *loop) {
    atomic_store(&loop->is_stopped, true);
    wake(loop);
}

static int timeout_ms(struct http_loop *loop) {
    const struct heap_entry *first = heap_peek(&loop->timers);
    if (!first)
        return WAIT_MS_MAX;
    int64_t delay_ms = first->key - clock_monotonic_ms();
    if (delay_ms < 0)
        return 0;
    return delay_ms < WAIT_MS_MAX ? (int)delay_ms : WAIT_MS_MAX;
}

static int wait_for_events(struct http_loop *loop, struct epoll_event *ret_events) {
    int delay_ms = timeout_ms(loop);
    atomic_store(&loop->is_asleep, true);
    if (!task_queue_is_empty(&loop->tasks))
        delay_ms = 0;
    int count = epoll_wait(loop->epoll_fd, ret_events, EVENTS_PER_ROUND, delay_ms);
    atomic_store(&loop->is_asleep, false);
    loop->now_ms = clock_monotonic_ms();
    assert(count >= 0 || errno == EINTR);
    return count;
}

static void fire_timers(struct http_loop *loop) {
    for (struct heap_entry *first; (first = heap_peek(&loop->timers));) {
        if (first->key > loop->now_ms)
            return;
        heap_remove(&loop->timers, first);
        struct http_timer *timer = container_of(first, struct http_timer, entry);
        timer->fired(timer->data);
    }
}

static void run_round(struct http_loop *loop) {
    struct epoll_event events[EVENTS_PER_ROUND];
    int count = wait_for_events(loop, events);
    for (int i = 0; i < count; i++) {
        struct http_source *source = events[i].data.ptr;
        source->on_ready(source, events[i].events);
    }
    task_queue_run(&loop->tasks);
    fire_timers(loop);
    loop->on_round_end(loop->data);
}

void http_loop_run(struct http_loop *loop) {
    loop->thread = pthread_self();
    loop->is_running = true;
    while (!atomic_load(&loop->is_stopped))
        run_round(loop);
    loop->is_running = false;
}

bool http_loop_is_current(const struct http_loop *loop) {
    return !loop->is_running || pthread_equal(loop->thread, pthread_self());
}

int http_loop_add(struct http_loop *loop, struct http_source *source, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0 ? -errno : 0;
}

void http_loop_modify(struct http_loop *loop, struct http_source *source, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = source};
    int r = epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, source->fd, &event);
    assert(r == 0 && "the source is in the loop");
}

void http_loop_remove(struct http_loop *loop, struct http_source *source) {
    int r = epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
    assert(r == 0 && "the source is in the loop");
}

void http_timer_init(
    struct http_timer *timer, struct http_loop *loop, void (*fired)(void *data), void *data) {
    *timer = (struct http_timer){{.index = HEAP_NOWHERE}, loop, fired, data};
}

void http_timer_start_at(struct http_timer *timer, int64_t at_ms) {
    http_timer_stop(timer);
    timer->entry.key = at_ms;
    heap_insert(&timer->loop->timers, &timer->entry);
}

void http_timer_start(struct http_timer *timer, int64_t delay_ms) {
    http_timer_start_at(timer, clock_monotonic_ms() + delay_ms);
}

void http_timer_stop(struct http_timer *timer) {
    heap_remove(&timer->loop->timers, &timer->entry);
}

bool http_timer_is_started(const struct http_timer *timer) {
    return timer->entry.index != HEAP_NOWHERE;
}

void http_timer_free(struct http_timer *timer) {
    if (!timer)
        return;
    http_timer_stop(timer);
    free(timer);
}
