/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/clock.h"
#include "mesh/check.h"
#include "mesh/mask.h"
#include "mesh/message.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/event/edit.h"
#include "services/event/event.h"
#include "services/event/handlers.h"
#include "services/event/page.h"
#include "services/event/validate.h"

static const char *const updatable[] = {
    "name", "address", "country", "time_zone", "open_time", "close_time", "halls", NULL};

static void refuse_absent(struct edit *edit, const char *id) {
    edit_refuse(edit, STATUS_NOT_FOUND, "LOCATION_NOT_FOUND", "location %s does not exist", id);
}

static const ProtobufCMessage *find_location(const struct catalog *catalog, const char *id) {
    struct location_entry *entry = catalog_location(catalog, id);
    return entry ? &entry->message->base : NULL;
}

static void apply(struct edit *edit) {
    struct catalog *catalog = &edit->service->catalog;
    edit_answer(edit, &catalog_put_location(catalog, edit->location)->message->base);
}

static void store(struct edit *edit, const char *what) {
    struct store_commit *commit = edit_begin(edit);
    docs_put_location(commit, edit->location, &edit->creation);
    edit_record_location(edit, commit, what, edit->location);
    edit_commit(edit);
}

/* --- create --- */

static void apply_create(struct edit *edit) {
    edit_note_key(edit, edit->location->id);
    apply(edit);
}

static void decide_create(struct edit *edit) {
    const Myevents__V1__CreateLocationRequest *request =
        (const Myevents__V1__CreateLocationRequest *)edit->request;
    if (edit_is_replay(
            edit, "CreateLocation", request->request_id, &request->location->base, find_location))
        return;
    edit->id = id_new_at(edit->now_ms);
    struct arena *arena = call_arena(edit->call);
    Myevents__V1__Location *location = arena_copy(arena, request->location, sizeof *location);
    location->id = edit->id.text;
    location->create_time = location->update_time = edit_timestamp(edit, edit->now_ms);
    location->etag = arena_copy_string(arena, "1");
    edit->location = location;
    store(edit, "created");
}

void handle_create_location(
    struct call *call, const Myevents__V1__CreateLocationRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    validate_location(&check, request->location);
    check_request_id(&check, request->request_id);
    if (!check_refuse(&check))
        edit_start(data, call, &request->base, decide_create, apply_create);
}

/* --- get and list --- */

void handle_get_location(
    struct call *call, const Myevents__V1__GetLocationRequest *request, void *data) {
    struct event_service *service = data;
    struct check check = CHECK_INIT(call);
    check_id(&check, request->location_id, "location_id");
    if (check_refuse(&check))
        return;
    struct location_entry *entry = catalog_location(&service->catalog, request->location_id);
    if (entry)
        event_service_get_location_reply(call, entry->message);
    else
        call_fail(call, STATUS_NOT_FOUND, "LOCATION_NOT_FOUND", "location %s does not exist",
            request->location_id);
}

struct location_query {
    const char *words;
    const char *country;
};

static bool matches(const struct location_query *query, const Myevents__V1__Location *location) {
    struct text words = text_from(query->words);
    return (!query->country[0] || strcmp(query->country, location->country) == 0) &&
           (!words.size || text_contains_ignore_case(text_from(location->name), words) ||
               text_contains_ignore_case(text_from(location->address), words));
}

static int compare_names(const void *left, const void *right) {
    const Myevents__V1__Location *a = *(Myevents__V1__Location *const *)left;
    const Myevents__V1__Location *b = *(Myevents__V1__Location *const *)right;
    return page_order_text(a->name, a->id, b->name, b->id);
}

static size_t collect(struct event_service *service, struct arena *arena,
    const struct location_query *query, Myevents__V1__Location ***ret_found) {
    Myevents__V1__Location **found = arena_alloc(
        arena, (service->catalog.locations.count + 1) * sizeof *found);
    size_t count = 0, cursor = 0;
    for (struct location_entry *entry;
         (entry = map_next(&service->catalog.locations, &cursor, NULL));)
        if (matches(query, entry->message))
            found[count++] = entry->message;
    qsort(found, count, sizeof *found, compare_names);
    *ret_found = found;
    return count;
}

void handle_list_locations(
    struct call *call, const Myevents__V1__ListLocationsRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    page_check(&check, request->page_size);
    check_string(&check, request->query, "query", 0, PAGE_QUERY_MAX, false);
    if (check_refuse(&check))
        return;
    const struct location_query query = {request->query, request->country};
    struct arena *arena = call_arena(call);
    Myevents__V1__Location **found;
    size_t count = collect(data, arena, &query, &found), from = 0;
    uint64_t filter = page_filter(arena, "%s\n%s", request->query, request->country);
    struct page_token token;
    if (page_parse(call, request->page_token, filter, &token) < 0)
        return;
    /* The page goes on behind the place of the last one, also if that is gone. */
    while (token.is_set && from < count &&
           page_compare_text(&token, found[from]->name, found[from]->id) >= 0)
        from++;
    size_t size = page_size(request->page_size), left = count - from;
    Myevents__V1__ListLocationsResponse response = MYEVENTS__V1__LIST_LOCATIONS_RESPONSE__INIT;
    response.locations = &found[from];
    response.n_locations = left < size ? left : size;
    if (left > size)
        response.next_page_token = page_token_for_text(
            arena, filter, found[from + size - 1]->name, found[from + size - 1]->id);
    event_service_list_locations_reply(call, &response);
}

/* --- update --- */

