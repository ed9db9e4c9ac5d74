/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Documents with an outbox. A driver is chosen by the URL's scheme; one conformance suite runs over
 * all drivers.
 *
 *  1. A commit belongs to one partition. All of its writes and records become visible and durable
 *     together, or none.
 *  2. It names the partition's version that it was decided on. If the stored one differs nothing is
 *     written and done says STORE_CONFLICT; else the version grows by one.
 *  3. done runs exactly once per submitted commit, on a thread of the store, in the order of
 *     submission within a partition; 0 means durable. Commits of several partitions may share one
 *     flush.
 *  4. Records of a commit get the store's next sequence numbers, dense from 1, in order. The outbox
 *     is the commit's own record: state and event cannot diverge.
 *  5. A negative result means the outcome is unknown. The store then takes no further commit (-EIO)
 *     and calls on_broken once: the process should end, and verify itself at the next start. A
 *     positive one means that nothing was written and all is well.
 *  6. A view is a snapshot: what it shows does not change, and pointers from it are valid until it
 *     is closed. Views are cheap to open and must be short (a long one stops the reuse of space).
 *     Any thread, one thread per view.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "base/list.h"
#include "base/text.h"

struct span;
struct store;
struct store_view;
struct trace;

enum {
    STORE_CONFLICT = 1,
    STORE_ABSENT = 2,
    STORE_END = 3,
    /* open: not ours, or of another schema version; store_open_error() has the sentence */
    STORE_FOREIGN = 4,
    STORE_TOO_LARGE = 5, /* commit: a key, a value or the whole is over its limit */
};

enum {
    STORE_KEY_SIZE_MAX = 255,
    STORE_DOCUMENT_SIZE_MAX = 1024 * 1024, /* also of a record's data */
    STORE_RECORD_TEXT_SIZE_MAX = 255,      /* a record's id, type, subject, traceparent */
    STORE_COMMIT_WRITES_MAX = 4096,        /* puts and deletes; as many records again */
    STORE_COMMIT_SIZE_MAX = 16 * 1024 * 1024,
    STORE_COMMIT_SPANS_MAX = 1024,
    STORE_COLLECTIONS_MAX = 16,
    STORE_VIEWS_MAX = 256, /* open at the same time in one process */
};

/* Collections hold documents by key; an index is a collection whose rows carry any small value, or
 * none. */
struct store_schema {
    const char *name; /* "booking": a store of another name is refused */
    uint32_t version; /* of the layout */
    const char *const *collections;
    size_t collection_count;
};

struct store_options {
    bool read_only;             /* for tools beside a running service */
    int64_t map_size;           /* lmdb's writer; 0: 64 GiB (sparse) */
    uint32_t batch_commits_max; /* commits that share a flush; 0: 512 */
    void (*on_broken)(void *data, const char *why);
    void *data;
};

/*
 * url: "lmdb:///absolute/folder" or "lmdb:relative/folder"; made when absent (not when read-only:
 * -ENOENT). -EBUSY: another process writes to it. A process opens a store once. Options: NULL is
 * all defaults. Schema: NULL is whichever store of ours it is, read-only and without its
 * collections, for what concerns a store as a whole.
 */
_must_check_ int store_open(const char *url, const struct store_schema *schema,
    const struct store_options *options, struct store **ret_store);
/* A sentence about the last failed store_open() of this thread: what, where, what to do. */
const char *store_open_error(void);
void store_close(struct store *store); /* finishes what was submitted; NULL is fine */

/* --- writing --- */

struct store_record {
    uint64_t sequence;       /* given by the store */
    struct text id;          /* of the event, UUIDv7 */
    struct text type;        /* "myevents.booking.confirmed.v1" */
    struct text subject;     /* what it is about */
    struct text traceparent; /* may be empty */
    int64_t time_ms;
    struct text data;
};

/*
 * A commit is built in its own memory, submitted, and may be reused after done. Zeroed memory,
 * then:
 *
 *     store_commit_begin(&commit, partition, version);
 *     store_commit_put(&commit, BOOKINGS, key, document);
 *     store_commit_record(&commit, &record);
 *     commit.done = on_committed;
 *     store_submit(store, &commit);
 */
