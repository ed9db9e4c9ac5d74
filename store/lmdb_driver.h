/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An open LMDB folder. lmdb_driver.c opens and closes it, lmdb_write.c, lmdb_view.c and
 * lmdb_outbox.c are its work. */

#include <assert.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdbool.h>

#include "store/driver.h"

struct lmdb_view {
    struct store_view base;
    MDB_txn *txn;
    struct lmdb_view *next; /* while idle */
};

enum { LMDB_WHY_SIZE = 384 };

struct lmdb {
    struct database base;
    MDB_env *env;
    int lock_fd; /* -1 when read-only */
    char *folder;
    MDB_dbi meta, partitions, outbox;
    MDB_dbi collections[STORE_COLLECTIONS_MAX];
    size_t collection_count;

    /* of the writer's thread */
    MDB_txn *txn;
    uint64_t last_sequence;
    int64_t next_reader_check_ms;
    char why[LMDB_WHY_SIZE];

    pthread_mutex_t idle_lock; /* of these */
    struct lmdb_view *idle;
    unsigned open_count;
};

static inline struct lmdb *lmdb_of(struct database *database) {
    return container_of(database, struct lmdb, base);
}
static inline MDB_txn *txn_of(struct store_view *view) {
    return container_of(view, struct lmdb_view, base)->txn;
}

/* A number that is no collection's would be LMDB's own tree of free pages. */
static inline MDB_dbi tree_of(struct lmdb *lmdb, unsigned collection) {
    assert(collection < lmdb->collection_count);
    return lmdb->collections[collection];
}

/* lmdb_write.c */
int lmdb_group_begin(struct database *database);
int lmdb_group_add(struct database *database, struct store_commit *commit);
int lmdb_group_end(struct database *database);
void lmdb_group_abort(struct database *database);
/* Remembers a sentence about the failure and returns it as negative errno. */
int lmdb_fail(struct lmdb *lmdb, const char *what, int r);
const char *lmdb_why(struct database *database);

/* lmdb_view.c */
void lmdb_views_init(struct lmdb *lmdb);
void lmdb_views_deinit(struct lmdb *lmdb);
struct store_view *lmdb_view_open(struct database *database);
void lmdb_view_close(struct store_view *view);
int lmdb_view_get(
    struct store_view *view, unsigned collection, struct text key, struct text *ret_value);
int lmdb_view_partition_version(
    struct store_view *view, struct text partition, uint64_t *ret_version);
int lmdb_cursor_open(struct store_view *view, unsigned collection, struct text key, enum seek seek,
    void **ret_cursor);
int lmdb_cursor_step(void *cursor, enum step step, struct text *ret_key, struct text *ret_value);
void lmdb_cursor_close(void *cursor);

/* lmdb_outbox.c */
int lmdb_outbox_append(struct lmdb *lmdb, struct text record);
int lmdb_outbox_bounds_in(struct lmdb *lmdb, MDB_txn *txn, uint64_t *ret_first, uint64_t *ret_last);
int lmdb_outbox_bounds(struct store_view *view, uint64_t *ret_first, uint64_t *ret_last);
int lmdb_outbox_read(struct store_view *view, uint64_t from, struct store_record *ret_records,
    size_t max, size_t *ret_count);
int lmdb_outbox_trim(
    struct database *database, uint64_t sequence, int64_t before_ms, size_t max, size_t *ret_count);
