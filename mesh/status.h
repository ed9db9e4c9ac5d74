/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How a call ended: the canonical code, a sentence for developers, and google.rpc.Status details.
 *
 *  1. status_code_name() is "NOT_FOUND" for STATUS_NOT_FOUND; a number outside the table is
 *     "UNKNOWN".
 *  2. A struct status that a callback is shown is borrowed for its duration; its message is never
 *     NULL. status_copy() copies everything that it borrows into the arena.
 *  3. Details come from a peer. status_reason() is the reason of the first ErrorInfo in them,
 *     status_retry_delay_ms() the delay of the first RetryInfo; "" and -1 where there is none, or
 *     none that is valid. The reason lives in the arena.
 *  4. failure_serialize() makes the google.rpc.Status of a failure, in the arena: its code and
 *     message, an ErrorInfo always, BadRequest and RetryInfo when it has fields and a delay.
 */

#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

enum status_code {
    STATUS_OK = 0,
    STATUS_CANCELLED = 1,
    STATUS_UNKNOWN = 2,
    STATUS_INVALID_ARGUMENT = 3,
    STATUS_DEADLINE_EXCEEDED = 4,
    STATUS_NOT_FOUND = 5,
    STATUS_ALREADY_EXISTS = 6,
    STATUS_PERMISSION_DENIED = 7,
    STATUS_RESOURCE_EXHAUSTED = 8,
    STATUS_FAILED_PRECONDITION = 9,
    STATUS_ABORTED = 10,
    STATUS_OUT_OF_RANGE = 11,
    STATUS_UNIMPLEMENTED = 12,
    STATUS_INTERNAL = 13,
    STATUS_UNAVAILABLE = 14,
    STATUS_DATA_LOSS = 15,
    STATUS_UNAUTHENTICATED = 16,
    STATUS_CODE_COUNT
};

const char *status_code_name(int code);

struct status {
    enum status_code code;
    const char *message;
    struct text
        details; /* serialized google.rpc.Status from grpc-status-details-bin; may be empty */
};

struct arena;

struct status status_copy(struct arena *arena, const struct status *status);
const char *status_reason(struct arena *arena, const struct status *status);
int64_t status_retry_delay_ms(const struct status *status);

/*
 * A refusal under construction: what call_fail_with() sends.
 *
 *     struct failure failure = {STATUS_FAILED_PRECONDITION, "SOLD_OUT", "no seats left"};
 *     failure.retry_delay_ms = 500;
 */
struct failure_field {
    const char *field;
    const char *description;
};
struct failure {
    enum status_code code;
    const char *reason; /* ErrorInfo.reason in UPPER_SNAKE_CASE; NULL: the code's name */
    const char *message;
    int64_t retry_delay_ms;             /* 0: no RetryInfo */
    const struct failure_field *fields; /* BadRequest */
    size_t field_count;
    const struct failure_field *metadata; /* ErrorInfo.metadata: key and value */
    size_t metadata_count;
};

struct text failure_serialize(struct arena *arena, const struct failure *failure);
