/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Validation of a request: collect every violation, answer them together as INVALID_ARGUMENT with
 * BadRequest.
 *
 *     struct check check = CHECK_INIT(call);
 *     check_field(&check, request->seats >= 1, "seats", "must be 1 to %d", BOOKING_SEATS_MAX);
 *     check_id(&check, request->event_id, "event_id");
 *     if (check_refuse(&check))
 *         return;
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "mesh/status.h"

struct call;

enum { CHECK_VIOLATIONS_MAX = 16 };

struct check {
    struct call *call;
    struct failure_field fields[CHECK_VIOLATIONS_MAX];
    size_t count;
};

#define CHECK_INIT(the_call)                                                                       \
    { .call = (the_call) }

/* False, and the violation is noted, when `holds` is false. */
_printf_(4, 5) bool check_field(
    struct check *check, bool holds, const char *field, const char *format, ...);
/* A UUID. */
bool check_id(struct check *check, const char *value, const char *field);
/* min_length to max_length characters of valid UTF-8 without control characters (line feed and tab
 * allowed if `multiline`). */
bool check_string(struct check *check, const char *value, const char *field, size_t min_length,
    size_t max_length, bool multiline);
/* "" or 1 to 128 printable ASCII characters. */
bool check_request_id(struct check *check, const char *value);
/* True when anything was noted: the call has been answered and must not be touched. */
bool check_refuse(struct check *check);
