/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/users.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mesh/call.h"
#include "mesh/check.h"
#include "myevents/v1/booking_service.mesh.h"
#include "services/booking/desk.h"
#include "services/booking/docs.h"
#include "services/booking/refusal.h"
#include "services/booking/reply.h"
#include "services/booking/user.h"

enum { BATCH_MAX = 100 };

/* A call that waits for a user to be on disk; in its own arena. */
struct waiter {
    struct list link;
    struct call *call;
};

/* A user on the way to the disk. What it borrows is the first waiter's. */
struct creation {
    struct desk *desk;
    struct user user;
    struct key *key; /* NULL: none was given */
    struct list waiters;
    struct store_commit commit;
    struct task stored;
    int result;
};

static const struct uuid nobody; /* whose key it is before there is a user */

static void reply(struct call *call, const struct user *user) {
    booking_service_create_user_reply(call, reply_user(call_arena(call), user));
}

static void creation_answer(struct creation *creation) {
    for (struct list *next; (next = list_pop_front(&creation->waiters));) {
        struct call *call = container_of(next, struct waiter, link)->call;
        if (creation->result == 0)
            reply(call, &creation->user);
        else
            refuse_call_plainly(call, OUTCOME_UNKNOWN);
    }
}

static void on_stored(struct task *task) {
    struct creation *creation = container_of(task, struct creation, stored);
    struct desk *desk = creation->desk;
    desk->users_in_flight--;
    if (creation->result == 0) {
        struct user_entry *entry = directory_add_user(&desk->directory, &creation->user.id);
        entry->missing = user_missing(&creation->user);
        if (creation->key)
            key_settle(&desk->keys, creation->key, entry, creation->user.create_ms);
    } else {
        if (creation->key)
            key_drop(&desk->keys, creation->key);
        lanes_break(&desk->lanes, "a user could not be written");
    }
    creation_answer(creation);
    store_commit_deinit(&creation->commit);
    free(creation);
}

/* On the store's thread. */
static void on_committed(struct store_commit *commit, int r) {
    struct creation *creation = commit->data;
    creation->result = r;
    loop_post(creation->desk->loop, &creation->stored);
}

static void creation_add_waiter(struct creation *creation, struct call *call) {
    struct waiter *waiter = arena_alloc(call_arena(call), sizeof(*waiter));
    waiter->call = call;
    list_push_back(&creation->waiters, &waiter->link);
}

static void creation_submit(struct creation *creation) {
    char partition[DOCS_PARTITION_SIZE];
    creation->commit.done = on_committed;
    creation->commit.data = creation;
    store_commit_begin(&creation->commit, docs_user_partition(&creation->user.id, partition), 0);
    struct waiter *first = container_of(creation->waiters.next, struct waiter, link);
    struct trace own;
    store_commit_trace(&creation->commit, call_trace(first->call), &own);
    _cleanup_(buffer_deinit) struct buffer scratch = {0};
    docs_put_user(&creation->commit, &scratch, &creation->user);
    creation->desk->users_in_flight++;
    store_submit(creation->desk->store, &creation->commit);
}

/* Shows a user that is on disk. */
static void answer_stored(struct desk *desk, struct call *call, const struct uuid *id) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(desk->store);
    struct user user;
    int r = docs_get_user(view, id, &user);
    if (r == 0)
        reply(call, &user);
    else if (r == STORE_ABSENT)
        refuse_call_plainly(call, OUTCOME_USER_NOT_FOUND);
    else
        call_fail_errno(call, r, "read a user");
}

static void answer_again(
    struct desk *desk, struct call *call, const struct key *key, uint64_t fingerprint) {
    if (key->fingerprint != fingerprint)
        refuse_call_plainly(call, OUTCOME_IDEMPOTENCY_MISMATCH);
    else if (key->state == KEY_PENDING)
        creation_add_waiter(key->answer, call);
    else
        answer_stored(desk, call, &((const struct user_entry *)key->answer)->id);
}

