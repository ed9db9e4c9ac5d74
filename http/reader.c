/* SPDX-License-Identifier: Apache-2.0 */
#include "http/reader.h"

void http_reader_deinit(struct http_reader *reader) {
    http_body_deinit(&reader->body);
    buffer_deinit(&reader->head_bytes);
}

void http_reader_clear(struct http_reader *reader) {
    reader->phase = HTTP_READING_HEAD;
    reader->request = (struct http_request){0};
    reader->refusal = (struct http_refusal){0};
    http_parser_clear(&reader->parser);
    http_body_clear(&reader->body);
    buffer_clear(&reader->head_bytes);
}

static void set_headers(struct http_reader *reader, const char *bytes) {
    const struct http_parser *parser = &reader->parser;
    for (size_t i = 0; i < parser->field_count; i++)
        reader->headers[i] = (struct http_header){
            http_span_text(parser->fields[i].name, bytes),
            http_span_text(parser->fields[i].value, bytes),
        };
    reader->request.headers = reader->headers;
    reader->request.header_count = parser->field_count;
}

static void set_request(struct http_reader *reader) {
    const char *bytes = buffer_text(&reader->head_bytes).data;
    reader->request.method = http_span_text(reader->parser.method, bytes);
    reader->request.target = http_span_text(reader->parser.target, bytes);
    set_headers(reader, bytes);
}

/*
 * A head that came in one piece is parsed where it lies and copied once, at its exact size: behind
 * it may stand thousands of pipelined requests. One that comes in pieces is gathered first.
 */
static int parse_head(struct http_reader *reader, struct text bytes, size_t *ret_used) {
    struct buffer *gathered = &reader->head_bytes;
    size_t before = gathered->size;
    size_t room = HTTP_HEAD_SIZE_MAX - before;
    size_t size = bytes.size < room ? bytes.size : room;
    if (before == 0) {
        int r = http_parser_feed(&reader->parser, bytes.data, size);
        *ret_used = r == 0 ? reader->parser.position : size;
        buffer_append(gathered, bytes.data, *ret_used);
        return r;
    }
    buffer_append(gathered, bytes.data, size);
    int r = http_parser_feed(&reader->parser, gathered->data, gathered->size);
    *ret_used = r == 0 ? reader->parser.position - before : size;
    return r;
}

static int read_head(
    struct http_reader *reader, struct text bytes, int64_t body_size_max, size_t *ret_used) {
    int r = parse_head(reader, bytes, ret_used);
    if (r == HTTP_READ_MORE)
        return r;
    set_request(reader);
    if (r == HTTP_READ_REFUSED) {
        reader->refusal = reader->parser.refusal;
        return r;
    }
    r = http_head_read(&reader->head, &reader->request, reader->parser.minor_version, body_size_max,
        &reader->refusal);
    if (r != 0)
        return r;
    http_body_expect(&reader->body, reader->head.body_size);
    reader->phase = HTTP_READING_BODY;
    return 0;
}

static void complete(struct http_reader *reader) {
    reader->request.body = buffer_text(&reader->body.bytes);
    reader->request.has_body = reader->request.body.size > 0;
    reader->phase = HTTP_READ_COMPLETE;
}

static int read_body(
    struct http_reader *reader, struct text bytes, int64_t body_size_max, size_t *ret_used) {
    int r = http_body_feed(&reader->body, bytes, body_size_max, ret_used, &reader->refusal);
    if (r == 0)
        complete(reader);
    return r;
}

void http_reader_give_up(struct http_reader *reader) {
    if (reader->phase == HTTP_READING_HEAD)
        set_request(reader);
}

int http_reader_feed(
    struct http_reader *reader, struct text bytes, int64_t body_size_max, size_t *ret_used) {
    size_t of_head = 0, of_body = 0;
    int r = 0;
    *ret_used = 0;
    if (reader->refusal.status)
        return HTTP_READ_REFUSED;
    if (reader->phase == HTTP_READING_HEAD)
        r = read_head(reader, bytes, body_size_max, &of_head);
    if (r == 0)
        r = read_body(reader, (struct text){bytes.data + of_head, bytes.size - of_head},
            body_size_max, &of_body);
    *ret_used = of_head + of_body;
    return r;
}
