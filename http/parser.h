/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The syntax of a request's head: request line and header fields, nothing of what they mean. Bytes
 * may come in any portions, and the portions never change the answer. It knows no socket, allocates
 * nothing and remembers offsets only, so the bytes may move between two calls.
 *
 * Deliberately narrow: lines end with CRLF and nothing else, single spaces in the request line, no
 * folded lines, no space before a colon, no control characters. One empty line before the request
 * is forgiven, as RFC 9112 2.2 asks.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"
#include "http/server.h"

enum { HTTP_METHOD_SIZE_MAX = 32 }; /* 501 */

/* Outcomes of feeding; 0: complete. */
enum { HTTP_READ_MORE = 1, HTTP_READ_REFUSED = 2 };

struct http_refusal {
    int status; /* 0: not refused */
    const char *why;
};

struct http_span {
    uint16_t offset;
    uint16_t size;
};

struct http_field {
    struct http_span name;
    struct http_span value; /* without the white space around it */
};

enum http_parser_state {
    HTTP_AT_START,
    HTTP_AT_EMPTY_LINE_LF,
    HTTP_IN_METHOD,
    HTTP_IN_TARGET,
    HTTP_IN_VERSION,
    HTTP_AT_LINE_LF,
    HTTP_AT_FIELD,
    HTTP_IN_FIELD_NAME,
    HTTP_AT_FIELD_VALUE,
    HTTP_IN_FIELD_VALUE,
    HTTP_AT_END_LF,
    HTTP_AT_END,
};

struct http_parser {
    enum http_parser_state state;
    uint16_t position; /* bytes understood; at the end: the head's size */
    uint16_t mark;     /* where the current element began */
    int minor_version; /* of HTTP/1.x */
    struct http_span method;
    struct http_span target; /* both of size 0 until they were understood */
    struct http_refusal refusal;
    size_t field_count;
    struct http_field fields[HTTP_HEADERS_MAX];
};

void http_parser_clear(struct http_parser *parser);
/* `head` is everything since the head's first byte, old and new. Keeps refusing once it refused. */
_must_check_ int http_parser_feed(struct http_parser *parser, const char *head, size_t size);

static inline struct text http_span_text(struct http_span span, const char *head) {
    return (struct text){head + span.offset, span.size};
}
