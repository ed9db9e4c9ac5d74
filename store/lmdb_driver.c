/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lmdb_driver.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/folder.h"
#include "store/lmdb_identity.h"
#include "store/lmdb_layout.h"

enum { FILE_MODE = 0600, READERS_MAX = 4 * STORE_VIEWS_MAX };
static const int64_t map_size_default = INT64_C(64) << 30;

static const char *folder_of(const char *address) {
    if (strncmp(address, "//", 2) != 0)
        return address;
    return address[2] == '/' ? address + 2 : "";
}

static int explain(struct lmdb *lmdb, const char *what, int r) {
    if (r < 0)
        store_explain("%s: %s: %s", lmdb->folder, what, strerror(-r));
    return r;
}

/* --- the folder --- */

static int check_folder(struct lmdb *lmdb) {
    if (lmdb->folder[0] != '\0')
        return 0;
    store_explain("the URL names no folder; it looks like lmdb:///absolute/folder or "
                  "lmdb:relative/folder");
    return -EINVAL;
}

static int lock_folder(struct lmdb *lmdb) {
    pid_t holder = 0;
    int r = folder_make(lmdb->folder);
    if (r < 0)
        return explain(lmdb, "the folder cannot be made", r);
    r = folder_lock(lmdb->folder, &lmdb->lock_fd, &holder);
    if (r != -EBUSY)
        return explain(lmdb, "the folder cannot be locked", r);
    store_explain("%s is written by process %d; a store has one writer: stop it, or open the "
                  "store read-only",
        lmdb->folder, (int)holder);
    return r;
}

static int find_data(struct lmdb *lmdb) {
    char name[PATH_MAX];
    snprintf(name, sizeof(name), "%s/data.mdb", lmdb->folder);
    if (access(name, R_OK) == 0)
        return 0;
    return explain(lmdb, "there is no store to read", -errno);
}

/* --- the environment --- */

/* A reader takes the size that the writer left in the file. */
static int set_map_size(struct lmdb *lmdb, const struct store_options *options) {
    if (options->read_only)
        return 0;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t size = (size_t)(options->map_size > 0 ? options->map_size : map_size_default);
    return mdb_env_set_mapsize(lmdb->env, (size + page - 1) / page * page);
}

static int open_env(struct lmdb *lmdb, const struct store_options *options) {
    unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (options->read_only ? MDB_RDONLY : 0);
    int rc = mdb_env_create(&lmdb->env);
    assert(rc == 0);
    mdb_env_set_maxdbs(lmdb->env, LMDB_OWN_TREES + STORE_COLLECTIONS_MAX);
    mdb_env_set_maxreaders(lmdb->env, READERS_MAX);
    rc = set_map_size(lmdb, options);
    if (rc == 0)
        rc = mdb_env_open(lmdb->env, lmdb->folder, flags, FILE_MODE);
    if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH) {
        store_explain("%s/data.mdb is no LMDB file that this program reads; name another folder, "
                      "or restore a backup",
            lmdb->folder);
        return STORE_FOREIGN;
    }
    return explain(lmdb, "the database cannot be opened", lmdb_errno(rc));
}

static int read_state(struct lmdb *lmdb, MDB_txn *txn, const struct store_schema *schema,
    const struct store_options *options) {
    int r = lmdb_open_trees(lmdb, txn, schema, options->read_only);
    if (r != 0)
        return r;
    uint64_t first;
    return lmdb_outbox_bounds_in(lmdb, txn, &first, &lmdb->last_sequence);
}

