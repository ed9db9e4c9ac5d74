/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A sale in the background, so many buyers a second whatever happens to them, and its verdict. */

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "tests/e2e/stand.h"

struct rush {
    struct command loadgen;
    int buyers, capacity, per_second;
    bool over_rest;
    struct id event;
};

/* Returns when a tenth of the seats is sold. */
void rush_begin(struct rush *rush, struct stand *stand);
/* Fails when all buyers have come and gone: what a test has just done to the system would show
 * nothing. How long the system takes to get over it is not asked here. */
void rush_expect_running(struct rush *rush);
int64_t rush_sold(const struct rush *rush, struct stand *stand); /* seats, by now */
/* Waits for the end. The verdict is PASS, everybody has an answer, and the books are clean. */
void rush_end(struct rush *rush, struct stand *stand);
