/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Carries a store's outbox to its stream on the bus, on a thread of its own.
 *
 *  1. Every record that the store made durable stands in the stream sooner or later, in order,
 *     once.
 *  2. Nothing is remembered: after each connection the stream itself says how far it got, and what
 *     the broker lost is published again from the outbox.
 *  3. While the broker is away records wait in the outbox. That it went and that it came back is
 *     said in the log once each. on_flow is told the same: whether records get through, first when
 *     that is known, then at each change.
 *  4. A record leaves the outbox when it was published, and is older than retention_ms: so long can
 *     the broker's loss, and a group's gap, be made good. The stream keeps what its groups need.
 *  5. When the stream holds what the outbox never did (another store's stream, a stranger's entry)
 *     nothing is published, and the log says so: someone must look.
 *
 * Metrics: myevents_outbox_pending and myevents_outbox_oldest_seconds (not yet published),
 * myevents_relay_published_total, myevents_relay_refilled_total, myevents_relay_errors_total.
 */

#include <stdbool.h>
#include <stdint.h>

struct bus;
struct relay;
struct store;

struct relay_options {
    const char *stream;   /* "myevents.booking" */
    const char *source;   /* "/myevents/booking": of the records */
    int64_t retention_ms; /* 0: 7 days */
    int64_t idle_ms;      /* how often it looks without being woken; 0: 1000 */
    int64_t tidy_ms;      /* how often it trims; 0: 60,000 */
    int64_t drain_ms;     /* how long stopping may publish what is left; 0: 2000 */
    void (*on_flow)(void *data, bool flows); /* on the relay's thread; may be NULL */
    void *data;
};

/* Both must live until relay_free(). Takes the store's store_on_records(). */
struct relay *relay_new(struct store *store, struct bus *bus, const struct relay_options *options);
void relay_start(struct relay *relay);
void relay_wake(void *relay); /* there are new records; any thread, cheap */
/* Publishes what is left, while drain_ms last and the broker is there. */
void relay_stop(struct relay *relay);
void relay_free(struct relay *relay); /* stops it first; no commit may be in flight */

/* All up to here stand in the stream. Any thread. */
uint64_t relay_published(const struct relay *relay);
