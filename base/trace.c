/* SPDX-License-Identifier: Apache-2.0 */
#include "base/trace.h"

#include <errno.h>
#include <string.h>

#include "base/id.h"

static const char hex_digits[] = "0123456789abcdef";

static bool is_zero(struct text hex) {
    for (size_t i = 0; i < hex.size; i++)
        if (hex.data[i] != '0')
            return false;
    return true;
}

/* The standard keeps all zeros for "none". */
static void draw_hex(char *ret_hex, size_t size) {
    uint8_t bytes[TRACE_ID_SIZE / 2];
    do {
        random_bytes(bytes, size / 2);
        for (size_t i = 0; i < size / 2; i++) {
            ret_hex[2 * i] = hex_digits[bytes[i] >> 4];
            ret_hex[2 * i + 1] = hex_digits[bytes[i] & 15];
        }
    } while (is_zero((struct text){ret_hex, size}));
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

/* Every call brings some 50 of these. */
static bool is_hex(struct text text) {
    bool is_all_hex = true;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        is_all_hex &= (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }
    return is_all_hex;
}

static bool is_id(struct text text, size_t size) {
    return text.size == size && is_hex(text) && !is_zero(text);
}

/* A later version may append fields after a dash; what 00 defines stays where it is. */
static bool is_whole(struct text version, size_t size, const char *data) {
    if (text_equal(version, TEXT("00")))
        return size == TRACEPARENT_SIZE;
    return size == TRACEPARENT_SIZE || data[TRACEPARENT_SIZE] == '-';
}

int trace_parse(struct text traceparent, struct trace *ret_trace) {
    struct text rest = traceparent;
    struct text version = text_cut(&rest, '-');
    struct text trace_id = text_cut(&rest, '-');
    struct text span_id = text_cut(&rest, '-');
    struct text flags = text_cut(&rest, '-');
    if (traceparent.size < TRACEPARENT_SIZE || version.size != 2 || !is_hex(version) ||
        text_equal(version, TEXT("ff")) || !is_whole(version, traceparent.size, traceparent.data) ||
        !is_id(trace_id, TRACE_ID_SIZE) || !is_id(span_id, SPAN_ID_SIZE) || flags.size != 2 ||
        !is_hex(flags))
        return -EINVAL;
    memcpy(ret_trace->trace_id, trace_id.data, TRACE_ID_SIZE);
    memcpy(ret_trace->span_id, span_id.data, SPAN_ID_SIZE);
    ret_trace->trace_id[TRACE_ID_SIZE] = ret_trace->span_id[SPAN_ID_SIZE] = '\0';
    ret_trace->sampled = (strchr(hex_digits, flags.data[1]) - hex_digits) & 1;
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
