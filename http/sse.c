/* SPDX-License-Identifier: Apache-2.0 */
#include "http/sse.h"

#include "http/exchange.h"
#include "http/server.h"

void sse_begin(struct http_exchange *exchange) {
    http_add_header(exchange, "Content-Type", TEXT("text/event-stream"));
    http_add_header(exchange, "Cache-Control", TEXT("no-store"));
    http_begin(exchange, 200);
}

static bool is_line_break(char c) {
    return c == '\r' || c == '\n';
}

/* Up to the next CR LF, CR or LF. */
static struct text cut_line(struct text *rest) {
    size_t size = 0;
    while (size < rest->size && !is_line_break(rest->data[size]))
        size++;
    struct text line = {rest->data, size};
    size_t used = size;
    if (used < rest->size)
        used += rest->data[used] == '\r' && used + 1 < rest->size && rest->data[used + 1] == '\n'
                    ? 2
                    : 1;
    *rest = (struct text){rest->data + used, rest->size - used};
    return line;
}

/* Only the first line of an id or a name counts: a line break would begin another field. */
static void append_field(struct buffer *event, struct text name, struct text value) {
    if (value.size == 0)
        return;
    buffer_append_text(event, name);
    buffer_append_text(event, cut_line(&value));
    buffer_append_char(event, '\n');
}

static void append_data(struct buffer *event, struct text data) {
    do {
        struct text line = cut_line(&data);
        buffer_append_text(event, TEXT("data: "));
        buffer_append_text(event, line);
        buffer_append_char(event, '\n');
    } while (data.size > 0);
}

int sse_event(struct http_exchange *exchange, struct text id, struct text event, struct text data) {
    /* The headers are out: their buffer is free, and one write makes one chunk. */
    struct buffer *scratch = &exchange->headers;
    buffer_clear(scratch);
    append_field(scratch, TEXT("id: "), id);
    append_field(scratch, TEXT("event: "), event);
    append_data(scratch, data);
    buffer_append_char(scratch, '\n');
    return http_write(exchange, buffer_text(scratch));
}

int sse_heartbeat(struct http_exchange *exchange) {
    return http_write(exchange, TEXT(":\n\n"));
}
