/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A sale in the background, so many buyers a second whatever happens to them, and its verdict. */

#include <stdbool.h>

#include "tests/e2e/stand.h"

struct rush {
    struct command loadgen;
    int buyers, capacity, per_second;
    bool over_rest;
};

/* Returns when buyers are coming. */
void rush_begin(struct rush *rush, struct stand *stand);
/* Fails when all buyers have come and gone: what a test did meanwhile would have shown nothing. */
void rush_expect_running(struct rush *rush);
/* Waits for the end. The verdict is PASS, everybody has an answer, and the books are clean. */
void rush_end(struct rush *rush, struct stand *stand);
