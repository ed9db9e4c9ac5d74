/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
    TIMEOUT_MS = 60000,
    POLL_MS = 10,
    READY_TIMEOUT_MS = 60000,
    SEATS_TIMEOUT_MS = 60000,
    DAY_MS = 24 * 3600 * 1000
};

void api_init(struct api *api, const struct stand *stand) {
    assert_int_equal(rest_init(&api->rest, stand->rest, TIMEOUT_MS), 0);
}

void api_deinit(struct api *api) {
    rest_deinit(&api->rest);
}

int api_ask(struct api *api, const char *method, const char *target, const char *body) {
    int r = rest_request(&api->rest, method, target, "", text_from(body), &api->answer);
    if (r == -ECONNRESET || r == -EPIPE) /* the gateway is another since the last request */
        r = rest_request(&api->rest, method, target, "", text_from(body), &api->answer);
    if (r < 0)
        fail_msg("%s %s: %s", method, target, strerror(-r));
    return api->answer.status;
}

void api_expect(
    struct api *api, const char *method, const char *target, const char *body, int status) {
    if (api_ask(api, method, target, body) != status)
        fail_msg("%s %s %s: %d, not %d: %.*s", method, target, body, api->answer.status, status,
            TEXT_ARG(api->answer.body));
}

int64_t api_number(const struct api *api, const char *key) {
    char mark[64];
    int size = snprintf(mark, sizeof mark, "\"%s\":", key);
    struct text body = api->answer.body;
    const char *found = memmem(body.data, body.size, mark, (size_t)size);
    if (!found)
        return 0;
    found += size;
    return strtoll(found + (*found == '"'), NULL, 10); /* 64-bit numbers are strings */
}

struct id api_id(const struct api *api, const char *key) {
    struct id id;
    if (!rest_find_string(api->answer.body, key, id.text, sizeof id.text))
        fail_msg("no \"%s\" in %.*s", key, TEXT_ARG(api->answer.body));
    return id;
}

bool api_says(const struct api *api, const char *words) {
    return memmem(api->answer.body.data, api->answer.body.size, words, strlen(words)) != NULL;
}

struct id api_some_event(struct api *api) {
    api_expect(api, "GET", "/v1/events?withSeats=true&pageSize=1", "", 200);
    return api_id(api, "id");
}

struct id api_new_event(struct api *api, int capacity) {
    char body[512], target[128], start[CLOCK_TEXT_SIZE], end[CLOCK_TEXT_SIZE];
    api_expect(api, "POST", "/v1/locations",
        "{\"name\":\"Hall of tests\",\"country\":\"DE\",\"timeZone\":\"Europe/Berlin\","
        "\"halls\":[{\"name\":\"Main\",\"capacity\":1000000}]}",
        200);
    struct id location = api_id(api, "id");
    clock_format_ms(clock_wall_ms() + DAY_MS, start);
    clock_format_ms(clock_wall_ms() + DAY_MS + 1000 * 3600, end);
    snprintf(body, sizeof body,
        "{\"name\":\"Test\",\"locationId\":\"%s\",\"hall\":\"Main\",\"capacity\":%d,"
        "\"startTime\":\"%s\",\"endTime\":\"%s\"}",
        location.text, capacity, start, end);
    api_expect(api, "POST", "/v1/events", body, 200);
    struct id event = api_id(api, "id");
    snprintf(target, sizeof target, "/v1/events/%s:publish", event.text);
    api_expect(api, "POST", target, "{}", 200);
    return event;
}

struct id api_new_user(struct api *api) {
    api_expect(api, "POST", "/v1/users",
        "{\"firstName\":\"Ada\",\"lastName\":\"Test\",\"email\":\"ada@example.com\"}", 200);
    return api_id(api, "id");
}

struct id api_book(struct api *api, struct id event, struct id user, int seats, bool hold) {
    char target[128], body[160];
    snprintf(target, sizeof target, "/v1/events/%s/bookings", event.text);
    snprintf(body, sizeof body, "{\"userId\":\"%s\",\"seats\":%d,\"hold\":%s}", user.text, seats,
        hold ? "true" : "false");
    api_expect(api, "POST", target, body, 200);
    return api_id(api, "id");
}

int64_t api_seats_shown(struct api *api, struct id event) {
    char target[128];
    snprintf(target, sizeof target, "/v1/events/%s", event.text);
    api_expect(api, "GET", target, "", 200);
    return api_number(api, "seatsAvailable");
}

void api_wait_seats_shown(struct api *api, struct id event, int64_t seats) {
    int64_t deadline_ms = clock_monotonic_ms() + SEATS_TIMEOUT_MS;
    int64_t shown;
    while ((shown = api_seats_shown(api, event)) != seats) {
        if (clock_monotonic_ms() > deadline_ms)
            fail_msg("%lld free seats are shown, not %lld, after %d ms", (long long)shown,
                (long long)seats, SEATS_TIMEOUT_MS);
        pause_ms(POLL_MS);
    }
}

void api_wait_ready(struct api *api, struct stand *stand) {
    int64_t deadline_ms = clock_monotonic_ms() + READY_TIMEOUT_MS;
    while (!stand_is_ready(stand, "gateway")) {
        if (clock_monotonic_ms() > deadline_ms)
            fail_msg("the gateway is not ready after %d ms", READY_TIMEOUT_MS);
        pause_ms(POLL_MS);
    }
}
