/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/record.h"

#include <assert.h>
#include <pb_encode.h>

#include "base/trace.h"
#include "myevents/events/v1/records.pb.h"
#include "store/store.h"

enum { DATA_SIZE_MAX = 256 };

static void put(struct store_commit *commit, struct text type, const char *subject, int64_t time_ms,
    const struct trace *trace, const pb_msgdesc_t *fields, const void *message) {
    pb_byte_t data[DATA_SIZE_MAX];
    pb_ostream_t stream = pb_ostream_from_buffer(data, sizeof(data));
    bool encoded = pb_encode(&stream, fields, message);
    assert(encoded); /* every field is bounded by its struct */

    char traceparent[TRACEPARENT_SIZE + 1] = "";
    if (trace && trace->trace_id[0])
        trace_format(trace, traceparent);
    struct id id = id_new();
    struct store_record record = {
        .id = {id.text, ID_SIZE},
        .type = type,
        .subject = {subject, ID_SIZE},
        .traceparent = text_from(traceparent),
        .time_ms = time_ms,
        .data = {(const char *)data, stream.bytes_written},
    };
    store_commit_record(commit, &record);
}

static struct text type_of(const struct transition *transition) {
    switch (transition->reason) {
    case REASON_CREATED:
        return transition->state == BOOKING_HELD ? TEXT("myevents.booking.held.v1")
                                                 : TEXT("myevents.booking.confirmed.v1");
    case REASON_CONFIRMED:
        return TEXT("myevents.booking.confirmed.v1");
    case REASON_EXTENDED:
        return TEXT("myevents.booking.extended.v1");
    case REASON_EXPIRED:
        return TEXT("myevents.booking.expired.v1");
    default:
        return TEXT("myevents.booking.cancelled.v1");
    }
}

void record_put_booking(struct store_commit *commit, const struct booking *booking,
    uint32_t history_count, const struct trace *trace) {
    const struct transition *last = &booking->history[history_count - 1];
    myevents_events_v1_BookingRecord message = {
        .seats = booking->seats,
        .state = (int32_t)last->state,
        .time_ms = last->time_ms,
        .hold_expire_time_ms = last->deadline_ms,
    };
    uuid_format(&booking->id, message.booking_id);
    uuid_format(&booking->event_id, message.event_id);
    uuid_format(&booking->user_id, message.user_id);
    put(commit, type_of(last), message.booking_id, last->time_ms, trace,
        myevents_events_v1_BookingRecord_fields, &message);
}

void record_put_availability(
    struct store_commit *commit, const struct inventory *inventory, const struct trace *trace) {
    myevents_events_v1_AvailabilityRecord message = {
        .capacity = inventory->capacity,
        .held = inventory->held,
        .sold = inventory->sold,
        .sequence = inventory->sequence,
        .time_ms = inventory->update_ms,
    };
    uuid_format(&inventory->event_id, message.event_id);
    put(commit, TEXT("myevents.availability.changed.v1"), message.event_id, inventory->update_ms,
        trace, myevents_events_v1_AvailabilityRecord_fields, &message);
}
