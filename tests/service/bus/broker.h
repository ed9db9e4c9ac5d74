/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A broker that the test may treat badly: one kind for every driver of the bus. */

#include "bus/bus.h"
#include "tests/support/proxy.h"
#include "tests/support/redis_server.h"

struct broker;

struct broker_kind {
    const char *name;
    bool (*is_installed)(void);
    void (*start)(struct broker *broker);
    void (*stop)(struct broker *broker);
    void (*kill)(struct broker *broker);
    void (*restart)(struct broker *broker);
    void (*freeze)(struct broker *broker);
    void (*thaw)(struct broker *broker);

    void (*lose_everything)(struct broker *broker);
    void (*lose_stream)(struct broker *broker, const char *stream);
    void (*lose_group)(struct broker *broker, const char *stream, const char *group);
    void (*lose_records)(struct broker *broker, const char *stream, uint64_t first, uint64_t last);
    /* The group believes that it got all up to `sequence`. */
    void (*move_group)(
        struct broker *broker, const char *stream, const char *group, uint64_t sequence);
    /* Something that is no record stands in the stream behind `after`. */
    void (*add_foreign)(struct broker *broker, const char *stream, uint64_t after);
    /* The broker refuses writes for want of memory. */
    void (*set_full)(struct broker *broker, bool is_full);
};

struct broker {
    const struct broker_kind *kind;
    char url[128];
    char proxy_url[128]; /* the same through the proxy */
    struct proxy proxy;
    struct redis_server redis;
};

extern const struct broker_kind redis_broker;
