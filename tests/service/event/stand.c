/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/event/stand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "mesh/loop.h"
#include "mesh/server.h"
#include "myevents/internal/v1/inventory_service.mesh.h"
#include "services/event/docs.h"
#include "services/event/feed.h"

static void handle_set_capacity(
    struct call *call, const Myevents__Internal__V1__SetCapacityRequest *request, void *data) {
    struct stand *stand = data;
    Myevents__Internal__V1__SetCapacityResponse response =
        MYEVENTS__INTERNAL__V1__SET_CAPACITY_RESPONSE__INIT;
    stand->capacity_asked = request->capacity;
    response.sold = stand->inventory_sold;
    if (request->capacity < stand->inventory_sold)
        call_fail(call, STATUS_FAILED_PRECONDITION, "CAPACITY_BELOW_SOLD", "%d seats are sold",
            stand->inventory_sold);
    else
        inventory_service_set_capacity_reply(call, &response);
}

static const struct inventory_service_handlers inventory = {.set_capacity = handle_set_capacity};

static void open_all(struct stand *stand) {
    char url[96], address[96];
    const struct service_options options = {.idempotency_window_ms = 24 * 3600 * 1000};
    const struct server_options server_options = {
        .stream_loop = stand->stream_loop, .drain_wait_ms = 1};
    snprintf(url, sizeof url, "lmdb://%s/store", stand->folder);
    snprintf(address, sizeof address, "unix:%s/event.sock", stand->folder);
    assert_int_equal(store_open(url, &docs_schema, NULL, &stand->store), 0);
    stand->feed = feed_new(stand->stream_loop);
    stand->channel = channel_new(stand->loop, address, NULL);
    assert_int_equal(service_init(&stand->service, stand->loop, stand->store, stand->feed,
                         stand->channel, &options),
        0);
    stand->server = server_new(stand->loop, &server_options);
    service_register(&stand->service, stand->server);
    inventory_service_register(stand->server, &inventory, stand);
    int port;
    assert_int_equal(server_listen(stand->server, address, &port), 0);
    server_start(stand->server);
}

static void close_all(struct stand *stand) {
    server_drain(stand->server, 5000);
    service_deinit(&stand->service);
    channel_free(stand->channel);
    server_free(stand->server);
    store_close(stand->store);
}

static void start_loops(struct stand *stand) {
    stand->loop = loop_new("main");
    stand->stream_loop = loop_new("streams");
    loop_start(stand->loop);
    loop_start(stand->stream_loop);
}

static void stop_loops(struct stand *stand) {
    loop_stop(stand->stream_loop);
    loop_stop(stand->loop);
    loop_free(stand->stream_loop);
    loop_free(stand->loop);
    feed_free(stand->feed);
}

void stand_start(struct stand *stand) {
    *stand = (struct stand){0};
    strcpy(stand->folder, "/tmp/event-test-XXXXXX");
    assert_non_null(mkdtemp(stand->folder));
    arena_init(&stand->arena, 0);
    start_loops(stand);
    open_all(stand);
}

void stand_restart(struct stand *stand) {
    close_all(stand);
    stop_loops(stand);
    start_loops(stand);
    open_all(stand);
}

void stand_stop(struct stand *stand) {
    char command[96];
    close_all(stand);
    stop_loops(stand);
    arena_deinit(&stand->arena);
    snprintf(command, sizeof command, "rm -r %s", stand->folder);
    assert_int_equal(system(command), 0);
}

void stand_expect(const struct status *status, enum status_code code, const char *message) {
    assert_string_equal(status_code_name(status->code), status_code_name(code));
    if (strncmp(status->message, message, strlen(message)) != 0)
        assert_string_equal(status->message, message);
}

Google__Protobuf__Timestamp *stand_in_hours(struct stand *stand, int hours) {
    Google__Protobuf__Timestamp *time = arena_alloc(&stand->arena, sizeof *time);
    google__protobuf__timestamp__init(time);
    time->seconds = clock_wall_ms() / 1000 + hours * 3600;
    return time;
}

const Myevents__V1__Location *stand_location(struct stand *stand, const char *name) {
    char big[] = "big", small[] = "small", country[] = "DE", zone[] = "Europe/Berlin";
    Myevents__V1__Hall halls[2] = {MYEVENTS__V1__HALL__INIT, MYEVENTS__V1__HALL__INIT};
    Myevents__V1__Hall *pointers[] = {&halls[0], &halls[1]};
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    halls[0].name = big;
    halls[0].capacity = 100;
    halls[1].name = small;
    halls[1].capacity = 20;
    location.name = arena_copy_string(&stand->arena, name);
    location.country = country;
    location.time_zone = zone;
    location.halls = pointers;
    location.n_halls = 2;
    Myevents__V1__CreateLocationRequest request = MYEVENTS__V1__CREATE_LOCATION_REQUEST__INIT;
    request.location = &location;
    const Myevents__V1__Location *reply = NULL;
    struct status status = event_service_create_location_and_wait(
        stand->channel, NULL, &request, &stand->arena, &reply);
    stand_expect(&status, STATUS_OK, "");
    return reply;
}

const Myevents__V1__Event *stand_event(
    struct stand *stand, const Myevents__V1__Location *location, const char *name, int hours) {
    char hall[] = "big", category[] = "jazz";
    Myevents__V1__Event event = MYEVENTS__V1__EVENT__INIT;
    event.name = arena_copy_string(&stand->arena, name);
    event.category = category;
    event.location_id = location->id;
    event.hall = hall;
    event.start_time = stand_in_hours(stand, hours);
    event.end_time = stand_in_hours(stand, hours + 2);
    Myevents__V1__CreateEventRequest request = MYEVENTS__V1__CREATE_EVENT_REQUEST__INIT;
    request.event = &event;
    const Myevents__V1__Event *reply = NULL;
    struct status status = event_service_create_event_and_wait(
        stand->channel, NULL, &request, &stand->arena, &reply);
    stand_expect(&status, STATUS_OK, "");
    return reply;
}

const Myevents__V1__Event *stand_publish(struct stand *stand, const char *event_id) {
    Myevents__V1__PublishEventRequest request = MYEVENTS__V1__PUBLISH_EVENT_REQUEST__INIT;
    request.event_id = arena_copy_string(&stand->arena, event_id);
    const Myevents__V1__Event *reply = NULL;
    struct status status = event_service_publish_event_and_wait(
        stand->channel, NULL, &request, &stand->arena, &reply);
    stand_expect(&status, STATUS_OK, "");
    return reply;
}

const Myevents__V1__Event *stand_get(struct stand *stand, const char *event_id) {
    Myevents__V1__GetEventRequest request = MYEVENTS__V1__GET_EVENT_REQUEST__INIT;
    request.event_id = arena_copy_string(&stand->arena, event_id);
    const Myevents__V1__Event *reply = NULL;
    struct status status = event_service_get_event_and_wait(
        stand->channel, NULL, &request, &stand->arena, &reply);
    stand_expect(&status, STATUS_OK, "");
    return reply;
}
