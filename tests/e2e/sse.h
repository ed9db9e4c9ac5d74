/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Follows a stream of server-sent events, as a browser does. */

#include "tests/e2e/wire.h"

enum { SSE_TEXT_SIZE = 256 };

struct sse {
    struct wire wire;
    struct buffer text; /* out of its chunks, from the first event not yet taken */
    bool has_head;
    bool has_ended; /* properly, with its last chunk */
};

struct sse_event {
    char id[SSE_TEXT_SIZE];
    char name[SSE_TEXT_SIZE];
    struct text data; /* borrowed until the next call */
};

/* last_event_id NULL: from now on. */
void sse_open(struct sse *sse, int port, const char *target, const char *last_event_id);
void sse_close(struct sse *sse);
/* The next event; false when none came in time. Comments are skipped. */
bool sse_next(struct sse *sse, struct sse_event *ret_event, int timeout_ms);
/* A number in its data, as JSON has it; 0 when absent. */
long long sse_number(const struct sse_event *event, const char *key);
