/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lmdb_layout.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "store/crc32c.h"

static uint32_t checksum(struct text key, struct text value) {
    return htole32(crc32c(crc32c(0, key.data, key.size), value.data, value.size));
}

void lmdb_envelope_write(void *to, struct text key, struct text value) {
    uint32_t crc = checksum(key, value);
    memcpy(to, &crc, sizeof(crc));
    if (value.size > 0)
        memcpy((char *)to + LMDB_ENVELOPE_SIZE, value.data, value.size);
}

int lmdb_envelope_open(MDB_val key, MDB_val data, struct text *ret_value) {
    uint32_t crc;
    if (data.mv_size < LMDB_ENVELOPE_SIZE)
        return -EBADMSG;
    memcpy(&crc, data.mv_data, sizeof(crc));
    struct text value = {
        (char *)data.mv_data + LMDB_ENVELOPE_SIZE, data.mv_size - LMDB_ENVELOPE_SIZE};
    if (crc != checksum(text_of(key), value))
        return -EBADMSG;
    *ret_value = value;
    return 0;
}

struct text lmdb_sequence_key(uint64_t sequence, char ret_bytes[static LMDB_SEQUENCE_SIZE]) {
    uint64_t big = htobe64(sequence);
    memcpy(ret_bytes, &big, sizeof(big));
    return (struct text){ret_bytes, sizeof(big)};
}

int lmdb_sequence_of_key(MDB_val key, uint64_t *ret_sequence) {
    uint64_t big;
    if (key.mv_size != sizeof(big))
        return -EBADMSG;
    memcpy(&big, key.mv_data, sizeof(big));
    *ret_sequence = be64toh(big);
    return 0;
}

int lmdb_get(MDB_txn *txn, MDB_dbi tree, struct text key, struct text *ret_value) {
    MDB_val name = val_of(key), data;
    int rc = mdb_get(txn, tree, &name, &data);
    if (rc == MDB_NOTFOUND)
        return STORE_ABSENT;
    return rc ? lmdb_errno(rc) : lmdb_envelope_open(name, data, ret_value);
}

int lmdb_put(MDB_txn *txn, MDB_dbi tree, struct text key, struct text value, unsigned flags) {
    MDB_val name = val_of(key), data = {LMDB_ENVELOPE_SIZE + value.size, NULL};
    int rc = mdb_put(txn, tree, &name, &data, flags | MDB_RESERVE);
    if (rc)
        return lmdb_errno(rc);
    lmdb_envelope_write(data.mv_data, key, value);
    return 0;
}

int lmdb_get_u64(MDB_txn *txn, MDB_dbi tree, struct text key, uint64_t *ret_value) {
    struct text value;
    int r = lmdb_get(txn, tree, key, &value);
    if (r != 0)
        return r;
    uint64_t little;
    if (value.size != sizeof(little))
        return -EBADMSG;
    memcpy(&little, value.data, sizeof(little));
    *ret_value = le64toh(little);
    return 0;
}

int lmdb_put_u64(MDB_txn *txn, MDB_dbi tree, struct text key, uint64_t value) {
    uint64_t little = htole64(value);
    return lmdb_put(txn, tree, key, (struct text){(char *)&little, sizeof(little)}, 0);
}

int lmdb_errno(int rc) {
    if (rc >= 0)
        return -rc;
    switch (rc) {
    case MDB_MAP_FULL:
        return LMDB_MAP_IS_FULL;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
        return -EBADMSG;
    case MDB_READERS_FULL:
        return -EMFILE;
    case MDB_TXN_FULL:
        return -E2BIG;
    default:
        return -EIO;
    }
}
