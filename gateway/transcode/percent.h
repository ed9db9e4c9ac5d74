/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* %XX in paths and queries. */

#include <stdbool.h>

#include "base/attr.h"
#include "base/text.h"

struct arena;

enum percent_mode {
    PERCENT_SEGMENT,  /* everything */
    PERCENT_SEGMENTS, /* "%2F" stays as it is, so that it still differs from a slash */
    PERCENT_QUERY,    /* everything, '+' is a space */
};

/* False for a '%' without two hexadecimal digits, and for %00. */
_must_check_ bool percent_is_sound(struct text text);
/* Sound text, decoded; borrowed when nothing is to be done, else in the arena. */
struct text percent_decode(struct arena *arena, struct text text, enum percent_mode mode);
