/* SPDX-License-Identifier: Apache-2.0 */
#include "base/task.h"

#include <assert.h>
#include <stddef.h>

void task_queue_init(struct task_queue *queue) {
    pthread_mutex_init(&queue->lock, NULL);
    queue->first = NULL;
    queue->last = &queue->first;
}

void task_queue_deinit(struct task_queue *queue) {
    assert(!queue->first && "a task that is still queued would never run");
    pthread_mutex_destroy(&queue->lock);
}

bool task_queue_push(struct task_queue *queue, struct task *task) {
    task->next = NULL;
    MUTEX_GUARD(&queue->lock);
    bool was_empty = !queue->first;
    *queue->last = task;
    queue->last = &task->next;
    return was_empty;
}

static struct task *task_queue_take_all(struct task_queue *queue) {
    MUTEX_GUARD(&queue->lock);
    struct task *first = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    return first;
}

unsigned task_queue_run(struct task_queue *queue) {
    unsigned count = 0;
    for (struct task *task = task_queue_take_all(queue), *next; task; task = next) {
        next = task->next; /* its run may post the task again or free it */
        task->run(task);
        count++;
    }
    return count;
}

bool task_queue_is_empty(struct task_queue *queue) {
    MUTEX_GUARD(&queue->lock);
    return !queue->first;
}
