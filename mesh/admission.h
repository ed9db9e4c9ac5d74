/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which calls run, which wait, and which are refused. Everything here belongs to the intake's loop.
 *
 *  1. At most running_max calls run at once. A call that comes when they do waits, in the order of
 *     arrival, behind at most queued_max - 1 others. Beyond that it is refused at once.
 *  2. A call that waits has neither received nor unpacked its request. When its turn comes it does.
 *  3. A call that has waited for wait_max_ms is refused. One whose client has left, or whose
 *     deadline has passed, is dropped: it does not run.
 *  4. Every call that runs or waits, runs out of turn or is refused is counted.
 */

#include <stdint.h>

#include "base/list.h"
#include "mesh/loop.h"

struct call;
struct metric_series;

struct admission {
    int64_t running, running_max;
    int64_t queued, queued_max;
    int64_t wait_max_ms;
    struct list queue;
    struct timer timer; /* when the first in the queue has waited for too long */
    void (*start)(struct call *call);
};

struct admission_limits {
    int64_t running_max, queued_max, wait_max_ms;
};

/* A call may now, or by and by, go to start(). */
void admission_init(struct admission *admission, struct loop *loop,
    const struct admission_limits *limits, void (*start)(struct call *call));

/* Starts the call, lets it wait, or ends it with RESOURCE_EXHAUSTED. */
void admission_enter(struct admission *admission, struct call *call);
/* The call, which may not have entered, is over. */
void admission_leave(struct admission *admission, struct call *call);
