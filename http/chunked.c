/* SPDX-License-Identifier: Apache-2.0 */
#include "http/chunked.h"

#include <stdbool.h>

#include "http/syntax.h"

void http_chunked_clear(struct http_chunked *chunked) {
    *chunked = (struct http_chunked){0};
}

static void refuse(struct http_chunked *chunked, int status, const char *why) {
    chunked->refusal = (struct http_refusal){status, why};
}

static void go(struct http_chunked *chunked, enum http_chunked_state state) {
    chunked->state = state;
    chunked->element_size = 0;
}

/* For the states where exactly one byte may follow. */
static void expect(
    struct http_chunked *chunked, char c, char expected, enum http_chunked_state state) {
    if (c != expected)
        refuse(chunked, 400, "A line of the chunked body must end with CR LF.");
    else
        go(chunked, state);
}

static void read_size(struct http_chunked *chunked, char c) {
    int digit = http_hex_digit(c);
    if (digit >= 0 && chunked->element_size < HTTP_CHUNK_DIGITS_MAX) {
        chunked->remaining = chunked->remaining << 4 | (unsigned)digit;
        chunked->element_size++;
    } else if (c == '\r' && chunked->element_size > 0) {
        go(chunked, HTTP_CHUNK_SIZE_LF);
    } else if (c == ';' && chunked->element_size > 0) {
        go(chunked, HTTP_CHUNK_EXTENSION_NAME);
    } else {
        refuse(chunked, 400, "A chunk size is not a hexadecimal number of up to eight digits.");
    }
}

static void end_extension(struct http_chunked *chunked, char c) {
    if (c == ';')
        go(chunked, HTTP_CHUNK_EXTENSION_NAME);
    else
        expect(chunked, c, '\r', HTTP_CHUNK_SIZE_LF);
}

static void read_extension_name(struct http_chunked *chunked, char c) {
    if (http_char_is(c, HTTP_CHAR_TOKEN))
        chunked->element_size++;
    else if (chunked->element_size == 0)
        refuse(chunked, 400, "A chunk extension has no name.");
    else if (c == '=')
        go(chunked, HTTP_CHUNK_EXTENSION_VALUE);
    else
        end_extension(chunked, c);
}

static void read_extension_value(struct http_chunked *chunked, char c) {
    if (http_char_is(c, HTTP_CHAR_TOKEN))
        chunked->element_size++;
    else if (c == '"' && chunked->element_size == 0)
        go(chunked, HTTP_CHUNK_EXTENSION_QUOTED);
    else if (chunked->element_size == 0)
        refuse(chunked, 400, "A chunk extension has no value.");
    else
        end_extension(chunked, c);
}

static void read_extension_quoted(struct http_chunked *chunked, char c) {
    if (c == '"')
        go(chunked, HTTP_CHUNK_EXTENSION_END);
    else if (c == '\\')
        go(chunked, HTTP_CHUNK_EXTENSION_ESCAPED);
    else if (!http_char_is(c, HTTP_CHAR_VALUE))
        refuse(chunked, 400, "A chunk extension holds a control character.");
}

static void read_extension_escaped(struct http_chunked *chunked, char c) {
    if (http_char_is(c, HTTP_CHAR_VALUE))
        go(chunked, HTTP_CHUNK_EXTENSION_QUOTED);
    else
        refuse(chunked, 400, "A chunk extension holds a control character.");
}

static void read_trailer(struct http_chunked *chunked, char c) {
    if (c == '\r')
        go(chunked, HTTP_CHUNK_END_LF);
    else if (http_char_is(c, HTTP_CHAR_TOKEN))
        go(chunked, HTTP_CHUNK_TRAILER_NAME);
    else
        refuse(chunked, 400, "A trailer name holds a forbidden character.");
}

static void read_trailer_name(struct http_chunked *chunked, char c) {
    if (c == ':')
        go(chunked, HTTP_CHUNK_TRAILER_VALUE);
    else if (!http_char_is(c, HTTP_CHAR_TOKEN))
        refuse(chunked, 400, "A trailer name must be followed by a colon.");
}

static void read_trailer_value(struct http_chunked *chunked, char c) {
    if (c == '\r')
        go(chunked, HTTP_CHUNK_TRAILER_LF);
    else if (!http_char_is(c, HTTP_CHAR_VALUE))
        refuse(chunked, 400, "A trailer value holds a control character.");
}

