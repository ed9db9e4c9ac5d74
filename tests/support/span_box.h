/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The spans that this process has ended, for tests: as if they were exported. */

#include <stddef.h>

#include "base/span.h"

enum { SPAN_BOX_SIZE = 4096 };

void span_box_open(void); /* spans are recorded from now on, unless their parent is not */
void span_box_close(void);
/* How many have ended since it was opened. */
size_t span_box_count(void);
/* The n-th of a kind, in the order of their ends, 0 the first. NULL: there is none. */
struct span *span_box_find(enum span_kind kind, unsigned n);
/* The value of an attribute as text; "" when the span has none of that key. */
const char *span_box_value(const struct span *span, const char *key);
