/* SPDX-License-Identifier: Apache-2.0 */
#include "http/pool.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"
#include "http/exchange.h"

#if defined(__SANITIZE_ADDRESS__)
#define POOL_IS_CHECKED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOL_IS_CHECKED true
#endif
#endif
#ifndef POOL_IS_CHECKED
#define POOL_IS_CHECKED false
#endif

void http_pool_init(struct http_pool *pool) {
    *pool = (struct http_pool){0};
    list_init(&pool->used);
    list_init(&pool->spare);
}

static void exchange_destroy(struct http_exchange *exchange) {
    list_remove(&exchange->link);
    http_reader_deinit(&exchange->reader);
    arena_deinit(&exchange->arena);
    buffer_deinit(&exchange->headers);
    free(exchange);
}

void http_pool_deinit(struct http_pool *pool) {
    list_splice_back(&pool->spare, &pool->used);
    list_for_each_safe (link, &pool->spare)
        exchange_destroy(container_of(link, struct http_exchange, link));
    while (pool->output_count > 0)
        buffer_deinit(&pool->outputs[--pool->output_count]);
}

struct http_exchange *http_pool_take_exchange(struct http_pool *pool) {
    struct list *link = list_pop_front(&pool->spare);
    struct http_exchange *exchange;
    if (link) {
        pool->spare_count--;
        exchange = container_of(link, struct http_exchange, link);
    } else {
        exchange = memory_new(sizeof(*exchange));
        arena_init(&exchange->arena, 0);
    }
    list_push_back(&pool->used, &exchange->link);
    return exchange;
}

void http_pool_give_exchange(struct http_pool *pool, struct http_exchange *exchange) {
    if (POOL_IS_CHECKED || pool->spare_count == HTTP_POOL_MAX) {
        exchange_destroy(exchange);
        return;
    }
    arena_clear(&exchange->arena);
    list_remove(&exchange->link);
    list_push_front(&pool->spare, &exchange->link);
    pool->spare_count++;
}

struct buffer http_pool_take_output(struct http_pool *pool) {
    return pool->output_count > 0 ? pool->outputs[--pool->output_count] : (struct buffer){0};
}

void http_pool_give_output(struct http_pool *pool, struct buffer *output) {
    buffer_clear(output);
    bool is_kept = !POOL_IS_CHECKED && pool->output_count < HTTP_POOL_MAX &&
                   output->capacity <= HTTP_POOL_OUTPUT_SIZE_MAX;
    if (is_kept)
        pool->outputs[pool->output_count++] = *output;
    else
        buffer_deinit(output);
    *output = (struct buffer){0};
}
