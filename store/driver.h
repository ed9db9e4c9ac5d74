/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a database must be able to do to keep a store. The front (store.c, writer.c, cursor.c) has
 * the queue, the thread, the order of answers, the limits and the broken state, so a driver is
 * plain calls that may block.
 *
 *  1. The calls of a group come from the writer's thread: begin, add for every commit, then end or,
 *     after a failure, abort. Within a group a later commit of a partition sees the earlier one.
 *  2. add compares the partition's version and sets commit->result: 0 (then also ret_version and
 *     ret_first_sequence) or STORE_CONFLICT. After end has returned 0 every commit with result 0 is
 *     durable.
 *  3. Only a commit must be atomic, not a group. LMDB makes a group one transaction. A database
 *     with atomic documents (MongoDB) keeps per partition one document with its version and the
 *     operations that are still to be spread, changed by one conditional update; one with small
 *     transactions (DynamoDB) does the same when the operations do not fit in one. Such a driver
 *     may start the work in add, wait for all in end and set the results there.
 *  4. Only one process writes, so a driver may keep the last sequence and versions in memory.
 *  5. A negative return of a group's call or of trim breaks the store; `why` is then asked for a
 *     sentence.
 *  6. The calls on views come from any thread.
 */

#include <stdbool.h>

#include "store/commit.h"
#include "store/store.h"

struct driver;

/* An open database; a driver's own struct begins with it, as does its view. */
struct database {
    const struct driver *driver;
};

struct store_view {
    struct database *database;
};

/* Where a cursor starts. An empty key is before all rows for the first, behind all for the others.
 */
enum seek { SEEK_AT_OR_AFTER, SEEK_AT_OR_BEFORE, SEEK_BEFORE };
enum step { STEP_STAY, STEP_NEXT, STEP_PREVIOUS };

struct driver {
    const char *scheme;

    /* The address is the URL behind "scheme:". Failures are explained. */
    int (*open)(const char *address, const struct store_schema *schema,
        const struct store_options *options, struct database **ret_database);
    void (*close)(struct database *database);

    int (*group_begin)(struct database *database);
    int (*group_add)(struct database *database, struct store_commit *commit);
    int (*group_end)(struct database *database);
    void (*group_abort)(struct database *database);
    /* Forgets up to `max` records from the front, durably. */
    int (*trim)(struct database *database, uint64_t sequence, int64_t before_ms, size_t max,
        size_t *ret_count);
    const char *(*why)(struct database *database);

    struct store_view *(*view_open)(struct database *database);
    void (*view_close)(struct store_view *view);
    int (*get)(
        struct store_view *view, unsigned collection, struct text key, struct text *ret_value);
    int (*partition_version)(struct store_view *view, struct text partition, uint64_t *ret_version);
    int (*outbox_read)(struct store_view *view, uint64_t from, struct store_record *ret_records,
        size_t max, size_t *ret_count);
    int (*outbox_bounds)(struct store_view *view, uint64_t *ret_first, uint64_t *ret_last);

    /* STORE_END: no row is there, and no cursor was opened. */
    int (*cursor_open)(struct store_view *view, unsigned collection, struct text key,
        enum seek seek, void **ret_cursor);
    /* STORE_END; -EBADMSG, with *ret_key set, for a row whose checksum is wrong. */
    int (*cursor_step)(void *cursor, enum step step, struct text *ret_key, struct text *ret_value);
    void (*cursor_close)(void *cursor);

    void (*sizes)(struct database *database, uint64_t *ret_size_bytes, uint64_t *ret_map_bytes);
    int (*backup)(struct database *database, const char *folder);
};

extern const struct driver lmdb_driver;

/* Sets the sentence of store_open_error(). */
_printf_(1, 2) void store_explain(const char *format, ...);
