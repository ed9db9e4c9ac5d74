/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lmdb_identity.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/lmdb_layout.h"

#define IDENTITY TEXT("identity")

enum { NAME_SIZE_MAX = 64 };

struct identity {
    uint32_t layout;
    uint32_t version;
    char name[NAME_SIZE_MAX];
};

static struct identity identity_of(const struct store_schema *schema) {
    struct identity identity = {
        .layout = htole32(LMDB_LAYOUT), .version = htole32(schema->version)};
    assert(strlen(schema->name) < NAME_SIZE_MAX);
    strcpy(identity.name, schema->name);
    return identity;
}

static int explain_foreign(
    struct lmdb *lmdb, const struct store_schema *schema, const struct identity *found) {
    store_explain("%s holds a store \"%.*s\" of version %u (layout %u), but \"%s\" of version %u "
                  "(layout %u) is expected; name another folder, or run the program that made it",
        lmdb->folder, NAME_SIZE_MAX, found->name, le32toh(found->version), le32toh(found->layout),
        schema->name, schema->version, LMDB_LAYOUT);
    return STORE_FOREIGN;
}

static int explain_layout(struct lmdb *lmdb, const struct identity *found) {
    store_explain(
        "%s holds a store \"%.*s\" in layout %u, but this program reads layout %u; run the "
        "program that made it",
        lmdb->folder, NAME_SIZE_MAX, found->name, le32toh(found->layout), LMDB_LAYOUT);
    return STORE_FOREIGN;
}

/* schema NULL: any of ours. */
static int check_identity(struct lmdb *lmdb, MDB_txn *txn, const struct store_schema *schema) {
    struct identity found;
    struct text value;
    int r = lmdb_get(txn, lmdb->meta, IDENTITY, &value);
    if (r < 0)
        return r;
    if (r == STORE_ABSENT || value.size != sizeof(found)) {
        store_explain("%s holds no store of this project; name another folder", lmdb->folder);
        return STORE_FOREIGN;
    }
    memcpy(&found, value.data, sizeof(found));
    if (!schema)
        return le32toh(found.layout) == LMDB_LAYOUT ? 0 : explain_layout(lmdb, &found);
    struct identity expected = identity_of(schema);
    return memcmp(&found, &expected, sizeof(found)) == 0 ? 0
                                                         : explain_foreign(lmdb, schema, &found);
}

static int write_identity(struct lmdb *lmdb, MDB_txn *txn, const struct store_schema *schema) {
    struct identity identity = identity_of(schema);
    return lmdb_put(
        txn, lmdb->meta, IDENTITY, (struct text){(char *)&identity, sizeof(identity)}, 0);
}

static int is_new(MDB_txn *txn, bool *ret_is_new) {
    MDB_dbi names;
    MDB_stat stat;
    int rc = mdb_dbi_open(txn, NULL, 0, &names);
    if (rc == 0)
        rc = mdb_stat(txn, names, &stat);
    if (rc == 0)
        *ret_is_new = stat.ms_entries == 0;
    return lmdb_errno(rc);
}

/* A missing tree is for the caller: only the identity says whether that is foreign or new. */
static int open_meta(
    struct lmdb *lmdb, MDB_txn *txn, const struct store_schema *schema, bool read_only) {
    bool is_created = false;
    int r = is_new(txn, &is_created);
    if (r < 0)
        return r;
    if (is_created && read_only)
        return -ENOENT;
    int rc = mdb_dbi_open(txn, LMDB_META, is_created ? MDB_CREATE : 0, &lmdb->meta);
    if (rc == MDB_NOTFOUND || rc == MDB_INCOMPATIBLE) {
        store_explain("%s holds an LMDB file of something else; name another folder", lmdb->folder);
        return STORE_FOREIGN;
    }
    if (rc)
        return lmdb_errno(rc);
    return is_created ? write_identity(lmdb, txn, schema) : check_identity(lmdb, txn, schema);
}

static int open_collections(
    struct lmdb *lmdb, MDB_txn *txn, const struct store_schema *schema, unsigned flags) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < schema->collection_count; i++)
        rc = mdb_dbi_open(txn, schema->collections[i], flags, &lmdb->collections[i]);
    lmdb->collection_count = schema->collection_count;
    return rc;
}

int lmdb_open_trees(
    struct lmdb *lmdb, MDB_txn *txn, const struct store_schema *schema, bool read_only) {
    int r = open_meta(lmdb, txn, schema, read_only);
    if (r != 0)
        return r;
    unsigned flags = read_only ? 0 : MDB_CREATE;
    int rc = mdb_dbi_open(txn, LMDB_PARTITIONS, flags, &lmdb->partitions);
    if (rc == 0)
        rc = mdb_dbi_open(txn, LMDB_OUTBOX, flags, &lmdb->outbox);
    if (rc == 0 && schema)
        rc = open_collections(lmdb, txn, schema, flags);
    if (rc == MDB_NOTFOUND) {
        store_explain("%s has not all collections of its service yet; start that once, then read",
            lmdb->folder);
        return STORE_FOREIGN;
    }
    return lmdb_errno(rc);
}
