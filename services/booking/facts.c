/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/facts.h"

#include <pb_decode.h>

#include "myevents/events/v1/records.pb.h"

static bool facts_are_sane(const struct event_facts *facts) {
    return facts->capacity >= 0 && facts->capacity <= INVENTORY_CAPACITY_MAX &&
           facts->start_ms > 0 && facts->version >= 0;
}

bool facts_from_message(const Myevents__V1__Event *event, struct event_facts *ret_facts) {
    if (!event->start_time)
        return false;
    *ret_facts = (struct event_facts){
        .capacity = event->capacity,
        .cancelled = event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED,
        .start_ms = event->start_time->seconds * 1000 + event->start_time->nanos / 1000000,
        .version = event->version,
    };
    return facts_are_sane(ret_facts);
}

bool facts_from_record(struct text data, struct uuid *ret_event_id, struct event_facts *ret_facts,
    const char **ret_reason) {
    myevents_events_v1_EventRecord record = myevents_events_v1_EventRecord_init_zero;
    pb_istream_t stream = pb_istream_from_buffer((const pb_byte_t *)data.data, data.size);
    if (!pb_decode(&stream, myevents_events_v1_EventRecord_fields, &record)) {
        *ret_reason = "not an EventRecord";
        return false;
    }
    *ret_facts = (struct event_facts){
        .capacity = record.capacity,
        .cancelled = record.cancelled,
        .start_ms = record.start_time_ms,
        .version = record.version,
    };
    if (uuid_parse(text_from(record.event_id), ret_event_id) < 0 || !facts_are_sane(ret_facts)) {
        *ret_reason = "an EventRecord out of range";
        return false;
    }
    return true;
}
