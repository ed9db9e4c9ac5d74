/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What can come of a request, from the rules up to the handlers. 0 is success. */

enum outcome {
    OUTCOME_OK = 0,    /* done, and it changed something */
    OUTCOME_UNCHANGED, /* it was so already: a success that writes nothing */
    /* refusals by the rules */
    OUTCOME_SOLD_OUT, /* fewer seats are free than asked for */
    OUTCOME_NOT_ON_SALE,
    OUTCOME_EVENT_STARTED,
    OUTCOME_EVENT_CANCELLED,
    OUTCOME_HOLD_EXPIRED,
    OUTCOME_ALREADY_CONFIRMED,
    OUTCOME_ALREADY_CANCELLED,
    OUTCOME_ALREADY_EXTENDED,
    OUTCOME_CAPACITY_BELOW_SOLD,
    /* refusals around them */
    OUTCOME_EVENT_NOT_FOUND,
    OUTCOME_BOOKING_NOT_FOUND,
    OUTCOME_USER_NOT_FOUND,
    OUTCOME_USER_INCOMPLETE,      /* a guest may hold seats, not book them */
    OUTCOME_IDEMPOTENCY_MISMATCH, /* the key stands for another request */
    OUTCOME_OVERLOADED,
    OUTCOME_EVENT_UNREACHABLE, /* nobody could say whether the event exists */
    OUTCOME_UNKNOWN,           /* the store did not say whether it was written */
    OUTCOME_INCONSISTENT,      /* the books do not balance: the event is closed */
    OUTCOME_ABANDONED,         /* the caller has gone before it was decided */
    OUTCOME_COUNT
};
