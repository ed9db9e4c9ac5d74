/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/catalog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mesh/message.h"
#include "services/event/event.h"

void catalog_init(struct catalog *catalog) {
    *catalog = (struct catalog){0};
    list_init(&catalog->requests_by_age);
}

static void event_entry_free(struct event_entry *entry) {
    arena_deinit(&entry->arena);
    buffer_deinit(&entry->search);
    free(entry);
}

static void location_entry_free(struct location_entry *entry) {
    arena_deinit(&entry->arena);
    free(entry);
}

static void request_entry_free(struct request_entry *entry) {
    list_remove(&entry->link);
    free(entry->key);
    free(entry);
}

void catalog_deinit(struct catalog *catalog) {
    size_t cursor = 0;
    for (void *entry; (entry = map_next(&catalog->locations, &cursor, NULL));)
        location_entry_free(entry);
    for (size_t i = 0; i < catalog->by_start_count; i++)
        event_entry_free(catalog->by_start[i]);
    while (!list_is_empty(&catalog->requests_by_age))
        request_entry_free(container_of(catalog->requests_by_age.next, struct request_entry, link));
    free(catalog->by_start);
    map_deinit(&catalog->locations);
    map_deinit(&catalog->events);
    map_deinit(&catalog->requests);
    map_deinit(&catalog->requests_by_id);
}

struct location_entry *catalog_location(const struct catalog *catalog, const char *id) {
    return map_get(&catalog->locations, text_from(id));
}

struct event_entry *catalog_event(const struct catalog *catalog, const char *id) {
    return map_get(&catalog->events, text_from(id));
}

void fold_case(char *text) {
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text += 'a' - 'A';
}

/* Packing and unpacking is the one deep copy that needs no code per type. */
static void *copy_message(struct arena *arena, const ProtobufCMessage *message) {
    void *copy = message_unpack(arena, message->descriptor, message_pack(arena, message));
    assert(copy);
    return copy;
}

/* --- the order of the default list --- */

static int compare_start(const struct event_entry *entry, int64_t start_ms, const char *id) {
    if (entry->start_ms != start_ms)
        return entry->start_ms < start_ms ? -1 : 1;
    return strcmp(entry->message->id, id);
}

