/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a peer keeps a loop to itself. Core reads on for as long as a connection has something to
 * read, within one wait of the loop's thread: a peer that sends small frames faster than they are
 * served holds the thread, and nobody else is served. Flow control stops messages long before that,
 * so whoever does it is no client.
 *
 * A loop that nobody calls is in one wait for ever, and there, too, core has something to do now
 * and then: it answers pings, it greets who connects. So a thread that goes to sleep often enough
 * has rested, and begins anew.
 */

#include <stdint.h>

struct capture {
    uint64_t wait;
    int64_t begin_cpu_us;        /* when the thread began to compute in this wait */
    int64_t cpu_us, sleep_count; /* of the last look */
};

/* For how long the loop's thread has computed without rest in a wait that has not ended. The others
 * are what loop_wait(), loop_cpu_us() and loop_sleep_count() say at this look. To be asked again
 * and again. */
int64_t capture_look_us(
    struct capture *capture, uint64_t wait, int64_t cpu_us, int64_t sleep_count);
