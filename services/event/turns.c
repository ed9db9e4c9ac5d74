/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/turns.h"

#include <assert.h>

#define PARTITION TEXT("catalog")

static void take_next(struct task *task) {
    struct turns *turns = container_of(task, struct turns, next);
    turns->is_next_posted = false;
    if (turns->current || list_is_empty(&turns->waiting))
        return;
    turns->current = container_of(list_pop_front(&turns->waiting), struct turn, link);
    turns->waiting_count--;
    turns->current->take(turns->current);
}

static void go_on(struct turns *turns) {
    if (turns->is_next_posted || turns->current || list_is_empty(&turns->waiting))
        return;
    turns->is_next_posted = true;
    loop_post(turns->loop, &turns->next);
}

static void on_durable(struct task *task) {
    struct turns *turns = container_of(task, struct turns, durable);
    if (turns->result == 0)
        turns->version = turns->commit.ret_version;
    turns->current->on_durable(turns->current, turns->result);
}

/* On a thread of the store. */
static void on_committed(struct store_commit *commit, int r) {
    struct turns *turns = container_of(commit, struct turns, commit);
    turns->result = r;
    loop_post(turns->loop, &turns->durable);
}

int turns_init(struct turns *turns, struct loop *loop, struct store *store) {
    *turns = (struct turns){
        .loop = loop, .store = store, .durable.run = on_durable, .next.run = take_next};
    list_init(&turns->waiting);
    struct store_view *view = store_view_open(store);
    int r = store_partition_version(view, PARTITION, &turns->version);
    store_view_close(view);
    return r;
}

void turns_deinit(struct turns *turns) {
    assert(turns_are_idle(turns));
    store_commit_deinit(&turns->commit);
}

bool turns_are_idle(const struct turns *turns) {
    return !turns->current && turns->waiting_count == 0;
}

int turns_wait(struct turns *turns, struct turn *turn) {
    if (turns->waiting_count >= TURNS_WAITING_MAX)
        return TURNS_FULL;
    list_push_back(&turns->waiting, &turn->link);
    turns->waiting_count++;
    go_on(turns);
    return 0;
}

struct store_commit *turn_begin(struct turns *turns, struct turn *turn) {
    assert(turns->current == turn);
    store_commit_begin(&turns->commit, PARTITION, turns->version);
    return &turns->commit;
}

void turn_commit(struct turns *turns, struct turn *turn) {
    assert(turns->current == turn);
    turns->commit.done = on_committed;
    store_submit(turns->store, &turns->commit);
}

void turn_end(struct turns *turns, struct turn *turn) {
    assert(turns->current == turn);
    turns->current = NULL;
    go_on(turns);
}
