/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes, read as pipelined requests: whole, and again in portions that the bytes themselves
 * choose. Both must give the same answers, and an accepted request must keep what the rules
 * promise.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/reader.h"
#include "http/syntax.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/http/requests.h"

enum { BODY_SIZE_MAX = 256 };

const void *fuzz_seed(size_t index, size_t *ret_size) {
    if (index >= ARRAY_SIZE(raw_requests))
        return NULL;
    *ret_size = raw_requests[index].bytes.size;
    return raw_requests[index].bytes.data;
}

static bool holds_only(struct text text, uint8_t kind) {
    for (size_t i = 0; i < text.size; i++)
        if (!http_char_is(text.data[i], kind))
            return false;
    return true;
}

static void check_headers(const struct http_request *request) {
    assert(request->header_count <= HTTP_HEADERS_MAX);
    for (size_t i = 0; i < request->header_count; i++) {
        assert(http_is_token(request->headers[i].name));
        assert(holds_only(request->headers[i].value, HTTP_CHAR_VALUE));
        assert(text_equal(request->headers[i].value, text_trim(request->headers[i].value)));
    }
}

static size_t count_headers(const struct http_request *request, struct text name) {
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += text_equal_ignore_case(request->headers[i].name, name);
    return count;
}

static void check_accepted(const struct http_reader *reader) {
    const struct http_request *request = &reader->request;
    assert(http_is_token(request->method));
    assert(request->target.size <= HTTP_TARGET_SIZE_MAX);
    assert(holds_only(request->target, HTTP_CHAR_TARGET));
    assert(text_starts_with(request->path, TEXT("/")) || text_equal(request->path, TEXT("*")));
    assert(!memchr(request->path.data, '?', request->path.size));
    check_headers(request);
    assert(count_headers(request, TEXT("Host")) + (reader->parser.minor_version == 0) >= 1);
    assert(count_headers(request, TEXT("Host")) <= 1);
    assert(count_headers(request, TEXT("Content-Length")) +
               count_headers(request, TEXT("Transfer-Encoding")) <=
           1);
    assert(request->body.size <= BODY_SIZE_MAX);
    assert(request->has_body == (request->body.size > 0));
}

/* Like http_reader_feed(), from memory that is gone when it returns. */
static int feed_copy(struct http_reader *reader, struct text bytes, size_t *ret_used) {
    char *copy = malloc(bytes.size + 1);
    assert(copy);
    memcpy(copy, bytes.data, bytes.size);
    int r = http_reader_feed(reader, (struct text){copy, bytes.size}, BODY_SIZE_MAX, ret_used);
    free(copy);
    assert(*ret_used <= bytes.size);
    assert(r != HTTP_READ_MORE || *ret_used == bytes.size);
    return r;
}

/* Portion sizes come from the input, so that a fuzzer learns to choose them. */
static size_t portion_size(struct text bytes, size_t at) {
    return (size_t)(uint8_t)bytes.data[(at * 7 + 3) % bytes.size] % 17 + 1;
}

static int feed_in_portions(struct http_reader *reader, struct text bytes, size_t *ret_used) {
    size_t at = 0;
    while (at < bytes.size) {
        size_t size = portion_size(bytes, at), used;
        if (size > bytes.size - at)
            size = bytes.size - at;
        int r = feed_copy(reader, (struct text){bytes.data + at, size}, &used);
        at += used;
        *ret_used = at;
        if (r != HTTP_READ_MORE)
            return r;
    }
    *ret_used = at;
    return HTTP_READ_MORE;
}

static void check_equal(const struct http_reader *a, const struct http_reader *b) {
    assert(text_equal(a->request.method, b->request.method));
    assert(text_equal(a->request.target, b->request.target));
    assert(text_equal(a->request.path, b->request.path));
    assert(text_equal(a->request.query, b->request.query));
    assert(text_equal(a->request.body, b->request.body));
    assert(a->request.header_count == b->request.header_count);
    for (size_t i = 0; i < a->request.header_count; i++)
        assert(text_equal(a->request.headers[i].value, b->request.headers[i].value));
    assert(a->refusal.status == b->refusal.status);
    assert(a->refusal.why == b->refusal.why);
    assert(a->phase == b->phase);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text rest = {(const char *)data, size};
    static struct http_reader whole, cut;
    int r = 0;
    while (rest.size > 0 && r == 0) {
        size_t used, cut_used;
        http_reader_clear(&whole);
        http_reader_clear(&cut);
        r = feed_copy(&whole, rest, &used);
        int cut_r = feed_in_portions(&cut, rest, &cut_used);
        assert(r == cut_r);
        if (r == 0) {
            assert(used > 0 && used == cut_used);
            check_accepted(&whole);
        }
        http_reader_give_up(&whole);
        http_reader_give_up(&cut);
        check_equal(&whole, &cut);
        rest = (struct text){rest.data + used, rest.size - used};
    }
    http_reader_deinit(&whole);
    http_reader_deinit(&cut);
    return 0;
}
