/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/docs.h"

#include <errno.h>

#include "store/doc_table.h"

static const char *const collections[DOCS_COLLECTION_COUNT] = {
    [INVENTORIES] = "inventories",
    [BOOKINGS] = "bookings",
    [USERS] = "users",
    [INBOX] = "inbox",
};

const struct store_schema booking_schema = {
    .name = "booking",
    .version = 1,
    .collections = collections,
    .collection_count = DOCS_COLLECTION_COUNT,
};

static struct text partition(char kind, const struct uuid *id, char *scratch) {
    scratch[0] = kind;
    memcpy(scratch + 1, id->bytes, ID_BYTES);
    return (struct text){scratch, DOCS_PARTITION_SIZE};
}

struct text docs_event_partition(
    const struct uuid *event_id, char scratch[static DOCS_PARTITION_SIZE]) {
    return partition('e', event_id, scratch);
}

struct text docs_user_partition(
    const struct uuid *user_id, char scratch[static DOCS_PARTITION_SIZE]) {
    return partition('u', user_id, scratch);
}

/* --- documents by table; the key stands outside --- */

static const struct doc_field inventory_fields[] = {
    DOC_INT32(struct inventory, sale, "sale", .required = true),
    DOC_INT32(struct inventory, capacity, "capacity", .required = true),
    DOC_INT32(struct inventory, held, "held", .required = true),
    DOC_INT32(struct inventory, sold, "sold", .required = true),
    DOC_INT64(struct inventory, start_ms, "start_ms", .required = true),
    DOC_INT64(struct inventory, event_version, "event_version", .required = true),
    DOC_INT64(struct inventory, capacity_version, "capacity_version", .required = true),
    DOC_INT64(struct inventory, sequence, "sequence", .required = true),
    DOC_INT64(struct inventory, update_ms, "update_ms", .required = true),
};
static const struct doc_table inventories = DOC_TABLE(struct inventory, inventory_fields);

static const struct doc_field transition_fields[] = {
    DOC_INT32(struct transition, state, "state", .required = true),
    DOC_INT32(struct transition, reason, "reason", .required = true),
    DOC_INT64(struct transition, time_ms, "time_ms", .required = true),
    DOC_INT64(struct transition, deadline_ms, "deadline_ms"),
};
static const struct doc_table transitions = DOC_TABLE(struct transition, transition_fields);

static const struct doc_field booking_fields[] = {
    DOC_BYTES(struct booking, event_id, "event", .required = true),
    DOC_BYTES(struct booking, user_id, "user", .required = true),
    DOC_INT32(struct booking, seats, "seats", .required = true),
    DOC_TEXT(struct booking, create_key, "create_key"),
    DOC_TEXT(struct booking, extend_key, "extend_key"),
    DOC_ITEMS(struct booking, history, history_count, &transitions, "history", .required = true),
};
static const struct doc_table bookings = DOC_TABLE(struct booking, booking_fields);

static const struct doc_field user_fields[] = {
    DOC_TEXT(struct user, first_name, "first_name", .required = true),
    DOC_TEXT(struct user, last_name, "last_name", .required = true),
    DOC_TEXT(struct user, email, "email", .required = true),
    DOC_TEXT(struct user, create_key, "create_key"),
    DOC_INT64(struct user, create_print, "create_print"),
    DOC_INT64(struct user, create_ms, "create_ms", .required = true),
};
static const struct doc_table users = DOC_TABLE(struct user, user_fields);

struct mark {
    uint64_t sequence;
};
static const struct doc_field mark_fields[] = {
    DOC_INT64(struct mark, sequence, "sequence", .required = true),
};
static const struct doc_table marks = DOC_TABLE(struct mark, mark_fields);

/* --- writing --- */

