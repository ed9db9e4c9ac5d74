/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/lmdb_driver.h"
#include "store/lmdb_layout.h"

enum { READER_CHECK_MS = 60 * 1000 };

/* A process that died while reading keeps its snapshot, and with it all space freed since. */
static void check_readers(struct lmdb *lmdb) {
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < lmdb->next_reader_check_ms)
        return;
    lmdb->next_reader_check_ms = now_ms + READER_CHECK_MS;
    mdb_reader_check(lmdb->env, NULL);
}

int lmdb_group_begin(struct database *database) {
    struct lmdb *lmdb = lmdb_of(database);
    check_readers(lmdb);
    int rc = mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->txn);
    return rc ? lmdb_fail(lmdb, "a transaction could not begin", lmdb_errno(rc)) : 0;
}

static int delete_document(struct lmdb *lmdb, unsigned collection, struct text key) {
    MDB_val name = val_of(key);
    int rc = mdb_del(lmdb->txn, tree_of(lmdb, collection), &name, NULL);
    return rc == MDB_NOTFOUND ? 0 : lmdb_errno(rc);
}

static int run_operation(struct lmdb *lmdb, const struct operation *operation) {
    switch (operation->kind) {
    case OPERATION_PUT:
        return lmdb_put(
            lmdb->txn, tree_of(lmdb, operation->collection), operation->key, operation->value, 0);
    case OPERATION_DELETE:
        return delete_document(lmdb, operation->collection, operation->key);
    case OPERATION_RECORD:
        return lmdb_outbox_append(lmdb, operation->value);
    }
    return -EINVAL;
}

static int write_commit(struct lmdb *lmdb, const struct store_commit *commit, uint64_t version) {
    int r = lmdb_put_u64(lmdb->txn, lmdb->partitions, commit_partition(commit), version);
    struct operation operation;
    for (size_t at = 0; r == 0 && commit_next(commit, &at, &operation);)
        r = run_operation(lmdb, &operation);
    return r;
}

int lmdb_group_add(struct database *database, struct store_commit *commit) {
    struct lmdb *lmdb = lmdb_of(database);
    uint64_t version = 0;
    int r = lmdb_get_u64(lmdb->txn, lmdb->partitions, commit_partition(commit), &version);
    if (r < 0)
        return lmdb_fail(lmdb, "a partition's version could not be read", r);
    if (version != commit->expected_version) {
        commit->result = STORE_CONFLICT;
        return 0;
    }
    uint64_t first_sequence = lmdb->last_sequence + 1;
    r = write_commit(lmdb, commit, version + 1);
    if (r < 0)
        return lmdb_fail(lmdb, "a write failed", r);
    commit->result = 0;
    commit->ret_version = version + 1;
    commit->ret_first_sequence = commit->record_count > 0 ? first_sequence : 0;
    return 0;
}

int lmdb_group_end(struct database *database) {
    struct lmdb *lmdb = lmdb_of(database);
    int rc = mdb_txn_commit(lmdb->txn);
    lmdb->txn = NULL;
    return rc ? lmdb_fail(lmdb, "a transaction could not be made durable", lmdb_errno(rc)) : 0;
}

void lmdb_group_abort(struct database *database) {
    struct lmdb *lmdb = lmdb_of(database);
    mdb_txn_abort(lmdb->txn);
    lmdb->txn = NULL;
}

int lmdb_fail(struct lmdb *lmdb, const char *what, int r) {
    uint64_t size_bytes, map_bytes;
    lmdb->base.driver->sizes(&lmdb->base, &size_bytes, &map_bytes);
    if (r == LMDB_MAP_IS_FULL)
        snprintf(lmdb->why, sizeof(lmdb->why),
            "%s: %s: its map of %llu bytes is full; raise the map size, or find the view that is "
            "never closed",
            lmdb->folder, what, (unsigned long long)map_bytes);
    else
        snprintf(lmdb->why, sizeof(lmdb->why), "%s: %s: %s", lmdb->folder, what, strerror(-r));
    return r;
}

const char *lmdb_why(struct database *database) {
    return lmdb_of(database)->why;
}
