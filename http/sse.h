/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Server-sent events over a streamed answer. Loop thread only. */

#include "base/text.h"

struct http_exchange;

void sse_begin(
    struct http_exchange *exchange); /* 200, text/event-stream, no-store; after http_add_header() */
/* id and event may be empty; line breaks in data become further data lines. 0 or HTTP_FULL. */
int sse_event(struct http_exchange *exchange, struct text id, struct text event, struct text data);
int sse_heartbeat(struct http_exchange *exchange); /* a comment line */
