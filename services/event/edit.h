/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One organiser's change: a call that waits for its turn, is decided, becomes durable, is applied,
 * and is answered. The four steps are given as functions; the way between them is here.
 */

#include <stdint.h>

#include "base/id.h"
#include "mesh/call.h"
#include "services/event/docs.h"
#include "services/event/service.h"

struct check;

struct edit {
    struct turn turn;
    struct event_service *service;
    struct call *call;
    const ProtobufCMessage *request;
    /* Decides: refuses by edit_refuse(), answers by edit_answer(), or fills in the next state and
     * calls edit_commit(). */
    void (*decide)(struct edit *edit);
    /* After the commit: puts the next state into the catalog and answers by edit_answer(). */
    void (*apply)(struct edit *edit);
    struct docs_request creation;     /* of the document that is written */
    Myevents__V1__Location *location; /* next state, in the call's arena */
    Myevents__V1__Event *event;
    struct id id;
    int64_t now_ms;
    struct trace trace; /* of the commit, from edit_begin() on */
};

/* In the call's arena. The call is answered by the edit from here on. */
void edit_start(struct event_service *service, struct call *call, const ProtobufCMessage *request,
    void (*decide)(struct edit *edit), void (*apply)(struct edit *edit));

struct store_commit *edit_begin(struct edit *edit);
void edit_commit(struct edit *edit);
_printf_(4, 5) void edit_refuse(
    struct edit *edit, enum status_code code, const char *reason, const char *format, ...);
/* With more than a reason and a message, borrowed. */
void edit_refuse_with(struct edit *edit, const struct failure *failure);
/* For violations found while it has the turn. */
void edit_refuse_check(struct edit *edit, struct check *check);
void edit_answer(struct edit *edit, const ProtobufCMessage *reply);

/* A record of the outbox in this commit. Types: "published", "updated", "cancelled" of an event,
 * "created", "updated", "deleted" of a location. */
void edit_record_event(struct edit *edit, struct store_commit *commit, const char *what,
    const Myevents__V1__Event *event);
void edit_record_location(struct edit *edit, struct store_commit *commit, const char *what,
    const Myevents__V1__Location *location);

/*
 * Idempotent creation. True when it has been dealt with: the key is known and its result was
 * answered, or it stands for another request and was refused. `find` gives the message by id.
 */
bool edit_is_replay(struct edit *edit, const char *method, const char *request_id,
    const ProtobufCMessage *body,
    const ProtobufCMessage *(*find)(const struct catalog *catalog, const char *id));

/* A creation is durable: its key stands for it from now on. */
void edit_note_key(struct edit *edit, const char *id);
/* What is written anew keeps the key that it was made under. */
void edit_keep_key(struct edit *edit, const char *id);

Google__Protobuf__Timestamp *edit_timestamp(struct edit *edit, int64_t ms);
/* "" or equal to the version of what is stored. */
bool etag_is_stale(const char *given, const char *stored);
