/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/service.h"

#include <assert.h>

#include "base/clock.h"
#include "mesh/call.h"
#include "mesh/check.h"
#include "myevents/internal/v1/inventory_service.mesh.h"
#include "myevents/v1/booking_service.mesh.h"
#include "services/booking/desk.h"
#include "services/booking/docs.h"
#include "services/booking/list.h"
#include "services/booking/refusal.h"
#include "services/booking/reply.h"
#include "services/booking/user_update.h"
#include "services/booking/users.h"
#include "services/booking/watch.h"

/* An id that check_id() has seen. */
static struct uuid checked_id(const char *value) {
    struct uuid id;
    int r = uuid_parse(text_from(value), &id);
    assert(r == 0);
    return id;
}

static struct lane_request *request_new(struct call *call, enum lane_verb verb,
    void (*done)(struct lane_request *request, const struct lane_answer *answer)) {
    struct lane_request *request = arena_zalloc(call_arena(call), sizeof(*request));
    request->verb = verb;
    request->call = call;
    request->done = done;
    return request;
}

static bool is_success(const struct lane_answer *answer) {
    return answer->outcome == OUTCOME_OK || answer->outcome == OUTCOME_UNCHANGED;
}

/* --- bookings --- */

static void answer_booking(
    struct lane_request *request, const struct uuid *event_id, const struct lane_answer *answer) {
    struct call *call = request->call;
    if (is_success(answer))
        call_reply(call, &reply_booking(call_arena(call), answer->booking)->base);
    else
        refuse_call(call, event_id, answer);
}

static void on_booked(struct lane_request *request, const struct lane_answer *answer) {
    answer_booking(request, request->data, answer);
}

static bool refuse_invalid_booking(
    struct call *call, const Myevents__V1__CreateBookingRequest *request) {
    struct check check = CHECK_INIT(call);
    check_id(&check, request->event_id, "event_id");
    check_id(&check, request->user_id, "user_id");
    check_field(&check, request->seats >= 1 && request->seats <= BOOKING_SEATS_MAX, "seats",
        "must be 1 to %d", BOOKING_SEATS_MAX);
    check_request_id(&check, request->request_id);
    return check_refuse(&check);
}

static void handle_create_booking(
    struct call *call, const Myevents__V1__CreateBookingRequest *message, void *data) {
    struct desk *desk = data;
    if (refuse_invalid_booking(call, message))
        return;
    struct uuid user_id = checked_id(message->user_id);
    struct user_entry *user = directory_user(&desk->directory, &user_id);
    if (!user) {
        refuse_call_plainly(call, OUTCOME_USER_NOT_FOUND);
        return;
    }
    if (user->missing && !message->hold) {
        refuse_call_incomplete(call, user);
        return;
    }
    struct uuid event_id = checked_id(message->event_id);
    struct lane_request *request = request_new(call, LANE_BOOK, on_booked);
    request->data = arena_copy(call_arena(call), &event_id, sizeof(event_id));
    request->book.user = user;
    request->book.seats = message->seats;
    request->book.hold_ms = message->hold ? desk->hold_ms : 0;
    request->book.key = text_from(message->request_id);
    lanes_submit(&desk->lanes, &event_id, request);
}

static void on_changed(struct lane_request *request, const struct lane_answer *answer) {
    answer_booking(request, &request->booking.entry->lane->inventory.event_id, answer);
}

static void change_booking(struct desk *desk, struct call *call, enum lane_verb verb,
    const char *booking_id, const char *request_id) {
    struct check check = CHECK_INIT(call);
    check_id(&check, booking_id, "booking_id");
    check_request_id(&check, request_id);
    if (check_refuse(&check))
        return;
    struct uuid id = checked_id(booking_id);
    struct booking_entry *entry = directory_booking(&desk->directory, &id);
    if (!entry) {
        refuse_call_plainly(call, OUTCOME_BOOKING_NOT_FOUND);
        return;
    }
    if (verb == LANE_CONFIRM && entry->user->missing) {
        refuse_call_incomplete(call, entry->user);
        return;
    }
    struct lane_request *request = request_new(call, verb, on_changed);
    request->booking.entry = entry;
    request->booking.hold_ms = desk->hold_ms;
    request->booking.key = text_from(request_id);
    lanes_submit(&desk->lanes, &entry->lane->inventory.event_id, request);
}

static void handle_confirm_booking(
    struct call *call, const Myevents__V1__ConfirmBookingRequest *message, void *data) {
    change_booking(data, call, LANE_CONFIRM, message->booking_id, "");
}

static void handle_extend_booking(
    struct call *call, const Myevents__V1__ExtendBookingRequest *message, void *data) {
    change_booking(data, call, LANE_EXTEND, message->booking_id, message->request_id);
}

static void handle_cancel_booking(
    struct call *call, const Myevents__V1__CancelBookingRequest *message, void *data) {
    change_booking(data, call, LANE_CANCEL, message->booking_id, "");
}

