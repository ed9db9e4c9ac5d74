/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a head means: where the body ends, whom it is for, whether the connection goes on. Every way
 * in which two readers could disagree about the end of a request is refused (RFC 9112 section 6.3
 * leaves some of them open):
 *
 *  1. Content-Length stands once and is digits only. Never together with Transfer-Encoding.
 *  2. Transfer-Encoding stands once and is "chunked", in any case; never in HTTP/1.0.
 *  3. Host stands once and is valid; only HTTP/1.0 may leave it out.
 *  4. The target begins with '/', or it is http:// with exactly the authority that Host names, or
 *     it is the '*' of OPTIONS.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "http/parser.h"
#include "http/server.h"

struct http_head {
    int64_t body_size; /* -1: not known before, chunked */
    bool keeps_alive;
    bool expects_continue;

    uint8_t seen; /* fields that may stand only once */
    struct text host;
};

/* Reads method, target and headers of `request`, fills its path and query. */
_must_check_ int http_head_read(struct http_head *head, struct http_request *request,
    int minor_version, int64_t body_size_max, struct http_refusal *ret_refusal);
