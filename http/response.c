/* SPDX-License-Identifier: Apache-2.0 */
#include "http/response.h"

#include <stdio.h>

#include "http/server.h"
#include "http/syntax.h"

enum { CHUNK_HEAD_SIZE_MAX = 2 * sizeof(size_t) + 2 };

static const char *const status_texts[] = {
    [100] = "Continue",
    [200] = "OK",
    [201] = "Created",
    [202] = "Accepted",
    [204] = "No Content",
    [206] = "Partial Content",
    [301] = "Moved Permanently",
    [302] = "Found",
    [303] = "See Other",
    [304] = "Not Modified",
    [307] = "Temporary Redirect",
    [308] = "Permanent Redirect",
    [400] = "Bad Request",
    [401] = "Unauthorized",
    [403] = "Forbidden",
    [404] = "Not Found",
    [405] = "Method Not Allowed",
    [406] = "Not Acceptable",
    [408] = "Request Timeout",
    [409] = "Conflict",
    [410] = "Gone",
    [411] = "Length Required",
    [412] = "Precondition Failed",
    [413] = "Content Too Large",
    [414] = "URI Too Long",
    [415] = "Unsupported Media Type",
    [416] = "Range Not Satisfiable",
    [417] = "Expectation Failed",
    [421] = "Misdirected Request",
    [422] = "Unprocessable Content",
    [428] = "Precondition Required",
    [429] = "Too Many Requests",
    [431] = "Request Header Fields Too Large",
    [499] = "Client Closed Request",
    [500] = "Internal Server Error",
    [501] = "Not Implemented",
    [502] = "Bad Gateway",
    [503] = "Service Unavailable",
    [504] = "Gateway Timeout",
    [505] = "HTTP Version Not Supported",
};

const char *http_status_text(int status) {
    bool is_known = status >= 0 && (size_t)status < ARRAY_SIZE(status_texts) &&
                    status_texts[status];
    return is_known ? status_texts[status] : "Unknown";
}

bool http_status_has_body(int status) {
    return status >= 200 && status != 204 && status != 304;
}

/* Not strftime(): its names of days and months follow the locale. */
static void format_date(struct http_date *date) {
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm t;
    gmtime_r(&date->second, &t);
    snprintf(date->text, sizeof(date->text), "%s, %02u %s %04u %02u:%02u:%02u GMT", days[t.tm_wday],
        (unsigned)t.tm_mday % 100, months[t.tm_mon], (unsigned)(t.tm_year + 1900) % 10000,
        (unsigned)t.tm_hour % 100, (unsigned)t.tm_min % 100, (unsigned)t.tm_sec % 100);
}

static const char *date_text(struct http_date *date) {
    time_t now = time(NULL);
    if (now != date->second) {
        date->second = now;
        format_date(date);
    }
    return date->text;
}

static void append_literal(struct buffer *output, struct text text) {
    buffer_append_text(output, text);
}

static void append_status_line(struct buffer *output, int status) {
    append_literal(output, TEXT("HTTP/1.1 "));
    buffer_append_u64(output, (uint64_t)status);
    buffer_append_char(output, ' ');
    buffer_append_string(output, http_status_text(status));
}

static void append_framing(struct buffer *output, const struct http_response *response) {
    if (response->framing == HTTP_BY_LENGTH) {
        append_literal(output, TEXT("\r\nContent-Length: "));
        buffer_append_u64(output, response->body_size);
    } else if (response->framing == HTTP_BY_CHUNKS) {
        append_literal(output, TEXT("\r\nTransfer-Encoding: chunked"));
    }
}

void http_append_head(
    struct buffer *output, const struct http_response *response, struct http_date *date) {
    append_status_line(output, response->status);
    append_literal(output, TEXT("\r\nDate: "));
    buffer_append_string(output, date_text(date));
    append_framing(output, response);
    if (response->closes)
        append_literal(output, TEXT("\r\nConnection: close"));
    append_literal(output, TEXT("\r\n"));
    buffer_append_text(output, response->headers);
    append_literal(output, TEXT("\r\n"));
}

void http_append_header(struct buffer *output, const char *name, struct text value) {
    buffer_append_string(output, name);
    append_literal(output, TEXT(": "));
    char *to = buffer_reserve(output, value.size);
    for (size_t i = 0; i < value.size; i++)
        to[i] = http_char_is(value.data[i], HTTP_CHAR_VALUE) ? value.data[i] : ' ';
    output->size += value.size;
    append_literal(output, TEXT("\r\n"));
}

void http_append_chunk(struct buffer *output, struct text bytes) {
    if (bytes.size == 0)
        return; /* an empty chunk would be the last one */
    static const char digits[] = "0123456789abcdef";
    char head[CHUNK_HEAD_SIZE_MAX], *first = head + sizeof(head);
    *--first = '\n';
    *--first = '\r';
    for (size_t size = bytes.size; size > 0; size >>= 4)
        *--first = digits[size & 15];
    buffer_append(output, first, (size_t)(head + sizeof(head) - first));
    buffer_append_text(output, bytes);
    append_literal(output, TEXT("\r\n"));
}

void http_append_last_chunk(struct buffer *output) {
    append_literal(output, TEXT("0\r\n\r\n"));
}
