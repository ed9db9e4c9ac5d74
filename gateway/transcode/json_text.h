/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "base/text.h"

struct buffer;

/* In quotes, escaped where JSON demands it. False, with something appended, when it is no UTF-8. */
bool json_append_string(struct buffer *buffer, struct text text);