/* The first event that the changed location would no longer hold. */
static enum location_outcome check_events(
    const struct edit *edit, const Myevents__V1__Event **ret_event) {
    const struct catalog *catalog = &edit->service->catalog;
    for (size_t i = 0; i < catalog->by_start_count; i++) {
        const Myevents__V1__Event *event = catalog->by_start[i]->message;
        if (strcmp(event->location_id, edit->location->id) != 0 ||
            timestamp_ms(event->end_time) < edit->now_ms)
            continue;
        enum location_outcome outcome = location_keeps(edit->location, event);
        if (outcome != LOCATION_OK) {
            *ret_event = event;
            return outcome;
        }
    }
    return LOCATION_OK;
}

/* Says in metadata which event it is, and what it needs. */
static void refuse_used(
    struct edit *edit, enum location_outcome outcome, const Myevents__V1__Event *event) {
    static const char *const why[LOCATION_OUTCOME_COUNT] = {
        [LOCATION_HALL_MISSING] = "is in",
        [LOCATION_HALL_TOO_SMALL] = "needs more seats in",
    };
    struct arena *arena = call_arena(edit->call);
    const struct failure_field metadata[] = {
        {"event_id", event->id},
        {"hall", event->hall},
        {"capacity", arena_printf(arena, "%d", event->capacity)},
    };
    edit_refuse_with(
        edit, &(struct failure){
                  .code = STATUS_FAILED_PRECONDITION,
                  .reason = "HALL_IN_USE",
                  .message = arena_printf(arena, "location.halls: event %s %s hall \"%s\"",
                      event->id, why[outcome], event->hall),
                  .metadata = metadata,
                  .metadata_count = ARRAY_SIZE(metadata),
              });
}

static bool refuse_if_used(struct edit *edit) {
    const Myevents__V1__Event *event;
    enum location_outcome outcome = check_events(edit, &event);
    if (outcome != LOCATION_OK)
        refuse_used(edit, outcome, event);
    return outcome != LOCATION_OK;
}

static void decide_update(struct edit *edit) {
    const Myevents__V1__UpdateLocationRequest *request =
        (const Myevents__V1__UpdateLocationRequest *)edit->request;
    struct location_entry *entry = catalog_location(&edit->service->catalog, request->location->id);
    if (!entry) {
        refuse_absent(edit, request->location->id);
        return;
    }
    if (etag_is_stale(request->location->etag, entry->message->etag)) {
        edit_refuse(edit, STATUS_ABORTED, "STALE_ETAG",
            "location.etag: \"%s\" is stale, the location has \"%s\"", request->location->etag,
            entry->message->etag);
        return;
    }
    struct arena *arena = call_arena(edit->call);
    Myevents__V1__Location *next = arena_copy(arena, entry->message, sizeof *next);
    const char *bad_path;
    const Google__Protobuf__FieldMask *mask = request->update_mask;
    if (mask_apply(mask ? mask->paths : NULL, mask ? mask->n_paths : 0, updatable,
            &request->location->base, &next->base, &bad_path) != 0) {
        edit_refuse(edit, STATUS_INVALID_ARGUMENT, "BAD_UPDATE_MASK",
            "update_mask: \"%s\" is no field that can be updated", bad_path);
        return;
    }
    edit->location = next;
    edit_keep_key(edit, next->id);
    next->update_time = edit_timestamp(edit, edit->now_ms);
    next->etag = arena_printf(arena, "%lld", strtoll(entry->message->etag, NULL, 10) + 1);
    struct check check = CHECK_INIT(edit->call);
    validate_location(&check, next);
    if (check.count)
        edit_refuse_check(edit, &check);
    else if (!refuse_if_used(edit))
        store(edit, "updated");
}

void handle_update_location(
    struct call *call, const Myevents__V1__UpdateLocationRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    if (check_field(&check, request->location != NULL, "location", "is required"))
        check_id(&check, request->location->id, "location.id");
    if (!check_refuse(&check))
        edit_start(data, call, &request->base, decide_update, apply);
}

/* --- delete --- */

static void apply_delete(struct edit *edit) {
    Google__Protobuf__Empty nothing = GOOGLE__PROTOBUF__EMPTY__INIT;
    catalog_remove_location(&edit->service->catalog, edit->location->id);
    edit_answer(edit, &nothing.base);
}

static void decide_delete(struct edit *edit) {
    const Myevents__V1__DeleteLocationRequest *request =
        (const Myevents__V1__DeleteLocationRequest *)edit->request;
    struct location_entry *entry = catalog_location(&edit->service->catalog, request->location_id);
    if (!entry) {
        refuse_absent(edit, request->location_id);
    } else if (etag_is_stale(request->etag, entry->message->etag)) {
        edit_refuse(edit, STATUS_ABORTED, "STALE_ETAG",
            "etag: \"%s\" is stale, the location has \"%s\"", request->etag, entry->message->etag);
    } else if (entry->event_count) {
        edit_refuse(edit, STATUS_FAILED_PRECONDITION, "LOCATION_IN_USE",
            "location %s has %zu events", request->location_id, entry->event_count);
    } else {
        struct store_commit *commit = edit_begin(edit);
        edit->location = (Myevents__V1__Location *)message_unpack(call_arena(edit->call),
            &myevents__v1__location__descriptor,
            message_pack(call_arena(edit->call), &entry->message->base));
        docs_delete(commit, DOCS_LOCATIONS, edit->location->id);
        edit_record_location(edit, commit, "deleted", edit->location);
        edit_commit(edit);
    }
}

void handle_delete_location(
    struct call *call, const Myevents__V1__DeleteLocationRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    check_id(&check, request->location_id, "location_id");
    if (!check_refuse(&check))
        edit_start(data, call, &request->base, decide_delete, apply_delete);
}
