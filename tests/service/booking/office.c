/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/booking/office.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mesh/server.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/booking/service.h"
#include "services/booking/watch.h"

enum { A_DAY_S = 24 * 3600 };

/* --- the event service --- */

static struct told_event told_event(struct office *office) {
    MUTEX_GUARD(&office->event_lock);
    return office->event;
}

const char *office_tell(
    struct office *office, Myevents__V1__EventState event_state, int32_t capacity) {
    MUTEX_GUARD(&office->event_lock);
    snprintf(office->event.id, sizeof(office->event.id), "%s", id_new().text);
    office->event.state = event_state;
    office->event.capacity = capacity;
    return arena_copy_string(&office->arena, office->event.id);
}

static void handle_get_event(
    struct call *call, const Myevents__V1__GetEventRequest *request, void *data) {
    struct told_event told = told_event(data);
    Myevents__V1__Event event = MYEVENTS__V1__EVENT__INIT;
    Google__Protobuf__Timestamp start = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    if (strcmp(request->event_id, told.id) != 0) {
        call_fail(call, STATUS_NOT_FOUND, "EVENT_NOT_FOUND", "no event %s", request->event_id);
        return;
    }
    start.seconds = clock_wall_ms() / 1000 + A_DAY_S;
    event.id = told.id;
    event.start_time = &start;
    event.state = told.state;
    event.capacity = told.capacity;
    event.version = 3;
    event_service_get_event_reply(call, &event);
}

static void look_up(struct stand *stand, const struct uuid *event_id) {
    lookup_event(&container_of(stand, struct office, stand)->lookup, event_id, NULL);
}

static void on_change(struct stand *stand, struct lane *lane) {
    watch_on_change(lane);
}

static struct server *open_server(struct office *office, struct server *server, int *ret_port) {
    assert_int_equal(server_listen(server, "127.0.0.1:0", ret_port), 0);
    server_start(server);
    return server;
}

static struct channel *open_channel(struct loop *loop, int port) {
    char target[32];
    snprintf(target, sizeof(target), "127.0.0.1:%d", port);
    return channel_new(loop, target, NULL);
}

static void open_events(struct office *office) {
    static const struct event_service_handlers handlers = {.get_event = handle_get_event};
    const struct server_options options = {.drain_wait_ms = 1};
    int port;
    office->events = server_new(office->client_loop, &options);
    event_service_register(office->events, &handlers, office);
    open_server(office, office->events, &port);
    office->event_channel = open_channel(office->stand.loop, port);
    office->lookup = (struct lookup){office->event_channel, &office->stand.desk.lanes};
}

/* The server and all that it needs, over a desk that runs. */
static void open_front(struct office *office) {
    int port;
    office->stream_loop = loop_new_without_io("streams");
    loop_start(office->stream_loop);
    open_events(office);
    office->hub = watch_hub_new(office->stand.loop, office->stream_loop, &office->stand.desk.lanes);
    office->server = server_new(office->stand.loop,
        &(struct server_options){.drain_wait_ms = 1, .stream_loop = office->stream_loop});
    service_register(office->server, &office->stand.desk, office->hub);
    open_server(office, office->server, &port);
    office->channel = open_channel(office->client_loop, port);
}

static void close_front(struct office *office) {
    office_drain(office);
    office_stop_events(office);
    channel_free(office->channel);
    loop_stop(office->stream_loop);
    desk_drain(&office->stand.desk);
    channel_free(office->event_channel);
    stand_stop(&office->stand);
    watch_hub_free(office->hub);
    loop_free(office->stream_loop);
}

void office_open(struct office *office) {
    pthread_mutex_init(&office->event_lock, NULL);
    office->stand.look_up = look_up;
    office->stand.on_change = on_change;
    arena_init(&office->arena, 0);
    stand_start(&office->stand, NULL);
    office->client_loop = loop_new("client");
    loop_start(office->client_loop);
    open_front(office);
}

void office_restart(struct office *office) {
    close_front(office);
    stand_restart(&office->stand);
    open_front(office);
}

void office_drain(struct office *office) {
    if (office->server)
        server_drain(office->server, 5000);
    server_free(office->server);
    office->server = NULL;
}

void office_stop_events(struct office *office) {
    if (office->events)
        server_drain(office->events, 5000);
    server_free(office->events);
    office->events = NULL;
}

void office_close(struct office *office) {
    close_front(office);
    loop_stop(office->client_loop);
    loop_free(office->client_loop);
    stand_free(&office->stand);
    arena_deinit(&office->arena);
}

