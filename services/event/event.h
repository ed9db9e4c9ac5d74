/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The rules of events and locations: what may change when. No clock, no I/O. What users see of an
 * event is its API message; a snapshot of it is never changed, an update makes the next one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "myevents/v1/event.pb-c.h"
#include "myevents/v1/location.pb-c.h"

enum event_outcome {
    EVENT_OK = 0,
    EVENT_UNCHANGED,    /* it is so already */
    EVENT_IS_CANCELLED, /* nothing changes any more */
    EVENT_NOT_DRAFT,
    EVENT_HAS_STARTED,
    EVENT_LOCATION_FIXED, /* a published event stays where it is */
    EVENT_CAPACITY_OVER_HALL,
    EVENT_OUTCOME_COUNT
};

enum location_outcome {
    LOCATION_OK = 0,
    LOCATION_HALL_MISSING,   /* a hall that an event uses is gone */
    LOCATION_HALL_TOO_SMALL, /* smaller than an event's capacity */
    LOCATION_OUTCOME_COUNT
};

enum event_outcome event_publish(const Myevents__V1__Event *event, int64_t now_ms);
enum event_outcome event_cancel(const Myevents__V1__Event *event);
enum event_outcome event_delete(const Myevents__V1__Event *event);
/* Whether `before` may become `after`. `hall` is the hall of `after`. */
enum event_outcome event_update(const Myevents__V1__Event *before, const Myevents__V1__Event *after,
    const Myevents__V1__Hall *hall, int64_t now_ms);

/* Whether `location` still has what this event needs. */
enum location_outcome location_keeps(
    const Myevents__V1__Location *location, const Myevents__V1__Event *event);

/* NULL when there is none of that name. */
const Myevents__V1__Hall *location_hall(const Myevents__V1__Location *location, const char *name);

/* As protobuf allows it: from year 1 to 9999. */
bool timestamp_is_valid(const Google__Protobuf__Timestamp *timestamp);
int64_t timestamp_ms(const Google__Protobuf__Timestamp *timestamp); /* NULL: 0 */
bool event_takes_bookings(const Myevents__V1__Event *event, int64_t now_ms);
