/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One thread's epoll: descriptors that become ready, tasks from other threads, timers. Everything
 * but http_loop_post() and http_loop_stop() belongs to the thread that runs it.
 *
 *  1. A round is: what is ready, then the tasks, then the timers, then on_round_end.
 *  2. A source may be removed and freed in its own on_ready, in a task, a timer or at the round's
 *     end, but not in another source's on_ready: an event for it may wait behind.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/heap.h"
#include "base/task.h"

/* Something with a descriptor; embedded in its owner. */
struct http_source {
    int fd;
    void (*on_ready)(struct http_source *source, uint32_t events);
};

struct http_loop {
    int epoll_fd;
    struct http_source wake; /* an eventfd */
    atomic_bool is_asleep;
    atomic_bool is_stopped;
    struct task_queue tasks;
    struct heap timers;
    pthread_t thread; /* while it runs */
    bool is_running;
    int64_t now_ms; /* monotonic, at the beginning of the round */
    void (*on_round_end)(void *data);
    void *data;
};

/* Embedded in its owner; see http/server.h for the one that is not. */
struct http_timer {
    struct heap_entry entry;
    struct http_loop *loop;
    void (*fired)(void *data);
    void *data;
};

void http_loop_init(struct http_loop *loop, void (*on_round_end)(void *data), void *data);
void http_loop_deinit(struct http_loop *loop);
void http_loop_run(struct http_loop *loop);                     /* until stopped */
bool http_loop_is_current(const struct http_loop *loop);        /* also when no thread runs it */
void http_loop_stop(struct http_loop *loop);                    /* any thread */
void http_loop_post(struct http_loop *loop, struct task *task); /* any thread */

_must_check_ int http_loop_add(struct http_loop *loop, struct http_source *source, uint32_t events);
void http_loop_modify(struct http_loop *loop, struct http_source *source, uint32_t events);
void http_loop_remove(struct http_loop *loop, struct http_source *source);

void http_timer_init(
    struct http_timer *timer, struct http_loop *loop, void (*fired)(void *data), void *data);
void http_timer_start_at(struct http_timer *timer, int64_t at_ms); /* monotonic */
bool http_timer_is_started(const struct http_timer *timer);
