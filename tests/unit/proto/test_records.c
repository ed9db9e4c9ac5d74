/* SPDX-License-Identifier: Apache-2.0 */

/* Bus records: fixed sizes hold, and what does not fit is refused rather than cut. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pb_decode.h>
#include <pb_encode.h>

#include "myevents/events/v1/records.pb.h"

enum { NAME_FIELD = 2, LATER_FIELD = 900 };

static void fill(char *string, size_t size) {
    memset(string, 'x', size - 1);
    string[size - 1] = '\0';
}
#define FILL(array) fill(array, sizeof(array))

/* Negative numbers take the most bytes on the wire. */
static myevents_events_v1_EventRecord largest_event(void) {
    myevents_events_v1_EventRecord event = {
        .capacity = -1,
        .start_time_ms = INT64_MIN,
        .end_time_ms = INT64_MIN,
        .cancelled = true,
        .version = INT64_MIN,
    };
    FILL(event.event_id);
    FILL(event.name);
    FILL(event.location_id);
    return event;
}

static size_t encode(
    const pb_msgdesc_t *descriptor, const void *record, uint8_t *bytes, size_t size) {
    pb_ostream_t out = pb_ostream_from_buffer(bytes, size);
    if (!pb_encode(&out, descriptor, record))
        fail_msg("%s", PB_GET_ERROR(&out));
    return out.bytes_written;
}

static void the_largest_event_comes_back(void **state) {
    const myevents_events_v1_EventRecord event = largest_event();
    uint8_t bytes[myevents_events_v1_EventRecord_size];
    size_t size = encode(myevents_events_v1_EventRecord_fields, &event, bytes, sizeof(bytes));
    assert_int_equal(size, myevents_events_v1_EventRecord_size);

    myevents_events_v1_EventRecord copy;
    pb_istream_t in = pb_istream_from_buffer(bytes, size);
    assert_true(pb_decode(&in, myevents_events_v1_EventRecord_fields, &copy));
    assert_string_equal(copy.event_id, event.event_id);
    assert_string_equal(copy.name, event.name);
    assert_string_equal(copy.location_id, event.location_id);
    assert_int_equal(copy.capacity, event.capacity);
    assert_int_equal(copy.start_time_ms, event.start_time_ms);
    assert_int_equal(copy.end_time_ms, event.end_time_ms);
    assert_int_equal(copy.cancelled, event.cancelled);
    assert_int_equal(copy.version, event.version);
}

static void the_largest_booking_comes_back(void **state) {
    myevents_events_v1_BookingRecord booking = {.seats = -1, .state = -1, .time_ms = INT64_MIN};
    FILL(booking.booking_id);
    FILL(booking.event_id);
    FILL(booking.user_id);
    uint8_t bytes[myevents_events_v1_BookingRecord_size];
    size_t size = encode(myevents_events_v1_BookingRecord_fields, &booking, bytes, sizeof(bytes));

    myevents_events_v1_BookingRecord copy;
    pb_istream_t in = pb_istream_from_buffer(bytes, size);
    assert_true(pb_decode(&in, myevents_events_v1_BookingRecord_fields, &copy));
    assert_string_equal(copy.booking_id, booking.booking_id);
    assert_string_equal(copy.event_id, booking.event_id);
    assert_string_equal(copy.user_id, booking.user_id);
    assert_int_equal(copy.seats, -1);
    assert_int_equal(copy.state, -1);
    assert_int_equal(copy.time_ms, INT64_MIN);
    assert_int_equal(copy.hold_expire_time_ms, 0);
}

static void a_record_that_is_all_default_is_empty(void **state) {
    const myevents_events_v1_AvailabilityRecord nothing = {0};
    uint8_t bytes[myevents_events_v1_AvailabilityRecord_size];
    assert_int_equal(
        encode(myevents_events_v1_AvailabilityRecord_fields, &nothing, bytes, sizeof(bytes)), 0);
    myevents_events_v1_AvailabilityRecord copy;
    memset(&copy, 0xff, sizeof(copy));
    pb_istream_t in = pb_istream_from_buffer(bytes, 0);
    assert_true(pb_decode(&in, myevents_events_v1_AvailabilityRecord_fields, &copy));
    assert_string_equal(copy.event_id, "");
    assert_int_equal(copy.sequence, 0);
}

/* A peer that is not bound by our sizes. */
static size_t encode_name(uint8_t *bytes, size_t size, size_t length) {
    static const uint8_t name[1024];
    pb_ostream_t out = pb_ostream_from_buffer(bytes, size);
    assert_true(pb_encode_tag(&out, PB_WT_STRING, NAME_FIELD));
    assert_true(pb_encode_string(&out, name, length));
    return out.bytes_written;
}

static bool decodes_name(size_t length) {
    uint8_t bytes[2048];
    myevents_events_v1_EventRecord event;
    pb_istream_t in = pb_istream_from_buffer(bytes, encode_name(bytes, sizeof(bytes), length));
    return pb_decode(&in, myevents_events_v1_EventRecord_fields, &event);
}

static void a_string_that_is_too_long_is_refused(void **state) {
    const size_t longest = sizeof(((myevents_events_v1_EventRecord *)NULL)->name) - 1;
    assert_int_equal(longest, 640); /* 160 characters of UTF-8 */
    assert_true(decodes_name(longest));
    assert_false(decodes_name(longest + 1));
}

static void a_string_without_its_end_is_not_sent(void **state) {
    myevents_events_v1_EventRecord event = largest_event();
    event.event_id[sizeof(event.event_id) - 1] = 'x';
    uint8_t bytes[2 * myevents_events_v1_EventRecord_size];
    pb_ostream_t out = pb_ostream_from_buffer(bytes, sizeof(bytes));
    assert_false(pb_encode(&out, myevents_events_v1_EventRecord_fields, &event));
}

static void a_record_that_is_cut_is_refused(void **state) {
    const myevents_events_v1_EventRecord event = largest_event();
    uint8_t bytes[myevents_events_v1_EventRecord_size];
    size_t size = encode(myevents_events_v1_EventRecord_fields, &event, bytes, sizeof(bytes));
    myevents_events_v1_EventRecord copy;
    pb_istream_t in = pb_istream_from_buffer(bytes, size - 1);
    assert_false(pb_decode(&in, myevents_events_v1_EventRecord_fields, &copy));
}

static void a_field_of_tomorrow_is_passed_over(void **state) {
    uint8_t bytes[64];
    pb_ostream_t out = pb_ostream_from_buffer(bytes, sizeof(bytes));
    assert_true(pb_encode_tag(&out, PB_WT_STRING, LATER_FIELD));
    assert_true(pb_encode_string(&out, (const uint8_t *)"later", 5));
    assert_true(pb_encode_tag(&out, PB_WT_STRING, NAME_FIELD));
    assert_true(pb_encode_string(&out, (const uint8_t *)"Opera", 5));
    myevents_events_v1_EventRecord event;
    pb_istream_t in = pb_istream_from_buffer(bytes, out.bytes_written);
    assert_true(pb_decode(&in, myevents_events_v1_EventRecord_fields, &event));
    assert_string_equal(event.name, "Opera");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_event_comes_back),
        cmocka_unit_test(the_largest_booking_comes_back),
        cmocka_unit_test(a_record_that_is_all_default_is_empty),
        cmocka_unit_test(a_string_that_is_too_long_is_refused),
        cmocka_unit_test(a_string_without_its_end_is_not_sent),
        cmocka_unit_test(a_record_that_is_cut_is_refused),
        cmocka_unit_test(a_field_of_tomorrow_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
