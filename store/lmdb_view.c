/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/task.h"
#include "store/lmdb_driver.h"
#include "store/lmdb_layout.h"

/* Views are kept with their slot in LMDB's table of readers, so opening one is taking a snapshot
 * and nothing else. */

void lmdb_views_init(struct lmdb *lmdb) {
    pthread_mutex_init(&lmdb->idle_lock, NULL);
}

void lmdb_views_deinit(struct lmdb *lmdb) {
    assert(lmdb->open_count == 0);
    for (struct lmdb_view *view; (view = lmdb->idle);) {
        lmdb->idle = view->next;
        mdb_txn_abort(view->txn);
        free(view);
    }
    pthread_mutex_destroy(&lmdb->idle_lock);
}

static struct lmdb_view *take_idle(struct lmdb *lmdb) {
    MUTEX_GUARD(&lmdb->idle_lock);
    assert(lmdb->open_count < STORE_VIEWS_MAX);
    lmdb->open_count++;
    struct lmdb_view *view = lmdb->idle;
    if (view)
        lmdb->idle = view->next;
    return view;
}

struct store_view *lmdb_view_open(struct database *database) {
    struct lmdb *lmdb = lmdb_of(database);
    struct lmdb_view *view = take_idle(lmdb);
    int rc;
    if (view)
        rc = mdb_txn_renew(view->txn);
    else {
        view = memory_new(sizeof(*view));
        view->base.database = database;
        rc = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &view->txn);
    }
    assert(rc == 0); /* slots are bounded by STORE_VIEWS_MAX; what is left is memory */
    return &view->base;
}

void lmdb_view_close(struct store_view *base) {
    struct lmdb *lmdb = lmdb_of(base->database);
    struct lmdb_view *view = container_of(base, struct lmdb_view, base);
    mdb_txn_reset(view->txn);
    MUTEX_GUARD(&lmdb->idle_lock);
    view->next = lmdb->idle;
    lmdb->idle = view;
    lmdb->open_count--;
}

int lmdb_view_get(
    struct store_view *view, unsigned collection, struct text key, struct text *ret_value) {
    return lmdb_get(txn_of(view), tree_of(lmdb_of(view->database), collection), key, ret_value);
}

int lmdb_view_partition_version(
    struct store_view *view, struct text partition, uint64_t *ret_version) {
    int r = lmdb_get_u64(txn_of(view), lmdb_of(view->database)->partitions, partition, ret_version);
    if (r == STORE_ABSENT)
        *ret_version = 0;
    return r == STORE_ABSENT ? 0 : r;
}

/* --- cursors --- */

/* LMDB can find the first key at or after one; what is before is the row in front of it. */
static int seek_back(MDB_cursor *cursor, struct text key, enum seek seek) {
    MDB_val found = val_of(key), data;
    int rc = key.size > 0 ? mdb_cursor_get(cursor, &found, &data, MDB_SET_RANGE) : MDB_NOTFOUND;
    if (rc == MDB_NOTFOUND)
        return mdb_cursor_get(cursor, &found, &data, MDB_LAST);
    if (rc == 0 && seek == SEEK_AT_OR_BEFORE && text_equal(text_of(found), key))
        return 0;
    return rc ? rc : mdb_cursor_get(cursor, &found, &data, MDB_PREV);
}

static int seek_forward(MDB_cursor *cursor, struct text key) {
    MDB_val found = val_of(key), data;
    return mdb_cursor_get(cursor, &found, &data, key.size > 0 ? MDB_SET_RANGE : MDB_FIRST);
}

int lmdb_cursor_open(struct store_view *view, unsigned collection, struct text key, enum seek seek,
    void **ret_cursor) {
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(txn_of(view), tree_of(lmdb_of(view->database), collection), &cursor);
    if (rc)
        return lmdb_errno(rc);
    rc = seek == SEEK_AT_OR_AFTER ? seek_forward(cursor, key) : seek_back(cursor, key, seek);
    if (rc) {
        mdb_cursor_close(cursor);
        return rc == MDB_NOTFOUND ? STORE_END : lmdb_errno(rc);
    }
    *ret_cursor = cursor;
    return 0;
}

int lmdb_cursor_step(void *cursor, enum step step, struct text *ret_key, struct text *ret_value) {
    static const MDB_cursor_op operations[] = {
        [STEP_STAY] = MDB_GET_CURRENT, [STEP_NEXT] = MDB_NEXT, [STEP_PREVIOUS] = MDB_PREV};
    MDB_val key, data;
    int rc = mdb_cursor_get(cursor, &key, &data, operations[step]);
    if (rc)
        return rc == MDB_NOTFOUND ? STORE_END : lmdb_errno(rc);
    *ret_key = text_of(key);
    return lmdb_envelope_open(key, data, ret_value);
}

void lmdb_cursor_close(void *cursor) {
    mdb_cursor_close(cursor);
}
