/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/loadgen/fanout.h"

#include "base/clock.h"

enum { TICK_MS = 1 };

static void start_one(struct fanout *fanout, int64_t due_us) {
    fanout->start(fanout->data, fanout->started++, due_us);
}

/* A job may end within its own start: the flag keeps that from starting the next one in the depth
 * of the stack. */
static void start_closed(struct fanout *fanout) {
    if (fanout->is_starting)
        return;
    fanout->is_starting = true;
    while (fanout->started < fanout->count && fanout->started - fanout->done < fanout->concurrency)
        start_one(fanout, clock_monotonic_us());
    fanout->is_starting = false;
}

static int64_t due_us(const struct fanout *fanout, size_t index) {
    return fanout->begin_us + (int64_t)index * 1000000 / fanout->per_second;
}

static void start_open(struct timer *timer) {
    struct fanout *fanout = container_of(timer, struct fanout, tick);
    while (
        fanout->started < fanout->count && due_us(fanout, fanout->started) <= clock_monotonic_us())
        start_one(fanout, due_us(fanout, fanout->started));
    if (fanout->started < fanout->count)
        timer_start(&fanout->tick, TICK_MS);
}

static void begin(void *data) {
    struct fanout *fanout = data;
    fanout->begin_us = clock_monotonic_us();
    if (fanout->per_second)
        start_open(&fanout->tick);
    else
        start_closed(fanout);
}

void fanout_run(struct fanout *fanout, struct loop *loop) {
    if (fanout->count == 0)
        return;
    fanout->loop = loop;
    fanout->started = fanout->done = 0;
    timer_init(&fanout->tick, loop, start_open);
    sem_init(&fanout->all_done, 0, 0);
    loop_run_and_wait(loop, begin, fanout);
    while (sem_wait(&fanout->all_done) < 0)
        ;
    sem_destroy(&fanout->all_done);
}

void fanout_done(struct fanout *fanout) {
    fanout->done++;
    if (fanout->done == fanout->count)
        sem_post(&fanout->all_done);
    else if (!fanout->per_second)
        start_closed(fanout);
}
