/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/redis_subscription.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"
#include "bus/redis.h"

enum {
    RECONNECT_FIRST_MS = 50,
    RECONNECT_CAP_MS = 2000,
    STANDBY_MS = 1000,
    KEEP_MS = 5000, /* the gauges are never older */
    HOLD_SHARE = 3, /* a hold is renewed after a third of its time */
};

static const struct log_scope scope = {.component = "bus"};

/* --- the reader --- */

static void say_connected(struct redis_subscription *s) {
    if (s->was_connected && !s->is_connected)
        metric_add(s->metrics.reconnects, 1);
    if (s->is_away_said)
        log_info(&scope, "broker is back stream=%s group=%s", s->options.stream, s->options.group);
    s->is_away_said = false;
    s->was_connected = true;
    s->is_connected = true;
    backoff_reset(&s->backoff);
}

static void say_away(struct redis_subscription *s) {
    s->is_connected = false;
    if (!s->is_away_said)
        log_warn(&scope, "broker is away stream=%s group=%s error=%s", s->options.stream,
            s->options.group, redis_connection_error(&s->reading));
    s->is_away_said = true;
}

static int64_t shorter(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* 0 when this consumer reads for the group; -EBUSY after a while of standing by. */
static int take_hold(struct redis_subscription *s) {
    redis_ack_reset(s);
    int r = redis_group_hold(s, &s->reading);
    if (r == 0)
        r = redis_group_take_over(s);
    if (r == -EBUSY) {
        s->is_fresh = false;
        nap_take(&s->nap, jitter(shorter(s->options.claim_after_ms / HOLD_SHARE, STANDBY_MS)));
    }
    s->is_reading = r == 0;
    return r;
}

static int attend_once(struct redis_subscription *s) {
    return s->is_reading && redis_group_is_held(s) ? redis_intake(s) : take_hold(s);
}

/* Until the connection breaks or the subscription ends. */
static int attend(struct redis_subscription *s) {
    int r = redis_connect(&s->reading);
    s->is_reading = false;
    while (r == 0 && !nap_is_over(&s->nap)) {
        r = attend_once(s);
        if (r == 0 || r == -EBUSY)
            say_connected(s);
        if (r == -EBUSY) {
            s->is_reading = false;
            r = 0;
        }
    }
    return r;
}

static void *reader_run(void *data) {
    struct redis_subscription *s = data;
    for (;;) {
        int r = attend(s);
        if (nap_is_over(&s->nap))
            break;
        if (r < 0)
            say_away(s);
        redis_disconnect(&s->reading);
        if (!nap_take(&s->nap, backoff_next(&s->backoff)))
            break;
    }
    if (s->reading.context && s->is_reading && redis_ack_exchange(s, NULL) < 0)
        log_debug(&scope, "last acknowledgement failed stream=%s group=%s", s->options.stream,
            s->options.group);
    return NULL;
}

/* --- the keeper --- */

static void *keeper_run(void *data) {
    struct redis_subscription *s = data;
    int64_t period_ms = shorter(s->options.claim_after_ms / HOLD_SHARE, KEEP_MS);
    while (nap_take(&s->nap, jitter(period_ms))) {
        if (!s->is_connected)
            continue;
        int r = redis_group_is_held(s) ? redis_group_hold(s, &s->keeping) : 0;
        if (r == 0)
            r = redis_group_measure(s);
        if (r < 0)
            redis_disconnect(&s->keeping);
    }
    return NULL;
}

/* --- life --- */

static char *join(const char *first, const char *second, const char *third) {
    size_t size = strlen(first) + strlen(second) + strlen(third) + 1;
    char *joined = memory_new(size);
    snprintf(joined, size, "%s%s%s", first, second, third);
    return joined;
}

static void own_options(
    struct redis_subscription *s, const struct bus_subscription_options *options) {
    s->options = *options;
    s->options.stream = memory_copy_string(options->stream);
    s->options.group = memory_copy_string(options->group);
    s->options.consumer = memory_copy_string(options->consumer);
}

static void name_keys(struct redis_subscription *s) {
    const char *stream = s->options.stream, *group = s->options.group;
    s->main.key = join(stream, "", "");
    s->replay = (struct redis_source){.key = join(stream, ".replay.", group), .is_replay = true};
    s->dead_key = join(stream, ".dead", "");
    s->gaps_key = join(stream, ".gaps", "");
    s->owner_key = join(stream, ".owner.", group);
}

static void subscription_free(struct redis_subscription *s) {
    redis_connection_deinit(&s->reading);
    redis_connection_deinit(&s->keeping);
    redis_command_deinit(&s->read);
    redis_command_deinit(&s->deletes);
    nap_deinit(&s->nap);
    free(s->main.key);
    free(s->replay.key);
    free(s->dead_key);
    free(s->gaps_key);
    free(s->owner_key);
    free((char *)s->options.stream);
    free((char *)s->options.group);
    free((char *)s->options.consumer);
    free(s);
}

static struct redis_subscription *subscription_new(
    struct redis_bus *redis, const struct bus_subscription_options *options) {
    struct redis_subscription *s = memory_new(sizeof(*s));
    s->subscription.driver = &redis_driver;
    own_options(s, options);
    name_keys(s);
    redis_connection_init(&s->reading, &redis->address, redis->client_name);
    redis_connection_init(&s->keeping, &redis->address, redis->client_name);
    delivery_init(&s->delivery, &s->options, "redis");
    s->backoff = (struct backoff){.first_ms = RECONNECT_FIRST_MS, .cap_ms = RECONNECT_CAP_MS};
    s->is_fresh = true;
    bus_metrics_init(&s->metrics, s->options.stream, s->options.group);
    nap_init(&s->nap);
    return s;
}

static void stop_thread(struct redis_subscription *s, pthread_t thread) {
    nap_end(&s->nap);
    pthread_join(thread, NULL);
}

int redis_bus_subscribe(struct bus *bus, const struct bus_subscription_options *options,
    struct bus_subscription **ret_subscription) {
    struct redis_subscription *s = subscription_new(redis_bus(bus), options);
    int r = -pthread_create(&s->reader, NULL, reader_run, s);
    if (r == 0) {
        r = -pthread_create(&s->keeper, NULL, keeper_run, s);
        if (r < 0)
            stop_thread(s, s->reader);
    }
    if (r < 0) {
        subscription_free(s);
        return r;
    }
    *ret_subscription = &s->subscription;
    return 0;
}

void redis_bus_unsubscribe(struct bus_subscription *subscription) {
    struct redis_subscription *s = (struct redis_subscription *)subscription;
    stop_thread(s, s->reader);
    stop_thread(s, s->keeper);
    if (s->is_connected && redis_group_is_held(s))
        redis_group_release(s);
    subscription_free(s);
}

bool redis_bus_is_connected(const struct bus_subscription *subscription) {
    return ((const struct redis_subscription *)subscription)->is_connected;
}

uint64_t redis_bus_applied(const struct bus_subscription *subscription) {
    return ((const struct redis_subscription *)subscription)->delivery.applied;
}