static int open_store(
    struct lmdb *lmdb, const struct store_schema *schema, const struct store_options *options) {
    MDB_txn *txn;
    int stale;
    int r = lmdb_errno(mdb_reader_check(lmdb->env, &stale));
    if (r == 0)
        r = lmdb_errno(mdb_txn_begin(lmdb->env, NULL, options->read_only ? MDB_RDONLY : 0, &txn));
    if (r < 0)
        return explain(lmdb, "the database cannot be used", r);
    r = read_state(lmdb, txn, schema, options);
    if (r != 0) {
        mdb_txn_abort(txn);
        return explain(lmdb, r == -ENOENT ? "there is no store to read" : "it cannot be read", r);
    }
    r = lmdb_errno(mdb_txn_commit(txn));
    if (r == 0 && !options->read_only)
        r = folder_sync(lmdb->folder); /* or a power cut could take the files' names */
    return explain(lmdb, "the store cannot be made durable", r);
}

static void lmdb_free(struct lmdb *lmdb) {
    if (lmdb->env)
        mdb_env_close(lmdb->env);
    if (lmdb->lock_fd >= 0)
        close(lmdb->lock_fd);
    free(lmdb->folder);
    free(lmdb);
}

static int lmdb_open(const char *address, const struct store_schema *schema,
    const struct store_options *options, struct database **ret_database) {
    struct lmdb *lmdb = memory_new(sizeof(*lmdb));
    lmdb->base.driver = &lmdb_driver;
    lmdb->lock_fd = -1;
    lmdb->folder = memory_copy_string(folder_of(address));
    int r = check_folder(lmdb);
    if (r == 0)
        r = options->read_only ? find_data(lmdb) : lock_folder(lmdb);
    if (r == 0)
        r = open_env(lmdb, options);
    if (r == 0)
        r = open_store(lmdb, schema, options);
    if (r != 0) {
        lmdb_free(lmdb);
        return r;
    }
    lmdb_views_init(lmdb);
    *ret_database = &lmdb->base;
    return 0;
}

static void lmdb_close(struct database *database) {
    struct lmdb *lmdb = lmdb_of(database);
    lmdb_views_deinit(lmdb);
    lmdb_free(lmdb);
}

/* --- care --- */

static void lmdb_sizes(
    struct database *database, uint64_t *ret_size_bytes, uint64_t *ret_map_bytes) {
    MDB_envinfo info;
    MDB_stat stat;
    mdb_env_info(lmdb_of(database)->env, &info);
    mdb_env_stat(lmdb_of(database)->env, &stat);
    *ret_size_bytes = (info.me_last_pgno + 1) * stat.ms_psize;
    *ret_map_bytes = info.me_mapsize;
}

static int sync_file(const char *folder, const char *name) {
    char path[PATH_MAX];
    if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return -ENAMETOOLONG;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int r = fsync(fd) < 0 ? -errno : 0;
    close(fd);
    return r;
}

static int lmdb_backup(struct database *database, const char *folder) {
    int r = folder_make(folder);
    if (r == 0)
        r = folder_check_empty(folder);
    if (r == 0)
        r = lmdb_errno(mdb_env_copy2(lmdb_of(database)->env, folder, MDB_CP_COMPACT));
    if (r == 0)
        r = sync_file(folder, "data.mdb");
    return r == 0 ? folder_sync(folder) : r;
}

const struct driver lmdb_driver = {
    .scheme = "lmdb",
    .open = lmdb_open,
    .close = lmdb_close,
    .group_begin = lmdb_group_begin,
    .group_add = lmdb_group_add,
    .group_end = lmdb_group_end,
    .group_abort = lmdb_group_abort,
    .trim = lmdb_outbox_trim,
    .why = lmdb_why,
    .view_open = lmdb_view_open,
    .view_close = lmdb_view_close,
    .get = lmdb_view_get,
    .partition_version = lmdb_view_partition_version,
    .outbox_read = lmdb_outbox_read,
    .outbox_bounds = lmdb_outbox_bounds,
    .cursor_open = lmdb_cursor_open,
    .cursor_step = lmdb_cursor_step,
    .cursor_close = lmdb_cursor_close,
    .sizes = lmdb_sizes,
    .backup = lmdb_backup,
};