/* Where an event with this start and id stands or would stand. */
static size_t position(const struct catalog *catalog, int64_t start_ms, const char *id) {
    size_t low = 0, high = catalog->by_start_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_start(catalog->by_start[middle], start_ms, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void order_insert(struct catalog *catalog, struct event_entry *entry) {
    if (catalog->by_start_count == catalog->by_start_capacity) {
        catalog->by_start_capacity = catalog->by_start_capacity ? catalog->by_start_capacity * 2
                                                                : 64;
        catalog->by_start = memory_resize(
            catalog->by_start, catalog->by_start_capacity * sizeof *catalog->by_start);
    }
    size_t at = position(catalog, entry->start_ms, entry->message->id);
    memmove(&catalog->by_start[at + 1], &catalog->by_start[at],
        (catalog->by_start_count - at) * sizeof *catalog->by_start);
    catalog->by_start[at] = entry;
    catalog->by_start_count++;
}

static void order_remove(struct catalog *catalog, const struct event_entry *entry) {
    size_t at = position(catalog, entry->start_ms, entry->message->id);
    assert(at < catalog->by_start_count && catalog->by_start[at] == entry);
    catalog->by_start_count--;
    memmove(&catalog->by_start[at], &catalog->by_start[at + 1],
        (catalog->by_start_count - at) * sizeof *catalog->by_start);
}

/* --- putting in and taking out --- */

static void take_out_event(struct catalog *catalog, struct event_entry *entry) {
    struct location_entry *location = catalog_location(catalog, entry->message->location_id);
    if (location)
        location->event_count--;
    order_remove(catalog, entry);
    map_remove(&catalog->events, text_from(entry->message->id));
}

/* What listings show of the location, and what a query looks at. */
static void fill_in(struct event_entry *entry, const struct location_entry *location) {
    Myevents__V1__Event *message = entry->message;
    message->location_name = location ? location->message->name : message->location_name;
    message->country = location ? location->message->country : message->country;
    message->seats_available = entry->seats_sequence ? entry->seats_free : message->capacity;
    buffer_clear(&entry->search); /* memory of its own: a location may change often */
    buffer_printf(&entry->search, "%s\n%s\n%s\n%s", message->name, message->category,
        message->location_name, message->description);
    fold_case(entry->search.data);
}

struct event_entry *catalog_put_event(struct catalog *catalog, const Myevents__V1__Event *event) {
    struct event_entry *entry = memory_new(sizeof *entry);
    struct event_entry *before = catalog_event(catalog, event->id);
    struct location_entry *location = catalog_location(catalog, event->location_id);
    arena_init(&entry->arena, 0);
    entry->message = copy_message(&entry->arena, &event->base);
    entry->start_ms = timestamp_ms(event->start_time);
    if (before) {
        entry->seats_free = before->seats_free;
        entry->seats_sequence = before->seats_sequence;
        take_out_event(catalog, before);
        event_entry_free(before);
    }
    if (location)
        location->event_count++;
    fill_in(entry, location);
    map_put(&catalog->events, text_from(entry->message->id), entry);
    order_insert(catalog, entry);
    return entry;
}

/* Its events show its name: they are told. */
static void refill_events(struct catalog *catalog, const struct location_entry *location) {
    for (size_t i = 0; i < catalog->by_start_count; i++)
        if (strcmp(catalog->by_start[i]->message->location_id, location->message->id) == 0)
            fill_in(catalog->by_start[i], location);
}

struct location_entry *catalog_put_location(
    struct catalog *catalog, const Myevents__V1__Location *location) {
    struct location_entry *entry = memory_new(sizeof *entry);
    struct location_entry *before = catalog_location(catalog, location->id);
    arena_init(&entry->arena, 0);
    entry->message = copy_message(&entry->arena, &location->base);
    if (before) {
        entry->event_count = before->event_count;
        map_remove(&catalog->locations, text_from(location->id));
    }
    map_put(&catalog->locations, text_from(entry->message->id), entry);
    if (before) {
        refill_events(catalog, entry);
        location_entry_free(before);
    }
    return entry;
}

void catalog_remove_event(struct catalog *catalog, const char *id) {
    struct event_entry *entry = catalog_event(catalog, id);
    take_out_event(catalog, entry);
    event_entry_free(entry);
}

void catalog_remove_location(struct catalog *catalog, const char *id) {
    struct location_entry *entry = catalog_location(catalog, id);
    map_remove(&catalog->locations, text_from(id));
    location_entry_free(entry);
}

bool catalog_set_seats(struct event_entry *entry, int32_t free, int64_t sequence) {
    if (sequence <= entry->seats_sequence)
        return false;
    entry->seats_sequence = sequence;
    entry->seats_free = entry->message->seats_available = free;
    return true;
}

/* --- idempotency keys --- */

const struct request_entry *catalog_request(const struct catalog *catalog, const char *key) {
    return map_get(&catalog->requests, text_from(key));
}

const struct request_entry *catalog_request_of(const struct catalog *catalog, const char *id) {
    return map_get(&catalog->requests_by_id, text_from(id));
}

static void forget_request(struct catalog *catalog, struct request_entry *entry) {
    map_remove(&catalog->requests, text_from(entry->key));
    map_remove(&catalog->requests_by_id, text_from(entry->id.text));
    request_entry_free(entry);
}

void catalog_note_request(struct catalog *catalog, const char *key, uint64_t fingerprint,
    const char *id, int64_t time_ms) {
    struct request_entry *before = map_get(&catalog->requests, text_from(key));
    if (before)
        forget_request(catalog, before);
    struct request_entry *entry = memory_new(sizeof *entry);
    entry->key = memory_copy_string(key);
    entry->fingerprint = fingerprint;
    entry->time_ms = time_ms;
    memcpy(entry->id.text, id, ID_SIZE + 1);
    map_put(&catalog->requests, text_from(entry->key), entry);
    map_put(&catalog->requests_by_id, text_from(entry->id.text), entry);
    list_push_back(&catalog->requests_by_age, &entry->link);
}

void catalog_forget_requests(struct catalog *catalog, int64_t before_ms) {
    while (!list_is_empty(&catalog->requests_by_age)) {
        struct request_entry *entry = container_of(
            catalog->requests_by_age.next, struct request_entry, link);
        if (entry->time_ms >= before_ms)
            return;
        forget_request(catalog, entry);
    }
}
