/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * All locations and events in memory, rebuilt from the store at start: every read is answered from
 * here. Only what is durable is put in. One thread: the service's loop.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/id.h"
#include "base/list.h"
#include "base/map.h"
#include "myevents/v1/event.pb-c.h"
#include "myevents/v1/location.pb-c.h"

struct store;

struct location_entry {
    struct arena arena;
    Myevents__V1__Location *message;
    size_t event_count;
};

struct event_entry {
    struct arena arena;
    Myevents__V1__Event *message; /* with seats_available, location_name and country filled in */
    int64_t start_ms;
    struct buffer search;   /* a lower-case string: what a text query looks at */
    int64_t seats_sequence; /* of the last availability heard; 0: none yet */
    int32_t seats_free;
};

/* What a creation's idempotency key led to. */
struct request_entry {
    struct list link; /* by age */
    char *key;        /* method and request_id */
    uint64_t fingerprint;
    int64_t time_ms;
    struct id id;
};

struct catalog {
    struct map locations;          /* id -> location_entry */
    struct map events;             /* id -> event_entry */
    struct event_entry **by_start; /* start, then id; cached order of the default list */
    size_t by_start_count, by_start_capacity;
    struct map requests;       /* by key */
    struct map requests_by_id; /* of what they made */
    struct list requests_by_age;
};

void catalog_init(struct catalog *catalog);
void catalog_deinit(struct catalog *catalog);

struct location_entry *catalog_location(const struct catalog *catalog, const char *id);
struct event_entry *catalog_event(const struct catalog *catalog, const char *id);

/* New or in the place of the one with the same id. Copied. */
struct location_entry *catalog_put_location(
    struct catalog *catalog, const Myevents__V1__Location *location);
struct event_entry *catalog_put_event(struct catalog *catalog, const Myevents__V1__Event *event);
void catalog_remove_location(struct catalog *catalog, const char *id);
void catalog_remove_event(struct catalog *catalog, const char *id);
/* False when an equal or newer sequence is known already. */
bool catalog_set_seats(struct event_entry *entry, int32_t free, int64_t sequence);

const struct request_entry *catalog_request(const struct catalog *catalog, const char *key);
/* The one that made this; NULL: it had no key, or one that is forgotten. */
const struct request_entry *catalog_request_of(const struct catalog *catalog, const char *id);
void catalog_note_request(struct catalog *catalog, const char *key, uint64_t fingerprint,
    const char *id, int64_t time_ms);
void catalog_forget_requests(struct catalog *catalog, int64_t before_ms);

/* ASCII letters small, all else as it is. */
void fold_case(char *text);
