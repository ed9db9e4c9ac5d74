/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "store/lmdb_driver.h"
#include "store/lmdb_layout.h"
#include "store/record.h"

#define LAST TEXT("last") /* in @meta: of the records that were trimmed */

static void cursor_closep(MDB_cursor **cursor) {
    if (*cursor)
        mdb_cursor_close(*cursor);
}

int lmdb_outbox_append(struct lmdb *lmdb, struct text record) {
    char bytes[LMDB_SEQUENCE_SIZE];
    struct text key = lmdb_sequence_key(lmdb->last_sequence + 1, bytes);
    int r = lmdb_put(lmdb->txn, lmdb->outbox, key, record, MDB_APPEND);
    if (r == 0)
        lmdb->last_sequence++;
    return r;
}

/* 0, STORE_END when there is no such record. */
static int sequence_at(MDB_cursor *cursor, MDB_cursor_op where, uint64_t *ret_sequence) {
    MDB_val key, data;
    int rc = mdb_cursor_get(cursor, &key, &data, where);
    if (rc == MDB_NOTFOUND)
        return STORE_END;
    return rc ? lmdb_errno(rc) : lmdb_sequence_of_key(key, ret_sequence);
}

int lmdb_outbox_bounds_in(
    struct lmdb *lmdb, MDB_txn *txn, uint64_t *ret_first, uint64_t *ret_last) {
    _cleanup_(cursor_closep) MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn, lmdb->outbox, &cursor);
    if (rc)
        return lmdb_errno(rc);
    uint64_t first = 0, last = 0;
    int r = sequence_at(cursor, MDB_FIRST, &first);
    if (r == 0)
        r = sequence_at(cursor, MDB_LAST, &last);
    else if (r == STORE_END) {
        r = lmdb_get_u64(txn, lmdb->meta, LAST, &last);
        r = r == STORE_ABSENT ? 0 : r;
    }
    if (r != 0)
        return r;
    *ret_first = first;
    *ret_last = last;
    return 0;
}

int lmdb_outbox_bounds(struct store_view *view, uint64_t *ret_first, uint64_t *ret_last) {
    return lmdb_outbox_bounds_in(lmdb_of(view->database), txn_of(view), ret_first, ret_last);
}

static int read_record(MDB_val key, MDB_val data, struct store_record *ret_record) {
    struct text bytes;
    int r = lmdb_envelope_open(key, data, &bytes);
    if (r == 0)
        r = record_parse(bytes, ret_record);
    if (r == 0)
        r = lmdb_sequence_of_key(key, &ret_record->sequence);
    return r;
}

int lmdb_outbox_read(struct store_view *view, uint64_t from, struct store_record *ret_records,
    size_t max, size_t *ret_count) {
    _cleanup_(cursor_closep) MDB_cursor *cursor = NULL;
    int rc = mdb_cursor_open(txn_of(view), lmdb_of(view->database)->outbox, &cursor);
    if (rc)
        return lmdb_errno(rc);

    char bytes[LMDB_SEQUENCE_SIZE];
    MDB_val key = val_of(lmdb_sequence_key(from, bytes)), data;
    size_t count = 0;
    if (max > 0)
        rc = mdb_cursor_get(cursor, &key, &data, MDB_SET_RANGE);
    while (rc == 0 && count < max) {
        int r = read_record(key, data, &ret_records[count]);
        if (r < 0)
            return r;
        if (++count < max)
            rc = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);
    }
    if (rc != 0 && rc != MDB_NOTFOUND)
        return lmdb_errno(rc);
    *ret_count = count;
    return 0;
}

/* 0, STORE_END when the first record is to stay. */
static int forget_first(
    MDB_cursor *cursor, uint64_t sequence, int64_t before_ms, uint64_t *ret_sequence) {
    MDB_val key, data;
    int rc = mdb_cursor_get(cursor, &key, &data, MDB_FIRST);
    if (rc == MDB_NOTFOUND)
        return STORE_END;
    if (rc)
        return lmdb_errno(rc);
    struct store_record record;
    int r = read_record(key, data, &record);
    if (r < 0)
        return r;
    if (record.sequence >= sequence || record.time_ms >= before_ms)
        return STORE_END;
    *ret_sequence = record.sequence;
    return lmdb_errno(mdb_cursor_del(cursor, 0));
}

static int trim_in_txn(
    struct lmdb *lmdb, uint64_t sequence, int64_t before_ms, size_t max, size_t *ret_count) {
    _cleanup_(cursor_closep) MDB_cursor *cursor = NULL;
    int r = lmdb_errno(mdb_cursor_open(lmdb->txn, lmdb->outbox, &cursor));
    uint64_t last = 0;
    size_t count = 0;
    while (r == 0 && count < max) {
        r = forget_first(cursor, sequence, before_ms, &last);
        count += r == 0;
    }
    if (r < 0)
        return r;
    *ret_count = count;
    return count > 0 ? lmdb_put_u64(lmdb->txn, lmdb->meta, LAST, last) : 0;
}

int lmdb_outbox_trim(struct database *database, uint64_t sequence, int64_t before_ms, size_t max,
    size_t *ret_count) {
    struct lmdb *lmdb = lmdb_of(database);
    int r = lmdb_group_begin(database);
    if (r < 0)
        return r;
    r = trim_in_txn(lmdb, sequence, before_ms, max, ret_count);
    if (r < 0) {
        lmdb_group_abort(database);
        return lmdb_fail(lmdb, "the outbox could not be trimmed", r);
    }
    return lmdb_group_end(database);
}
