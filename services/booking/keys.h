/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Idempotency keys: (user, method, request id) stands for one request and its answer. The truth is
 * in the documents that the requests wrote; this is the index over them, rebuilt at start.
 *
 * A key is pending from its request's decision until that is durable, then done for the window. A
 * refusal wrote nothing: it is remembered in a bounded number only, and asked again after that it
 * is decided anew. Belongs to the service's loop.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "services/booking/outcome.h"
#include "services/booking/uuid.h"

enum { KEYS_REFUSALS_MAX = 16384 };

/* Numbers are part of the key. */
enum key_method { KEY_CREATE_USER = 1, KEY_CREATE_BOOKING = 2, KEY_EXTEND_BOOKING = 3 };

enum key_state { KEY_PENDING, KEY_DONE, KEY_REFUSED };

struct key {
    enum key_state state;
    enum outcome refusal; /* when refused */
    uint64_t fingerprint;
    void *answer; /* pending: what is being decided; done: what it came to. The adder's type. */
    /* private from here */
    struct list age;
    int64_t expire_ms;
    uint32_t size;
    char bytes[];
};

struct keys {
    struct map map;
    struct list done, refused; /* oldest first */
    size_t refused_count;
    int64_t window_ms;
};

void keys_init(struct keys *keys, int64_t window_ms);
void keys_deinit(struct keys *keys);

/* NULL: not seen, or too long ago. `scope` is the user; all zero where there is none yet. */
struct key *keys_find(
    struct keys *keys, const struct uuid *scope, enum key_method method, struct text request_id);
/* A new pending key; there must be none. */
struct key *keys_add(struct keys *keys, const struct uuid *scope, enum key_method method,
    struct text request_id, uint64_t fingerprint);
void key_settle(struct keys *keys, struct key *key, void *answer, int64_t created_ms);
void key_refuse(struct keys *keys, struct key *key, enum outcome refusal, int64_t now_ms);
/* Forgets a pending key: its request came to nothing that may be repeated. */
void key_drop(struct keys *keys, struct key *key);
/* Forgets what is older than the window; bounded work per call. */
void keys_sweep(struct keys *keys, int64_t now_ms);
