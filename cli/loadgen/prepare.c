/* SPDX-License-Identifier: Apache-2.0 */
/* What a sale needs before it starts: an event with its seats, and people who exist. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cli/loadgen/fanout.h"
#include "cli/loadgen/sale.h"
#include "mesh/client.h"
#include "myevents/v1/booking_service.mesh.h"
#include "myevents/v1/event_service.mesh.h"

enum { USERS_AT_ONCE = 64, DAY_S = 24 * 3600, HALL_CAPACITY_MAX = 1000000 };

static int say(const struct status *status, const char *doing) {
    if (status->code == STATUS_OK)
        return 0;
    fprintf(stderr, "myeventsctl loadgen: cannot %s: %s: %s\n", doing,
        status_code_name(status->code), status->message);
    return -1;
}

static int make_location(struct sale *sale, struct arena *arena, const char **ret_id) {
    Myevents__V1__Hall hall = MYEVENTS__V1__HALL__INIT;
    Myevents__V1__Hall *halls[] = {&hall};
    hall.name = arena_copy_string(arena, "Main");
    hall.capacity = HALL_CAPACITY_MAX;
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    location.name = arena_printf(arena, "Load test %s", sale->run.text);
    location.country = arena_copy_string(arena, "DE");
    location.time_zone = arena_copy_string(arena, "Europe/Berlin");
    location.halls = halls;
    location.n_halls = 1;
    Myevents__V1__CreateLocationRequest request = MYEVENTS__V1__CREATE_LOCATION_REQUEST__INIT;
    request.location = &location;
    const Myevents__V1__Location *reply;
    struct status status = event_service_create_location_and_wait(
        sale->events, NULL, &request, arena, &reply);
    if (say(&status, "create a location") < 0)
        return -1;
    *ret_id = reply->id;
    return 0;
}

static int publish(struct sale *sale, struct arena *arena, const char *event_id) {
    Myevents__V1__PublishEventRequest request = MYEVENTS__V1__PUBLISH_EVENT_REQUEST__INIT;
    request.event_id = arena_copy_string(arena, event_id);
    const Myevents__V1__Event *reply;
    struct status status = event_service_publish_event_and_wait(
        sale->events, NULL, &request, arena, &reply);
    return say(&status, "publish the event");
}

static int make_event(struct sale *sale, struct arena *arena) {
    const char *location_id;
    if (make_location(sale, arena, &location_id) < 0)
        return -1;
    Google__Protobuf__Timestamp start = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Google__Protobuf__Timestamp end = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    start.seconds = clock_wall_ms() / 1000 + 30 * DAY_S;
    end.seconds = start.seconds + 7200;
    Myevents__V1__Event event = MYEVENTS__V1__EVENT__INIT;
    event.name = arena_printf(arena, "Flash sale %s", sale->run.text);
    event.location_id = arena_copy_string(arena, location_id);
    event.hall = arena_copy_string(arena, "Main");
    event.capacity = (int32_t)sale->options.capacity;
    event.start_time = &start;
    event.end_time = &end;
    Myevents__V1__CreateEventRequest request = MYEVENTS__V1__CREATE_EVENT_REQUEST__INIT;
    request.event = &event;
    const Myevents__V1__Event *reply;
    struct status status = event_service_create_event_and_wait(
        sale->events, NULL, &request, arena, &reply);
    if (say(&status, "create an event") < 0 || publish(sale, arena, reply->id) < 0)
        return -1;
    snprintf(sale->event.text, sizeof sale->event.text, "%s", reply->id);
    return 0;
}

static int use_event(struct sale *sale, struct arena *arena) {
    Myevents__V1__GetAvailabilityRequest request = MYEVENTS__V1__GET_AVAILABILITY_REQUEST__INIT;
    request.event_id = arena_copy_string(arena, sale->options.event_id);
    const Myevents__V1__Availability *reply;
    struct status status = booking_service_get_availability_and_wait(
        sale->bookings, NULL, &request, arena, &reply);
    if (say(&status, "find the event") < 0)
        return -1;
    /* What is sold already is not ours to judge: the sale is about the seats that are left. */
    sale->options.capacity = reply->seats_available;
    snprintf(sale->event.text, sizeof sale->event.text, "%s", sale->options.event_id);
    return 0;
}

/* --- people --- */

struct people {
    struct sale *sale;
    struct fanout fanout;
    int failed;
};

struct person {
    struct people *people;
    size_t index;
};

static void on_user(const struct status *status, const Myevents__V1__User *reply, void *data) {
    struct person *person = data;
    struct people *people = person->people;
    if (status->code == STATUS_OK)
        snprintf(people->sale->users[person->index].text, ID_SIZE + 1, "%s", reply->id);
    else if (people->failed++ == 0)
        say(status, "create a user");
    free(person);
    fanout_done(&people->fanout);
}

static void start_user(void *data, size_t index, int64_t due_us) {
    struct people *people = data;
    struct person *person = malloc(sizeof *person);
    if (!person)
        abort();
    *person = (struct person){people, index};
    char first[32], email[64];
    snprintf(first, sizeof first, "Buyer %zu", index);
    snprintf(email, sizeof email, "buyer-%zu@example.com", index);
    char last[] = "Loadgen";
    Myevents__V1__User user = MYEVENTS__V1__USER__INIT;
    user.first_name = first;
    user.last_name = last;
    user.email = email;
    Myevents__V1__CreateUserRequest request = MYEVENTS__V1__CREATE_USER_REQUEST__INIT;
    request.user = &user;
    booking_service_create_user(people->sale->bookings, NULL, &request, on_user, person);
}

static int make_users(struct sale *sale) {
    struct people people = {
        .sale = sale,
        .fanout = {.count = (size_t)sale->options.users,
            .concurrency = USERS_AT_ONCE,
            .start = start_user},
    };
    people.fanout.data = &people;
    fanout_run(&people.fanout, sale->loop);
    return people.failed ? -1 : 0;
}

int sale_prepare(struct sale *sale) {
    struct arena arena;
    arena_init(&arena, 0);
    int r = sale->options.event_id[0] ? use_event(sale, &arena) : make_event(sale, &arena);
    arena_deinit(&arena);
    return r < 0 ? r : make_users(sale);
}
