/* SPDX-License-Identifier: Apache-2.0 */
/* `myeventsctl seed`: demo data through the same gRPC as everybody's, so they pass the same checks.
 */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/peer.h"
#include "cli/seed/venues.h"
#include "mesh/client.h"
#include "mesh/loop.h"
#include "myevents/v1/event_service.mesh.h"

enum {
    FIRST_DAY = 5,
    DAYS_BETWEEN = 2,
    EVENTS_MAX = 1800, /* the last is ten years ahead, and none may be further */
    LOCATION_PAGE = 1,
};

struct seed {
    const char *target;
    int64_t events;
    bool if_empty;
    struct channel *channel;
    struct arena arena;
    const char *location_ids[64];
};

static const struct flag flags[] = {
    {"event-service", FLAG_TEXT, offsetof(struct seed, target), "127.0.0.1:50051",
        .help = "its gRPC address", .variable = "EVENT_SERVICE_ADDR"},
    {"events", FLAG_INT, offsetof(struct seed, events), "84", 1, EVENTS_MAX, "how many events"},
    {"if-empty", FLAG_SWITCH, offsetof(struct seed, if_empty),
        .help = "do nothing when there is a location already"},
};
static const struct flag_table table = {
    "myeventsctl seed", "fills a system with demo venues and events", flags, ARRAY_SIZE(flags)};

static int say(const struct status *status, const char *doing) {
    if (status->code == STATUS_OK)
        return 0;
    fprintf(stderr, "myeventsctl seed: cannot %s: %s: %s\n", doing, status_code_name(status->code),
        status->message);
    return -1;
}

static int has_locations(struct seed *seed, bool *ret_has) {
    Myevents__V1__ListLocationsRequest request = MYEVENTS__V1__LIST_LOCATIONS_REQUEST__INIT;
    const Myevents__V1__ListLocationsResponse *reply;
    request.page_size = LOCATION_PAGE;
    struct status status = event_service_list_locations_and_wait(
        seed->channel, NULL, &request, &seed->arena, &reply);
    if (say(&status, "list locations") < 0)
        return -1;
    *ret_has = reply->n_locations > 0;
    return 0;
}

static size_t hall_count(const struct venue *venue) {
    size_t count = 0;
    while (count < VENUE_HALLS_MAX && venue->halls[count].name)
        count++;
    return count;
}

static int create_location(struct seed *seed, size_t index) {
    const struct venue *venue = &venues[index];
    struct arena *arena = &seed->arena;
    size_t count = hall_count(venue);
    Myevents__V1__Hall *halls = arena_zalloc(arena, count * sizeof *halls);
    Myevents__V1__Hall **pointers = arena_alloc(arena, count * sizeof *pointers);
    for (size_t i = 0; i < count; i++) {
        myevents__v1__hall__init(&halls[i]);
        halls[i].name = arena_copy_string(arena, venue->halls[i].name);
        halls[i].capacity = venue->halls[i].capacity;
        pointers[i] = &halls[i];
    }
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    location.name = arena_copy_string(arena, venue->name);
    location.address = arena_copy_string(arena, venue->address);
    location.country = arena_copy_string(arena, venue->country);
    location.time_zone = arena_copy_string(arena, venue->time_zone);
    location.halls = pointers;
    location.n_halls = count;
    Myevents__V1__CreateLocationRequest request = MYEVENTS__V1__CREATE_LOCATION_REQUEST__INIT;
    request.location = &location;
    request.request_id = arena_printf(arena, "seed-location-%zu", index);

    const Myevents__V1__Location *reply;
    struct status status = event_service_create_location_and_wait(
        seed->channel, NULL, &request, arena, &reply);
    if (say(&status, "create a location") < 0)
        return -1;
    seed->location_ids[index] = reply->id;
    return 0;
}

/* Half past seven in the evening there, `days` from today. One thread, so the zone may be switched.
 */
static int64_t evening_s(const char *time_zone, int days) {
    setenv("TZ", time_zone, 1);
    tzset();
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm local;
    localtime_r(&now, &local);
    local.tm_mday += days;
    local.tm_hour = 19;
    local.tm_min = 30;
    local.tm_sec = 0;
    local.tm_isdst = -1;
    return mktime(&local);
}

