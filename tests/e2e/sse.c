/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void sse_open(struct sse *sse, int port, const char *target, const char *last_event_id) {
    char request[1024];
    int size = snprintf(request, sizeof request,
        "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n%s%s%s\r\n", target,
        last_event_id ? "Last-Event-ID: " : "", last_event_id ? last_event_id : "",
        last_event_id ? "\r\n" : "");
    *sse = (struct sse){0};
    wire_open(&sse->wire, port);
    wire_send(&sse->wire, (struct text){request, (size_t)size});
}

void sse_close(struct sse *sse) {
    wire_close(&sse->wire);
    buffer_deinit(&sse->text);
}

static void take_head(struct sse *sse) {
    struct buffer *in = &sse->wire.in;
    const char *end = in->size ? memmem(in->data, in->size, "\r\n\r\n", 4) : NULL;
    if (!end)
        return;
    int status = 0;
    if (sscanf(in->data, "HTTP/1.1 %d", &status) != 1 || status != 200 ||
        !memmem(in->data, in->size, "text/event-stream", 17))
        fail_msg("this is no stream: %.*s", (int)in->size, in->data);
    buffer_consume(in, (size_t)(end + 4 - in->data));
    sse->has_head = true;
}

/* Takes one whole chunk out of the input. */
static bool take_chunk(struct sse *sse) {
    struct buffer *in = &sse->wire.in;
    const char *line_end = in->size ? memmem(in->data, in->size, "\r\n", 2) : NULL;
    if (!line_end)
        return false;
    size_t head_size = (size_t)(line_end + 2 - in->data);
    size_t size = strtoul(in->data, NULL, 16);
    if (in->size < head_size + size + 2)
        return false;
    buffer_append(&sse->text, in->data + head_size, size);
    buffer_consume(in, head_size + size + 2);
    sse->has_ended |= size == 0;
    return size > 0;
}

static void copy(char ret_text[static SSE_TEXT_SIZE], struct text value) {
    snprintf(ret_text, SSE_TEXT_SIZE, "%.*s", TEXT_ARG(value));
}

/* Lines up to the empty one. */
static bool parse_event(struct text block, struct sse_event *event) {
    *event = (struct sse_event){0};
    while (block.size) {
        struct text line = text_cut(&block, '\n');
        struct text field = text_cut(&line, ':');
        if (line.size && line.data[0] == ' ')
            line = (struct text){line.data + 1, line.size - 1};
        if (text_equal(field, TEXT("id")))
            copy(event->id, line);
        else if (text_equal(field, TEXT("event")))
            copy(event->name, line);
        else if (text_equal(field, TEXT("data")))
            event->data = line;
    }
    return event->data.size > 0;
}

/* What an event shows stands in memory that the next one takes over. */
static bool take_event(struct sse *sse, struct sse_event *event) {
    const char *end;
    while (sse->text.size && (end = memmem(sse->text.data, sse->text.size, "\n\n", 2))) {
        static char block[64 * 1024];
        size_t size = (size_t)(end - sse->text.data);
        assert_true(size < sizeof block);
        memcpy(block, sse->text.data, size);
        buffer_consume(&sse->text, size + 2);
        if (parse_event((struct text){block, size}, event))
            return true;
    }
    return false;
}

bool sse_next(struct sse *sse, struct sse_event *ret_event, int timeout_ms) {
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    for (;;) {
        if (!sse->has_head)
            take_head(sse);
        while (sse->has_head && take_chunk(sse))
            ;
        if (take_event(sse, ret_event))
            return true;
        int64_t left_ms = deadline_ms - clock_monotonic_ms();
        if (sse->has_ended || left_ms <= 0 || !wire_receive(&sse->wire, (int)left_ms))
            return false;
    }
}

long long sse_number(const struct sse_event *event, const char *key) {
    char mark[64];
    int size = snprintf(mark, sizeof mark, "\"%s\":", key);
    const char *found = memmem(event->data.data, event->data.size, mark, (size_t)size);
    if (!found)
        return 0;
    found += size;
    return strtoll(found + (*found == '"'), NULL, 10);
}
