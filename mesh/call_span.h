/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The spans of calls, on both sides, as OpenTelemetry's conventions name and fill them.
 *
 *  1. peer_name_read() tells who is called, by what the configuration says.
 *  2. call_span_begin() begins the span of a call and sets the context that goes on with it; NULL
 *     when it is not recorded, which the others take. The path is "/package.Service/Method", also
 *     of what nobody serves. call_span_avoid() makes a context for a call that is not to be
 *     recorded, here or where it leads.
 *  3. call_span_end() counts as failed: on the client all but OK, on the server what is the
 *     server's own fault.
 *  4. trace_state_bound() is what is passed on of a tracestate: all of it, or nothing when it has
 *     more than TRACE_STATE_SIZE_MAX bytes.
 */

#include <stdint.h>

#include "base/span.h"
#include "base/text.h"
#include "mesh/status.h"

enum { PEER_ADDRESS_SIZE = 256 };

struct peer_name {
    char address[PEER_ADDRESS_SIZE];
    int64_t port; /* 0: none */
};
void peer_name_read(const char *target, struct peer_name *ret_name);

struct span *call_span_begin(
    enum span_kind kind, const char *path, const struct trace *parent, struct trace *ret_trace);
void call_span_avoid(const struct trace *parent, struct trace *ret_trace);
void call_span_peer(struct span *span, const struct peer_name *peer);
void call_span_end(struct span *span, enum status_code code, const char *message);

enum { TRACE_STATE_SIZE_MAX = 512 };
struct text trace_state_bound(struct text value);
