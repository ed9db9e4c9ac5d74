/* SPDX-License-Identifier: Apache-2.0 */
#include "http/body.h"

void http_body_deinit(struct http_body *body) {
    buffer_deinit(&body->bytes);
}

void http_body_clear(struct http_body *body) {
    if (body->bytes.capacity > HTTP_BODY_KEPT_MAX)
        buffer_deinit(&body->bytes);
    buffer_clear(&body->bytes);
}

void http_body_expect(struct http_body *body, int64_t size) {
    body->is_chunked = size < 0;
    body->size = size;
    http_chunked_clear(&body->chunked);
}

static int take_announced(struct http_body *body, struct text bytes, size_t *ret_used) {
    size_t missing = (size_t)body->size - body->bytes.size;
    size_t size = bytes.size < missing ? bytes.size : missing;
    buffer_append(&body->bytes, bytes.data, size);
    *ret_used = size;
    return size == missing ? 0 : HTTP_READ_MORE;
}

int http_body_feed(struct http_body *body, struct text bytes, int64_t body_size_max,
    size_t *ret_used, struct http_refusal *ret_refusal) {
    if (!body->is_chunked)
        return take_announced(body, bytes, ret_used);
    int r = http_chunked_feed(&body->chunked, bytes, body_size_max, &body->bytes, ret_used);
    if (r == HTTP_READ_REFUSED)
        *ret_refusal = body->chunked.refusal;
    return r;
}
