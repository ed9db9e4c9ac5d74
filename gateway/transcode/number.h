/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Decimal numbers as JSON spells them, kept exactly until it is known what they shall become. */

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* (is_negative ? -1 : 1) * digits * 10^exponent */
struct number {
    struct text text;
    uint64_t digits;
    int exponent;
    bool is_negative;
    bool is_exact; /* false: more digits than fit, only the text knows */
};

/* The number that `text` begins with: its size is what was taken; false when there is none. */
bool number_scan(struct text text, struct number *ret_number);
/* The whole text is one number. */
bool number_parse(struct text text, struct number *ret_number);

/* False when it has a fraction or does not fit. "1e2" and "1.0" are whole. */
bool number_to_u64(const struct number *number, uint64_t max, uint64_t *ret_value);
bool number_to_i64(const struct number *number, int64_t min, int64_t max, int64_t *ret_value);
/* Nearest; false when it overflows. */
bool number_to_double(const struct number *number, double *ret_value);
bool number_to_float(const struct number *number, float *ret_value);

enum { NUMBER_SIZE_MAX = 32 };
/* Shortest text that reads back as the same value; returns its size. Finite values only. */
size_t number_print_double(double value, char ret_text[static NUMBER_SIZE_MAX]);
size_t number_print_float(float value, char ret_text[static NUMBER_SIZE_MAX]);
size_t number_print_u64(uint64_t value, char ret_text[static NUMBER_SIZE_MAX]);
