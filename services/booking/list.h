/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ListBookings: by user or by event, newest first. */

#include "myevents/v1/booking_service.pb-c.h"

struct call;

void handle_list_bookings(
    struct call *call, const Myevents__V1__ListBookingsRequest *request, void *desk);
