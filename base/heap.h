/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Intrusive binary heap ordered by an int64 key, smallest first: timers, hold deadlines. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_entry {
    int64_t key;
    size_t index; /* HEAP_NOWHERE when in no heap; set it so before first use */
};

enum { HEAP_NOWHERE = 0 };

struct heap {
    struct heap_entry **slots; /* slots[1] is the smallest */
    size_t count;
    size_t capacity;
};

void heap_deinit(struct heap *heap); /* frees no entry */
void heap_insert(struct heap *heap, struct heap_entry *entry);
void heap_remove(
    struct heap *heap, struct heap_entry *entry);      /* nothing happens when it is in no heap */
struct heap_entry *heap_peek(const struct heap *heap); /* NULL when empty */
struct heap_entry *heap_pop(struct heap *heap);        /* NULL when empty */
