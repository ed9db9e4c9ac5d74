/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a case asserts. What is not so is said, and ends the program with status 1. */

#include "base/attr.h"
#include "tests/interop/exchange.h"

_noreturn_ _printf_(1, 2) void fail_case(const char *format, ...);
void expect_number(const char *what, int64_t seen, int64_t wanted);
void expect_value(const char *what, const struct value *seen, struct text wanted);
/* Waits until the call is done. */
void expect_status(struct exchange *exchange, enum status_code wanted);
/* So many messages of these sizes, all of zeros, and OK. */
void expect_sizes(struct exchange *exchange, const size_t *sizes, size_t count);
