/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hash map from bytes to a pointer. Keys are borrowed: they must live as long as their entry, so
 * they usually stand in the value. The hash is SipHash with a key drawn at start, so a peer cannot
 * choose keys that collide.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct map_slot;

struct map {
    struct map_slot *slots;
    size_t count;
    size_t capacity;
};

void map_deinit(struct map *map);                      /* frees no value */
void *map_get(const struct map *map, struct text key); /* NULL when absent */
void *map_put(struct map *map, struct text key,
    void *value); /* the value it replaced, or NULL; value is not NULL */
void *map_remove(struct map *map, struct text key); /* the value removed, or NULL */
/* Walks in no order: start with *cursor = 0, NULL ends the walk. The map must not change meanwhile.
 */
void *map_next(const struct map *map, size_t *cursor, struct text *ret_key);

uint64_t hash_bytes(const void *data, size_t size);  /* SipHash-1-3, keyed per process */
uint64_t hash_stable(const void *data, size_t size); /* fixed key: may be stored */
