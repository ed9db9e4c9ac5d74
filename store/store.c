/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/driver.h"
#include "store/writer.h"

static const struct driver *const drivers[] = {&lmdb_driver};

struct store {
    struct database *database;
    bool read_only; /* there is no writer */
    struct writer writer;
};

enum { SENTENCE_SIZE = 512 };
static _Thread_local char open_error[SENTENCE_SIZE];

const char *store_open_error(void) {
    return open_error;
}

void store_explain(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(open_error, sizeof(open_error), format, args);
    va_end(args);
}

/* --- open --- */

static const struct driver *driver_of(const char *url, const char **ret_address) {
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
        size_t size = strlen(drivers[i]->scheme);
        if (strncmp(url, drivers[i]->scheme, size) == 0 && url[size] == ':') {
            *ret_address = url + size + 1;
            return drivers[i];
        }
    }
    return NULL;
}

/* Names that begin with @ are the drivers' own. */
static void assert_schema(const struct store_schema *schema) {
    if (!schema)
        return;
    assert(schema->collection_count <= STORE_COLLECTIONS_MAX);
    for (size_t i = 0; i < schema->collection_count; i++)
        assert(schema->collections[i][0] != '\0' && schema->collections[i][0] != '@');
}

int store_open(const char *url, const struct store_schema *schema,
    const struct store_options *options, struct store **ret_store) {
    static const struct store_options defaults;
    options = options ? options : &defaults;
    assert(schema || options->read_only);
    assert_schema(schema);
    open_error[0] = '\0';

    const char *address;
    const struct driver *driver = driver_of(url, &address);
    if (!driver) {
        store_explain("no store is known for the URL \"%s\"; "
                      "it looks like lmdb:///absolute/folder or lmdb:relative/folder",
            url);
        return -EINVAL;
    }
    struct database *database;
    int r = driver->open(address, schema, options, &database);
    if (r != 0)
        return r;
    struct store *store = memory_new(sizeof(*store));
    store->database = database;
    store->read_only = options->read_only;
    if (!store->read_only)
        writer_start(&store->writer, database, options);
    *ret_store = store;
    return 0;
}

void store_close(struct store *store) {
    if (!store)
        return;
    if (!store->read_only)
        writer_stop(&store->writer);
    store->database->driver->close(store->database);
    free(store);
}

/* --- writing --- */

void store_submit(struct store *store, struct store_commit *commit) {
    assert(!store->read_only);
    writer_submit(&store->writer, commit);
}

int store_commit_and_wait(struct store *store, struct store_commit *commit) {
    assert(!store->read_only);
    return writer_commit_and_wait(&store->writer, commit);
}

void store_on_records(struct store *store, void (*run)(void *data), void *data) {
    writer_on_records(&store->writer, run, data);
}

int store_outbox_trim(
    struct store *store, uint64_t sequence, int64_t before_ms, size_t *ret_count) {
    assert(!store->read_only);
    return writer_trim(&store->writer, sequence, before_ms, ret_count);
}

/* --- reading --- */

struct store_view *store_view_open(struct store *store) {
    return store->database->driver->view_open(store->database);
}

void store_view_close(struct store_view *view) {
    if (view)
        view->database->driver->view_close(view);
}

void store_view_closep(struct store_view **view) {
    store_view_close(*view);
}

int store_get(
    struct store_view *view, unsigned collection, struct text key, struct text *ret_value) {
    if (key.size == 0 || key.size > STORE_KEY_SIZE_MAX)
        return STORE_ABSENT;
    return view->database->driver->get(view, collection, key, ret_value);
}

int store_partition_version(struct store_view *view, struct text partition, uint64_t *ret_version) {
    if (partition.size == 0 || partition.size > STORE_KEY_SIZE_MAX) {
        *ret_version = 0;
        return 0;
    }
    return view->database->driver->partition_version(view, partition, ret_version);
}

int store_outbox_read(struct store_view *view, uint64_t from, struct store_record *ret_records,
    size_t max, size_t *ret_count) {
    return view->database->driver->outbox_read(view, from, ret_records, max, ret_count);
}

int store_outbox_bounds(struct store_view *view, uint64_t *ret_first, uint64_t *ret_last) {
    return view->database->driver->outbox_bounds(view, ret_first, ret_last);
}

/* --- care --- */

void store_stats(struct store *store, struct store_stats *ret_stats) {
    *ret_stats = (struct store_stats){
        .commits = atomic_load_explicit(&store->writer.commits, memory_order_relaxed),
        .conflicts = atomic_load_explicit(&store->writer.conflicts, memory_order_relaxed),
        .flushes = atomic_load_explicit(&store->writer.flushes, memory_order_relaxed),
        .records = atomic_load_explicit(&store->writer.records, memory_order_relaxed),
    };
    store->database->driver->sizes(store->database, &ret_stats->size_bytes, &ret_stats->map_bytes);
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(store);
    if (store_outbox_bounds(view, &ret_stats->outbox_first, &ret_stats->outbox_last) < 0)
        ret_stats->outbox_first = ret_stats->outbox_last = 0;
}

int store_backup(struct store *store, const char *folder) {
    return store->database->driver->backup(store->database, folder);
}
