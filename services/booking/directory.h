/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the service keeps in memory of every user and every booking: enough to find it, to decide
 * when it is due and to list it by user and by event without an index on disk, because an index
 * with random keys would cost the store ten times the write. Everything else stands in the
 * documents. Rebuilt at start by one scan; belongs to the service's loop.
 *
 * Only what is durable is in here. Entries live as long as the directory.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/map.h"
#include "services/booking/engine.h"

struct change;
struct lane;

struct user_entry {
    struct uuid id;
    struct booking_entry *newest;
    uint8_t missing; /* enum user_detail: what has to be told before the user can book */
};

/* 80 bytes, plus its place in the map. */
struct booking_entry {
    struct heap_entry deadline; /* in the lane's heap of holds while held */
    struct uuid id;
    struct lane *lane;
    struct user_entry *user;
    struct booking_entry *older_of_user;
    struct booking_entry *older_of_event;
    struct change *change; /* the batch's copy while one is deciding about it or in flight */
    uint8_t state;         /* enum booking_state */
    uint8_t seats;
};

struct directory {
    struct map users;
    struct map bookings;
};

void directory_deinit(struct directory *directory);

struct user_entry *directory_user(const struct directory *directory, const struct uuid *id);
struct user_entry *directory_add_user(struct directory *directory, const struct uuid *id);
struct booking_entry *directory_booking(const struct directory *directory, const struct uuid *id);
/* Newest of its user; the lane links it further. */
struct booking_entry *directory_add_booking(
    struct directory *directory, struct user_entry *user, const struct booking *booking);
