/* SPDX-License-Identifier: Apache-2.0 */
#include "http/parser.h"

#include <stdbool.h>

#include "http/syntax.h"

/*
 * One function per state takes as many bytes as it can. Each refuses at the first byte that cannot
 * belong to a valid head, looking at nothing behind that byte: that is what makes the answer
 * independent of how the bytes were cut.
 */

void http_parser_clear(struct http_parser *parser) {
    parser->state = HTTP_AT_START;
    parser->position = parser->mark = 0;
    parser->minor_version = 0;
    parser->method = parser->target = (struct http_span){0};
    parser->refusal = (struct http_refusal){0};
    parser->field_count = 0;
}

static bool refuse(struct http_parser *parser, int status, const char *why) {
    parser->refusal = (struct http_refusal){status, why};
    return false;
}

/* Steps over characters of one kind; false when the bytes ended before another one came. */
static bool skip(struct http_parser *parser, const char *head, size_t end, uint8_t kind) {
    size_t position = parser->position;
    while (position < end && http_char_is(head[position], kind))
        position++;
    parser->position = (uint16_t)position;
    return position < end;
}

static size_t marked_size(const struct http_parser *parser) {
    return (size_t)(parser->position - parser->mark);
}

static struct http_span marked(const struct http_parser *parser) {
    return (struct http_span){parser->mark, (uint16_t)marked_size(parser)};
}

/* The element begins with the byte that was just looked at. */
static bool begin(struct http_parser *parser, enum http_parser_state state) {
    parser->mark = parser->position;
    parser->state = state;
    return true;
}

/* The byte that was just looked at ended an element; the next one begins behind it. */
static bool begin_next(struct http_parser *parser, enum http_parser_state state) {
    parser->position++;
    return begin(parser, state);
}

static bool read_start(struct http_parser *parser, const char *head, size_t end) {
    char c = head[parser->position];
    if (c == '\r' && parser->position == 0)
        return begin_next(parser, HTTP_AT_EMPTY_LINE_LF);
    if (http_char_is(c, HTTP_CHAR_TOKEN))
        return begin(parser, HTTP_IN_METHOD);
    return refuse(parser, 400, "The request does not begin with a method.");
}

static bool read_empty_line_lf(struct http_parser *parser, const char *head, size_t end) {
    if (head[parser->position] != '\n')
        return refuse(parser, 400, "A line must end with CR LF.");
    return begin_next(parser, HTTP_AT_START);
}

static bool read_method(struct http_parser *parser, const char *head, size_t end) {
    bool is_complete = skip(parser, head, end, HTTP_CHAR_TOKEN);
    if (marked_size(parser) > HTTP_METHOD_SIZE_MAX)
        return refuse(parser, 501, "The method is too long to be one of ours.");
    if (!is_complete)
        return true;
    if (head[parser->position] != ' ')
        return refuse(parser, 400, "The method must be followed by one space.");
    parser->method = marked(parser);
    return begin_next(parser, HTTP_IN_TARGET);
}

static bool read_target(struct http_parser *parser, const char *head, size_t end) {
    bool is_complete = skip(parser, head, end, HTTP_CHAR_TARGET);
    if (marked_size(parser) > HTTP_TARGET_SIZE_MAX)
        return refuse(parser, 414, "The request target is too long.");
    if (!is_complete)
        return true;
    if (head[parser->position] != ' ')
        return refuse(parser, 400, "The request target holds a character that must be encoded.");
    if (marked_size(parser) == 0)
        return refuse(parser, 400, "The request target is missing.");
    parser->target = marked(parser);
    return begin_next(parser, HTTP_IN_VERSION);
}

