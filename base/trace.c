/* SPDX-License-Identifier: Apache-2.0 */
#include "base/trace.h"

#include <errno.h>
#include <string.h>

#include "base/hex.h"
#include "base/id.h"

/* version-trace-span-flags */
enum {
    TRACE_ID_AT = 3,
    SPAN_ID_AT = TRACE_ID_AT + TRACE_ID_SIZE + 1,
    FLAGS_AT = SPAN_ID_AT + SPAN_ID_SIZE + 1,
};

static bool is_zero(const uint8_t *bytes, size_t size) {
    uint8_t all = 0;
    for (size_t i = 0; i < size; i++)
        all |= bytes[i];
    return all == 0;
}

/* The standard keeps all zeros for "none". */
static void draw_hex(char *ret_hex, size_t size) {
    uint8_t bytes[TRACE_ID_SIZE / 2];
    do
        random_bytes(bytes, size / 2);
    while (is_zero(bytes, size / 2));
    hex_write(bytes, size / 2, ret_hex);
    ret_hex[size] = '\0';
}

void trace_start(struct trace *ret_trace) {
    draw_hex(ret_trace->trace_id, TRACE_ID_SIZE);
    draw_hex(ret_trace->span_id, SPAN_ID_SIZE);
    ret_trace->sampled = true;
}

void trace_continue(const struct trace *parent, struct trace *ret_trace) {
    if (!parent->trace_id[0]) {
        trace_start(ret_trace);
        return;
    }
    *ret_trace = *parent;
    draw_hex(ret_trace->span_id, SPAN_ID_SIZE);
}

/* False also for the id that means "none". */
static bool read_id(const char *hex, size_t size) {
    uint8_t bytes[TRACE_ID_SIZE / 2];
    return hex_read(hex, size / 2, bytes) && !is_zero(bytes, size / 2);
}

/* A later version may append fields after a dash; what 00 defines stays where it is. */
static bool is_whole(uint8_t version, struct text traceparent) {
    if (version == 0)
        return traceparent.size == TRACEPARENT_SIZE;
    return version != 0xff &&
           (traceparent.size == TRACEPARENT_SIZE || traceparent.data[TRACEPARENT_SIZE] == '-');
}

int trace_parse(struct text traceparent, struct trace *ret_trace) {
    const char *at = traceparent.data;
    uint8_t version, flags;
    if (traceparent.size < TRACEPARENT_SIZE || !hex_read(at, 1, &version) ||
        !is_whole(version, traceparent) || at[TRACE_ID_AT - 1] != '-' ||
        !read_id(at + TRACE_ID_AT, TRACE_ID_SIZE) || at[SPAN_ID_AT - 1] != '-' ||
        !read_id(at + SPAN_ID_AT, SPAN_ID_SIZE) || at[FLAGS_AT - 1] != '-' ||
        !hex_read(at + FLAGS_AT, 1, &flags))
        return -EINVAL;
    memcpy(ret_trace->trace_id, at + TRACE_ID_AT, TRACE_ID_SIZE);
    memcpy(ret_trace->span_id, at + SPAN_ID_AT, SPAN_ID_SIZE);
    ret_trace->trace_id[TRACE_ID_SIZE] = ret_trace->span_id[SPAN_ID_SIZE] = '\0';
    ret_trace->sampled = flags & 1;
    return 0;
}

void trace_format(const struct trace *trace, char ret_text[static TRACEPARENT_SIZE + 1]) {
    char *at = ret_text;
    memcpy(at, "00-", 3);
    memcpy(at += 3, trace->trace_id, TRACE_ID_SIZE);
    *(at += TRACE_ID_SIZE) = '-';
    memcpy(++at, trace->span_id, SPAN_ID_SIZE);
    memcpy(at + SPAN_ID_SIZE, trace->sampled ? "-01" : "-00", 4);
}
