/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Follows the booking service's records, so that listings show the seats that are left. The seats
 * and the mark up to which records have been applied are one commit: after any crash what is
 * delivered again is recognised by its sequence.
 */

#include <stdint.h>

#include "base/attr.h"

struct bus;
struct event_service;
struct follow;

#define FOLLOW_STREAM "myevents.booking"
#define FOLLOW_GROUP  "event-service"

_must_check_ int follow_new(struct event_service *service, struct bus *bus, const char *consumer,
    struct follow **ret_follow);
/* Ends the subscription; the service's loop must still run. */
void follow_free(struct follow *follow);
