/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <assert.h>
#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/memory.h"

/* Open addressing with linear probing; a removal closes its gap, so there are no tombstones. */
struct map_slot {
    uint64_t hash;
    struct text key;
    void *value; /* NULL: free */
};

enum { MAP_CAPACITY_MIN = 16 }; /* capacities are powers of two */

void map_deinit(struct map *map) {
    free(map->slots);
    *map = (struct map){0};
}

/* The slot that holds the key, or the free one where it belongs. */
static struct map_slot *map_find(const struct map *map, struct text key, uint64_t hash) {
    size_t mask = map->capacity - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        struct map_slot *slot = &map->slots[i];
        if (!slot->value || (slot->hash == hash && text_equal(slot->key, key)))
            return slot;
    }
}

void *map_get(const struct map *map, struct text key) {
    if (map->count == 0)
        return NULL;
    return map_find(map, key, hash_bytes(key.data, key.size))->value;
}

static void map_grow(struct map *map) {
    struct map old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : MAP_CAPACITY_MIN;
    map->slots = memory_new(map->capacity * sizeof(*map->slots));
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].value)
            *map_find(map, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    free(old.slots);
}

void *map_put(struct map *map, struct text key, void *value) {
    assert(value);
    if (map->count >= map->capacity / 4 * 3)
        map_grow(map);
    uint64_t hash = hash_bytes(key.data, key.size);
    struct map_slot *slot = map_find(map, key, hash);
    void *replaced = slot->value;
    /* Also when replacing: the old key may live in the old value. */
    *slot = (struct map_slot){hash, key, value};
    map->count += !replaced;
    return replaced;
}

/* Moves back every follower that probing from its home would no longer reach. */
static void map_close_gap(struct map *map, size_t gap) {
    size_t mask = map->capacity - 1;
    for (size_t i = (gap + 1) & mask; map->slots[i].value; i = (i + 1) & mask) {
        size_t home = map->slots[i].hash & mask;
        if (((i - home) & mask) < ((i - gap) & mask))
            continue;
        map->slots[gap] = map->slots[i];
        gap = i;
    }
    map->slots[gap] = (struct map_slot){0};
}

void *map_remove(struct map *map, struct text key) {
    if (map->count == 0)
        return NULL;
    struct map_slot *slot = map_find(map, key, hash_bytes(key.data, key.size));
    void *removed = slot->value;
    if (removed) {
        map_close_gap(map, (size_t)(slot - map->slots));
        map->count--;
    }
    return removed;
}

void *map_next(const struct map *map, size_t *cursor, struct text *ret_key) {
    while (*cursor < map->capacity) {
        const struct map_slot *slot = &map->slots[(*cursor)++];
        if (!slot->value)
            continue;
        if (ret_key)
            *ret_key = slot->key;
        return slot->value;
    }
    return NULL;
}

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate_left(uint64_t value, unsigned bits) {
    return value << bits | value >> (64 - bits);
}

static inline void sip_round(struct sip *sip) {
    sip->v0 += sip->v1;
    sip->v2 += sip->v3;
    sip->v1 = rotate_left(sip->v1, 13) ^ sip->v0;
    sip->v3 = rotate_left(sip->v3, 16) ^ sip->v2;
    sip->v0 = rotate_left(sip->v0, 32);
    sip->v2 += sip->v1;
    sip->v0 += sip->v3;
    sip->v1 = rotate_left(sip->v1, 17) ^ sip->v2;
    sip->v3 = rotate_left(sip->v3, 21) ^ sip->v0;
    sip->v2 = rotate_left(sip->v2, 32);
}

static inline void sip_absorb(struct sip *sip, uint64_t word) {
    sip->v3 ^= word;
    sip_round(sip);
    sip->v0 ^= word;
}

/* Up to eight bytes as a little-endian number. */
static inline uint64_t little_endian(const unsigned char *bytes, size_t size) {
    uint64_t word = 0;
    if (size > 0) /* the empty text has no bytes to point at */
        memcpy(&word, bytes, size);
    return le64toh(word);
}

static uint64_t siphash_1_3(const uint64_t key[static 2], const unsigned char *data, size_t size) {
    struct sip sip = {
        key[0] ^ UINT64_C(0x736f6d6570736575),
        key[1] ^ UINT64_C(0x646f72616e646f6d),
        key[0] ^ UINT64_C(0x6c7967656e657261),
        key[1] ^ UINT64_C(0x7465646279746573),
    };
    size_t whole = size & ~(size_t)7;
    for (size_t i = 0; i < whole; i += 8)
        sip_absorb(&sip, little_endian(data + i, sizeof(uint64_t)));
    sip_absorb(&sip, (uint64_t)size << 56 | little_endian(data + whole, size - whole));
    sip.v2 ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(&sip);
    return sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
}

static uint64_t process_key[2];

static void draw_process_key(void) {
    random_bytes(process_key, sizeof(process_key));
}

uint64_t hash_bytes(const void *data, size_t size) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, draw_process_key);
    return siphash_1_3(process_key, data, size);
}

uint64_t hash_stable(const void *data, size_t size) {
    static const uint64_t key[2] = {0, 0};
    return siphash_1_3(key, data, size);
}
