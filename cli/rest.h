/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A blocking HTTP/1.1 client for tools and tests: one connection, kept alive, one request at a
 * time. It reads answers whole, whether they have a length, come in chunks or end with the
 * connection.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buffer.h"
#include "base/text.h"

struct rest {
    char host[256];
    char port[8];
    int64_t timeout_ms;
    int fd; /* -1: not connected; the next request connects */
    struct buffer in;
};

struct rest_answer {
    int status;
    struct text head; /* status line and headers */
    struct text body; /* all borrowed until the next request */
};

/* address: "host:port". -EINVAL when it is not. Does not connect. */
_must_check_ int rest_init(struct rest *rest, const char *address, int64_t timeout_ms);
void rest_deinit(struct rest *rest);

/* headers: lines that end with \r\n, or "". body may be empty. A negative errno leaves the outcome
 * open. */
_must_check_ int rest_request(struct rest *rest, const char *method, const char *target,
    const char *headers, struct text body, struct rest_answer *ret_answer);

/* Value of a header of an answer, in any case; empty when absent. */
struct text rest_header(const struct rest_answer *answer, const char *name);

/* The first string value of `key` anywhere in compact JSON as our gateway writes it: for what is
 * known to be an id, a token or a constant. False when absent or longer than size. */
bool rest_find_string(struct text json, const char *key, char *ret_value, size_t size);
