/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Work handed from any thread to one. A task is embedded in its owner; it runs exactly once per
 * post, may be posted again from its own run, and never while it is queued. The queue is many
 * producers, one consumer, first in first out.
 */

#include <pthread.h>
#include <stdbool.h>

#include "base/attr.h"

struct task {
    struct task *next;
    void (*run)(struct task *task);
};

struct task_queue {
    pthread_mutex_t lock;
    struct task *first;
    struct task **last;
};

void task_queue_init(struct task_queue *queue);
void task_queue_deinit(struct task_queue *queue);
/* True when the queue was empty before: the consumer must be woken. */
bool task_queue_push(struct task_queue *queue, struct task *task);
/* Runs what is queued now; tasks pushed meanwhile wait for the next call. Returns how many ran. */
unsigned task_queue_run(struct task_queue *queue);
bool task_queue_is_empty(struct task_queue *queue);

static inline void mutex_unlockp(pthread_mutex_t **mutex) {
    if (*mutex)
        pthread_mutex_unlock(*mutex);
}
static inline pthread_mutex_t *mutex_lock(pthread_mutex_t *mutex) {
    pthread_mutex_lock(mutex);
    return mutex;
}
/* Holds `mutex` until the end of the block. */
#define MUTEX_GUARD(mutex)          MUTEX_GUARD_AT(mutex, __LINE__)
#define MUTEX_GUARD_AT(mutex, line) MUTEX_GUARD_NAMED(mutex, line)
#define MUTEX_GUARD_NAMED(mutex, suffix)                                                           \
    _cleanup_(mutex_unlockp) pthread_mutex_t *guard_##suffix _unused_ = mutex_lock(mutex)
