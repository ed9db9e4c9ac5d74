/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A bare TCP connection: for requests that no client library would send. */

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

struct wire {
    int fd; /* -1: closed */
    struct buffer in;
    bool has_ended; /* the peer closed, or cut it */
};

void wire_open(struct wire *wire, int port); /* fails the test when nobody listens */
void wire_close(struct wire *wire);
/* What the peer does not take any more is dropped. */
void wire_send(struct wire *wire, struct text bytes);
/* Appends what comes to `in`; false when nothing came in timeout_ms or the peer has ended. */
bool wire_receive(struct wire *wire, int timeout_ms);

/* Sends, reads until the peer ends or is silent for timeout_ms; all it said, NUL-terminated, in
 * wire->in. The result is the HTTP status of its first answer, 0 when there is none. */
int wire_exchange(struct wire *wire, int port, struct text bytes, int timeout_ms);
