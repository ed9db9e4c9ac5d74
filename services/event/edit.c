/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/edit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pb_encode.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/trace.h"
#include "mesh/check.h"
#include "mesh/message.h"
#include "myevents/events/v1/records.pb.h"
#include "services/event/event.h"

/* --- the way of an edit --- */

static struct edit *edit_of(struct turn *turn) {
    return container_of(turn, struct edit, turn);
}

static void take(struct turn *turn) {
    struct edit *edit = edit_of(turn);
    /* The client may have gone while others had their turns: nobody would read the answer. */
    if (call_is_cancelled(edit->call)) {
        edit_refuse(edit, STATUS_CANCELLED, "CANCELLED", "the caller has gone");
        return;
    }
    edit->now_ms = clock_wall_ms();
    edit->decide(edit);
}

static void on_durable(struct turn *turn, int r) {
    struct edit *edit = edit_of(turn);
    if (r == 0)
        edit->apply(edit);
    else
        edit_refuse(edit, STATUS_UNAVAILABLE, "STORE_UNAVAILABLE",
            "the change may or may not be stored; ask again with the same request_id");
}

void edit_start(struct event_service *service, struct call *call, const ProtobufCMessage *request,
    void (*decide)(struct edit *edit), void (*apply)(struct edit *edit)) {
    struct edit *edit = arena_zalloc(call_arena(call), sizeof *edit);
    edit->turn = (struct turn){.take = take, .on_durable = on_durable};
    edit->service = service;
    edit->call = call;
    edit->request = request;
    edit->decide = decide;
    edit->apply = apply;
    edit->creation.key = "";
    if (turns_wait(&service->turns, &edit->turn) == TURNS_FULL) {
        const struct failure failure = {.code = STATUS_RESOURCE_EXHAUSTED,
            .reason = "TOO_MANY_CHANGES",
            .message = "too many changes are waiting",
            .retry_delay_ms = 1000};
        call_fail_with(call, &failure);
    }
}

struct store_commit *edit_begin(struct edit *edit) {
    struct store_commit *commit = turn_begin(&edit->service->turns, &edit->turn);
    store_commit_trace(commit, call_trace(edit->call), &edit->trace);
    return commit;
}

void edit_commit(struct edit *edit) {
    turn_commit(&edit->service->turns, &edit->turn);
}

/* Answering gives the edit's memory away, so the turn ends before. */
void edit_answer(struct edit *edit, const ProtobufCMessage *reply) {
    struct call *call = edit->call;
    turn_end(&edit->service->turns, &edit->turn);
    call_reply(call, reply);
}

void edit_refuse(
    struct edit *edit, enum status_code code, const char *reason, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(call_arena(edit->call), format, args);
    va_end(args);
    struct call *call = edit->call;
    turn_end(&edit->service->turns, &edit->turn);
    call_fail(call, code, reason, "%s", message);
}

void edit_refuse_with(struct edit *edit, const struct failure *failure) {
    struct call *call = edit->call;
    turn_end(&edit->service->turns, &edit->turn);
    call_fail_with(call, failure);
}

void edit_refuse_check(struct edit *edit, struct check *check) {
    turn_end(&edit->service->turns, &edit->turn);
    check_refuse(check);
}

/* --- what an edit needs --- */

Google__Protobuf__Timestamp *edit_timestamp(struct edit *edit, int64_t ms) {
    Google__Protobuf__Timestamp *timestamp = arena_alloc(call_arena(edit->call), sizeof *timestamp);
    google__protobuf__timestamp__init(timestamp);
    timestamp->seconds = ms / 1000;
    timestamp->nanos = (int32_t)(ms % 1000) * 1000000;
    return timestamp;
}

bool etag_is_stale(const char *given, const char *stored) {
    return given[0] && strcmp(given, stored) != 0;
}