static bool read_version(struct http_parser *parser, const char *head, size_t end) {
    static const char form[] = "HTTP/0.0\r"; /* 0 stands for any digit */
    char c = head[parser->position], expected = form[marked_size(parser)];
    if (expected == '0' ? !http_is_digit(c) : c != expected)
        return refuse(parser, 400, "The request line must end with HTTP/1.1.");
    parser->position++;
    if (expected != '\r')
        return true;
    if (head[parser->mark + 5] != '1')
        return refuse(parser, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    parser->minor_version = head[parser->mark + 7] - '0';
    return begin(parser, HTTP_AT_LINE_LF);
}

static bool read_line_lf(struct http_parser *parser, const char *head, size_t end) {
    if (head[parser->position] != '\n')
        return refuse(parser, 400, "A line must end with CR LF.");
    return begin_next(parser, HTTP_AT_FIELD);
}

static bool read_field(struct http_parser *parser, const char *head, size_t end) {
    char c = head[parser->position];
    if (c == '\r')
        return begin_next(parser, HTTP_AT_END_LF);
    if (c == ' ' || c == '\t')
        return refuse(parser, 400, "A header line must not begin with white space.");
    if (!http_char_is(c, HTTP_CHAR_TOKEN))
        return refuse(parser, 400, "A header name holds a forbidden character.");
    if (parser->field_count == HTTP_HEADERS_MAX)
        return refuse(parser, 431, "The request has too many headers.");
    return begin(parser, HTTP_IN_FIELD_NAME);
}

static bool read_field_name(struct http_parser *parser, const char *head, size_t end) {
    if (!skip(parser, head, end, HTTP_CHAR_TOKEN))
        return true;
    if (head[parser->position] != ':')
        return refuse(parser, 400, "A header name must be followed by a colon.");
    parser->fields[parser->field_count].name = marked(parser);
    return begin_next(parser, HTTP_AT_FIELD_VALUE);
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

static bool read_field_value_start(struct http_parser *parser, const char *head, size_t end) {
    if (!is_blank(head[parser->position]))
        return begin(parser, HTTP_IN_FIELD_VALUE);
    parser->position++;
    return true;
}

static bool read_field_value(struct http_parser *parser, const char *head, size_t end) {
    if (!skip(parser, head, end, HTTP_CHAR_VALUE))
        return true;
    if (head[parser->position] != '\r')
        return refuse(parser, 400, "A header value holds a control character.");
    struct http_span value = marked(parser);
    while (value.size > 0 && is_blank(head[value.offset + value.size - 1]))
        value.size--;
    parser->fields[parser->field_count++].value = value;
    return begin_next(parser, HTTP_AT_LINE_LF);
}

static bool read_end_lf(struct http_parser *parser, const char *head, size_t end) {
    if (head[parser->position] != '\n')
        return refuse(parser, 400, "A line must end with CR LF.");
    return begin_next(parser, HTTP_AT_END);
}

/* False: refused. Called with at least one byte. */
typedef bool (*read_fn)(struct http_parser *parser, const char *head, size_t end);

static const read_fn states[] = {
    [HTTP_AT_START] = read_start,
    [HTTP_AT_EMPTY_LINE_LF] = read_empty_line_lf,
    [HTTP_IN_METHOD] = read_method,
    [HTTP_IN_TARGET] = read_target,
    [HTTP_IN_VERSION] = read_version,
    [HTTP_AT_LINE_LF] = read_line_lf,
    [HTTP_AT_FIELD] = read_field,
    [HTTP_IN_FIELD_NAME] = read_field_name,
    [HTTP_AT_FIELD_VALUE] = read_field_value_start,
    [HTTP_IN_FIELD_VALUE] = read_field_value,
    [HTTP_AT_END_LF] = read_end_lf,
};

int http_parser_feed(struct http_parser *parser, const char *head, size_t size) {
    size_t end = size < HTTP_HEAD_SIZE_MAX ? size : HTTP_HEAD_SIZE_MAX;
    while (!parser->refusal.status && parser->state != HTTP_AT_END) {
        if (parser->position < end)
            states[parser->state](parser, head, end);
        else if (end == HTTP_HEAD_SIZE_MAX)
            refuse(parser, 431, "The request's head is too large.");
        else
            return HTTP_READ_MORE;
    }
    return parser->refusal.status ? HTTP_READ_REFUSED : 0;
}
