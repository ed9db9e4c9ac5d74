/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/keys.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"
#include "services/booking/engine.h"

enum { KEY_SIZE_MAX = ID_BYTES + 1 + BOOKING_KEY_SIZE_MAX, SWEEP_MAX = 64 };

void keys_init(struct keys *keys, int64_t window_ms) {
    *keys = (struct keys){.window_ms = window_ms};
    list_init(&keys->done);
    list_init(&keys->refused);
}

void keys_deinit(struct keys *keys) {
    size_t cursor = 0;
    for (struct key *key; (key = map_next(&keys->map, &cursor, NULL));)
        free(key);
    map_deinit(&keys->map);
}

static struct text key_compose(char bytes[static KEY_SIZE_MAX], const struct uuid *scope,
    enum key_method method, struct text request_id) {
    assert(request_id.size > 0 && request_id.size <= BOOKING_KEY_SIZE_MAX);
    memcpy(bytes, scope->bytes, ID_BYTES);
    bytes[ID_BYTES] = (char)method;
    memcpy(bytes + ID_BYTES + 1, request_id.data, request_id.size);
    return (struct text){bytes, ID_BYTES + 1 + request_id.size};
}

struct key *keys_find(
    struct keys *keys, const struct uuid *scope, enum key_method method, struct text request_id) {
    char bytes[KEY_SIZE_MAX];
    return map_get(&keys->map, key_compose(bytes, scope, method, request_id));
}

struct key *keys_add(struct keys *keys, const struct uuid *scope, enum key_method method,
    struct text request_id, uint64_t fingerprint) {
    char bytes[KEY_SIZE_MAX];
    struct text composed = key_compose(bytes, scope, method, request_id);
    struct key *key = memory_new(sizeof(*key) + composed.size);
    key->state = KEY_PENDING;
    key->fingerprint = fingerprint;
    key->size = (uint32_t)composed.size;
    memcpy(key->bytes, composed.data, composed.size);
    list_init(&key->age);
    void *replaced = map_put(&keys->map, (struct text){key->bytes, key->size}, key);
    assert(!replaced);
    return key;
}

void key_drop(struct keys *keys, struct key *key) {
    map_remove(&keys->map, (struct text){key->bytes, key->size});
    list_remove(&key->age);
    keys->refused_count -= key->state == KEY_REFUSED;
    free(key);
}

void key_settle(struct keys *keys, struct key *key, void *answer, int64_t created_ms) {
    assert(key->state == KEY_PENDING);
    key->state = KEY_DONE;
    key->answer = answer;
    key->expire_ms = created_ms + keys->window_ms;
    list_push_back(&keys->done, &key->age);
}

void key_refuse(struct keys *keys, struct key *key, enum outcome refusal, int64_t now_ms) {
    assert(key->state == KEY_PENDING);
    if (keys->refused_count == KEYS_REFUSALS_MAX)
        key_drop(keys, container_of(keys->refused.next, struct key, age));
    key->state = KEY_REFUSED;
    key->refusal = refusal;
    key->answer = NULL;
    key->expire_ms = now_ms + keys->window_ms;
    list_push_back(&keys->refused, &key->age);
    keys->refused_count++;
}

static void sweep_list(struct keys *keys, struct list *list, int64_t now_ms) {
    for (int i = 0; i < SWEEP_MAX && !list_is_empty(list); i++) {
        struct key *oldest = container_of(list->next, struct key, age);
        if (oldest->expire_ms > now_ms)
            return;
        key_drop(keys, oldest);
    }
}

void keys_sweep(struct keys *keys, int64_t now_ms) {
    sweep_list(keys, &keys->done, now_ms);
    sweep_list(keys, &keys->refused, now_ms);
}
