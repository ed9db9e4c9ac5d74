/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Tools may wait on their own thread; servers never do. */

#include <errno.h>
#include <stdint.h>
#include <time.h>

static inline void pause_ms(int64_t ms) {
    struct timespec left = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}
