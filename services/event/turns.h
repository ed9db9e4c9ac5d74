/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Organisers' changes, one after the other. What a change is decided on therefore cannot change
 * until it is durable, and a reader never sees what might still be lost. Organisers write rarely;
 * where rushes happen, in the booking service, commits are batched instead.
 *
 *  1. turns_wait() runs take(turn) on the loop when the turn has come, never within the call.
 *  2. Whoever has the turn ends it exactly once: turn_end(), or turn_commit(), after which
 *     on_durable(turn, r) runs on the loop and then has to call turn_end().
 *  3. The turn's memory must live until turn_end(); the next take runs after the callback that
 *     called it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "mesh/loop.h"
#include "store/store.h"

enum { TURNS_WAITING_MAX = 1000, TURNS_FULL = 1 };

struct turn {
    struct list link;
    void (*take)(struct turn *turn);
    void (*on_durable)(struct turn *turn, int r);
};

struct turns {
    struct loop *loop;
    struct store *store;
    struct list waiting;
    size_t waiting_count;
    struct turn *current;
    struct task next;
    bool is_next_posted;
    struct store_commit commit;
    struct task durable;
    int result;
    uint64_t version; /* of the partition all of them write to */
};

_must_check_ int turns_init(struct turns *turns, struct loop *loop, struct store *store);
void turns_deinit(struct turns *turns);
_must_check_ int turns_wait(struct turns *turns, struct turn *turn); /* 0, TURNS_FULL */
bool turns_are_idle(const struct turns *turns);

/* The commit to fill in before turn_commit(). */
struct store_commit *turn_begin(struct turns *turns, struct turn *turn);
void turn_commit(struct turns *turns, struct turn *turn);
void turn_end(struct turns *turns, struct turn *turn);
