/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/history.h"

#include "base/attr.h"
#include "services/booking/engine.h"

/* What may follow what. */
static const struct step {
    enum booking_state from;
    enum booking_reason reason;
    enum booking_state to;
} steps[] = {
    {BOOKING_NONE, REASON_CREATED, BOOKING_HELD},
    {BOOKING_NONE, REASON_CREATED, BOOKING_CONFIRMED},
    {BOOKING_HELD, REASON_CONFIRMED, BOOKING_CONFIRMED},
    {BOOKING_HELD, REASON_EXTENDED, BOOKING_HELD},
    {BOOKING_HELD, REASON_EXPIRED, BOOKING_EXPIRED},
    {BOOKING_HELD, REASON_CANCELLED, BOOKING_CANCELLED},
    {BOOKING_CONFIRMED, REASON_CANCELLED, BOOKING_CANCELLED},
    {BOOKING_HELD, REASON_EVENT_CANCELLED, BOOKING_CANCELLED},
    {BOOKING_CONFIRMED, REASON_EVENT_CANCELLED, BOOKING_CANCELLED},
};

static bool step_is_allowed(enum booking_state from, const struct transition *next) {
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
        if (steps[i].from == from && steps[i].reason == next->reason && steps[i].to == next->state)
            return true;
    return false;
}

bool history_is_allowed(const struct booking *booking) {
    enum booking_state state = BOOKING_NONE;
    int64_t deadline_ms = 0;
    unsigned extensions = 0;
    for (uint32_t i = 0; i < booking->history_count; i++) {
        const struct transition *next = &booking->history[i];
        if (!step_is_allowed(state, next) ||
            (next->deadline_ms > 0) != (next->state == BOOKING_HELD))
            return false;
        if (next->reason == REASON_EXPIRED && next->time_ms < deadline_ms)
            return false;
        extensions += next->reason == REASON_EXTENDED;
        state = next->state;
        deadline_ms = next->deadline_ms;
    }
    return extensions <= 1;
}
