/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/user_update.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mesh/call.h"
#include "mesh/check.h"
#include "mesh/mask.h"
#include "myevents/v1/booking_service.mesh.h"
#include "services/booking/desk.h"
#include "services/booking/docs.h"
#include "services/booking/refusal.h"
#include "services/booking/reply.h"
#include "services/booking/user.h"

struct update {
    struct desk *desk;
    struct call *call;
    const Myevents__V1__UpdateUserRequest *request;
    struct user_entry *entry;
    Myevents__V1__User *next; /* as it will be; in the call's arena */
    uint8_t missing;          /* of next */
    struct store_commit commit;
    struct task stored;
    int result;
};

/* The details as a message has them; what the message does not have is as it was. */
static struct user user_with_details(const struct user *before, const Myevents__V1__User *details) {
    struct user user = *before;
    user.first_name = text_from(details->first_name);
    user.last_name = text_from(details->last_name);
    user.email = text_from(details->email);
    user.create_print = user.create_key.size > 0 ? user_create_fingerprint(before) : 0;
    return user;
}

static bool is_same(const struct user *a, const struct user *b) {
    return text_equal(a->first_name, b->first_name) && text_equal(a->last_name, b->last_name) &&
           text_equal(a->email, b->email);
}

static void update_free(struct update *update) {
    store_commit_deinit(&update->commit);
    update->desk->users_in_flight--;
    free(update);
}

static void answer(struct update *update) {
    booking_service_update_user_reply(update->call, update->next);
    update_free(update);
}

static void refuse(struct update *update, enum outcome outcome) {
    refuse_call_plainly(update->call, outcome);
    update_free(update);
}

/* --- deciding --- */

static uint8_t named_details(const Google__Protobuf__FieldMask *mask) {
    uint8_t named = 0;
    for (size_t i = 0; mask && i < mask->n_paths; i++)
        named |= user_detail(mask->paths[i]);
    return named;
}

/* True: the call has been answered. */
static bool refuse_invalid_next(
    struct update *update, const struct user *before, const struct user *next) {
    struct check check = CHECK_INIT(update->call);
    uint8_t told = (uint8_t) ~(user_missing(before) & user_missing(next));
    user_check(&check, update->next, told | named_details(update->request->update_mask));
    return check_refuse(&check);
}

/* True: the call has been answered. */
static bool refuse_mask(struct update *update) {
    static const char *const updatable[] = {"first_name", "last_name", "email", NULL};
    const Google__Protobuf__FieldMask *mask = update->request->update_mask;
    const char *bad_path;
    if (mask_apply(mask ? mask->paths : NULL, mask ? mask->n_paths : 0, updatable,
            &update->request->user->base, &update->next->base, &bad_path) == 0)
        return false;
    struct check check = CHECK_INIT(update->call);
    check_field(&check, false, "update_mask",
        "must hold only first_name, last_name and email, not \"%s\"", bad_path);
    return check_refuse(&check);
}

static void attempt(struct update *update);

static void on_stored(struct task *task) {
    struct update *update = container_of(task, struct update, stored);
    if (update->result == STORE_CONFLICT) {
        attempt(update);
    } else if (update->result == 0) {
        update->entry->missing = update->missing;
        answer(update);
    } else {
        lanes_break(&update->desk->lanes, "a user could not be written");
        refuse(update, OUTCOME_UNKNOWN);
    }
}

/* On the store's thread. */
static void on_committed(struct store_commit *commit, int r) {
    struct update *update = commit->data;
    update->result = r;
    loop_post(update->desk->loop, &update->stored);
}

static void submit(struct update *update, const struct user *next, uint64_t version) {
    char partition[DOCS_PARTITION_SIZE];
    struct trace own;
    update->missing = user_missing(next);
    store_commit_begin(&update->commit, docs_user_partition(&next->id, partition), version);
    store_commit_trace(&update->commit, call_trace(update->call), &own);
    _cleanup_(buffer_deinit) struct buffer scratch = {0};
    docs_put_user(&update->commit, &scratch, next);
    store_submit(update->desk->store, &update->commit);
}

static void decide(struct update *update, const struct user *before, uint64_t version) {
    update->next = reply_user(call_arena(update->call), before);
    if (refuse_mask(update)) {
        update_free(update);
        return;
    }
    struct user next = user_with_details(before, update->next);
    if (refuse_invalid_next(update, before, &next))
        update_free(update);
    else if (is_same(before, &next))
        answer(update);
    else
        submit(update, &next, version);
}

/* Users are never deleted, so this one is there. */
static void attempt(struct update *update) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(update->desk->store);
    const struct uuid *id = &update->entry->id;
    char partition[DOCS_PARTITION_SIZE];
    struct user before;
    uint64_t version;
    int r = docs_get_user(view, id, &before);
    if (r == 0)
        r = store_partition_version(view, docs_user_partition(id, partition), &version);
    if (r == 0) {
        decide(update, &before, version);
        return;
    }
    call_fail_errno(update->call, r < 0 ? r : -EBADMSG, "read a user");
    update_free(update);
}

/* --- */

static bool refuse_invalid(struct call *call, const Myevents__V1__UpdateUserRequest *request) {
    struct check check = CHECK_INIT(call);
    if (check_field(&check, request->user, "user", "is required"))
        check_id(&check, request->user->id, "user.id");
    return check_refuse(&check);
}

void handle_update_user(
    struct call *call, const Myevents__V1__UpdateUserRequest *request, void *data) {
    struct desk *desk = data;
    if (refuse_invalid(call, request))
        return;
    struct uuid id;
    int r = uuid_parse(text_from(request->user->id), &id);
    assert(r == 0);
    struct user_entry *entry = directory_user(&desk->directory, &id);
    if (!entry || desk->lanes.is_broken) {
        refuse_call_plainly(call, entry ? OUTCOME_UNKNOWN : OUTCOME_USER_NOT_FOUND);
        return;
    }
    struct update *update = memory_new(sizeof(*update));
    update->desk = desk;
    update->call = call;
    update->request = request;
    update->entry = entry;
    update->stored.run = on_stored;
    update->commit.done = on_committed;
    update->commit.data = update;
    desk->users_in_flight++;
    attempt(update);
}
