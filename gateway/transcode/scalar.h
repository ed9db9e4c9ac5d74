/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One number, bool or enum value of a field, from what JSON, a path or a query says to the bits the
 * wire carries: zigzag applied, floats as their bits. False when the field cannot hold it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "gateway/transcode/number.h"
#include "gateway/transcode/schema.h"

struct arena;

bool scalar_from_number(
    const struct schema_field *field, const struct number *number, uint64_t *ret_bits);
/* As a text: "12", "true", "NaN", "EVENT_STATE_DRAFT". */
bool scalar_from_text(const struct schema_field *field, struct text text, uint64_t *ret_bits);

/* What the field wants: "must be true or false". Lists and maps: what one value must be. */
const char *scalar_expectation(struct arena *arena, const struct schema_field *field);
