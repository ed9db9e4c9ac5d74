/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A borrowed run of bytes, not NUL-terminated. Whoever made it says how long it lives. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct text {
    const char *data;
    size_t size;
};

#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})
/* For printf: "%.*s", TEXT_ARG(text). Names its argument twice: a variable, not a call. */
#define TEXT_ARG(text) (int)(text).size, (text).data

struct text text_from(const char *string); /* NULL gives the empty text */
bool text_equal(struct text a, struct text b);
bool text_equal_ignore_case(struct text a, struct text b); /* ASCII */
int text_compare(struct text a, struct text b);            /* as memcmp, shorter first */
bool text_starts_with(struct text text, struct text prefix);
bool text_ends_with(struct text text, struct text suffix);
bool text_contains_ignore_case(
    struct text text, struct text part); /* ASCII folding, bytes elsewhere */
struct text text_trim(struct text text); /* space and tab at both ends */
/* Cuts at the first `separator`: the part before it, `text` becomes the part after (empty at the
 * end). */
struct text text_cut(struct text *text, char separator);

bool text_is_utf8(struct text text);       /* RFC 3629: no surrogates, no overlong forms */
size_t text_utf8_length(struct text text); /* code points of valid UTF-8 */
size_t text_utf8_next(struct text text); /* bytes of the first code point; 0: none that is valid */

enum { TEXT_ESCAPE_SIZE = 8 };
/*
 * Cuts the next piece off `text` and returns it the way it stands inside a JSON string: a run of
 * plain characters, or one escape written into the scratch space. Control characters (also DEL and
 * C1, which terminals obey) are escaped; bytes that are no UTF-8 become U+FFFD.
 */
struct text text_cut_escaped(struct text *text, char scratch[static TEXT_ESCAPE_SIZE]);

/* Decimal digits only, the whole text. -EINVAL: not a number; -ERANGE: does not fit. */
_must_check_ int text_to_u64(struct text text, uint64_t *ret_value);
_must_check_ int text_to_i64(struct text text, int64_t *ret_value);
