/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The rules' structs as messages of the API, built in an arena. */

#include <stdint.h>

#include "myevents/v1/booking.pb-c.h"

struct arena;
struct booking;
struct inventory;
struct user;

Myevents__V1__Booking *reply_booking(struct arena *arena, const struct booking *booking);
Myevents__V1__Availability *reply_availability(
    struct arena *arena, const struct inventory *inventory, int64_t now_ms);
Myevents__V1__User *reply_user(struct arena *arena, const struct user *user);
