/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_IS_CHECKED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_IS_CHECKED true
#endif
#endif
#ifndef ARENA_IS_CHECKED
#define ARENA_IS_CHECKED false
#endif

/* Oldest at the end. A block beyond ARENA_BLOCK_MAX serves a single large allocation. */
struct arena_block {
    struct arena_block *previous;
    size_t size; /* of data */
    alignas(max_align_t) char data[];
};

enum {
    ARENA_ALIGNMENT = alignof(max_align_t),
    ARENA_BLOCK_MIN = 4 * 1024 - sizeof(struct arena_block),
    ARENA_BLOCK_MAX = 64 * 1024 - sizeof(struct arena_block),
    ARENA_LARGE = ARENA_BLOCK_MAX / 4,
};

void arena_init(struct arena *arena, size_t cap_bytes) {
    *arena = (struct arena){.cap_bytes = cap_bytes};
}

static void arena_use(struct arena *arena, struct arena_block *block) {
    arena->block = block;
    arena->next = block ? block->data : NULL;
    arena->end = block ? block->data + block->size : NULL;
}

/* The oldest block is worth keeping when any call can use it. */
static bool is_reusable(const struct arena_block *block) {
    return !ARENA_IS_CHECKED && !block->previous && block->size <= ARENA_BLOCK_MAX;
}

void arena_clear(struct arena *arena) {
    struct arena_block *block = arena->block;
    while (block && !is_reusable(block)) {
        struct arena_block *previous = block->previous;
        free(block);
        block = previous;
    }
    arena_use(arena, block);
    arena->used_bytes = 0;
}

void arena_deinit(struct arena *arena) {
    arena_clear(arena);
    free(arena->block);
    arena_use(arena, NULL);
}

static struct arena_block *arena_block_new(size_t size, struct arena_block *previous) {
    struct arena_block *block = memory_resize(NULL, sizeof(*block) + size);
    block->previous = previous;
    block->size = size;
    return block;
}

/* Stands behind the current block, whose remaining room stays in use. */
static void *arena_alloc_alone(struct arena *arena, size_t size) {
    struct arena_block *current = arena->block;
    struct arena_block *block = arena_block_new(size, current ? current->previous : NULL);
    if (current) {
        current->previous = block;
    } else {
        arena_use(arena, block);
        arena->next = arena->end;
    }
    return block->data;
}

static void arena_grow(struct arena *arena) {
    size_t size = arena->block ? arena->block->size * 2 : ARENA_BLOCK_MIN;
    if (size > ARENA_BLOCK_MAX)
        size = ARENA_BLOCK_MAX;
    arena_use(arena, arena_block_new(size, arena->block));
}

void *arena_try_alloc(struct arena *arena, size_t size) {
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t taken = size ? (size + ARENA_ALIGNMENT - 1) & -(size_t)ARENA_ALIGNMENT : ARENA_ALIGNMENT;
    if (arena->cap_bytes && taken > arena->cap_bytes - arena->used_bytes)
        return NULL;
    arena->used_bytes += taken;
    if (ARENA_IS_CHECKED || taken > ARENA_LARGE)
        return arena_alloc_alone(arena, size);
    while ((size_t)(arena->end - arena->next) < taken)
        arena_grow(arena);
    char *memory = arena->next;
    arena->next += taken;
    return memory;
}

void *arena_alloc(struct arena *arena, size_t size) {
    void *memory = arena_try_alloc(arena, size);
    assert(memory && "the arena's cap bounds this size");
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t size) {
    return memset(arena_alloc(arena, size), 0, size);
}

void *arena_copy(struct arena *arena, const void *data, size_t size) {
    void *memory = arena_alloc(arena, size);
    if (size > 0)
        memcpy(memory, data, size);
    return memory;
}

char *arena_copy_string(struct arena *arena, const char *string) {
    return arena_copy(arena, string, strlen(string) + 1);
}

char *arena_copy_text(struct arena *arena, struct text text) {
    char *string = arena_alloc(arena, text.size + 1);
    if (text.size > 0)
        memcpy(string, text.data, text.size);
    string[text.size] = '\0';
    return string;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *string = arena_vprintf(arena, format, args);
    va_end(args);
    return string;
}

/* Most strings are short: those are formatted once. */
char *arena_vprintf(struct arena *arena, const char *format, va_list args) {
    char probe[256];
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(probe, sizeof(probe), format, args);
    assert(size >= 0);
    char *string = arena_alloc(arena, (size_t)size + 1);
    if ((size_t)size < sizeof(probe))
        memcpy(string, probe, (size_t)size + 1);
    else
        vsnprintf(string, (size_t)size + 1, format, again);
    va_end(again);
    return string;
}
