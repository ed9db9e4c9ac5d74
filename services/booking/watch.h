/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * WatchAvailability: the seats of an event now, then every change. Watchers live on the stream
 * loop; seats change on the service's loop. Between the two go tasks, one topic per watched event:
 *
 *  1. The service's loop tells a topic of a change only when its last news has been taken;
 *     meanwhile the changes fold into one. A burst of commits costs the watchers one message.
 *  2. A reader that is slow gets the newest state when it can take one, not every step.
 *  3. A topic with nobody left is closed; the last task about it is the service's loop's, so
 *     neither side ever sees it freed.
 */

#include "myevents/v1/booking_service.pb-c.h"

struct call;
struct lane;
struct lanes;
struct loop;
struct watch_hub;

struct watch_hub *watch_hub_new(struct loop *loop, struct loop *stream_loop, struct lanes *lanes);
/* With both loops stopped. */
void watch_hub_free(struct watch_hub *hub);

/* Stream loop. */
void watch_availability(struct watch_hub *hub, struct call *call,
    const Myevents__V1__WatchAvailabilityRequest *request);
/* Service's loop: the seats or the sale of the lane's event changed. */
void watch_on_change(struct lane *lane);
