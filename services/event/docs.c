/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/docs.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "services/event/catalog.h"
#include "services/event/document.h"

static const char *const collections[] = {
    [DOCS_LOCATIONS] = "locations",
    [DOCS_EVENTS] = "events",
    [DOCS_SEATS] = "seats",
    [DOCS_INBOX] = "inbox",
};

const struct store_schema docs_schema = {
    .name = "event",
    .version = 1,
    .collections = collections,
    .collection_count = DOCS_COLLECTIONS,
};

/* Ids come from us or have been checked: they have 16 bytes. */
static struct text key_of(const char *id, uint8_t bytes[static ID_BYTES]) {
    int r = id_to_bytes(text_from(id), bytes);
    assert(r == 0);
    return (struct text){(const char *)bytes, ID_BYTES};
}

static void put(
    struct store_commit *commit, unsigned collection, const char *id, const bson_t *bson) {
    uint8_t bytes[ID_BYTES];
    store_commit_put(commit, collection, key_of(id, bytes),
        (struct text){(const char *)bson_get_data(bson), bson->len});
}

/* --- writing --- */

static void put_message(struct store_commit *commit, unsigned collection, const char *id,
    const ProtobufCMessage *message, const struct docs_request *request) {
    bson_t document = BSON_INITIALIZER, child;
    BSON_APPEND_DOCUMENT_BEGIN(&document, "message", &child);
    document_append_message(&child, message);
    bson_append_document_end(&document, &child);
    if (request->key[0]) {
        BSON_APPEND_UTF8(&document, "request_key", request->key);
        BSON_APPEND_INT64(&document, "request_fingerprint", (int64_t)request->fingerprint);
        BSON_APPEND_INT64(&document, "request_time_ms", request->time_ms);
    }
    put(commit, collection, id, &document);
    bson_destroy(&document);
}

void docs_put_location(struct store_commit *commit, const Myevents__V1__Location *location,
    const struct docs_request *request) {
    put_message(commit, DOCS_LOCATIONS, location->id, &location->base, request);
}

/* What is filled in from elsewhere is not kept here: it would only grow stale. */
void docs_put_event(struct store_commit *commit, const Myevents__V1__Event *event,
    const struct docs_request *request) {
    Myevents__V1__Event own = *event;
    char nothing[] = "";
    own.location_name = own.country = nothing;
    own.seats_available = 0;
    put_message(commit, DOCS_EVENTS, own.id, &own.base, request);
}

void docs_delete(struct store_commit *commit, unsigned collection, const char *id) {
    uint8_t bytes[ID_BYTES];
    store_commit_delete(commit, collection, key_of(id, bytes));
}

void docs_put_seats(
    struct store_commit *commit, const char *event_id, int32_t free, int64_t sequence) {
    bson_t document = BSON_INITIALIZER;
    BSON_APPEND_INT32(&document, "free", free);
    BSON_APPEND_INT64(&document, "sequence", sequence);
    put(commit, DOCS_SEATS, event_id, &document);
    bson_destroy(&document);
}

void docs_put_mark(struct store_commit *commit, const char *source, uint64_t sequence) {
    bson_t document = BSON_INITIALIZER;
    BSON_APPEND_INT64(&document, "sequence", (int64_t)sequence);
    store_commit_put(commit, DOCS_INBOX, text_from(source),
        (struct text){(const char *)bson_get_data(&document), document.len});
    bson_destroy(&document);
}

/* --- reading --- */

static bool find(struct text value, const char *field, bson_iter_t *ret_iter) {
    bson_t document;
    return bson_init_static(&document, (const uint8_t *)value.data, value.size) &&
           bson_iter_init_find(ret_iter, &document, field);
}

static int64_t read_int64(struct text value, const char *field) {
    bson_iter_t iter;
    return find(value, field, &iter) ? bson_iter_as_int64(&iter) : 0;
}

int docs_get_mark(struct store_view *view, const char *source, uint64_t *ret_sequence) {
    struct text value;
    int r = store_get(view, DOCS_INBOX, text_from(source), &value);
    if (r < 0)
        return r;
    *ret_sequence = r == STORE_ABSENT ? 0 : (uint64_t)read_int64(value, "sequence");
    return 0;
}

static int read_message(struct text value, struct arena *arena, ProtobufCMessage *ret_message) {
    bson_iter_t iter, fields;
    if (!find(value, "message", &iter) || !bson_iter_recurse(&iter, &fields))
        return -EBADMSG;
    return document_read_message(&fields, arena, ret_message);
}

static void note_request(struct catalog *catalog, struct text value, const char *id) {
    bson_iter_t iter;
    if (!find(value, "request_key", &iter) || !BSON_ITER_HOLDS_UTF8(&iter))
        return;
    catalog_note_request(catalog, bson_iter_utf8(&iter, NULL),
        (uint64_t)read_int64(value, "request_fingerprint"), id,
        read_int64(value, "request_time_ms"));
}

static int load_location(
    struct catalog *catalog, struct arena *arena, struct text key, struct text value) {
    Myevents__V1__Location location = MYEVENTS__V1__LOCATION__INIT;
    int r = read_message(value, arena, &location.base);
    if (r < 0)
        return r;
    catalog_put_location(catalog, &location);
    note_request(catalog, value, location.id);
    return 0;
}

static int load_event(
    struct catalog *catalog, struct arena *arena, struct text key, struct text value) {
    Myevents__V1__Event event = MYEVENTS__V1__EVENT__INIT;
    int r = read_message(value, arena, &event.base);
    if (r < 0)
        return r;
    catalog_put_event(catalog, &event);
    note_request(catalog, value, event.id);
    return 0;
}

static int load_seats(
    struct catalog *catalog, struct arena *arena, struct text key, struct text value) {
    char id[ID_SIZE + 1];
    if (key.size != ID_BYTES)
        return -EBADMSG;
    id_from_bytes((const uint8_t *)key.data, id);
    struct event_entry *entry = catalog_event(catalog, id);
    if (entry)
        catalog_set_seats(entry, (int32_t)read_int64(value, "free"), read_int64(value, "sequence"));
    return 0;
}

typedef int (*load_fn)(
    struct catalog *catalog, struct arena *arena, struct text key, struct text value);

static int load_all(
    struct store_view *view, unsigned collection, struct catalog *catalog, load_fn load) {
    struct store_cursor cursor;
    struct arena arena;
    struct text key, value;
    int r = store_cursor_begin(
        &cursor, view, collection, (struct text){0}, (struct text){0}, false);
    if (r < 0)
        return r;
    arena_init(&arena, 0);
    while (r == 0 && (r = store_cursor_next(&cursor, &key, &value)) == 0) {
        r = load(catalog, &arena, key, value);
        arena_clear(&arena);
    }
    arena_deinit(&arena);
    store_cursor_end(&cursor);
    return r == STORE_END ? 0 : r;
}

int docs_load(struct store *store, struct catalog *catalog) {
    /* Events lean on locations, seats on events. */
    static const load_fn load[] = {
        [DOCS_LOCATIONS] = load_location,
        [DOCS_EVENTS] = load_event,
        [DOCS_SEATS] = load_seats,
    };
    struct store_view *view = store_view_open(store);
    int r = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(load) && r == 0; i++)
        r = load_all(view, i, catalog, load[i]);
    store_view_close(view);
    return r;
}
