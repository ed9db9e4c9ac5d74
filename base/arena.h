/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Memory that is given back all at once. One arena serves one call: its request is unpacked into
 * it, its reply is built in it, nothing in between is freed. Under AddressSanitizer every
 * allocation is a malloc of its own, so an overrun into the neighbour is seen.
 *
 *     struct arena arena;
 *     arena_init(&arena, 1024 * 1024);
 *     char *name = arena_printf(&arena, "%s-%u", prefix, number);
 *     arena_deinit(&arena);
 *
 * An arena belongs to one thread at a time.
 */

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/text.h"

struct arena_block;

struct arena {
    struct arena_block *block;
    char *next;
    char *end;
    size_t used_bytes; /* handed out, each size rounded up to the alignment */
    size_t cap_bytes;  /* 0: no cap */
};

void arena_init(struct arena *arena, size_t cap_bytes);
void arena_deinit(struct arena *arena);
void arena_clear(struct arena *arena); /* keeps the first block for reuse */

/* Aligned for any type, not zeroed. Aborts beyond the cap: for sizes that our own limits bound. */
void *arena_alloc(struct arena *arena, size_t size);
/* NULL beyond the cap: for sizes that a peer decides. */
void *arena_try_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);

void *arena_copy(struct arena *arena, const void *data, size_t size);
char *arena_copy_string(struct arena *arena, const char *string);
char *arena_copy_text(struct arena *arena, struct text text); /* NUL-terminated */
_printf_(2, 3) char *arena_printf(struct arena *arena, const char *format, ...);
_printf_(2, 0) char *arena_vprintf(struct arena *arena, const char *format, va_list args);
