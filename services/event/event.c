/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/event.h"

#include <string.h>

bool timestamp_is_valid(const Google__Protobuf__Timestamp *timestamp) {
    static const int64_t year_1_s = -62135596800, year_10000_s = 253402300800;
    return timestamp->seconds >= year_1_s && timestamp->seconds < year_10000_s &&
           timestamp->nanos >= 0 && timestamp->nanos < 1000000000;
}

int64_t timestamp_ms(const Google__Protobuf__Timestamp *timestamp) {
    return timestamp ? timestamp->seconds * 1000 + timestamp->nanos / 1000000 : 0;
}

const Myevents__V1__Hall *location_hall(const Myevents__V1__Location *location, const char *name) {
    for (size_t i = 0; i < location->n_halls; i++)
        if (strcmp(location->halls[i]->name, name) == 0)
            return location->halls[i];
    return NULL;
}

bool event_takes_bookings(const Myevents__V1__Event *event, int64_t now_ms) {
    return event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED &&
           timestamp_ms(event->start_time) > now_ms;
}

enum event_outcome event_publish(const Myevents__V1__Event *event, int64_t now_ms) {
    if (event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED)
        return EVENT_IS_CANCELLED;
    if (event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED)
        return EVENT_UNCHANGED;
    return timestamp_ms(event->start_time) > now_ms ? EVENT_OK : EVENT_HAS_STARTED;
}

enum event_outcome event_cancel(const Myevents__V1__Event *event) {
    return event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED ? EVENT_UNCHANGED
                                                                            : EVENT_OK;
}

enum event_outcome event_delete(const Myevents__V1__Event *event) {
    return event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT ? EVENT_OK
                                                                        : EVENT_NOT_DRAFT;
}

enum event_outcome event_update(const Myevents__V1__Event *before, const Myevents__V1__Event *after,
    const Myevents__V1__Hall *hall, int64_t now_ms) {
    bool is_draft = before->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT;
    if (before->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED)
        return EVENT_IS_CANCELLED;
    if (!is_draft && timestamp_ms(before->start_time) <= now_ms)
        return EVENT_HAS_STARTED;
    /* People hold tickets for a place; another place is another event. */
    if (!is_draft && strcmp(before->location_id, after->location_id) != 0)
        return EVENT_LOCATION_FIXED;
    return after->capacity <= hall->capacity ? EVENT_OK : EVENT_CAPACITY_OVER_HALL;
}

enum location_outcome location_keeps(
    const Myevents__V1__Location *location, const Myevents__V1__Event *event) {
    if (event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED)
        return LOCATION_OK;
    const Myevents__V1__Hall *hall = location_hall(location, event->hall);
    if (!hall)
        return LOCATION_HALL_MISSING;
    return event->capacity <= hall->capacity ? LOCATION_OK : LOCATION_HALL_TOO_SMALL;
}
