/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "mesh/check.h"
#include "mesh/mask.h"
#include "mesh/message.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/event/capacity.h"
#include "services/event/edit.h"
#include "services/event/event.h"
#include "services/event/feed.h"
#include "services/event/handlers.h"
#include "services/event/validate.h"

static const char *const updatable[] = {"name", "description", "category", "start_time", "end_time",
    "time_zone", "location_id", "hall", "capacity", "price", NULL};

static const ProtobufCMessage *find_event(const struct catalog *catalog, const char *id) {
    struct event_entry *entry = catalog_event(catalog, id);
    return entry ? &entry->message->base : NULL;
}

/* The one map from what the rules say to what callers are told. */
static const struct {
    enum status_code code;
    const char *reason;
    const char *message;
} refusals[EVENT_OUTCOME_COUNT] = {
    [EVENT_IS_CANCELLED] = {STATUS_FAILED_PRECONDITION, "EVENT_CANCELLED", "event %s is cancelled"},
    [EVENT_NOT_DRAFT] = {STATUS_FAILED_PRECONDITION, "NOT_A_DRAFT",
        "event %s has been published: cancel it instead"},
    [EVENT_HAS_STARTED] = {STATUS_FAILED_PRECONDITION, "EVENT_STARTED", "event %s has started"},
    [EVENT_LOCATION_FIXED] = {STATUS_FAILED_PRECONDITION, "LOCATION_FIXED",
        "event.location_id: event %s is published, it stays where it is"},
    [EVENT_CAPACITY_OVER_HALL] = {STATUS_INVALID_ARGUMENT, "CAPACITY_OVER_HALL",
        "event.capacity: more than the seats of event %s's hall"},
};

static void refuse(struct edit *edit, enum event_outcome outcome, const char *id) {
    struct arena *arena = call_arena(edit->call);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    const char *message = arena_printf(arena, refusals[outcome].message, id);
#pragma GCC diagnostic pop
    edit_refuse(edit, refusals[outcome].code, refusals[outcome].reason, "%s", message);
}

/* The event that the request is about, or NULL when the request has been refused. */
static const Myevents__V1__Event *current(struct edit *edit, const char *id, const char *etag) {
    struct event_entry *entry = catalog_event(&edit->service->catalog, id);
    if (!entry) {
        edit_refuse(edit, STATUS_NOT_FOUND, "EVENT_NOT_FOUND", "event %s does not exist", id);
        return NULL;
    }
    if (etag_is_stale(etag, entry->message->etag)) {
        edit_refuse(edit, STATUS_ABORTED, "STALE_ETAG",
            "etag: \"%s\" is stale, the event has \"%s\"", etag, entry->message->etag);
        return NULL;
    }
    return entry->message;
}

/* The next state begins as a copy of the current one. */
static Myevents__V1__Event *next_of(struct edit *edit, const Myevents__V1__Event *event) {
    struct arena *arena = call_arena(edit->call);
    Myevents__V1__Event *next = (Myevents__V1__Event *)message_unpack(
        arena, &myevents__v1__event__descriptor, message_pack(arena, &event->base));
    next->update_time = edit_timestamp(edit, edit->now_ms);
    next->version = event->version + 1;
    next->etag = arena_printf(arena, "%lld", (long long)next->version);
    edit->event = next;
    edit_keep_key(edit, next->id);
    return next;
}

static void apply(struct edit *edit) {
    struct event_service *service = edit->service;
    struct event_entry *entry = catalog_put_event(&service->catalog, edit->event);
    feed_publish(service->feed, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_UPDATED, entry->message);
    edit_answer(edit, &entry->message->base);
}

/* Drafts stay at home: nothing about them goes out. */
static void store(struct edit *edit, const char *what) {
    struct store_commit *commit = edit_begin(edit);
    docs_put_event(commit, edit->event, &edit->creation);
    if (what)
        edit_record_event(edit, commit, what, edit->event);
    edit_commit(edit);
}

/* --- the place --- */

