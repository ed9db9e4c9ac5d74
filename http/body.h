/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A request's body as it arrives: so many bytes, or chunked. It grows with what has come, not with
 * what was announced. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "http/chunked.h"
#include "http/parser.h"

enum { HTTP_BODY_KEPT_MAX = 16 * 1024 }; /* memory that is kept from request to request */

struct http_body {
    bool is_chunked;
    int64_t size; /* announced */
    struct http_chunked chunked;
    struct buffer bytes;
};

void http_body_deinit(struct http_body *body);
void http_body_clear(struct http_body *body);
void http_body_expect(struct http_body *body, int64_t size); /* -1: chunked */
/* As http_chunked_feed(). */
_must_check_ int http_body_feed(struct http_body *body, struct text bytes, int64_t body_size_max,
    size_t *ret_used, struct http_refusal *ret_refusal);