struct store_commit {
    void (*done)(struct store_commit *commit, int r);
    void *data;
    uint64_t ret_version;        /* after success: the partition's version */
    uint64_t ret_first_sequence; /* after success, when it has records */
    /* private from here */
    struct list link;
    struct buffer bytes;
    uint64_t expected_version;
    uint32_t write_count;
    uint32_t record_count;
    struct span *spans;
    uint32_t span_count;
    int result;
};

/* Partitions and keys have 1 to STORE_KEY_SIZE_MAX bytes. What is over a limit is remembered, and
 * done says STORE_TOO_LARGE. */
void store_commit_begin(struct store_commit *commit, struct text partition, uint64_t version);
void store_commit_put(
    struct store_commit *commit, unsigned collection, struct text key, struct text value);
void store_commit_delete(struct store_commit *commit, unsigned collection, struct text key);
void store_commit_record(struct store_commit *commit, const struct store_record *record);
/*
 * Somebody with this context waits for the commit: it shows in their trace as a step from now until
 * it is durable. *ret_trace is the step's own context, for the records that it causes, or the
 * parent's when the trace is not recorded. Each of those who share a commit gets a span of its own:
 * a span that links to all would stand in the trace of one, and leave a hole in the others'.
 */
void store_commit_trace(
    struct store_commit *commit, const struct trace *parent, struct trace *ret_trace);
void store_commit_deinit(struct store_commit *commit);

void store_submit(struct store *store, struct store_commit *commit); /* any thread */
/* Submits and waits; the result is what done would say. For tools and start-up, not for a thread
 * of the store. */
_must_check_ int store_commit_and_wait(struct store *store, struct store_commit *commit);

/* Runs on the writer's thread after every durable flush that held records, maybe later than the
 * commits' done. At most one; the one before, or with NULL the last, no longer runs when this
 * returns. */
void store_on_records(struct store *store, void (*run)(void *data), void *data);

/* --- reading --- */

struct store_view *store_view_open(struct store *store);
void store_view_close(struct store_view *view);
void store_view_closep(struct store_view **view);

/* 0, STORE_ABSENT, -EBADMSG when the stored checksum does not match. */
_must_check_ int store_get(
    struct store_view *view, unsigned collection, struct text key, struct text *ret_value);
/* 0 with *ret_version = 0 for a partition never written. */
_must_check_ int store_partition_version(
    struct store_view *view, struct text partition, uint64_t *ret_version);

/* Rows with `prefix` (borrowed until the end), ascending from `from` (inclusive; empty: the first)
 * or descending from `from` (inclusive; empty: the last). A begun cursor must be ended, also after
 * STORE_END, before its view. A row whose checksum is wrong is -EBADMSG; the next call goes on
 * behind it. */
struct store_cursor {
    struct store_view *view;
    struct text prefix;
    bool descending;
    bool started;
    void *driver; /* NULL: there is no row */
};
_must_check_ int store_cursor_begin(struct store_cursor *cursor, struct store_view *view,
    unsigned collection, struct text prefix, struct text from, bool descending);
_must_check_ int store_cursor_next(
    struct store_cursor *cursor, struct text *ret_key, struct text *ret_value);
void store_cursor_end(struct store_cursor *cursor);

/* --- outbox --- */

/* Up to `max` records from sequence `from` on. Returns how many; a gap at the front (trimmed) shows
 * in their numbers. */
_must_check_ int store_outbox_read(struct store_view *view, uint64_t from,
    struct store_record *ret_records, size_t max, size_t *ret_count);
/* The first sequence kept (0: none is), and the last ever given (0: none was). */
_must_check_ int store_outbox_bounds(
    struct store_view *view, uint64_t *ret_first, uint64_t *ret_last);
/* Forgets records before `sequence` that are older than `before_ms`; bounded work per call, returns
 * how many went (0: nothing is left to forget). Waits for the writer's thread, so it is not for a
 * thread of the store. */
_must_check_ int store_outbox_trim(
    struct store *store, uint64_t sequence, int64_t before_ms, size_t *ret_count);

/* --- care --- */

struct store_stats {
    uint64_t commits, conflicts, flushes, records;
    uint64_t size_bytes, map_bytes;
    uint64_t outbox_first, outbox_last;
};
void store_stats(struct store *store, struct store_stats *ret_stats);
/* A consistent copy while the store is in use, into a folder that is empty (-ENOTEMPTY) or made. */
_must_check_ int store_backup(struct store *store, const char *folder);
