/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* W3C trace context: the identity of one request through REST, gRPC, the store's outbox and the
 * bus. */

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

enum { TRACE_ID_SIZE = 32, SPAN_ID_SIZE = 16, TRACEPARENT_SIZE = 55 };

struct trace {
    char trace_id[TRACE_ID_SIZE + 1]; /* lower-case hex; empty: no trace */
    char span_id[SPAN_ID_SIZE + 1];
    bool sampled;
};

void trace_start(struct trace *ret_trace); /* a new root */
/* Same trace, new span; a new root when the parent is empty. */
void trace_continue(const struct trace *parent, struct trace *ret_trace);
/* Version 00, or what 00 knows of a later one. -EINVAL leaves ret_trace as it was. */
_must_check_ int trace_parse(struct text traceparent, struct trace *ret_trace);
void trace_format(const struct trace *trace, char ret_text[static TRACEPARENT_SIZE + 1]);
