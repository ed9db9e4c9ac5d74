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
 *
 *  1. Each check is true when all is well; otherwise it notes a violation of `field` (borrowed)
 *     with its description (in the call's arena) and is false. Of more than CHECK_VIOLATIONS_MAX
 *     the first are kept.
 *  2. check_field() notes it when `holds` is false. check_id() wants a UUID; check_string()
 *     min_length to max_length characters of valid UTF-8 without control characters (line feed and
 *     tab allowed if `multiline`); check_request_id() "" or 1 to 128 printable ASCII characters.
 *  3. check_refuse() is true when anything was noted: the call has been answered with all of it and
 *     must not be touched. The message is the first violation.
 *  4. All of it is for the owner of the call, before its end.
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

_printf_(4, 5) bool check_field(
    struct check *check, bool holds, const char *field, const char *format, ...);
bool check_id(struct check *check, const char *value, const char *field);
bool check_string(struct check *check, const char *value, const char *field, size_t min_length,
    size_t max_length, bool multiline);
bool check_request_id(struct check *check, const char *value);
bool check_refuse(struct check *check);
