/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The service's documents: BSON in, rules' structs out. What is read is borrowed from the view.
 *
 * Partitions: one per event (its inventory and bookings), one per user, one for the marks of what
 * was heard on the bus.
 */

#include <stdint.h>

#include "base/buffer.h"
#include "base/text.h"
#include "services/booking/engine.h"
#include "store/store.h"

enum docs_collection {
    INVENTORIES, /* event id */
    BOOKINGS,    /* booking id: time-ordered, so they are appended */
    USERS,       /* user id */
    INBOX,       /* name of a stream: last record whose effect is durable */
    DOCS_COLLECTION_COUNT
};

extern const struct store_schema booking_schema;

struct user {
    struct uuid id;
    struct text first_name;
    struct text last_name;
    struct text email;
    struct text create_key; /* idempotency key; empty: none */
    uint64_t create_print;  /* what was asked for under that key; 0: the details are still those */
    int64_t create_ms;
};

/* Partition's key; lives as long as the id. */
enum { DOCS_PARTITION_SIZE = ID_BYTES + 1 };
struct text docs_event_partition(
    const struct uuid *event_id, char scratch[static DOCS_PARTITION_SIZE]);
struct text docs_user_partition(
    const struct uuid *user_id, char scratch[static DOCS_PARTITION_SIZE]);

/* `scratch` is memory to write the document in; what it held is lost. */
void docs_put_inventory(
    struct store_commit *commit, struct buffer *scratch, const struct inventory *inventory);
void docs_put_booking(
    struct store_commit *commit, struct buffer *scratch, const struct booking *booking);
void docs_put_user(struct store_commit *commit, struct buffer *scratch, const struct user *user);
void docs_put_mark(
    struct store_commit *commit, struct buffer *scratch, struct text stream, uint64_t sequence);

/* A row as a cursor shows it. -EBADMSG: not what we write. */
_must_check_ int docs_read_inventory(
    struct text key, struct text value, struct inventory *ret_inventory);
_must_check_ int docs_read_booking(struct text key, struct text value, struct booking *ret_booking);
_must_check_ int docs_read_user(struct text key, struct text value, struct user *ret_user);

/* 0, STORE_ABSENT, -EBADMSG. */
_must_check_ int docs_get_booking(
    struct store_view *view, const struct uuid *id, struct booking *ret_booking);
_must_check_ int docs_get_user(
    struct store_view *view, const struct uuid *id, struct user *ret_user);
/* 0 with *ret_sequence = 0 when nothing was heard yet. */
_must_check_ int docs_get_mark(struct store_view *view, struct text stream, uint64_t *ret_sequence);
