/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One printf conversion, taken off a format and its arguments, then printed alone. Private to log.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

/* Room for the longest number, and for widths that anyone would want. */
enum { LOG_SPEC_TEXT_SIZE = 384 };

struct log_spec {
    char flags[8];
    int width;     /* 0: none */
    int precision; /* -1: none */
    char length;   /* 'H' stands for hh, 'L' for ll, 0 for none */
    char conversion;
    union {
        int64_t i;
        uint64_t u;
        double real;
        const void *pointer;
    } value;
};

/* `format` stands on the %. Returns what comes after; NULL when it is not understood. */
const char *log_spec_take(const char *format, va_list *args, struct log_spec *ret_spec);
/* Borrowed from the scratch space or from the argument. */
struct text log_spec_print(const struct log_spec *spec, char scratch[static LOG_SPEC_TEXT_SIZE]);
/* Printed, it is a number as JSON has them. */
bool log_spec_is_number(const struct log_spec *spec);
