/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The bytes of an answer. */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/buffer.h"
#include "base/text.h"

/* How the client learns where the body ends. */
enum http_framing {
    HTTP_BY_LENGTH,
    HTTP_BY_CHUNKS,
    HTTP_BY_CLOSE, /* a stream for HTTP/1.0 */
    HTTP_NO_BODY,  /* the status says that there is none: 204, 304 */
};

struct http_response {
    int status;
    struct text headers; /* complete lines */
    enum http_framing framing;
    size_t body_size; /* by length */
    bool closes;
};

/* "Sun, 22 Nov 2026 20:15:00 GMT", written once a second. Zeroed memory is valid. */
struct http_date {
    time_t second;
    char text[32];
};

void http_append_head(
    struct buffer *output, const struct http_response *response, struct http_date *date);
/* A header line. Control characters in the value become spaces: it may come from elsewhere, and no
 * answer is ever split. */
void http_append_header(struct buffer *output, const char *name, struct text value);
void http_append_chunk(struct buffer *output, struct text bytes); /* nothing when empty */
void http_append_last_chunk(struct buffer *output);
bool http_status_has_body(int status);
