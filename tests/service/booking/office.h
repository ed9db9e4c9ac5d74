/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The stand behind a real server, with a client, and an event service that says what a test wants.
 */

#include "base/arena.h"
#include "mesh/client.h"
#include "myevents/internal/v1/inventory_service.mesh.h"
#include "myevents/v1/booking_service.mesh.h"
#include "myevents/v1/event.pb-c.h"
#include "services/booking/lookup.h"
#include "tests/service/booking/stand.h"

struct server;

struct office {
    struct stand stand; /* first: its callbacks lead back here */
    struct loop *stream_loop, *client_loop;
    struct watch_hub *hub;
    struct server *server, *events;
    struct channel *channel, *event_channel;
    struct lookup lookup;
    struct arena arena; /* of the replies */
    pthread_mutex_t event_lock;
    struct told_event {
        char id[UUID_TEXT_SIZE];
        Myevents__V1__EventState state;
        int32_t capacity;
    } event; /* under the lock: the one that the event service knows */
};

void office_open(struct office *office);
void office_restart(struct office *office); /* all but what is on disk is made anew */
void office_close(struct office *office);

/* For cmocka: an office of its own for a test, which finds it in *state. */
int office_setup(void **state);
int office_teardown(void **state);

void office_drain(struct office *office); /* the booking server only */
void office_stop_events(struct office *office);

/* Ids of a new user and of a new event on sale, as text in the arena. */
char *office_user(struct office *office);
char *office_event(struct office *office, int32_t capacity);
/* The id of one that the event service knows of and the booking service does not. */
const char *office_tell(
    struct office *office, Myevents__V1__EventState event_state, int32_t capacity);

struct status office_book(struct office *office, const char *event_id, const char *user_id,
    int32_t seats, bool hold, const char *request_id, const Myevents__V1__Booking **ret_booking);
struct status office_confirm(
    struct office *office, const char *booking_id, const Myevents__V1__Booking **ret_booking);
struct status office_extend(struct office *office, const char *booking_id, const char *request_id,
    const Myevents__V1__Booking **ret_booking);
struct status office_cancel(
    struct office *office, const char *booking_id, const Myevents__V1__Booking **ret_booking);
struct status office_get(
    struct office *office, const char *booking_id, const Myevents__V1__Booking **ret_booking);
struct status office_look(struct office *office, const char *event_id,
    const Myevents__V1__Availability **ret_availability);
struct status office_set_capacity(struct office *office, const char *event_id, int32_t capacity,
    int64_t version, const Myevents__Internal__V1__SetCapacityResponse **ret_response);

void assert_ok(const struct status *status);
void assert_refused(
    struct office *office, const struct status *status, enum status_code code, const char *reason);
