/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/http2_peer.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

enum { HEAD_SIZE = 9, STUCK_MS = 10 * 1000, CHUNK = 64 * 1024 };

static const char PREFACE[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

void http2_open(struct http2_peer *peer, int port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    *peer = (struct http2_peer){.next_stream = 1};
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r = connect(peer->fd, (struct sockaddr *)&address, sizeof(address));
    assert(r == 0);
}

void http2_close(struct http2_peer *peer) {
    close(peer->fd);
    buffer_deinit(&peer->out);
    buffer_deinit(&peer->in);
}

void http2_bytes(struct http2_peer *peer, const void *data, size_t size) {
    buffer_append(&peer->out, data, size);
}

void http2_begin(struct http2_peer *peer) {
    http2_bytes(peer, PREFACE, strlen(PREFACE));
    http2_frame(peer, HTTP2_SETTINGS, 0, 0, NULL, 0);
}

static void put_u32(uint8_t *place, uint32_t value) {
    for (int i = 0; i < 4; i++)
        place[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const char *place) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 8 | (uint8_t)place[i];
    return value;
}

void http2_head(
    struct http2_peer *peer, enum http2_type type, uint8_t flags, uint32_t stream, size_t size) {
    uint8_t head[HEAD_SIZE] = {
        (uint8_t)(size >> 16), (uint8_t)(size >> 8), (uint8_t)size, (uint8_t)type, flags};
    put_u32(head + 5, stream);
    http2_bytes(peer, head, sizeof(head));
}

void http2_frame(struct http2_peer *peer, enum http2_type type, uint8_t flags, uint32_t stream,
    const void *payload, size_t size) {
    http2_head(peer, type, flags, stream, size);
    http2_bytes(peer, payload, size);
}

void http2_number(struct http2_peer *peer, enum http2_type type, uint8_t flags, uint32_t stream,
    uint32_t number) {
    uint8_t payload[4];
    put_u32(payload, number);
    http2_frame(peer, type, flags, stream, payload, sizeof(payload));
}

/* RFC 7541 5.1, with a prefix of seven bits. */
static void put_length(struct buffer *block, size_t size) {
    if (size < 127) {
        buffer_append_char(block, (char)size);
        return;
    }
    buffer_append_char(block, 127);
    for (size -= 127; size >= 128; size >>= 7)
        buffer_append_char(block, (char)((size & 127) | 128));
    buffer_append_char(block, (char)size);
}

void http2_field(struct buffer *block, const char *name, const char *value) {
    buffer_append_char(block, 0);
    put_length(block, strlen(name));
    buffer_append_string(block, name);
    put_length(block, strlen(value));
    buffer_append_string(block, value);
}

void http2_request_fields(struct buffer *block, const char *path) {
    http2_field(block, ":method", "POST");
    http2_field(block, ":scheme", "http");
    http2_field(block, ":path", path);
    http2_field(block, ":authority", "localhost");
    http2_field(block, "content-type", "application/grpc");
    http2_field(block, "te", "trailers");
}

void http2_message(struct buffer *body, struct text message) {
    uint8_t size[4];
    put_u32(size, (uint32_t)message.size);
    buffer_append_char(body, 0);
    buffer_append(body, size, sizeof(size));
    buffer_append_text(body, message);
}

unsigned http2_headers(struct http2_peer *peer, uint8_t flags, const struct buffer *block) {
    unsigned stream = peer->next_stream;
    peer->next_stream += 2;
    http2_frame(peer, HTTP2_HEADERS, flags, stream, block->data, block->size);
    return stream;
}

unsigned http2_start_call(struct http2_peer *peer, const char *path) {
    struct buffer block = {0};
    http2_request_fields(&block, path);
    unsigned stream = http2_headers(peer, HTTP2_END_HEADERS, &block);
    buffer_deinit(&block);
    return stream;
}

unsigned http2_call(struct http2_peer *peer, const char *path, struct text message) {
    struct buffer body = {0};
    unsigned stream = http2_start_call(peer, path);
    http2_message(&body, message);
    http2_frame(peer, HTTP2_DATA, HTTP2_END_STREAM, stream, body.data, body.size);
    buffer_deinit(&body);
    return stream;
}

/* False at the end of the connection. */
static bool take_in(struct http2_peer *peer) {
    char *place = buffer_reserve(&peer->in, CHUNK);
    ssize_t size = recv(peer->fd, place, CHUNK, MSG_DONTWAIT);
    if (size > 0 && peer->ears == HTTP2_HEARS)
        peer->in.size += (size_t)size;
    return size > 0 || (size < 0 && errno == EAGAIN);
}

static bool send_some(struct http2_peer *peer, size_t *done) {
    ssize_t size = send(
        peer->fd, peer->out.data + *done, peer->out.size - *done, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size > 0)
        *done += (size_t)size;
    return size > 0 || (size < 0 && errno == EAGAIN);
}

static bool send_all(struct http2_peer *peer) {
    short ears = peer->ears == HTTP2_DEAF ? 0 : POLLIN;
    for (size_t done = 0; done < peer->out.size;) {
        struct pollfd polled = {.fd = peer->fd, .events = (short)(POLLOUT | ears)};
        if (poll(&polled, 1, STUCK_MS) <= 0)
            return false;
        if (polled.revents & POLLIN && !take_in(peer))
            return false;
        if (polled.revents & (POLLERR | POLLHUP) ||
            (polled.revents & POLLOUT && !send_some(peer, &done)))
            return false;
    }
    return true;
}

bool http2_flush(struct http2_peer *peer) {
    bool ok = send_all(peer);
    buffer_clear(&peer->out);
    return ok;
}

/* The frame at the front of `in`. */
static bool cut_frame(struct http2_peer *peer, struct http2_frame *ret_frame) {
    const char *data = peer->in.data;
    if (peer->in.size < HEAD_SIZE)
        return false;
    size_t size = get_u32(data) >> 8;
    if (peer->in.size < HEAD_SIZE + size)
        return false;
    *ret_frame = (struct http2_frame){
        .type = (enum http2_type)(uint8_t)data[3],
        .flags = (uint8_t)data[4],
        .stream = get_u32(data + 5),
        .payload = {data + HEAD_SIZE, size},
    };
    return true;
}

enum http2_outcome http2_read(
    struct http2_peer *peer, struct http2_frame *ret_frame, int timeout_ms) {
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    buffer_consume(&peer->in, peer->shown);
    peer->shown = 0;
    while (!cut_frame(peer, ret_frame)) {
        int64_t left_ms = until_ms - clock_monotonic_ms();
        struct pollfd polled = {.fd = peer->fd, .events = POLLIN};
        if (left_ms < 0 || poll(&polled, 1, (int)left_ms) == 0)
            return HTTP2_NOTHING;
        if (!take_in(peer))
            return HTTP2_CLOSED;
    }
    peer->shown = HEAD_SIZE + ret_frame->payload.size;
    return HTTP2_FRAME;
}

static void answer(struct http2_peer *peer, const struct http2_frame *frame) {
    if (frame->flags & HTTP2_ACK)
        return;
    if (frame->type == HTTP2_SETTINGS)
        http2_frame(peer, HTTP2_SETTINGS, HTTP2_ACK, 0, NULL, 0);
    else if (frame->type == HTTP2_PING)
        http2_frame(peer, HTTP2_PING, HTTP2_ACK, 0, frame->payload.data, frame->payload.size);
    http2_flush(peer);
}

enum http2_outcome http2_await(struct http2_peer *peer, enum http2_type type, bool answers,
    struct http2_frame *ret_frame, int timeout_ms) {
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    for (;;) {
        int64_t left_ms = until_ms - clock_monotonic_ms();
        enum http2_outcome outcome = http2_read(peer, ret_frame, left_ms > 0 ? (int)left_ms : 0);
        if (outcome != HTTP2_FRAME)
            return outcome;
        if (answers)
            answer(peer, ret_frame);
        if (ret_frame->type == type)
            return HTTP2_FRAME;
    }
}

bool http2_is_closed_within(struct http2_peer *peer, bool answers, int timeout_ms) {
    struct http2_frame frame;
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    enum http2_outcome outcome;
    do {
        int64_t left_ms = until_ms - clock_monotonic_ms();
        outcome = http2_read(peer, &frame, left_ms > 0 ? (int)left_ms : 0);
        if (outcome != HTTP2_FRAME)
            break;
        if (answers)
            answer(peer, &frame);
    } while (true);
    return outcome == HTTP2_CLOSED;
}
