/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The event service within the test's process: its real store in a folder of its own, its real
 * server on a socket there, a client beside it, and an inventory that answers as it is told. */

#include "base/arena.h"
#include "mesh/client.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/event/service.h"

struct stand {
    char folder[64];
    struct loop *loop, *stream_loop;
    struct store *store;
    struct feed *feed;
    struct server *server;
    struct channel *channel;
    struct event_service service;
    struct arena arena;
    int32_t inventory_sold; /* SetCapacity below this is refused */
    int32_t capacity_asked; /* the last one asked for */
};

void stand_start(struct stand *stand);
void stand_stop(struct stand *stand);    /* and removes the folder */
void stand_restart(struct stand *stand); /* on the same folder */

/* A location with two halls of 100 and 20 seats. Lives in the stand's arena. */
const Myevents__V1__Location *stand_location(struct stand *stand, const char *name);
/* A draft in the big hall that starts in `hours`. */
const Myevents__V1__Event *stand_event(
    struct stand *stand, const Myevents__V1__Location *location, const char *name, int hours);
const Myevents__V1__Event *stand_publish(struct stand *stand, const char *event_id);
const Myevents__V1__Event *stand_get(struct stand *stand, const char *event_id);
Google__Protobuf__Timestamp *stand_in_hours(struct stand *stand, int hours);

/* Fails the test unless the status has this code and its message begins like this. */
void stand_expect(const struct status *status, enum status_code code, const char *message);
