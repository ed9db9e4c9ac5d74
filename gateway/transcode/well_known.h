/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Timestamps, durations and field masks between their parts and their text in JSON. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct buffer;

enum { INSTANT_TEXT_SIZE = 40 };

/* RFC 3339, any offset, years 1 to 9999, up to nine digits of a second. */
bool timestamp_parse(struct text text, int64_t *ret_seconds, int32_t *ret_nanos);
/* 0, 3, 6 or 9 digits of a second, "Z". Returns the size, 0 when it is out of range. */
size_t timestamp_print(int64_t seconds, int32_t nanos, char ret_text[static INSTANT_TEXT_SIZE]);

/* "-1.5s", up to 10,000 years. */
bool duration_parse(struct text text, int64_t *ret_seconds, int32_t *ret_nanos);
size_t duration_print(int64_t seconds, int32_t nanos, char ret_text[static INSTANT_TEXT_SIZE]);

/* "start_time" and "startTime", dots pass. False when the way back would give another name. */
bool mask_path_to_snake(struct text camel, struct buffer *snake);
bool mask_path_to_camel(struct text snake, struct buffer *camel);