bool edit_is_replay(struct edit *edit, const char *method, const char *request_id,
    const ProtobufCMessage *body,
    const ProtobufCMessage *(*find)(const struct catalog *catalog, const char *id)) {
    if (!request_id[0])
        return false;
    struct arena *arena = call_arena(edit->call);
    struct text bytes = message_pack(arena, body);
    edit->creation = (struct docs_request){
        .key = arena_printf(arena, "%s:%s", method, request_id),
        .fingerprint = hash_stable(bytes.data, bytes.size),
        .time_ms = edit->now_ms,
    };
    const struct catalog *catalog = &edit->service->catalog;
    const struct request_entry *known = catalog_request(catalog, edit->creation.key);
    if (!known)
        return false;
    const ProtobufCMessage *message = find(catalog, known->id.text);
    if (known->fingerprint != edit->creation.fingerprint)
        edit_refuse(edit, STATUS_INVALID_ARGUMENT, "IDEMPOTENCY_MISMATCH",
            "request_id: \"%s\" was used for another request", request_id);
    else if (!message)
        edit_refuse(edit, STATUS_NOT_FOUND, "DELETED_SINCE",
            "what request_id \"%s\" created has been deleted since", request_id);
    else
        edit_answer(edit, message);
    return true;
}

void edit_note_key(struct edit *edit, const char *id) {
    const struct docs_request *creation = &edit->creation;
    if (creation->key[0])
        catalog_note_request(
            &edit->service->catalog, creation->key, creation->fingerprint, id, creation->time_ms);
}

/* Copied: a capacity is asked for meanwhile, and the catalog forgets. */
void edit_keep_key(struct edit *edit, const char *id) {
    const struct request_entry *made = catalog_request_of(&edit->service->catalog, id);
    if (made)
        edit->creation = (struct docs_request){
            .key = arena_copy_string(call_arena(edit->call), made->key),
            .fingerprint = made->fingerprint,
            .time_ms = made->time_ms,
        };
}

/* --- records --- */

enum { RECORD_SIZE_MAX = 2048 };

static void add_record(struct edit *edit, struct store_commit *commit, const char *type,
    const char *subject, const pb_msgdesc_t *fields, const void *message) {
    uint8_t bytes[RECORD_SIZE_MAX];
    char traceparent[TRACEPARENT_SIZE + 1];
    struct id id = id_new();
    pb_ostream_t stream = pb_ostream_from_buffer(bytes, sizeof bytes);
    bool is_encoded = pb_encode(&stream, fields, message);
    assert(is_encoded); /* every field has passed its limit by now */
    trace_format(&edit->trace, traceparent);
    const struct store_record record = {
        .id = text_from(id.text),
        .type = text_from(type),
        .subject = text_from(subject),
        .traceparent = text_from(traceparent),
        .time_ms = edit->now_ms,
        .data = {(const char *)bytes, stream.bytes_written},
    };
    store_commit_record(commit, &record);
}

void edit_record_event(struct edit *edit, struct store_commit *commit, const char *what,
    const Myevents__V1__Event *event) {
    myevents_events_v1_EventRecord record = {
        .capacity = event->capacity,
        .start_time_ms = timestamp_ms(event->start_time),
        .end_time_ms = timestamp_ms(event->end_time),
        .cancelled = event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_CANCELLED,
        .version = event->version,
    };
    snprintf(record.event_id, sizeof record.event_id, "%s", event->id);
    snprintf(record.name, sizeof record.name, "%s", event->name);
    snprintf(record.location_id, sizeof record.location_id, "%s", event->location_id);
    add_record(edit, commit, arena_printf(call_arena(edit->call), "myevents.event.%s.v1", what),
        event->id, myevents_events_v1_EventRecord_fields, &record);
}

void edit_record_location(struct edit *edit, struct store_commit *commit, const char *what,
    const Myevents__V1__Location *location) {
    myevents_events_v1_LocationRecord record = {.version = strtoll(location->etag, NULL, 10)};
    snprintf(record.location_id, sizeof record.location_id, "%s", location->id);
    snprintf(record.name, sizeof record.name, "%s", location->name);
    snprintf(record.country, sizeof record.country, "%s", location->country);
    snprintf(record.time_zone, sizeof record.time_zone, "%s", location->time_zone);
    add_record(edit, commit, arena_printf(call_arena(edit->call), "myevents.location.%s.v1", what),
        location->id, myevents_events_v1_LocationRecord_fields, &record);
}
