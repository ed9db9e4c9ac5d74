/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose store a folder holds: written once, compared at every start. */

#include "store/lmdb_driver.h"

/* Opens all trees within `txn`, and makes them in a new folder. 0, STORE_FOREIGN (explained),
 * -ENOENT: there is no store yet and this is a read-only open. schema NULL: any of ours will do,
 * and no collections are opened. */
_must_check_ int lmdb_open_trees(
    struct lmdb *lmdb, MDB_txn *txn, const struct store_schema *schema, bool read_only);
