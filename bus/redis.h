/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The Redis driver. Publishing, trimming and the operators' calls share one connection behind a
 * lock; each subscription has its own two (redis_subscription.h).
 *
 * Keys of a stream "S" with a group "G":
 *
 *     S             the records; an entry's id is "<sequence>-0". A group's last delivered id
 *                   is its mark: the last entry that it applied
 *     S.dead        what groups refused, with the group, the reason and the entry's id
 *     S.replay.G    what G gets once more; an entry goes when it is applied
 *     S.owner.G     the consumer that reads for G, and for how long
 *     S.gaps        what groups miss: "first last" by group
 */

#include <pthread.h>

#include "bus/driver.h"
#include "bus/redis_address.h"
#include "bus/redis_connection.h"

struct redis_bus {
    struct bus bus;
    struct redis_address address;
    char *client_name;
    pthread_mutex_t lock; /* of the connection */
    struct redis_connection connection;
};

static inline struct redis_bus *redis_bus(struct bus *bus) {
    return (struct redis_bus *)bus;
}

/* redis_publish.c */
int redis_bus_last(struct bus *bus, const char *stream, uint64_t *ret_sequence);
int redis_bus_publish(struct bus *bus, const char *stream, const struct bus_record *records,
    size_t count, uint64_t *ret_last);
int redis_bus_trim(struct bus *bus, const char *stream, uint64_t *ret_removed);

/* redis_gap.c */
int redis_bus_skip(struct bus *bus, const char *stream, uint64_t next);
int redis_bus_gaps(
    struct bus *bus, const char *stream, struct bus_gap *ret_gaps, size_t *ret_count);
int redis_bus_fill_gap(struct bus *bus, const char *stream, const struct bus_gap *gap,
    const struct bus_record *records, size_t count, uint64_t until);

/* redis_subscription.c */
int redis_bus_subscribe(struct bus *bus, const struct bus_subscription_options *options,
    struct bus_subscription **ret_subscription);
void redis_bus_unsubscribe(struct bus_subscription *subscription);
bool redis_bus_is_connected(const struct bus_subscription *subscription);
uint64_t redis_bus_applied(const struct bus_subscription *subscription);

/* redis_info.c */
int redis_bus_stream_info(struct bus *bus, const char *stream, struct bus_stream_info *ret_info);

/* redis_dead.c */
int redis_bus_dead_letters(struct bus *bus, const char *stream,
    void (*each)(void *data, const struct bus_dead_letter *letter), void *data);
int redis_bus_replay(struct bus *bus, const char *stream, const char *entry, size_t *ret_count);
