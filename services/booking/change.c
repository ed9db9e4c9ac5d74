/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/change.h"

#include <assert.h>

#include "services/booking/batch.h"
#include "services/booking/docs.h"
#include "services/booking/lane.h"

struct change *change_new(struct batch *batch) {
    assert(batch->change_count < BATCH_CHANGES_MAX);
    struct change *change = arena_alloc(&batch->arena, sizeof(*change));
    batch->changes[batch->change_count++] = change;
    return change;
}

static struct text keep_text(struct batch *batch, struct text text) {
    return (struct text){arena_copy(&batch->arena, text.data, text.size), text.size};
}

/* The document and the directory must tell the same: else one of them is damaged. */
static bool change_is_credible(const struct change *change) {
    const struct booking_entry *entry = change->entry;
    return booking_last(&change->booking)->state == entry->state &&
           change->booking.seats == entry->seats &&
           uuid_equal(&change->booking.event_id, &entry->lane->inventory.event_id);
}

struct change *change_open(struct batch *batch, struct booking_entry *entry) {
    if (entry->change)
        return entry->change;
    if (!batch->view)
        batch->view = store_view_open(batch->lane->lanes->options.store);
    struct change *change = change_new(batch);
    *change = (struct change){.entry = entry, .user = entry->user};
    int r = docs_get_booking(batch->view, &entry->id, &change->booking);
    if (r != 0 || !change_is_credible(change)) {
        batch->change_count--;
        batch->is_damaged = true;
        return NULL;
    }
    change->booking.create_key = keep_text(batch, change->booking.create_key);
    change->booking.extend_key = keep_text(batch, change->booking.extend_key);
    change->durable_count = change->booking.history_count;
    entry->change = change;
    return change;
}

bool change_is_written(const struct change *change) {
    return change->booking.history_count > change->durable_count;
}

enum booking_state change_state_before(const struct change *change) {
    return change->durable_count ? change->booking.history[change->durable_count - 1].state
                                 : BOOKING_NONE;
}