static void create(struct desk *desk, struct call *call, const struct user *user) {
    uint64_t fingerprint = user_fingerprint(user);
    struct key *key = NULL;
    if (user->create_key.size > 0) {
        key = keys_find(&desk->keys, &nobody, KEY_CREATE_USER, user->create_key);
        if (key) {
            answer_again(desk, call, key, fingerprint);
            return;
        }
        key = keys_add(&desk->keys, &nobody, KEY_CREATE_USER, user->create_key, fingerprint);
    }
    struct creation *creation = memory_new(sizeof(*creation));
    creation->desk = desk;
    creation->user = *user;
    creation->key = key;
    if (key)
        key->answer = creation;
    creation->stored.run = on_stored;
    list_init(&creation->waiters);
    creation_add_waiter(creation, call);
    creation_submit(creation);
}

/* All of the details, or none for a guest. */
static bool refuse_invalid(struct call *call, const Myevents__V1__CreateUserRequest *request) {
    struct check check = CHECK_INIT(call);
    const Myevents__V1__User *user = request->user;
    if (check_field(&check, user, "user", "is required") &&
        (user->first_name[0] || user->last_name[0] || user->email[0]))
        user_check(&check, user, USER_DETAILS);
    check_request_id(&check, request->request_id);
    return check_refuse(&check);
}

void handle_create_user(
    struct call *call, const Myevents__V1__CreateUserRequest *request, void *data) {
    struct desk *desk = data;
    if (refuse_invalid(call, request))
        return;
    if (desk->lanes.is_broken) {
        refuse_call_plainly(call, OUTCOME_UNKNOWN);
        return;
    }
    struct user user = {
        .first_name = text_from(request->user->first_name),
        .last_name = text_from(request->user->last_name),
        .email = text_from(request->user->email),
        .create_key = text_from(request->request_id),
        .create_ms = clock_wall_ms(),
    };
    int r = uuid_parse(text_from(id_new().text), &user.id);
    assert(r == 0);
    create(desk, call, &user);
}

void handle_get_user(struct call *call, const Myevents__V1__GetUserRequest *request, void *data) {
    struct check check = CHECK_INIT(call);
    check_id(&check, request->user_id, "user_id");
    if (check_refuse(&check))
        return;
    struct uuid id;
    int r = uuid_parse(text_from(request->user_id), &id);
    assert(r == 0);
    answer_stored(data, call, &id);
}

/* --- several --- */

static bool refuse_invalid_batch(
    struct call *call, const Myevents__V1__BatchGetUsersRequest *request) {
    struct check check = CHECK_INIT(call);
    bool is_sized = request->n_user_ids >= 1 && request->n_user_ids <= BATCH_MAX;
    check_field(&check, is_sized, "user_ids", "must be 1 to %d ids", BATCH_MAX);
    for (size_t i = 0; is_sized && i < request->n_user_ids; i++)
        check_id(&check, request->user_ids[i], arena_printf(call_arena(call), "user_ids[%zu]", i));
    return check_refuse(&check);
}

/* One snapshot shows them all. */
static int read_users(struct desk *desk, struct arena *arena,
    const Myevents__V1__BatchGetUsersRequest *request,
    Myevents__V1__BatchGetUsersResponse *ret_reply) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(desk->store);
    ret_reply->users = arena_alloc(arena, request->n_user_ids * sizeof(*ret_reply->users));
    for (size_t i = 0; i < request->n_user_ids; i++) {
        struct uuid id;
        struct user user;
        int r = uuid_parse(text_from(request->user_ids[i]), &id);
        assert(r == 0);
        r = docs_get_user(view, &id, &user);
        if (r < 0)
            return r;
        if (r == 0)
            ret_reply->users[ret_reply->n_users++] = reply_user(arena, &user);
    }
    return 0;
}

void handle_batch_get_users(
    struct call *call, const Myevents__V1__BatchGetUsersRequest *request, void *data) {
    Myevents__V1__BatchGetUsersResponse reply = MYEVENTS__V1__BATCH_GET_USERS_RESPONSE__INIT;
    if (refuse_invalid_batch(call, request))
        return;
    int r = read_users(data, call_arena(call), request, &reply);
    if (r < 0)
        call_fail_errno(call, r, "read users");
    else
        booking_service_batch_get_users_reply(call, &reply);
}
