/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Takes the chunked coding (RFC 9112 section 7.1) off a body. Chunk sizes are one to eight hex
 * digits and nothing else; extensions and trailers must be well-formed, are bounded and dropped.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "http/parser.h"

enum {
    HTTP_CHUNK_DIGITS_MAX = 8,
    HTTP_CHUNK_EXTENSIONS_MAX = 1024, /* bytes, of one body */
    HTTP_TRAILERS_SIZE_MAX = 4096,    /* bytes */
};

enum http_chunked_state {
    HTTP_CHUNK_SIZE,
    HTTP_CHUNK_EXTENSION_NAME,
    HTTP_CHUNK_EXTENSION_VALUE,
    HTTP_CHUNK_EXTENSION_QUOTED,
    HTTP_CHUNK_EXTENSION_ESCAPED,
    HTTP_CHUNK_EXTENSION_END,
    HTTP_CHUNK_SIZE_LF,
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_DATA_CR,
    HTTP_CHUNK_DATA_LF,
    HTTP_CHUNK_TRAILER,
    HTTP_CHUNK_TRAILER_NAME,
    HTTP_CHUNK_TRAILER_VALUE,
    HTTP_CHUNK_TRAILER_LF,
    HTTP_CHUNK_END_LF,
    HTTP_CHUNK_END,
};

struct http_chunked {
    enum http_chunked_state state;
    unsigned element_size; /* of the size, name or value being read */
    unsigned extensions_size;
    unsigned trailers_size;
    uint64_t remaining; /* of the current chunk */
    struct http_refusal refusal;
};

void http_chunked_clear(struct http_chunked *chunked);
/* Appends what it decodes to `body`. 0: the last byte was taken; *ret_used tells how many. */
_must_check_ int http_chunked_feed(struct http_chunked *chunked, struct text bytes,
    int64_t body_size_max, struct buffer *body, size_t *ret_used);