int office_setup(void **state) {
    struct office *office = memory_new(sizeof(*office));
    office_open(office);
    *state = office;
    return 0;
}

int office_teardown(void **state) {
    office_close(*state);
    free(*state);
    return 0;
}

/* --- things --- */

char *office_user(struct office *office) {
    char *id = arena_alloc(&office->arena, UUID_TEXT_SIZE);
    uuid_format(&stand_user(&office->stand)->id, id);
    return id;
}

char *office_event(struct office *office, int32_t capacity) {
    char *id = arena_alloc(&office->arena, UUID_TEXT_SIZE);
    struct uuid event_id = stand_event(&office->stand, capacity);
    uuid_format(&event_id, id);
    return id;
}

/* --- calls --- */

struct status office_book(struct office *office, const char *event_id, const char *user_id,
    int32_t seats, bool hold, const char *request_id, const Myevents__V1__Booking **ret_booking) {
    Myevents__V1__CreateBookingRequest request = MYEVENTS__V1__CREATE_BOOKING_REQUEST__INIT;
    request.event_id = (char *)event_id;
    request.user_id = (char *)user_id;
    request.seats = seats;
    request.hold = hold;
    request.request_id = (char *)request_id;
    return booking_service_create_booking_and_wait(
        office->channel, NULL, &request, &office->arena, ret_booking);
}

struct status office_confirm(
    struct office *office, const char *booking_id, const Myevents__V1__Booking **ret_booking) {
    Myevents__V1__ConfirmBookingRequest request = MYEVENTS__V1__CONFIRM_BOOKING_REQUEST__INIT;
    request.booking_id = (char *)booking_id;
    return booking_service_confirm_booking_and_wait(
        office->channel, NULL, &request, &office->arena, ret_booking);
}

struct status office_extend(struct office *office, const char *booking_id, const char *request_id,
    const Myevents__V1__Booking **ret_booking) {
    Myevents__V1__ExtendBookingRequest request = MYEVENTS__V1__EXTEND_BOOKING_REQUEST__INIT;
    request.booking_id = (char *)booking_id;
    request.request_id = (char *)request_id;
    return booking_service_extend_booking_and_wait(
        office->channel, NULL, &request, &office->arena, ret_booking);
}

struct status office_cancel(
    struct office *office, const char *booking_id, const Myevents__V1__Booking **ret_booking) {
    Myevents__V1__CancelBookingRequest request = MYEVENTS__V1__CANCEL_BOOKING_REQUEST__INIT;
    request.booking_id = (char *)booking_id;
    return booking_service_cancel_booking_and_wait(
        office->channel, NULL, &request, &office->arena, ret_booking);
}

struct status office_get(
    struct office *office, const char *booking_id, const Myevents__V1__Booking **ret_booking) {
    Myevents__V1__GetBookingRequest request = MYEVENTS__V1__GET_BOOKING_REQUEST__INIT;
    request.booking_id = (char *)booking_id;
    return booking_service_get_booking_and_wait(
        office->channel, NULL, &request, &office->arena, ret_booking);
}

struct status office_look(struct office *office, const char *event_id,
    const Myevents__V1__Availability **ret_availability) {
    Myevents__V1__GetAvailabilityRequest request = MYEVENTS__V1__GET_AVAILABILITY_REQUEST__INIT;
    request.event_id = (char *)event_id;
    return booking_service_get_availability_and_wait(
        office->channel, NULL, &request, &office->arena, ret_availability);
}

struct status office_set_capacity(struct office *office, const char *event_id, int32_t capacity,
    int64_t version, const Myevents__Internal__V1__SetCapacityResponse **ret_response) {
    Myevents__Internal__V1__SetCapacityRequest request =
        MYEVENTS__INTERNAL__V1__SET_CAPACITY_REQUEST__INIT;
    request.event_id = (char *)event_id;
    request.capacity = capacity;
    request.event_version = version;
    return inventory_service_set_capacity_and_wait(
        office->channel, NULL, &request, &office->arena, ret_response);
}

void assert_ok(const struct status *status) {
    assert_string_equal(status->message, "");
    assert_int_equal(status->code, STATUS_OK);
}

void assert_refused(
    struct office *office, const struct status *status, enum status_code code, const char *reason) {
    assert_string_equal(status_code_name(status->code), status_code_name(code));
    assert_string_equal(status_reason(&office->arena, status), reason);
}