static void put(struct store_commit *commit, struct buffer *scratch,
    enum docs_collection collection, struct text key, const struct doc_table *table,
    const void *record) {
    buffer_clear(scratch);
    doc_encode(table, record, scratch);
    store_commit_put(commit, collection, key, buffer_text(scratch));
}

void docs_put_inventory(
    struct store_commit *commit, struct buffer *scratch, const struct inventory *inventory) {
    put(commit, scratch, INVENTORIES, uuid_key(&inventory->event_id), &inventories, inventory);
}

void docs_put_booking(
    struct store_commit *commit, struct buffer *scratch, const struct booking *booking) {
    put(commit, scratch, BOOKINGS, uuid_key(&booking->id), &bookings, booking);
}

void docs_put_user(struct store_commit *commit, struct buffer *scratch, const struct user *user) {
    put(commit, scratch, USERS, uuid_key(&user->id), &users, user);
}

void docs_put_mark(
    struct store_commit *commit, struct buffer *scratch, struct text stream, uint64_t sequence) {
    put(commit, scratch, INBOX, stream, &marks, &(struct mark){sequence});
}

/* --- reading --- */

static int read(struct text key, struct text value, const struct doc_table *table,
    struct uuid *ret_id, void *ret_record) {
    if (key.size != ID_BYTES)
        return -EBADMSG;
    int r = doc_decode(table, value, NULL, ret_record);
    memcpy(ret_id->bytes, key.data, ID_BYTES);
    return r;
}

int docs_read_inventory(struct text key, struct text value, struct inventory *ret_inventory) {
    int r = read(key, value, &inventories, &ret_inventory->event_id, ret_inventory);
    if (r < 0)
        return r;
    return ret_inventory->sequence > 0 && ret_inventory->sale <= SALE_CANCELLED ? 0 : -EBADMSG;
}

static bool transition_is_known(const struct transition *transition) {
    return transition->state >= BOOKING_HELD && transition->state <= BOOKING_EXPIRED &&
           transition->reason >= REASON_CREATED && transition->reason < REASON_COUNT;
}

int docs_read_booking(struct text key, struct text value, struct booking *ret_booking) {
    int r = read(key, value, &bookings, &ret_booking->id, ret_booking);
    if (r < 0)
        return r;
    if (ret_booking->seats < 1 || ret_booking->seats > BOOKING_SEATS_MAX ||
        ret_booking->history_count == 0 || ret_booking->create_key.size > BOOKING_KEY_SIZE_MAX ||
        ret_booking->extend_key.size > BOOKING_KEY_SIZE_MAX)
        return -EBADMSG;
    for (uint32_t i = 0; i < ret_booking->history_count; i++)
        if (!transition_is_known(&ret_booking->history[i]))
            return -EBADMSG;
    return 0;
}

int docs_read_user(struct text key, struct text value, struct user *ret_user) {
    int r = read(key, value, &users, &ret_user->id, ret_user);
    if (r < 0)
        return r;
    return ret_user->create_key.size <= BOOKING_KEY_SIZE_MAX ? 0 : -EBADMSG;
}

int docs_get_booking(struct store_view *view, const struct uuid *id, struct booking *ret_booking) {
    struct text value;
    int r = store_get(view, BOOKINGS, uuid_key(id), &value);
    return r != 0 ? r : docs_read_booking(uuid_key(id), value, ret_booking);
}

int docs_get_user(struct store_view *view, const struct uuid *id, struct user *ret_user) {
    struct text value;
    int r = store_get(view, USERS, uuid_key(id), &value);
    return r != 0 ? r : docs_read_user(uuid_key(id), value, ret_user);
}

int docs_get_mark(struct store_view *view, struct text stream, uint64_t *ret_sequence) {
    struct text value;
    struct mark mark = {0};
    int r = store_get(view, INBOX, stream, &value);
    if (r == 0)
        r = doc_decode(&marks, value, NULL, &mark);
    if (r < 0)
        return r;
    *ret_sequence = mark.sequence;
    return 0;
}
