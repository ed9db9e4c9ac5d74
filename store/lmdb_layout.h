/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What stands in the file. One tree per collection under its name, and three of our own:
 *
 *     @meta        "identity" -> layout, schema version, schema name; "last" -> sequence
 *     @partitions  partition  -> version
 *     @outbox      sequence   -> record (record.h)
 *
 * Every value stands in an envelope: CRC-32C of key and value, then the value. Sequences as keys
 * are big-endian, numbers as values little-endian.
 */

#include <errno.h>
#include <lmdb.h>

#include "base/attr.h"
#include "base/text.h"
#include "store/store.h"

#define LMDB_META       "@meta"
#define LMDB_PARTITIONS "@partitions"
#define LMDB_OUTBOX     "@outbox"

enum { LMDB_LAYOUT = 1, LMDB_OWN_TREES = 3, LMDB_SEQUENCE_SIZE = 8, LMDB_ENVELOPE_SIZE = 4 };

static inline MDB_val val_of(struct text text) {
    return (MDB_val){text.size, (void *)text.data};
}
static inline struct text text_of(MDB_val val) {
    return (struct text){val.mv_data, val.mv_size};
}

/* Writes the envelope around `value` to `to`, which has room for both. */
void lmdb_envelope_write(void *to, struct text key, struct text value);
/* -EBADMSG when the checksum is wrong. */
_must_check_ int lmdb_envelope_open(MDB_val key, MDB_val data, struct text *ret_value);

struct text lmdb_sequence_key(uint64_t sequence, char ret_bytes[static LMDB_SEQUENCE_SIZE]);
_must_check_ int lmdb_sequence_of_key(MDB_val key, uint64_t *ret_sequence);

/* These go through the envelope. 0, STORE_ABSENT, negative errno. */
_must_check_ int lmdb_get(MDB_txn *txn, MDB_dbi tree, struct text key, struct text *ret_value);
_must_check_ int lmdb_put(
    MDB_txn *txn, MDB_dbi tree, struct text key, struct text value, unsigned flags);
_must_check_ int lmdb_get_u64(MDB_txn *txn, MDB_dbi tree, struct text key, uint64_t *ret_value);
_must_check_ int lmdb_put_u64(MDB_txn *txn, MDB_dbi tree, struct text key, uint64_t value);

/* The return code of an mdb_ function as negative errno. A full disk is -ENOSPC, a full map is not.
 */
int lmdb_errno(int rc);
enum { LMDB_MAP_IS_FULL = -EXFULL };