static bool is_extension(enum http_chunked_state state) {
    return state >= HTTP_CHUNK_EXTENSION_NAME && state <= HTTP_CHUNK_EXTENSION_END;
}

static bool is_trailer(enum http_chunked_state state) {
    return state >= HTTP_CHUNK_TRAILER && state <= HTTP_CHUNK_TRAILER_LF;
}

/* What we drop costs the peer nothing but our time, so it is bounded. */
static bool is_over_limit(struct http_chunked *chunked) {
    if (is_extension(chunked->state) && ++chunked->extensions_size > HTTP_CHUNK_EXTENSIONS_MAX)
        refuse(chunked, 400, "The chunk extensions are too large.");
    else if (is_trailer(chunked->state) && ++chunked->trailers_size > HTTP_TRAILERS_SIZE_MAX)
        refuse(chunked, 431, "The trailers are too large.");
    return chunked->refusal.status;
}

static void read_size_lf(struct http_chunked *chunked, char c) {
    expect(chunked, c, '\n', chunked->remaining > 0 ? HTTP_CHUNK_DATA : HTTP_CHUNK_TRAILER);
}

static void read_data_cr(struct http_chunked *chunked, char c) {
    expect(chunked, c, '\r', HTTP_CHUNK_DATA_LF);
}

static void read_data_lf(struct http_chunked *chunked, char c) {
    expect(chunked, c, '\n', HTTP_CHUNK_SIZE);
}

static void read_trailer_lf(struct http_chunked *chunked, char c) {
    expect(chunked, c, '\n', HTTP_CHUNK_TRAILER);
}

static void read_end_lf(struct http_chunked *chunked, char c) {
    expect(chunked, c, '\n', HTTP_CHUNK_END);
}

typedef void (*read_fn)(struct http_chunked *chunked, char c);

/* Every state but DATA takes one byte at a time. */
static const read_fn states[] = {
    [HTTP_CHUNK_SIZE] = read_size,
    [HTTP_CHUNK_EXTENSION_NAME] = read_extension_name,
    [HTTP_CHUNK_EXTENSION_VALUE] = read_extension_value,
    [HTTP_CHUNK_EXTENSION_QUOTED] = read_extension_quoted,
    [HTTP_CHUNK_EXTENSION_ESCAPED] = read_extension_escaped,
    [HTTP_CHUNK_EXTENSION_END] = end_extension,
    [HTTP_CHUNK_SIZE_LF] = read_size_lf,
    [HTTP_CHUNK_DATA_CR] = read_data_cr,
    [HTTP_CHUNK_DATA_LF] = read_data_lf,
    [HTTP_CHUNK_TRAILER] = read_trailer,
    [HTTP_CHUNK_TRAILER_NAME] = read_trailer_name,
    [HTTP_CHUNK_TRAILER_VALUE] = read_trailer_value,
    [HTTP_CHUNK_TRAILER_LF] = read_trailer_lf,
    [HTTP_CHUNK_END_LF] = read_end_lf,
};

static size_t take_data(struct http_chunked *chunked, struct text bytes, struct buffer *body) {
    size_t size = bytes.size < chunked->remaining ? bytes.size : (size_t)chunked->remaining;
    buffer_append(body, bytes.data, size);
    chunked->remaining -= size;
    if (chunked->remaining == 0)
        go(chunked, HTTP_CHUNK_DATA_CR);
    return size;
}

static bool is_too_large(
    const struct http_chunked *chunked, const struct buffer *body, int64_t body_size_max) {
    return chunked->state == HTTP_CHUNK_DATA &&
           chunked->remaining > (uint64_t)body_size_max - body->size;
}

int http_chunked_feed(struct http_chunked *chunked, struct text bytes, int64_t body_size_max,
    struct buffer *body, size_t *ret_used) {
    size_t used = 0;
    while (used < bytes.size && chunked->state != HTTP_CHUNK_END && !chunked->refusal.status) {
        if (is_too_large(chunked, body, body_size_max)) {
            refuse(chunked, 413, "The body is too large.");
        } else if (chunked->state == HTTP_CHUNK_DATA) {
            used += take_data(chunked, (struct text){bytes.data + used, bytes.size - used}, body);
        } else if (!is_over_limit(chunked)) {
            states[chunked->state](chunked, bytes.data[used++]);
        }
    }
    *ret_used = used;
    if (chunked->refusal.status)
        return HTTP_READ_REFUSED;
    return chunked->state == HTTP_CHUNK_END ? 0 : HTTP_READ_MORE;
}
