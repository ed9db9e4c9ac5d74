/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/refusal.h"

#include <assert.h>
#include <stdio.h>

#include "mesh/call.h"
#include "services/booking/directory.h"
#include "services/booking/lane.h"
#include "services/booking/user.h"

static const struct refusal {
    enum status_code code;
    const char *reason;
    const char *message;
    int64_t retry_ms;
} refusals[OUTCOME_COUNT] = {
    [OUTCOME_SOLD_OUT] = {STATUS_FAILED_PRECONDITION, "SOLD_OUT",
        "fewer seats are free than were asked for"},
    [OUTCOME_NOT_ON_SALE] = {STATUS_FAILED_PRECONDITION, "NOT_ON_SALE", "the event is not on sale"},
    [OUTCOME_EVENT_STARTED] = {STATUS_FAILED_PRECONDITION, "EVENT_STARTED",
        "the event has started"},
    [OUTCOME_EVENT_CANCELLED] = {STATUS_FAILED_PRECONDITION, "EVENT_CANCELLED",
        "the event was cancelled"},
    [OUTCOME_HOLD_EXPIRED] = {STATUS_FAILED_PRECONDITION, "HOLD_EXPIRED",
        "the hold was not confirmed in time"},
    [OUTCOME_ALREADY_CONFIRMED] = {STATUS_FAILED_PRECONDITION, "ALREADY_CONFIRMED",
        "the booking is confirmed: there is no hold to extend"},
    [OUTCOME_ALREADY_CANCELLED] = {STATUS_FAILED_PRECONDITION, "ALREADY_CANCELLED",
        "the booking was cancelled"},
    [OUTCOME_ALREADY_EXTENDED] = {STATUS_FAILED_PRECONDITION, "ALREADY_EXTENDED",
        "a hold can be extended once"},
    [OUTCOME_CAPACITY_BELOW_SOLD] = {STATUS_FAILED_PRECONDITION, "CAPACITY_BELOW_SOLD",
        "more seats are held and sold than that"},
    [OUTCOME_EVENT_NOT_FOUND] = {STATUS_NOT_FOUND, "EVENT_NOT_FOUND", "there is no such event"},
    [OUTCOME_BOOKING_NOT_FOUND] = {STATUS_NOT_FOUND, "BOOKING_NOT_FOUND",
        "there is no such booking"},
    [OUTCOME_USER_NOT_FOUND] = {STATUS_NOT_FOUND, "USER_NOT_FOUND", "there is no such user"},
    [OUTCOME_USER_INCOMPLETE] = {STATUS_FAILED_PRECONDITION, "USER_INCOMPLETE",
        "only a user with first name, last name and e-mail address can book"},
    [OUTCOME_IDEMPOTENCY_MISMATCH] = {STATUS_INVALID_ARGUMENT, "IDEMPOTENCY_MISMATCH",
        "this request_id was used for another request"},
    [OUTCOME_OVERLOADED] = {STATUS_RESOURCE_EXHAUSTED, "OVERLOADED",
        "too many requests wait for this event"},
    [OUTCOME_EVENT_UNREACHABLE] = {STATUS_UNAVAILABLE, "EVENT_SERVICE_UNREACHABLE",
        "the event could not be looked up", 500},
    [OUTCOME_UNKNOWN] = {STATUS_UNAVAILABLE, "OUTCOME_UNKNOWN",
        "whether it was done is not known; retrying with the same request_id is safe", 1000},
    [OUTCOME_INCONSISTENT] = {STATUS_INTERNAL, "EVENT_CLOSED",
        "the event is closed until its books have been checked"},
    [OUTCOME_ABANDONED] = {STATUS_CANCELLED, "CANCELLED", "the caller has gone"},
};

static void refuse(struct call *call, enum outcome outcome, int64_t retry_ms,
    const struct failure_field *metadata, size_t metadata_count) {
    const struct refusal *refusal = &refusals[outcome];
    assert(refusal->reason);
    call_fail_with(call, &(struct failure){
                             .code = refusal->code,
                             .reason = refusal->reason,
                             .message = refusal->message,
                             .retry_delay_ms = retry_ms ? retry_ms : refusal->retry_ms,
                             .metadata = metadata,
                             .metadata_count = metadata_count,
                         });
}

void refuse_call(struct call *call, const struct uuid *event_id, const struct lane_answer *answer) {
    char id[UUID_TEXT_SIZE], seats[16];
    uuid_format(event_id, id);
    struct failure_field metadata[] = {{"event_id", id}, {"seats_available", seats}};
    size_t count = 1;
    if (answer->inventory && answer->inventory->sale != SALE_NONE) {
        snprintf(seats, sizeof(seats), "%d", inventory_free_seats(answer->inventory));
        count = 2;
    }
    refuse(call, answer->outcome, answer->retry_ms, metadata, count);
}

void refuse_call_incomplete(struct call *call, const struct user_entry *user) {
    char id[UUID_TEXT_SIZE], missing[USER_DETAILS_SIZE];
    uuid_format(&user->id, id);
    user_details_format(user->missing, missing);
    const struct failure_field metadata[] = {{"user_id", id}, {"missing", missing}};
    refuse(call, OUTCOME_USER_INCOMPLETE, 0, metadata, ARRAY_SIZE(metadata));
}

void refuse_call_plainly(struct call *call, enum outcome outcome) {
    refuse(call, outcome, 0, NULL, 0);
}
