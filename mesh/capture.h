/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a peer keeps a loop to itself. Core reads on for as long as a connection has something to
 * read, within one wait of the loop's thread: a peer that sends small frames faster than they are
 * served holds the thread, and nobody else is served. Flow control stops messages long before that,
 * so whoever does it is no client.
 */

#include <stdint.h>

struct loop;

struct capture {
    const struct loop *loop;
    uint64_t entry; /* when it was first seen in this wait */
    int64_t cpu_us;
};

/* For how long the loop's thread has computed in a wait that has not ended; 0 when it is in none.
 * To be asked again and again, by one thread. */
int64_t capture_look_us(struct capture *capture);
