/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/bus.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bus/driver.h"

static const struct bus_driver *const drivers[] = {&redis_driver};

static _Thread_local char open_error[256];

int bus_open_refuse(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(open_error, sizeof(open_error), format, args);
    va_end(args);
    return -EINVAL;
}

const char *bus_open_error(void) {
    return open_error;
}

static bool driver_has_scheme(const struct bus_driver *driver, struct text scheme) {
    for (const char *const *candidate = driver->schemes; *candidate; candidate++)
        if (text_equal(text_from(*candidate), scheme))
            return true;
    return false;
}

int bus_open(const char *url, const char *client_name, struct bus **ret_bus) {
    const char *end = strstr(url, "://");
    struct text scheme = {url, end ? (size_t)(end - url) : 0};
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
        if (driver_has_scheme(drivers[i], scheme))
            return drivers[i]->open(url, client_name, ret_bus);
    return bus_open_refuse("no broker is known for the scheme \"%.*s\"; known are redis:// and "
                           "redis+unix://",
        TEXT_ARG(scheme));
}

void bus_close(struct bus *bus) {
    if (bus)
        bus->driver->close(bus);
}

void bus_error(struct bus *bus, char ret_error[static BUS_ERROR_SIZE]) {
    bus->driver->error(bus, ret_error);
}

int bus_last(struct bus *bus, const char *stream, uint64_t *ret_sequence) {
    return bus->driver->last(bus, stream, ret_sequence);
}

static void assert_publishable(const struct bus_record *records, size_t count) {
    assert(count <= BUS_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        assert(records[i].sequence == records[0].sequence + i && records[0].sequence > 0);
        assert(text_equal(records[i].source, records[0].source));
        assert(records[i].data.size <= BUS_DATA_SIZE_MAX);
    }
}

int bus_publish(struct bus *bus, const char *stream, const struct bus_record *records, size_t count,
    uint64_t *ret_last) {
    assert(count > 0);
    assert_publishable(records, count);
    return bus->driver->publish(bus, stream, records, count, ret_last);
}

int bus_trim(struct bus *bus, const char *stream, uint64_t *ret_removed) {
    return bus->driver->trim(bus, stream, ret_removed);
}

int bus_skip(struct bus *bus, const char *stream, uint64_t next) {
    return bus->driver->skip(bus, stream, next);
}

int bus_gaps(struct bus *bus, const char *stream, struct bus_gap ret_gaps[static BUS_GROUPS_MAX],
    size_t *ret_count) {
    return bus->driver->gaps(bus, stream, ret_gaps, ret_count);
}

int bus_fill_gap(struct bus *bus, const char *stream, const struct bus_gap *gap,
    const struct bus_record *records, size_t count, uint64_t until) {
    assert_publishable(records, count);
    return bus->driver->fill_gap(bus, stream, gap, records, count, until);
}

static void assert_name(const char *name) {
    assert(name && name[0] && strlen(name) < BUS_NAME_SIZE_MAX);
}

static void fill_defaults(struct bus_subscription_options *options) {
    if (!options->batch_max || options->batch_max > BUS_BATCH_MAX)
        options->batch_max = BUS_BATCH_MAX;
    if (!options->claim_after_ms)
        options->claim_after_ms = 30 * 1000;
    if (!options->deliveries_max)
        options->deliveries_max = 5;
    if (!options->retry_pause_ms)
        options->retry_pause_ms = 100;
    if (!options->gap_wait_ms)
        options->gap_wait_ms = 10 * 1000;
}

int bus_subscribe(struct bus *bus, const struct bus_subscription_options *options,
    struct bus_subscription **ret_subscription) {
    struct bus_subscription_options filled = *options;
    assert_name(options->stream);
    assert_name(options->group);
    assert_name(options->consumer);
    assert(options->handle);
    fill_defaults(&filled);
    return bus->driver->subscribe(bus, &filled, ret_subscription);
}

void bus_unsubscribe(struct bus_subscription *subscription) {
    if (subscription)
        subscription->driver->unsubscribe(subscription);
}

bool bus_subscription_is_connected(const struct bus_subscription *subscription) {
    return subscription->driver->is_connected(subscription);
}

uint64_t bus_subscription_applied(const struct bus_subscription *subscription) {
    return subscription->driver->applied(subscription);
}

int bus_stream_info(struct bus *bus, const char *stream, struct bus_stream_info *ret_info) {
    return bus->driver->stream_info(bus, stream, ret_info);
}

int bus_dead_letters(struct bus *bus, const char *stream,
    void (*each)(void *data, const struct bus_dead_letter *letter), void *data) {
    return bus->driver->dead_letters(bus, stream, each, data);
}

int bus_replay(struct bus *bus, const char *stream, const char *entry, size_t *ret_count) {
    return bus->driver->replay(bus, stream, entry, ret_count);
}
