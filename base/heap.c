/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

enum { HEAP_CAPACITY_MIN = 16 };

void heap_deinit(struct heap *heap) {
    for (size_t i = 1; i <= heap->count; i++)
        heap->slots[i]->index = HEAP_NOWHERE;
    free(heap->slots);
    *heap = (struct heap){0};
}

static void heap_place(struct heap *heap, struct heap_entry *entry, size_t index) {
    heap->slots[index] = entry;
    entry->index = index;
}

static void heap_sift_up(struct heap *heap, struct heap_entry *entry, size_t index) {
    while (index > 1 && entry->key < heap->slots[index / 2]->key) {
        heap_place(heap, heap->slots[index / 2], index);
        index /= 2;
    }
    heap_place(heap, entry, index);
}

static void heap_sift_down(struct heap *heap, struct heap_entry *entry, size_t index) {
    for (size_t child; (child = index * 2) <= heap->count; index = child) {
        if (child < heap->count && heap->slots[child + 1]->key < heap->slots[child]->key)
            child++;
        if (entry->key <= heap->slots[child]->key)
            break;
        heap_place(heap, heap->slots[child], index);
    }
    heap_place(heap, entry, index);
}

static void heap_grow(struct heap *heap) {
    heap->capacity = heap->capacity ? heap->capacity * 2 : HEAP_CAPACITY_MIN;
    heap->slots = memory_resize(heap->slots, (heap->capacity + 1) * sizeof(*heap->slots));
}

void heap_insert(struct heap *heap, struct heap_entry *entry) {
    assert(entry->index == HEAP_NOWHERE);
    if (heap->count == heap->capacity)
        heap_grow(heap);
    heap_sift_up(heap, entry, ++heap->count);
}

void heap_remove(struct heap *heap, struct heap_entry *entry) {
    size_t index = entry->index;
    if (index == HEAP_NOWHERE)
        return;
    assert(index <= heap->count && heap->slots[index] == entry);
    struct heap_entry *last = heap->slots[heap->count--];
    entry->index = HEAP_NOWHERE;
    if (last == entry)
        return;
    if (last->key < entry->key)
        heap_sift_up(heap, last, index);
    else
        heap_sift_down(heap, last, index);
}

struct heap_entry *heap_peek(const struct heap *heap) {
    return heap->count ? heap->slots[1] : NULL;
}

struct heap_entry *heap_pop(struct heap *heap) {
    struct heap_entry *entry = heap_peek(heap);
    if (entry)
        heap_remove(heap, entry);
    return entry;
}
