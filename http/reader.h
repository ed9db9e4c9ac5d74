/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request from its first byte to its last: bytes in, a complete valid request or a refusal out.
 * It knows no socket and no clock, and the answer does not depend on how the bytes are cut.
 */

#include "base/attr.h"
#include "base/buffer.h"
#include "base/text.h"
#include "http/body.h"
#include "http/head.h"
#include "http/parser.h"
#include "http/server.h"

enum http_reader_phase {
    HTTP_READING_HEAD,
    HTTP_READING_BODY,
    HTTP_READ_COMPLETE,
};

/* Zeroed memory is a valid reader. */
struct http_reader {
    enum http_reader_phase phase;
    struct http_request request; /* when complete; what was understood when refused or given up */
    struct http_head head;       /* valid when the head was read */
    struct http_refusal refusal;

    struct http_parser parser;
    struct http_body body;
    struct buffer head_bytes; /* what the request's texts point into */
    struct http_header headers[HTTP_HEADERS_MAX];
};

void http_reader_deinit(struct http_reader *reader);
void http_reader_clear(struct http_reader *reader); /* ready for the next request */
/* No more will come: makes what was understood so far readable in the request. */
void http_reader_give_up(struct http_reader *reader);
/* 0: complete, `*ret_used` bytes belonged to it. HTTP_READ_MORE: all were taken. */
_must_check_ int http_reader_feed(
    struct http_reader *reader, struct text bytes, int64_t body_size_max, size_t *ret_used);
