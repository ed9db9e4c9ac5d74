/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Seats belong to the booking service: before a published event's capacity changes it is asked, and
 * it sets the new number or refuses, in one step of its own. Should this service fail afterwards,
 * the next change of the event carries a newer version and settles the number.
 */

#include "mesh/status.h"
#include "myevents/v1/event.pb-c.h"

struct edit;

struct capacity_answer {
    enum status_code status;
    const char *reason;
    const char *message;
};

/* on_answer runs on the service's loop, once; the answer is borrowed. */
void capacity_ask(struct edit *edit, const Myevents__V1__Event *event,
    void (*on_answer)(struct edit *edit, const struct capacity_answer *answer));
