/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/reply.h"

#include "base/arena.h"
#include "services/booking/docs.h"
#include "services/booking/engine.h"

static Google__Protobuf__Timestamp *timestamp(struct arena *arena, int64_t time_ms) {
    Google__Protobuf__Timestamp *timestamp = arena_alloc(arena, sizeof(*timestamp));
    google__protobuf__timestamp__init(timestamp);
    timestamp->seconds = time_ms / 1000;
    timestamp->nanos = (int32_t)(time_ms % 1000) * 1000000;
    return timestamp;
}

static char *id_text(struct arena *arena, const struct uuid *id) {
    char *text = arena_alloc(arena, UUID_TEXT_SIZE);
    uuid_format(id, text);
    return text;
}

static Myevents__V1__BookingTransition *reply_transition(
    struct arena *arena, const struct transition *transition) {
    Myevents__V1__BookingTransition *reply = arena_alloc(arena, sizeof(*reply));
    myevents__v1__booking_transition__init(reply);
    reply->state = (Myevents__V1__BookingState)transition->state;
    reply->time = timestamp(arena, transition->time_ms);
    reply->reason = (char *)booking_reason_text(transition->reason);
    return reply;
}

Myevents__V1__Booking *reply_booking(struct arena *arena, const struct booking *booking) {
    Myevents__V1__Booking *reply = arena_alloc(arena, sizeof(*reply));
    const struct transition *last = booking_last(booking);
    myevents__v1__booking__init(reply);
    reply->id = id_text(arena, &booking->id);
    reply->event_id = id_text(arena, &booking->event_id);
    reply->user_id = id_text(arena, &booking->user_id);
    reply->seats = booking->seats;
    reply->state = (Myevents__V1__BookingState)last->state;
    if (last->state == BOOKING_HELD)
        reply->hold_expire_time = timestamp(arena, last->deadline_ms);
    reply->extended = booking_is_extended(booking);
    reply->create_time = timestamp(arena, booking->history[0].time_ms);
    reply->update_time = timestamp(arena, last->time_ms);
    reply->n_history = booking->history_count;
    reply->history = arena_alloc(arena, booking->history_count * sizeof(*reply->history));
    for (uint32_t i = 0; i < booking->history_count; i++)
        reply->history[i] = reply_transition(arena, &booking->history[i]);
    return reply;
}

Myevents__V1__Availability *reply_availability(
    struct arena *arena, const struct inventory *inventory, int64_t now_ms) {
    Myevents__V1__Availability *reply = arena_alloc(arena, sizeof(*reply));
    myevents__v1__availability__init(reply);
    reply->event_id = id_text(arena, &inventory->event_id);
    reply->capacity = inventory->capacity;
    reply->held = inventory->held;
    reply->sold = inventory->sold;
    reply->seats_available = inventory_free_seats(inventory);
    reply->sequence = inventory->sequence;
    if (inventory->update_ms)
        reply->update_time = timestamp(arena, inventory->update_ms);
    reply->on_sale = inventory_is_on_sale(inventory, now_ms);
    return reply;
}

Myevents__V1__User *reply_user(struct arena *arena, const struct user *user) {
    Myevents__V1__User *reply = arena_alloc(arena, sizeof(*reply));
    myevents__v1__user__init(reply);
    reply->id = id_text(arena, &user->id);
    reply->first_name = arena_copy_text(arena, user->first_name);
    reply->last_name = arena_copy_text(arena, user->last_name);
    reply->email = arena_copy_text(arena, user->email);
    reply->create_time = timestamp(arena, user->create_ms);
    return reply;
}
