/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What organisers may write into a location or an event: every field's form and limit. */

#include <stdint.h>

#include "myevents/v1/event.pb-c.h"
#include "myevents/v1/location.pb-c.h"

struct check;

enum {
    LOCATION_NAME_MAX = 120,
    LOCATION_ADDRESS_MAX = 240,
    LOCATION_HALLS_MAX = 50,
    HALL_NAME_MAX = 80,
    HALL_DESCRIPTION_MAX = 500,
    HALL_CAPACITY_MAX = 1000000,
    EVENT_NAME_MAX = 160,
    EVENT_DESCRIPTION_MAX = 4000,
    EVENT_CATEGORY_MAX = 40,
    EVENT_DURATION_MAX_DAYS = 31,
    EVENT_AHEAD_MAX_DAYS = 3660,
    PRICE_UNITS_MAX = 1000000000,
    TIME_ZONE_MAX = 64,
};

void validate_location(struct check *check, const Myevents__V1__Location *location);
/* Times are compared with now_ms: an event lies in the future. */
void validate_event(struct check *check, const Myevents__V1__Event *event, int64_t now_ms);
