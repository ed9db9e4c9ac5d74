/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A peer that speaks HTTP/2 frame by frame, so that it can also speak it wrongly. Frames are
 * gathered and go out with http2_flush(). Blocking, one thread, loopback only.
 *
 *     struct http2_peer peer;
 *     http2_open(&peer, port);
 *     http2_begin(&peer);                                  preface and SETTINGS
 *     unsigned stream = http2_call(&peer, "/x.Y/Z", TEXT("\x0a\x01a"));
 *     http2_flush(&peer);
 *     while (http2_read(&peer, &frame, 1000) == HTTP2_FRAME) ...
 *     http2_close(&peer);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum http2_type {
    HTTP2_DATA,
    HTTP2_HEADERS,
    HTTP2_PRIORITY,
    HTTP2_RST_STREAM,
    HTTP2_SETTINGS,
    HTTP2_PUSH_PROMISE,
    HTTP2_PING,
    HTTP2_GOAWAY,
    HTTP2_WINDOW_UPDATE,
    HTTP2_CONTINUATION,
};
enum { HTTP2_ACK = 1, HTTP2_END_STREAM = 1, HTTP2_END_HEADERS = 4, HTTP2_PADDED = 8 };

enum http2_ears {
    HTTP2_HEARS, /* what comes is kept for http2_read() */
    HTTP2_DROPS, /* it is read and dropped */
    HTTP2_DEAF,  /* it is left in the socket, until the server can send no more */
};

struct http2_peer {
    int fd;
    struct buffer out, in;
    size_t shown; /* bytes of `in` that the last read has shown */
    unsigned next_stream;
    enum http2_ears ears;
};

struct http2_frame {
    enum http2_type type;
    uint8_t flags;
    uint32_t stream;
    struct text payload; /* until the next read */
};

enum http2_outcome { HTTP2_FRAME, HTTP2_NOTHING, HTTP2_CLOSED };

void http2_open(struct http2_peer *peer, int port);
void http2_close(struct http2_peer *peer);

void http2_bytes(struct http2_peer *peer, const void *data, size_t size); /* whatever they are */
void http2_begin(struct http2_peer *peer);
void http2_frame(struct http2_peer *peer, enum http2_type type, uint8_t flags, uint32_t stream,
    const void *payload, size_t size);
void http2_head(struct http2_peer *peer, enum http2_type type, uint8_t flags, uint32_t stream,
    size_t size); /* a frame's head that claims such a size */
void http2_number(struct http2_peer *peer, enum http2_type type, uint8_t flags, uint32_t stream,
    uint32_t number); /* a frame of four bytes */

/* A header field as a literal that is not indexed. */
void http2_field(struct buffer *block, const char *name, const char *value);
/* Those of a gRPC request to `path`. */
void http2_request_fields(struct buffer *block, const char *path);
/* A length, and the message. */
void http2_message(struct buffer *body, struct text message);

/* HEADERS of a new stream; returns its number. */
unsigned http2_headers(struct http2_peer *peer, uint8_t flags, const struct buffer *block);
/* HEADERS only, the message to follow. */
unsigned http2_start_call(struct http2_peer *peer, const char *path);
unsigned http2_call(struct http2_peer *peer, const char *path, struct text message);

/* False: the server has closed the connection, or has read nothing for ten seconds. */
bool http2_flush(struct http2_peer *peer);
/* HTTP2_NOTHING: no whole frame came within timeout_ms. Answers nothing by itself. */
enum http2_outcome http2_read(
    struct http2_peer *peer, struct http2_frame *ret_frame, int timeout_ms);
/* Reads until a frame of that type comes; acknowledges SETTINGS and pings when `answers`. */
enum http2_outcome http2_await(struct http2_peer *peer, enum http2_type type, bool answers,
    struct http2_frame *ret_frame, int timeout_ms);
/* Reads and drops until the server closes the connection. */
bool http2_is_closed_within(struct http2_peer *peer, bool answers, int timeout_ms);