/* The hall that `event` names, or NULL when the request has been refused. */
static const Myevents__V1__Hall *find_hall(struct edit *edit, const Myevents__V1__Event *event,
    const Myevents__V1__Location **ret_location) {
    struct location_entry *location = catalog_location(&edit->service->catalog, event->location_id);
    const Myevents__V1__Hall *hall = location ? location_hall(location->message, event->hall)
                                              : NULL;
    struct check check = CHECK_INIT(edit->call);
    check_field(&check, location != NULL, "event.location_id", "location %s does not exist",
        event->location_id);
    check_field(
        &check, !location || hall, "event.hall", "the location has no hall \"%s\"", event->hall);
    if (check.count) {
        edit_refuse_check(edit, &check);
        return NULL;
    }
    *ret_location = location->message;
    return hall;
}

static bool check_capacity(
    struct edit *edit, const Myevents__V1__Event *event, const Myevents__V1__Hall *hall) {
    struct check check = CHECK_INIT(edit->call);
    if (check_field(&check, event->capacity <= hall->capacity, "event.capacity",
            "must be at most %d, the seats of hall \"%s\"", hall->capacity, hall->name))
        return true;
    edit_refuse_check(edit, &check);
    return false;
}

/* --- create --- */

static void apply_create(struct edit *edit) {
    edit_note_key(edit, edit->event->id);
    apply(edit);
}

static void decide_create(struct edit *edit) {
    const Myevents__V1__CreateEventRequest *request =
        (const Myevents__V1__CreateEventRequest *)edit->request;
    if (edit_is_replay(edit, "CreateEvent", request->request_id, &request->event->base, find_event))
        return;
    const Myevents__V1__Location *location;
    const Myevents__V1__Hall *hall = find_hall(edit, request->event, &location);
    if (!hall || !check_capacity(edit, request->event, hall))
        return;
    struct arena *arena = call_arena(edit->call);
    Myevents__V1__Event *event = arena_copy(arena, request->event, sizeof *event);
    edit->id = id_new_at(edit->now_ms);
    event->id = edit->id.text;
    event->state = MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT;
    event->capacity = event->capacity ? event->capacity : hall->capacity;
    event->time_zone = event->time_zone[0] ? event->time_zone : location->time_zone;
    event->create_time = event->update_time = edit_timestamp(edit, edit->now_ms);
    event->version = 1;
    event->etag = arena_copy_string(arena, "1");
    edit->event = event;
    store(edit, NULL);
}

void handle_create_event(
    struct call *call, const Myevents__V1__CreateEventRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    validate_event(&check, request->event, clock_wall_ms());
    check_request_id(&check, request->request_id);
    if (!check_refuse(&check))
        edit_start(data, call, &request->base, decide_create, apply_create);
}

/* --- get --- */

void handle_get_event(struct call *call, const Myevents__V1__GetEventRequest *request, void *data) {
    struct event_service *service = data;
    struct check check = CHECK_INIT(call);
    check_id(&check, request->event_id, "event_id");
    if (check_refuse(&check))
        return;
    struct event_entry *entry = catalog_event(&service->catalog, request->event_id);
    if (entry)
        event_service_get_event_reply(call, entry->message);
    else
        call_fail(call, STATUS_NOT_FOUND, "EVENT_NOT_FOUND", "event %s does not exist",
            request->event_id);
}

/* --- update --- */

static void on_capacity(struct edit *edit, const struct capacity_answer *answer) {
    if (answer->status == STATUS_OK)
        store(edit, "updated");
    else
        edit_refuse(edit, answer->status, answer->reason, "%s", answer->message);
}

static void decide_update(struct edit *edit) {
    const Myevents__V1__UpdateEventRequest *request =
        (const Myevents__V1__UpdateEventRequest *)edit->request;
    const Myevents__V1__Event *before = current(edit, request->event->id, request->event->etag);
    if (!before)
        return;
    const Google__Protobuf__FieldMask *mask = request->update_mask;
    Myevents__V1__Event *next = next_of(edit, before);
    const char *bad_path;
    if (mask_apply(mask ? mask->paths : NULL, mask ? mask->n_paths : 0, updatable,
            &request->event->base, &next->base, &bad_path) != 0) {
        edit_refuse(edit, STATUS_INVALID_ARGUMENT, "BAD_UPDATE_MASK",
            "update_mask: \"%s\" is no field that can be updated", bad_path);
        return;
    }
    struct check check = CHECK_INIT(edit->call);
    const Myevents__V1__Location *location;
    const Myevents__V1__Hall *hall;
    if (before->state != MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED)
        validate_event(&check, next, edit->now_ms);
    if (check.count) {
        edit_refuse_check(edit, &check);
        return;
    }
    if (!(hall = find_hall(edit, next, &location)))
        return;
    next->capacity = next->capacity ? next->capacity : hall->capacity;
    next->time_zone = next->time_zone[0] ? next->time_zone : location->time_zone;
    enum event_outcome outcome = event_update(before, next, hall, edit->now_ms);
    if (outcome != EVENT_OK)
        refuse(edit, outcome, next->id);
    else if (before->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT)
        store(edit, NULL);
    else if (before->capacity != next->capacity)
        capacity_ask(edit, next, on_capacity);
    else
        store(edit, "updated");
}

