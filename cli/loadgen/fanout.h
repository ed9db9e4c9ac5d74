/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Runs `count` numbered jobs on a loop. Closed: so many at a time, the next starts when one ends.
 * Open: so many are started a second whatever happens to them, and a job's clock starts when it
 * should have been started, so a slow server cannot hide behind a patient client.
 *
 *  1. start(index, due_us) runs on the loop; whoever it started calls fanout_done() on the loop
 *     exactly once.
 *  2. fanout_run() blocks until all are done. Not on the loop's thread.
 */

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mesh/loop.h"

struct fanout {
    size_t count;
    size_t concurrency; /* closed */
    int64_t per_second; /* open when not 0 */
    void (*start)(void *data, size_t index, int64_t due_us);
    void *data;
    /* private from here */
    struct loop *loop;
    struct timer tick;
    size_t started, done;
    int64_t begin_us;
    bool is_starting;
    sem_t all_done;
};

void fanout_run(struct fanout *fanout, struct loop *loop);
void fanout_done(struct fanout *fanout);
