/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How many calls each connection has open. Core tells a peer its limit and lets one that does not
 * acknowledge have any number; so we count, once there are so many calls that it may matter.
 * Belongs to a loop.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"

enum { CROWD_MIN = 500 }; /* calls of an intake; below nobody is counted */

struct crowd {
    struct map peers;
    int64_t open_max;
};

struct crowd_peer;

void crowd_init(struct crowd *crowd, int64_t open_max);
void crowd_deinit(struct crowd *crowd);
/* One call more. True in *ret_is_beyond for the first that is beyond the limit. */
struct crowd_peer *crowd_enter(struct crowd *crowd, const char *name, bool *ret_is_beyond);
void crowd_leave(struct crowd *crowd, struct crowd_peer *peer);
