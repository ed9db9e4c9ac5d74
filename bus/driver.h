/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a driver provides. Its own bus and subscription begin with the two structs here, so the
 * front finds the driver again. The front has checked arguments and filled in every default before
 * it calls; contracts are those of bus.h.
 */

#include "bus/bus.h"

struct bus_driver {
    const char *const *schemes; /* ends with NULL */
    int (*open)(const char *url, const char *client_name, struct bus **ret_bus);
    void (*close)(struct bus *bus);
    void (*error)(struct bus *bus, char *ret_error);

    int (*last)(struct bus *bus, const char *stream, uint64_t *ret_sequence);
    int (*publish)(struct bus *bus, const char *stream, const struct bus_record *records,
        size_t count, uint64_t *ret_last);
    int (*trim)(struct bus *bus, const char *stream, uint64_t *ret_removed);
    int (*skip)(struct bus *bus, const char *stream, uint64_t next);
    int (*gaps)(struct bus *bus, const char *stream, struct bus_gap *ret_gaps, size_t *ret_count);
    int (*fill_gap)(struct bus *bus, const char *stream, const struct bus_gap *gap,
        const struct bus_record *records, size_t count, uint64_t until);

    int (*subscribe)(struct bus *bus, const struct bus_subscription_options *options,
        struct bus_subscription **ret_subscription);
    void (*unsubscribe)(struct bus_subscription *subscription);
    bool (*is_connected)(const struct bus_subscription *subscription);
    uint64_t (*applied)(const struct bus_subscription *subscription);

    int (*stream_info)(struct bus *bus, const char *stream, struct bus_stream_info *ret_info);
    int (*dead_letters)(struct bus *bus, const char *stream,
        void (*each)(void *data, const struct bus_dead_letter *letter), void *data);
    int (*replay)(struct bus *bus, const char *stream, const char *entry, size_t *ret_count);
};

struct bus {
    const struct bus_driver *driver;
};

struct bus_subscription {
    const struct bus_driver *driver;
};

extern const struct bus_driver redis_driver;

/* Keeps the sentence for bus_open_error() and returns -EINVAL. */
_printf_(1, 2) int bus_open_refuse(const char *format, ...);
