/* SPDX-License-Identifier: Apache-2.0 */
#include "trip.h"

#include <assert.h>
#include <string.h>

#include "tests/unit/gateway/transcode/stand.h"

static const char *const messages[] = {"Kinds", "Lists", "Maps", "Choice", "WellKnown", "Node",
    "Thing", "ThingRequest", "google.protobuf.Value", "google.protobuf.Any", "google.rpc.Status"};

struct text trip_begin(struct trip *trip, const uint8_t *data, size_t size) {
    arena_init(&trip->arena, 0);
    trip->error = (struct transcode_error){0};
    trip->message = sample_message(messages[size ? data[0] % ARRAY_SIZE(messages) : 0]);
    return size ? (struct text){(const char *)data + 1, size - 1} : TEXT("");
}

void trip_end(struct trip *trip) {
    arena_deinit(&trip->arena);
}

bool trip_read(struct trip *trip, struct text json, struct buffer *ret_wire) {
    struct json_request request = {
        .schema = sample_schema(), .message = trip->message, .json = json, .has_json = true};
    buffer_clear(ret_wire);
    return json_to_wire(&request, &trip->arena, ret_wire, &trip->error) == 0;
}

bool trip_print(struct trip *trip, struct text wire, struct buffer *ret_json) {
    struct json_reply reply = {.schema = sample_schema(), .message = trip->message, .wire = wire};
    buffer_clear(ret_json);
    return wire_to_json(&reply, &trip->arena, ret_json, &trip->error) == 0;
}

/* A Struct is nested more deeply on the wire than in JSON. */
static bool is_depth(const struct trip *trip) {
    return strstr(trip->error.message, "nested more than") != NULL;
}

void trip_check_wire(struct trip *trip, struct text wire) {
    struct buffer json = {0}, again = {0}, second = {0};
    if (trip_print(trip, wire, &json)) {
        assert(text_is_utf8(buffer_text(&json)));
        assert(trip_read(trip, buffer_text(&json), &again));
        assert(trip_print(trip, buffer_text(&again), &second));
        assert(text_equal(buffer_text(&json), buffer_text(&second)));
    } else {
        assert(is_depth(trip));
    }
    buffer_deinit(&json);
    buffer_deinit(&again);
    buffer_deinit(&second);
}

void trip_check_error(const struct trip *trip, size_t input_size) {
    assert(trip->error.path && trip->error.message[0]);
    assert(text_is_utf8(text_from(trip->error.path)));
    assert(text_is_utf8(text_from(trip->error.message)));
    assert(trip->error.offset <= input_size);
}
