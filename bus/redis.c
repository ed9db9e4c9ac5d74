/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/task.h"

/* The server refuses names with spaces or control characters. */
static char *printable_name(const char *name) {
    char *copy = memory_copy_string(name);
    for (char *c = copy; *c; c++)
        if (*c <= ' ' || *c > '~')
            *c = '-';
    return copy;
}

static int redis_bus_open(const char *url, const char *client_name, struct bus **ret_bus) {
    struct redis_address address;
    const char *why;
    if (redis_address_parse(url, &address, &why) < 0)
        return bus_open_refuse("the broker's URL is neither redis://[:password@]host:port[/db] nor "
                               "redis+unix:///socket: %s",
            why);
    struct redis_bus *redis = memory_new(sizeof(*redis));
    redis->bus.driver = &redis_driver;
    redis->address = address;
    redis->client_name = printable_name(client_name);
    pthread_mutex_init(&redis->lock, NULL);
    redis_connection_init(&redis->connection, &redis->address, redis->client_name);
    *ret_bus = &redis->bus;
    return 0;
}

static void redis_bus_close(struct bus *bus) {
    struct redis_bus *redis = redis_bus(bus);
    redis_connection_deinit(&redis->connection);
    pthread_mutex_destroy(&redis->lock);
    free(redis->client_name);
    free(redis);
}

static void redis_bus_error(struct bus *bus, char *ret_error) {
    struct redis_bus *redis = redis_bus(bus);
    MUTEX_GUARD(&redis->lock);
    snprintf(ret_error, BUS_ERROR_SIZE, "%s", redis_connection_error(&redis->connection));
}

static const char *const redis_schemes[] = {"redis", "redis+unix", NULL};

const struct bus_driver redis_driver = {
    .schemes = redis_schemes,
    .open = redis_bus_open,
    .close = redis_bus_close,
    .error = redis_bus_error,
    .last = redis_bus_last,
    .publish = redis_bus_publish,
    .trim = redis_bus_trim,
    .skip = redis_bus_skip,
    .gaps = redis_bus_gaps,
    .fill_gap = redis_bus_fill_gap,
    .subscribe = redis_bus_subscribe,
    .unsubscribe = redis_bus_unsubscribe,
    .is_connected = redis_bus_is_connected,
    .applied = redis_bus_applied,
    .stream_info = redis_bus_stream_info,
    .dead_letters = redis_bus_dead_letters,
    .replay = redis_bus_replay,
};
