/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one thread that writes: it takes commits from a queue, gives them to the driver in groups
 * that share a flush, and answers them. A group closes when the queue is empty, when it is large
 * enough, or when its first commit has waited long enough.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/list.h"
#include "store/driver.h"

struct writer {
    struct database *database;
    uint32_t group_commits_max;
    void (*on_broken)(void *data, const char *why);
    void *on_broken_data;
    pthread_mutex_t on_records_lock; /* of the two below; held while it runs */
    void (*on_records)(void *data);
    void *on_records_data;
    pthread_t thread;

    pthread_mutex_t lock; /* of these */
    pthread_cond_t wake;
    struct list queue;
    struct list trims;
    bool is_idle;
    bool is_stopping;

    struct list pending; /* taken from the queue, for the next group; the thread's own */
    bool is_broken;

    atomic_uint_fast64_t commits, conflicts, flushes, records;
};

void writer_start(
    struct writer *writer, struct database *database, const struct store_options *options);
void writer_stop(struct writer *writer); /* after all that was submitted is answered */
void writer_submit(struct writer *writer, struct store_commit *commit);
_must_check_ int writer_commit_and_wait(struct writer *writer, struct store_commit *commit);
void writer_on_records(struct writer *writer, void (*run)(void *data), void *data);
_must_check_ int writer_trim(
    struct writer *writer, uint64_t sequence, int64_t before_ms, size_t *ret_count);
