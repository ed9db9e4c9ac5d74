/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/directory.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

_Static_assert(sizeof(struct booking_entry) <= 88, "a booking must stay cheap to keep in memory");

static void free_values(struct map *map) {
    size_t cursor = 0;
    for (void *value; (value = map_next(map, &cursor, NULL));)
        free(value);
    map_deinit(map);
}

void directory_deinit(struct directory *directory) {
    free_values(&directory->users);
    free_values(&directory->bookings);
}

struct user_entry *directory_user(const struct directory *directory, const struct uuid *id) {
    return map_get(&directory->users, uuid_key(id));
}

struct user_entry *directory_add_user(struct directory *directory, const struct uuid *id) {
    struct user_entry *user = memory_new(sizeof(*user));
    user->id = *id;
    void *replaced = map_put(&directory->users, uuid_key(&user->id), user);
    assert(!replaced);
    return user;
}

struct booking_entry *directory_booking(const struct directory *directory, const struct uuid *id) {
    return map_get(&directory->bookings, uuid_key(id));
}

struct booking_entry *directory_add_booking(
    struct directory *directory, struct user_entry *user, const struct booking *booking) {
    struct booking_entry *entry = memory_new(sizeof(*entry));
    entry->id = booking->id;
    entry->user = user;
    entry->seats = (uint8_t)booking->seats;
    entry->older_of_user = user->newest;
    user->newest = entry;
    void *replaced = map_put(&directory->bookings, uuid_key(&entry->id), entry);
    assert(!replaced);
    return entry;
}
