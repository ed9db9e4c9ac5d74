/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One completion queue, one thread. Server calls, client calls, timers and tasks of a loop run on
 * its thread, one after the other, so what belongs to one loop needs no lock.
 *
 *  1. Every callback of a loop runs on the loop's thread and nowhere else.
 *  2. Tasks posted by one thread run in the order of posting, each exactly once.
 *  3. A round is a burst of up to 64 completions that were ready together; on_round_end runs after
 *     each, before the loop may sleep. Work that is cheaper in bulk (a batch, one wake-up of
 *     another thread) belongs there.
 *  4. loop_stop() returns after the thread has ended; tasks still queued then have run. Whoever
 *     posts from another thread has finished by then.
 *  5. What is still under way at loop_stop() completes within loop_free(), on the thread that calls
 *     it, which waits for it. Nothing new may be begun on the loop then.
 *  6. loop_new() names the loop's thread. A loop of loop_new_without_io() is the second one of a
 *     process: it leaves the sockets to the first, which must be running as long as this one has
 *     work. (Two loops that both watch the sockets take them from each other and double the price
 *     of a call.)
 *  7. loop_post() may be called on any thread, the loop's own too; the task is its owner's again
 *     when it runs. loop_run_and_wait() posts and waits until that has run; on the loop's own
 *     thread it runs at once. loop_is_current() says whether this is that thread.
 *  8. loop_stop() is for any thread but the loop's own; loop_free() comes after it, or for a loop
 *     that never started. loop_on_round_end() may be called four times, before loop_start().
 *  9. Timers belong to the loop's thread. One fires once, never early; starting it again moves it;
 *     after timer_stop() it does not fire. Its memory is its owner's, who stops it first.
 * 10. For those that watch a loop, on any thread while it runs: loop_wait() is the number of the
 *     wait for completions that its thread is in, 0 when it is in none; loop_cpu_us() is the
 *     processor time that the thread has used; loop_sleep_count() is how often it has gone to
 *     sleep, as it does when nobody wants anything, -1 when the system does not tell.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/task.h"

struct loop;

struct loop *loop_new(const char *name);
struct loop *loop_new_without_io(const char *name);
void loop_free(struct loop *loop);
void loop_start(struct loop *loop);
void loop_stop(struct loop *loop);
bool loop_is_current(const struct loop *loop);

uint64_t loop_wait(const struct loop *loop);
int64_t loop_cpu_us(const struct loop *loop);
int64_t loop_sleep_count(const struct loop *loop);

void loop_post(struct loop *loop, struct task *task);
void loop_run_and_wait(struct loop *loop, void (*run)(void *data), void *data);

void loop_on_round_end(struct loop *loop, void (*run)(void *data), void *data);

struct timer {
    struct heap_entry entry; /* key: monotonic ms */
    struct loop *loop;
    void (*fired)(struct timer *timer);
};
void timer_init(struct timer *timer, struct loop *loop, void (*fired)(struct timer *timer));
void timer_start(struct timer *timer, int64_t delay_ms);
void timer_stop(struct timer *timer);
