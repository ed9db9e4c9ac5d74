/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a REST request and its reply cost to translate: an event of 0.9 KB both ways, and the
 * routing of a path. Prints CPU nanoseconds for one, the best of several rounds.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "gateway/transcode/transcode.h"
#include "proto/api_descriptor_set.h"

enum { ROUNDS = 7, REPEATS = 100000 };

static const char event_json[] =
    "{\"id\":\"0190a3c4-5b6d-7e8f-9012-3456789abcde\",\"name\":\"An evening with the quartet\","
    "\"description\":\"Four musicians, three centuries, two intervals and one very long encore. "
    "Doors open an hour before the first note; latecomers wait for a pause. The programme holds "
    "early works, a premiere commissioned by the house, and whatever the audience asks for at the "
    "end. Drinks are served in the foyer, and the balcony stays open all evening for everybody.\","
    "\"category\":\"concert\",\"startTime\":\"2026-11-22T20:15:00Z\","
    "\"endTime\":\"2026-11-22T22:45:00.500Z\",\"timeZone\":\"Europe/Berlin\","
    "\"locationId\":\"0190a3c4-5b6d-7e8f-9012-abcdef012345\",\"hall\":\"Great hall\","
    "\"capacity\":1200,\"price\":{\"currencyCode\":\"EUR\",\"units\":\"49\",\"nanos\":500000000},"
    "\"state\":\"EVENT_STATE_PUBLISHED\",\"seatsAvailable\":345,\"locationName\":\"Old theatre\","
    "\"country\":\"DE\",\"createTime\":\"2026-01-02T03:04:05.678901Z\","
    "\"updateTime\":\"2026-02-03T04:05:06Z\",\"etag\":\"v17\"}";

struct bench {
    const struct schema *schema;
    const struct router *router;
    struct arena arena;
    struct buffer wire;
    struct buffer json;
    struct transcode_error error;
};

static void check(int r, const struct bench *bench) {
    if (r == 0)
        return;
    fprintf(stderr, "%s: %s\n", bench->error.path, bench->error.message);
    exit(EXIT_FAILURE);
}

static void route(struct bench *bench) {
    struct route_match match;
    check(router_match(bench->router, TEXT("GET"),
              TEXT("/v1/events/0190a3c4-5b6d-7e8f-9012-3456789abcde/availability"), &match),
        bench);
}

static void create(struct bench *bench) {
    struct route_match match;
    struct transcode_request request = {.body = {event_json, sizeof(event_json) - 1}};
    arena_clear(&bench->arena);
    buffer_clear(&bench->wire);
    check(router_match(bench->router, TEXT("POST"), TEXT("/v1/events"), &match), bench);
    check(transcode_request(
              bench->schema, &match, &request, &bench->arena, &bench->wire, &bench->error),
        bench);
}

static void list(struct bench *bench) {
    struct route_match match;
    struct transcode_request request = {
        .query = TEXT("pageSize=20&query=quartet&startTimeFrom=2026-11-22T00:00:00Z")};
    arena_clear(&bench->arena);
    buffer_clear(&bench->wire);
    check(router_match(bench->router, TEXT("GET"), TEXT("/v1/events"), &match), bench);
    check(transcode_request(
              bench->schema, &match, &request, &bench->arena, &bench->wire, &bench->error),
        bench);
}

static struct text event_wire;

static void print(struct bench *bench) {
    struct route_match match;
    arena_clear(&bench->arena);
    buffer_clear(&bench->json);
    check(router_match(bench->router, TEXT("GET"), TEXT("/v1/events/x"), &match), bench);
    check(transcode_response(bench->schema, match.route, event_wire, JSON_ZEROS_LISTED,
              &bench->arena, &bench->json, &bench->error),
        bench);
}

static double cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const char *name, void (*run)(struct bench *), struct bench *bench) {
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double begin = cpu_ns();
        for (int i = 0; i < REPEATS; i++)
            run(bench);
        double spent = (cpu_ns() - begin) / REPEATS;
        best = spent < best ? spent : best;
    }
    printf("%-28s %7.0f ns\n", name, best);
}

/* The message alone, as the reply of a GET is. */
static struct text serialize_event(struct bench *bench) {
    create(bench); /* event = 1, so: tag, length, message */
    struct wire_reader reader = wire_reader(buffer_text(&bench->wire));
    struct wire_field field;
    if (!wire_read_field(&reader, &field))
        abort();
    static char bytes[4096];
    memcpy(bytes, field.bytes.data, field.bytes.size);
    return (struct text){bytes, field.bytes.size};
}

int main(void) {
    struct buffer error = {0};
    struct schema *schema = schema_new(&api_descriptor_set, 1, &error);
    struct router *router = schema ? router_new(schema, &error) : NULL;
    if (!router) {
        fprintf(stderr, "%.*s\n", TEXT_ARG(buffer_text(&error)));
        return EXIT_FAILURE;
    }
    struct bench bench = {.schema = schema, .router = router};
    arena_init(&bench.arena, 0);
    event_wire = serialize_event(&bench);
    printf("event: %zu bytes of JSON, %zu on the wire\n", sizeof(event_json) - 1, event_wire.size);
    measure("route", route, &bench);
    measure("list query to wire", list, &bench);
    measure("event JSON to wire", create, &bench);
    measure("event wire to JSON", print, &bench);
    arena_deinit(&bench.arena);
    buffer_deinit(&bench.wire);
    buffer_deinit(&bench.json);
    buffer_deinit(&error);
    router_free(router);
    schema_free(schema);
    return EXIT_SUCCESS;
}
