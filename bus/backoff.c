/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/backoff.h"

#include "base/id.h"

int64_t jitter(int64_t duration_ms) {
    uint32_t dice;
    random_bytes(&dice, sizeof(dice));
    return duration_ms - (int64_t)(dice % (uint64_t)(duration_ms / 2 + 1));
}

int64_t backoff_next(struct backoff *backoff) {
    int64_t pause_ms = backoff->next_ms ? backoff->next_ms : backoff->first_ms;
    if (pause_ms > backoff->cap_ms)
        pause_ms = backoff->cap_ms;
    backoff->next_ms = pause_ms * 2;
    return jitter(pause_ms);
}

void backoff_reset(struct backoff *backoff) {
    backoff->next_ms = 0;
}
