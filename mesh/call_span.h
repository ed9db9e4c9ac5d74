/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The spans of calls, on both sides, as OpenTelemetry's conventions name and fill them. Which
 * trace state goes on with a call stands here, too.
 */

#include <stdint.h>

#include "base/span.h"
#include "base/text.h"
#include "mesh/status.h"

enum { PEER_ADDRESS_SIZE = 256 };

/* Who is called, by what the configuration says. */
struct peer_name {
    char address[PEER_ADDRESS_SIZE];
    int64_t port; /* 0: none */
};
void peer_name_read(const char *target, struct peer_name *ret_name);

/* The path is "/package.Service/Method", also of what nobody serves. */
struct span *call_span_begin(
    enum span_kind kind, const char *path, const struct trace *parent, struct trace *ret_trace);
/* A context for a call that is not to be recorded, here or where it leads. */
void call_span_avoid(const struct trace *parent, struct trace *ret_trace);
void call_span_peer(struct span *span, const struct peer_name *peer);
/* Counts as failed: on the client all but OK, on the server what is the server's own fault. */
void call_span_end(struct span *span, enum status_code code, const char *message);

enum { TRACE_STATE_SIZE_MAX = 512 };
/* What is passed on of a tracestate: all of it, or nothing when it is too long. */
struct text trace_state_bound(struct text value);
