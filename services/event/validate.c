/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/validate.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "mesh/call.h"
#include "mesh/check.h"
#include "services/event/event.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static bool is_all(const char *text, size_t size, int (*is)(int c)) {
    if (strlen(text) != size)
        return false;
    for (; *text; text++)
        if (!is((unsigned char)*text))
            return false;
    return true;
}

static int is_capital(int c) {
    return c >= 'A' && c <= 'Z';
}

/* The form of IANA names: "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+1". */
static bool is_time_zone(const char *text) {
    size_t size = strlen(text);
    if (size == 0 || size > TIME_ZONE_MAX || !isalpha((unsigned char)text[0]) || strstr(text, "//"))
        return false;
    return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
           size;
}

static bool is_time_of_day(const char *text) {
    if (strlen(text) != 5 || text[2] != ':')
        return false;
    for (int i = 0; i < 5; i++)
        if (i != 2 && !isdigit((unsigned char)text[i]))
            return false;
    return (text[0] - '0') * 10 + text[1] - '0' < 24 && text[3] < '6';
}

static bool is_category(const char *text) {
    size_t size = strlen(text);
    return size <= EVENT_CATEGORY_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

/* --- location --- */

static bool is_name_taken(const Myevents__V1__Location *location, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (strcmp(location->halls[i]->name, location->halls[index]->name) == 0)
            return true;
    return false;
}

static const char *hall_field(struct check *check, size_t index, const char *name) {
    return arena_printf(call_arena(check->call), "location.halls[%zu].%s", index, name);
}

static void validate_hall(
    struct check *check, const Myevents__V1__Location *location, size_t index) {
    const Myevents__V1__Hall *hall = location->halls[index];
    const char *name = hall_field(check, index, "name");
    if (check_string(check, hall->name, name, 1, HALL_NAME_MAX, false))
        check_field(check, !is_name_taken(location, index), name,
            "must differ from the other halls' names");
    check_string(check, hall->description, hall_field(check, index, "description"), 0,
        HALL_DESCRIPTION_MAX, true);
    check_field(check, hall->capacity >= 1 && hall->capacity <= HALL_CAPACITY_MAX,
        hall_field(check, index, "capacity"), "must be 1 to %d", HALL_CAPACITY_MAX);
}

void validate_location(struct check *check, const Myevents__V1__Location *location) {
    if (!check_field(check, location != NULL, "location", "is required"))
        return;
    check_string(check, location->name, "location.name", 1, LOCATION_NAME_MAX, false);
    check_string(check, location->address, "location.address", 0, LOCATION_ADDRESS_MAX, true);
    check_field(check, is_all(location->country, 2, is_capital), "location.country",
        "must be an ISO 3166-1 code of two capital letters, like \"DE\"");
    check_field(check, is_time_zone(location->time_zone), "location.time_zone",
        "must be an IANA time zone, like \"Europe/Berlin\"");
    check_field(check, !location->open_time[0] || is_time_of_day(location->open_time),
        "location.open_time", "must be HH:MM or empty");
    check_field(check, !location->close_time[0] || is_time_of_day(location->close_time),
        "location.close_time", "must be HH:MM or empty");
    if (!check_field(check, location->n_halls >= 1 && location->n_halls <= LOCATION_HALLS_MAX,
            "location.halls", "must be 1 to %d halls", LOCATION_HALLS_MAX))
        return;
    for (size_t i = 0; i < location->n_halls; i++)
        validate_hall(check, location, i);
}

/* --- event --- */

static bool is_since_1970(const Google__Protobuf__Timestamp *timestamp) {
    return timestamp && timestamp_is_valid(timestamp) && timestamp->seconds >= 0;
}

static void validate_times(struct check *check, const Myevents__V1__Event *event, int64_t now_ms) {
    bool has_start = check_field(check, is_since_1970(event->start_time), "event.start_time",
        "is required, from 1970 to 9999");
    bool has_end = check_field(
        check, is_since_1970(event->end_time), "event.end_time", "is required, from 1970 to 9999");
    if (!has_start || !has_end)
        return;
    int64_t start_ms = timestamp_ms(event->start_time), end_ms = timestamp_ms(event->end_time);
    check_field(check, start_ms > now_ms, "event.start_time", "must lie in the future");
    check_field(check, start_ms <= now_ms + (int64_t)EVENT_AHEAD_MAX_DAYS * DAY_MS,
        "event.start_time", "must be at most %d days ahead", EVENT_AHEAD_MAX_DAYS);
    check_field(check, end_ms > start_ms, "event.end_time", "must be after start_time");
    check_field(check, end_ms - start_ms <= (int64_t)EVENT_DURATION_MAX_DAYS * DAY_MS,
        "event.end_time", "must be at most %d days after start_time", EVENT_DURATION_MAX_DAYS);
}

static void validate_price(struct check *check, const Myevents__V1__Money *price) {
    if (!price)
        return;
    bool is_free = price->units == 0 && price->nanos == 0 && !price->currency_code[0];
    check_field(check, is_free || is_all(price->currency_code, 3, is_capital),
        "event.price.currency_code",
        "must be an ISO 4217 code of three capital letters, like \"EUR\"");
    check_field(check, price->units >= 0 && price->units <= PRICE_UNITS_MAX, "event.price.units",
        "must be 0 to %d", PRICE_UNITS_MAX);
    check_field(check, price->nanos >= 0 && price->nanos < 1000000000, "event.price.nanos",
        "must be 0 to 999999999");
}

void validate_event(struct check *check, const Myevents__V1__Event *event, int64_t now_ms) {
    if (!check_field(check, event != NULL, "event", "is required"))
        return;
    check_string(check, event->name, "event.name", 1, EVENT_NAME_MAX, false);
    check_string(check, event->description, "event.description", 0, EVENT_DESCRIPTION_MAX, true);
    check_field(check, is_category(event->category), "event.category",
        "must be at most %d small letters, digits and '-'", EVENT_CATEGORY_MAX);
    check_id(check, event->location_id, "event.location_id");
    check_string(check, event->hall, "event.hall", 1, HALL_NAME_MAX, false);
    check_field(check, !event->time_zone[0] || is_time_zone(event->time_zone), "event.time_zone",
        "must be an IANA time zone, like \"Europe/Berlin\", or empty");
    check_field(check, event->capacity >= 0 && event->capacity <= HALL_CAPACITY_MAX,
        "event.capacity", "must be 1 to %d, or 0 for the hall's", HALL_CAPACITY_MAX);
    validate_times(check, event, now_ms);
    validate_price(check, event->price);
}
