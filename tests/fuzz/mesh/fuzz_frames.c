/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as what follows HTTP/2's preface: a server takes them, and afterwards it still answers
 * a ping on a new connection. One server serves all inputs, over loopback.
 */

#include <assert.h>
#include <stdlib.h>

#include "base/attr.h"
#include "mesh/loop.h"
#include "mesh/server.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/http2_peer.h"

enum { PATIENCE_MS = 50000, SEEDS = 5 };

static int port;

static void start_server(void) {
    struct loop *loop = loop_new("server");
    struct server *server = server_new(loop, NULL); /* it serves health, channelz, reflection */
    int r = server_listen(server, "127.0.0.1:0", &port);
    assert(r == 0);
    loop_start(loop);
    server_start(server);
}

static void put_call(struct http2_peer *peer) {
    http2_call(peer, "/grpc.health.v1.Health/Check", TEXT("\x0a\0"));
}

static void put_watch(struct http2_peer *peer) {
    unsigned stream = http2_call(peer, "/grpc.health.v1.Health/Watch", TEXT(""));
    http2_number(peer, HTTP2_WINDOW_UPDATE, 0, stream, 1000);
    http2_number(peer, HTTP2_RST_STREAM, 0, stream, 8);
}

static void put_continuation(struct http2_peer *peer) {
    struct buffer block = {0};
    http2_request_fields(&block, "/grpc.channelz.v1.Channelz/GetServers");
    http2_frame(peer, HTTP2_HEADERS, 0, 1, block.data, 40);
    http2_frame(peer, HTTP2_CONTINUATION, HTTP2_END_HEADERS, 1, block.data + 40, block.size - 40);
    http2_frame(peer, HTTP2_DATA, HTTP2_END_STREAM, 1, "\0\0\0\0\0", 5);
    buffer_deinit(&block);
}

static void put_connection_frames(struct http2_peer *peer) {
    http2_frame(peer, HTTP2_SETTINGS, 0, 0, "\0\4\0\0\xff\xff\0\3\0\0\0\1", 12);
    http2_frame(peer, HTTP2_PING, 0, 0, "01234567", 8);
    http2_frame(peer, HTTP2_PRIORITY, 0, 1, "\0\0\0\3\x10", 5);
    http2_number(peer, HTTP2_WINDOW_UPDATE, 0, 0, 1);
    http2_frame(peer, HTTP2_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
}

static void put_indexed_fields(struct http2_peer *peer) {
    static const char block[] = "\x83\x86\x44\x85\x60\x75\x99\x8e\x1f\x41\x01g\x5f\x10"
                                "application/grpc\x40\x02te\x08trailers";
    http2_frame(peer, HTTP2_HEADERS, HTTP2_END_HEADERS, 1, block, sizeof(block) - 1);
    http2_frame(peer, HTTP2_HEADERS, HTTP2_END_HEADERS | HTTP2_END_STREAM, 3, "\xbe\xbf\xc0", 3);
}

const void *fuzz_seed(size_t index, size_t *ret_size) {
    static void (*const puts[SEEDS])(struct http2_peer * peer) = {
        put_call, put_watch, put_continuation, put_connection_frames, put_indexed_fields};
    static struct http2_peer peer;
    buffer_deinit(&peer.out);
    if (index == SEEDS)
        return NULL;
    peer = (struct http2_peer){.next_stream = 1};
    puts[index](&peer);
    *ret_size = peer.out.size;
    return peer.out.data;
}

/* It has read what came before, and lives. */
static void assert_answers(void) {
    struct http2_peer peer;
    struct http2_frame frame;
    http2_open(&peer, port);
    http2_begin(&peer);
    http2_frame(&peer, HTTP2_PING, 0, 0, "01234567", 8);
    bool is_sent = http2_flush(&peer);
    assert(is_sent);
    enum http2_outcome outcome = http2_await(&peer, HTTP2_PING, true, &frame, PATIENCE_MS);
    assert(outcome == HTTP2_FRAME && frame.flags & HTTP2_ACK);
    http2_close(&peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct http2_peer peer;
    if (port == 0)
        start_server();
    http2_open(&peer, port);
    http2_begin(&peer);
    http2_bytes(&peer, data, size);
    http2_flush(&peer);
    assert_answers();
    http2_close(&peer);
    return 0;
}