static void handle_get_booking(
    struct call *call, const Myevents__V1__GetBookingRequest *message, void *data) {
    struct desk *desk = data;
    struct check check = CHECK_INIT(call);
    check_id(&check, message->booking_id, "booking_id");
    if (check_refuse(&check))
        return;
    struct uuid id = checked_id(message->booking_id);
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(desk->store);
    struct booking booking;
    int r = docs_get_booking(view, &id, &booking);
    if (r == 0)
        booking_service_get_booking_reply(call, reply_booking(call_arena(call), &booking));
    else if (r == STORE_ABSENT)
        refuse_call_plainly(call, OUTCOME_BOOKING_NOT_FOUND);
    else
        call_fail_errno(call, r, "read a booking");
}

/* --- seats --- */

static void answer_availability(struct call *call, const struct inventory *inventory) {
    booking_service_get_availability_reply(
        call, reply_availability(call_arena(call), inventory, clock_wall_ms()));
}

/* A draft has no seats on sale, which is no failure. */
static void on_looked(struct lane_request *request, const struct lane_answer *answer) {
    struct inventory draft = {.event_id = *(const struct uuid *)request->data};
    if (is_success(answer))
        answer_availability(request->call, answer->inventory);
    else if (answer->outcome == OUTCOME_NOT_ON_SALE)
        answer_availability(request->call, &draft);
    else
        refuse_call(request->call, request->data, answer);
}

static void handle_get_availability(
    struct call *call, const Myevents__V1__GetAvailabilityRequest *message, void *data) {
    struct desk *desk = data;
    struct check check = CHECK_INIT(call);
    check_id(&check, message->event_id, "event_id");
    if (check_refuse(&check))
        return;
    struct uuid event_id = checked_id(message->event_id);
    const struct lane *lane = lanes_find(&desk->lanes, &event_id);
    if (lane && lane->inventory.sale != SALE_NONE) {
        answer_availability(call, &lane->inventory);
        return;
    }
    struct lane_request *request = request_new(call, LANE_LOOK, on_looked);
    request->data = arena_copy(call_arena(call), &event_id, sizeof(event_id));
    lanes_submit(&desk->lanes, &event_id, request);
}

/* Nothing of a draft is held or sold, so any capacity will do. */
static void on_capacity_set(struct lane_request *request, const struct lane_answer *answer) {
    Myevents__Internal__V1__SetCapacityResponse reply =
        MYEVENTS__INTERNAL__V1__SET_CAPACITY_RESPONSE__INIT;
    if (!is_success(answer) && answer->outcome != OUTCOME_NOT_ON_SALE) {
        refuse_call(request->call, request->data, answer);
        return;
    }
    if (answer->inventory) {
        reply.held = answer->inventory->held;
        reply.sold = answer->inventory->sold;
    }
    inventory_service_set_capacity_reply(request->call, &reply);
}

static void handle_set_capacity(
    struct call *call, const Myevents__Internal__V1__SetCapacityRequest *message, void *data) {
    struct desk *desk = data;
    struct check check = CHECK_INIT(call);
    check_id(&check, message->event_id, "event_id");
    check_field(&check, message->capacity >= 1 && message->capacity <= INVENTORY_CAPACITY_MAX,
        "capacity", "must be 1 to %d", INVENTORY_CAPACITY_MAX);
    check_field(&check, message->event_version >= 1, "event_version", "must be at least 1");
    if (check_refuse(&check))
        return;
    struct uuid event_id = checked_id(message->event_id);
    struct lane_request *request = request_new(call, LANE_CAPACITY, on_capacity_set);
    request->data = arena_copy(call_arena(call), &event_id, sizeof(event_id));
    request->capacity.seats = message->capacity;
    request->capacity.version = message->event_version;
    lanes_submit(&desk->lanes, &event_id, request);
}

/* --- */

/* The one handler that runs on the stream loop and has a state of its own. */
static void handle_watch_availability(
    struct call *call, const Myevents__V1__WatchAvailabilityRequest *message, void *data) {
    struct desk *desk = data;
    watch_availability(desk->watch_hub, call, message);
}

void service_register(struct server *server, struct desk *desk, struct watch_hub *hub) {
    static const struct booking_service_handlers bookings = {
        .create_user = handle_create_user,
        .get_user = handle_get_user,
        .batch_get_users = handle_batch_get_users,
        .update_user = handle_update_user,
        .create_booking = handle_create_booking,
        .get_booking = handle_get_booking,
        .list_bookings = handle_list_bookings,
        .confirm_booking = handle_confirm_booking,
        .extend_booking = handle_extend_booking,
        .cancel_booking = handle_cancel_booking,
        .get_availability = handle_get_availability,
        .watch_availability = handle_watch_availability,
    };
    static const struct inventory_service_handlers inventories = {
        .set_capacity = handle_set_capacity,
    };
    desk->watch_hub = hub;
    booking_service_register(server, &bookings, desk);
    inventory_service_register(server, &inventories, desk);
}
