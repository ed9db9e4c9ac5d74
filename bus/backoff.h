/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Pauses between tries: each is twice the one before up to a cap, and jittered between half and the
 * whole of it, so that many clients of one broker do not come back in one moment.
 */

#include <stdint.h>

struct backoff {
    int64_t first_ms;
    int64_t cap_ms;
    int64_t next_ms; /* 0: the first is next */
};

int64_t backoff_next(struct backoff *backoff);
void backoff_reset(struct backoff *backoff);
int64_t jitter(int64_t duration_ms); /* between half and the whole of it */