void handle_update_event(
    struct call *call, const Myevents__V1__UpdateEventRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    if (check_field(&check, request->event != NULL, "event", "is required"))
        check_id(&check, request->event->id, "event.id");
    if (!check_refuse(&check))
        edit_start(data, call, &request->base, decide_update, apply);
}

/* --- publish and cancel --- */

static void change_state(struct edit *edit, const Myevents__V1__Event *before,
    enum event_outcome outcome, Myevents__V1__EventState state, const char *what) {
    if (outcome == EVENT_UNCHANGED)
        edit_answer(edit, &before->base);
    else if (outcome != EVENT_OK)
        refuse(edit, outcome, before->id);
    else {
        bool was_public = before->state != MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT;
        next_of(edit, before)->state = state;
        store(edit,
            was_public || state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED ? what : NULL);
    }
}

static void decide_publish(struct edit *edit) {
    const Myevents__V1__PublishEventRequest *request =
        (const Myevents__V1__PublishEventRequest *)edit->request;
    const Myevents__V1__Event *before = current(edit, request->event_id, request->etag);
    if (before)
        change_state(edit, before, event_publish(before, edit->now_ms),
            MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED, "published");
}

void handle_publish_event(
    struct call *call, const Myevents__V1__PublishEventRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    check_id(&check, request->event_id, "event_id");
    if (!check_refuse(&check))
        edit_start(data, call, &request->base, decide_publish, apply);
}

static void decide_cancel(struct edit *edit) {
    const Myevents__V1__CancelEventRequest *request =
        (const Myevents__V1__CancelEventRequest *)edit->request;
    const Myevents__V1__Event *before = current(edit, request->event_id, request->etag);
    if (before)
        change_state(edit, before, event_cancel(before),
            MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED, "cancelled");
}

void handle_cancel_event(
    struct call *call, const Myevents__V1__CancelEventRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    check_id(&check, request->event_id, "event_id");
    if (!check_refuse(&check))
        edit_start(data, call, &request->base, decide_cancel, apply);
}

/* --- delete --- */

static void apply_delete(struct edit *edit) {
    Google__Protobuf__Empty nothing = GOOGLE__PROTOBUF__EMPTY__INIT;
    Myevents__V1__Event gone = MYEVENTS__V1__EVENT__INIT;
    gone.id = edit->event->id;
    gone.location_id = edit->event->location_id;
    catalog_remove_event(&edit->service->catalog, gone.id);
    feed_publish(edit->service->feed, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_DELETED, &gone);
    edit_answer(edit, &nothing.base);
}

static void decide_delete(struct edit *edit) {
    const Myevents__V1__DeleteEventRequest *request =
        (const Myevents__V1__DeleteEventRequest *)edit->request;
    const Myevents__V1__Event *before = current(edit, request->event_id, request->etag);
    if (!before)
        return;
    enum event_outcome outcome = event_delete(before);
    if (outcome != EVENT_OK) {
        refuse(edit, outcome, before->id);
        return;
    }
    next_of(edit, before);
    docs_delete(edit_begin(edit), DOCS_EVENTS, before->id);
    edit_commit(edit);
}

void handle_delete_event(
    struct call *call, const Myevents__V1__DeleteEventRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    check_id(&check, request->event_id, "event_id");
    if (!check_refuse(&check))
        edit_start(data, call, &request->base, decide_delete, apply_delete);
}

/* --- watch --- */

void handle_watch_events(
    struct call *call, const Myevents__V1__WatchEventsRequest *request, void *data) {
    struct event_service *service = data;
    struct check check = CHECK_INIT(call);
    if (request->event_id[0])
        check_id(&check, request->event_id, "event_id");
    if (request->location_id[0])
        check_id(&check, request->location_id, "location_id");
    if (!check_refuse(&check))
        feed_watch(service->feed, call, request);
}