/* Currencies differ by orders of magnitude; the programme's price is in the unit of a euro. */
static int64_t price_in(const char *currency, int64_t euros) {
    static const struct {
        const char *currency;
        int64_t factor;
    } factors[] = {
        {"JPY", 160}, {"INR", 90}, {"ISK", 145}, {"NOK", 11}, {"MXN", 20}, {"ARS", 1100}};
    for (size_t i = 0; i < ARRAY_SIZE(factors); i++)
        if (strcmp(factors[i].currency, currency) == 0)
            return euros * factors[i].factor;
    return euros;
}

static int publish(struct seed *seed, const char *event_id) {
    Myevents__V1__PublishEventRequest request = MYEVENTS__V1__PUBLISH_EVENT_REQUEST__INIT;
    request.event_id = arena_copy_string(&seed->arena, event_id);
    const Myevents__V1__Event *reply;
    struct status status = event_service_publish_event_and_wait(
        seed->channel, NULL, &request, &seed->arena, &reply);
    return say(&status, "publish an event");
}

static int create_event(struct seed *seed, size_t index) {
    size_t venue_index = index % venue_count;
    const struct venue *venue = &venues[venue_index];
    const struct venue_hall *hall = &venue->halls[index / venue_count % hall_count(venue)];
    const struct programme *programme =
        &programmes[(index * 8 + index / venue_count) % programme_count];
    struct arena *arena = &seed->arena;

    Google__Protobuf__Timestamp start = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Google__Protobuf__Timestamp end = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    start.seconds = evening_s(venue->time_zone, FIRST_DAY + (int)index * DAYS_BETWEEN);
    end.seconds = start.seconds + programme->minutes * 60;
    Myevents__V1__Money price = MYEVENTS__V1__MONEY__INIT;
    price.currency_code = arena_copy_string(arena, venue->currency);
    price.units = price_in(venue->currency, programme->price);
    Myevents__V1__Event event = MYEVENTS__V1__EVENT__INIT;
    event.name = arena_copy_string(arena, programme->name);
    event.description = arena_copy_string(arena, programme->description);
    event.category = arena_copy_string(arena, programme->category);
    event.location_id = arena_copy_string(arena, seed->location_ids[venue_index]);
    event.hall = arena_copy_string(arena, hall->name);
    event.start_time = &start;
    event.end_time = &end;
    event.price = &price;
    Myevents__V1__CreateEventRequest request = MYEVENTS__V1__CREATE_EVENT_REQUEST__INIT;
    request.event = &event;
    request.request_id = arena_printf(arena, "seed-event-%zu", index);

    const Myevents__V1__Event *reply;
    struct status status = event_service_create_event_and_wait(
        seed->channel, NULL, &request, arena, &reply);
    if (say(&status, "create an event") < 0)
        return -1;
    return publish(seed, reply->id);
}

static int fill(struct seed *seed) {
    bool has = false;
    if (has_locations(seed, &has) < 0)
        return 1;
    if (has && seed->if_empty)
        return 0;
    for (size_t i = 0; i < venue_count; i++)
        if (create_location(seed, i) < 0)
            return 1;
    for (size_t i = 0; i < (size_t)seed->events; i++)
        if (create_event(seed, i) < 0)
            return 1;
    printf("made %zu locations and %d published events\n", venue_count, (int)seed->events);
    return 0;
}

int command_seed(int argc, char **argv) {
    struct seed seed = {0};
    int r = flags_parse(&table, argc, argv, &seed);
    if (r != 0)
        return r == FLAGS_HELP ? 0 : 2;
    struct loop *loop = loop_new("seed");
    loop_start(loop);
    seed.channel = peer_new(loop, seed.target);
    arena_init(&seed.arena, 0);
    int status = fill(&seed);
    arena_deinit(&seed.arena);
    channel_free(seed.channel);
    loop_stop(loop);
    loop_free(loop);
    return status;
}
