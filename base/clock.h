/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Time is an argument of every rule; these are read at the rim only. */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

int64_t clock_wall_ms(void); /* since 1970, UTC */
int64_t clock_wall_us(void);
int64_t clock_monotonic_ms(void); /* for timeouts and durations */
int64_t clock_monotonic_us(void);

enum { CLOCK_TEXT_SIZE = 32 };
/* RFC 3339 in UTC with milliseconds, "2026-11-22T20:15:00.123Z"; years 0000 to 9999. */
void clock_format_ms(int64_t wall_ms, char ret_text[static CLOCK_TEXT_SIZE]);
/* RFC 3339 with any offset; finer fractions are cut off, leap seconds refused. -EINVAL. */
_must_check_ int clock_parse_ms(struct text text, int64_t *ret_wall_ms);
