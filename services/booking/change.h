/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A booking in the hands of a batch: a copy that the rules may change, which becomes the booking
 * only when the batch is durable. Lives in the batch.
 */

#include "services/booking/engine.h"

struct batch;
struct booking_entry;
struct key;
struct trace;
struct user_entry;

struct change {
    struct booking booking;
    struct booking_entry *entry; /* NULL: the booking is new */
    struct user_entry *user;
    struct key *key;           /* pending until this is durable */
    uint32_t durable_count;    /* transitions that were on disk before */
    const struct trace *trace; /* of the request that changed it last; may be NULL */
};

/* For a booking that is to be made: not filled in. The batch must have room. */
struct change *change_new(struct batch *batch);
/* The batch's copy of a booking, read from the store when it is touched first. NULL: the store and
 * the directory do not tell the same, and the batch is marked as damaged. */
struct change *change_open(struct batch *batch, struct booking_entry *entry);

bool change_is_written(const struct change *change);
enum booking_state change_state_before(const struct change *change);
