/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/transcode/key_set.h"

#include "base/arena.h"
#include "base/map.h"

enum { CAPACITY_FIRST = 16 };

static struct text *find(struct text *slots, size_t capacity, struct text key) {
    size_t i = hash_bytes(key.data, key.size) & (capacity - 1);
    while (slots[i].data && !text_equal(slots[i], key))
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static void grow(struct key_set *set, struct arena *arena) {
    size_t capacity = set->capacity ? set->capacity * 2 : CAPACITY_FIRST;
    struct text *slots = arena_zalloc(arena, capacity * sizeof(slots[0]));
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i].data)
            *find(slots, capacity, set->slots[i]) = set->slots[i];
    set->slots = slots;
    set->capacity = capacity;
}

bool key_set_add(struct key_set *set, struct arena *arena, struct text key) {
    if (set->count * 2 >= set->capacity)
        grow(set, arena);
    struct text *slot = find(set->slots, set->capacity, key);
    if (slot->data)
        return false;
    *slot = (struct text){arena_copy(arena, key.data, key.size), key.size};
    set->count++;
    return true;
}
