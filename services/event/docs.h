/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What stands in the store: the layout of the event service's documents. */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "myevents/v1/event.pb-c.h"
#include "myevents/v1/location.pb-c.h"
#include "store/store.h"

struct catalog;

enum { DOCS_LOCATIONS, DOCS_EVENTS, DOCS_SEATS, DOCS_INBOX, DOCS_COLLECTIONS };

extern const struct store_schema docs_schema;

/* How a creation was asked for; key is "" when the caller gave none. */
struct docs_request {
    const char *key;
    uint64_t fingerprint;
    int64_t time_ms;
};

void docs_put_location(struct store_commit *commit, const Myevents__V1__Location *location,
    const struct docs_request *request);
void docs_put_event(struct store_commit *commit, const Myevents__V1__Event *event,
    const struct docs_request *request);
void docs_delete(struct store_commit *commit, unsigned collection, const char *id);
void docs_put_seats(
    struct store_commit *commit, const char *event_id, int32_t free, int64_t sequence);
void docs_put_mark(struct store_commit *commit, const char *source, uint64_t sequence);

/* 0 with 0 when there is none. */
_must_check_ int docs_get_mark(struct store_view *view, const char *source, uint64_t *ret_sequence);
_must_check_ int docs_load(struct store *store, struct catalog *catalog);
