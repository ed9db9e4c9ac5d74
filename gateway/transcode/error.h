/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is wrong with a request or a reply: where, and a sentence that says what is allowed instead.
 * Reading and writing carry a chain of steps on the stack that says where they are; only an error
 * turns it into text, so the way without errors pays nothing for it.
 */

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/text.h"

struct arena;
struct buffer;
struct schema_field;

enum { TRANSCODE_INVALID = 1 }; /* the outcome of whatever fills a transcode_error */

struct transcode_error {
    const char *path;    /* "event.halls[2].capacity"; "" for the whole; lives in the arena */
    const char *message; /* "must be a whole number from 0 to 100, not \"x\""; lives in the arena */
    size_t offset;       /* into the JSON or the wire bytes; 0 when it is about neither */
};

enum { STEP_NO_INDEX = -1 };

/* One step of the way to where we are: a field, then maybe a list's index or a map's key. */
struct step {
    const struct step *parent;
    const struct schema_field *field; /* NULL: the name is in `key` */
    struct text key;                  /* of a map when `field` is set; unset: data is NULL */
    ptrdiff_t index;                  /* of a list, or STEP_NO_INDEX */
};

/* "event.halls[2].name", NUL-terminated, in the arena. NULL is the whole. */
const char *step_path(struct arena *arena, const struct step *step);

/* Fills the error; returns TRANSCODE_INVALID, so that `return error_at(...)` reads as a sentence.
 */
_printf_(5, 6) int error_at(struct transcode_error *ret_error, struct arena *arena,
    const struct step *step, size_t offset, const char *format, ...);

/* The beginning of what a peer sent, safe to show: escaped, cut to a few words. */
const char *error_excerpt(struct arena *arena, struct text text);
