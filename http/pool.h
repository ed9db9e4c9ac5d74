/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Exchanges and output buffers between two uses, so that serving a request allocates nothing and an
 * idle connection holds nothing. Under AddressSanitizer none is kept: a use after the end is seen.
 */

#include <stddef.h>

#include "base/buffer.h"
#include "base/list.h"

enum { HTTP_POOL_MAX = 128, HTTP_POOL_OUTPUT_SIZE_MAX = 64 * 1024 };

struct http_exchange;

struct http_pool {
    struct list used; /* exchanges */
    struct list spare;
    size_t spare_count;
    struct buffer outputs[HTTP_POOL_MAX];
    size_t output_count;
};

void http_pool_init(struct http_pool *pool);
void http_pool_deinit(struct http_pool *pool); /* also frees exchanges that nobody ended */

struct http_exchange *http_pool_take_exchange(struct http_pool *pool);
void http_pool_give_exchange(struct http_pool *pool, struct http_exchange *exchange);

struct buffer http_pool_take_output(struct http_pool *pool);
void http_pool_give_output(struct http_pool *pool, struct buffer *output);
