/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Peers that mean harm, or are broken, frame by frame. While each of them is at it, a good client
 * is served without a failure; afterwards the server is no larger than before.
 */
#include "stand.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/task.h"
#include "tests/support/http2_peer.h"

#define ECHO_PATH  "/mesh.test.v1.EchoService/Echo"
#define HOLD_PATH  "/mesh.test.v1.EchoService/Hold"
#define WATCH_PATH "/mesh.test.v1.EchoService/Watch"
#define COUNT_PATH "/mesh.test.v1.EchoService/Count"

enum {
    KIB = 1024,
    MIB = 1024 * KIB,
    FRAME_MAX = 16384,
    STREAMS_MAX = 1000,
    STAYING_MAX = 200,
    LARGE = 100,
    MEMORY_LARGE = 128 * MIB,
    MEMORY_SMALL = 32 * MIB,
    GROWTH_MAX_KIB = 256 * KIB
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SANITIZED = 1 }; /* what is freed stays for a while: size tells nothing */
#else
enum { IS_SANITIZED = 0 };
#endif

/* The server has a process of its own: what it holds is its own, and its end is seen. */
struct prey {
    pid_t process;
    int order; /* it serves until this pipe ends */
    int port;
};

/* Kept until its client leaves. */
static void on_left(struct call *call, void *data) {
    call_fail(call, STATUS_CANCELLED, NULL, "the client has left");
}

static void handle_until_left(struct call *call, const EchoRequest *request, void *data) {
    static const struct call_events events = {.on_cancelled = on_left};
    call_set_events(call, &events, NULL);
}

static void serve(int order, int report, int64_t memory_max) {
    struct stand stand;
    char byte;
    any_fn handlers[ECHO_SERVICE_METHOD_COUNT];
    stand_default_handlers(handlers);
    handlers[ECHO_SERVICE_HOLD] = handlers[ECHO_SERVICE_WATCH] = (any_fn)handle_until_left;
    stand_start_with(&stand,
        &(struct server_options){
            .streams_per_connection_max = STREAMS_MAX, .memory_max = memory_max},
        "127.0.0.1:0", handlers);
    ssize_t size = write(report, &stand.port, sizeof(stand.port));
    assert_int_equal(size, sizeof(stand.port));
    assert_int_equal(read(order, &byte, 1), 0);
    stand_stop(&stand);
    exit(0);
}

/* Before this process has used core, which does not survive a fork. */
static struct prey prey_start(int64_t memory_max) {
    int order[2], report[2];
    struct prey prey;
    assert_int_equal(pipe2(order, O_CLOEXEC) + pipe2(report, O_CLOEXEC), 0);
    fflush(NULL);
    prey.process = fork();
    assert_true(prey.process >= 0);
    if (prey.process == 0) {
        close(order[1]);
        serve(order[0], report[1], memory_max);
    }
    close(order[0]);
    close(report[1]);
    prey.order = order[1];
    assert_int_equal(read(report[0], &prey.port, sizeof(prey.port)), sizeof(prey.port));
    close(report[0]);
    return prey;
}

static void prey_stop(struct prey *prey) {
    int status;
    close(prey->order);
    assert_int_equal(waitpid(prey->process, &status, 0), prey->process);
    assert_int_equal(status, 0);
}

static int64_t resident_kib(const struct prey *prey) {
    long pages = 0, resident = 0;
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)prey->process);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld %ld", &pages, &resident), 2);
    fclose(file);
    return resident * (sysconf(_SC_PAGESIZE) / KIB);
}

/* The good client: one call after the other until it is stopped. */
struct good {
    struct loop *loop;
    struct channel *channel;
    pthread_t thread;
    atomic_bool is_over;
    int64_t calls, failed, slowest_us;
    enum status_code code;
    char message[256];
};

static void *call_steadily(void *data) {
    struct good *good = data;
    EchoRequest request = ECHO_REQUEST_INIT;
    struct arena arena;
    arena_init(&arena, 0);
    do {
        const ProtobufCMessage *reply;
        int64_t begin_us = clock_monotonic_us();
        struct status status = rpc_call_and_wait(good->channel,
            &echo_service.methods[ECHO_SERVICE_ECHO], NULL, &request.base, &arena, &reply);
        int64_t taken_us = clock_monotonic_us() - begin_us;
        good->calls++;
        if (status.code != STATUS_OK) {
            good->failed++;
            good->code = status.code;
            snprintf(good->message, sizeof(good->message), "%s", status.message);
        }
        if (taken_us > good->slowest_us)
            good->slowest_us = taken_us;
        arena_clear(&arena);
    } while (!good->is_over);
    arena_deinit(&arena);
    return NULL;
}

static void good_start(struct good *good, const struct prey *prey) {
    char target[32];
    snprintf(target, sizeof(target), "127.0.0.1:%d", prey->port);
    *good = (struct good){.loop = loop_new("good")};
    good->channel = channel_new(
        good->loop, target, &(struct channel_options){.default_timeout_ms = STAND_TIMEOUT_MS});
    loop_start(good->loop);
    pthread_create(&good->thread, NULL, call_steadily, good);
}

static void good_stop(struct good *good) {
    good->is_over = true;
    pthread_join(good->thread, NULL);
    channel_free(good->channel);
    loop_stop(good->loop);
    loop_free(good->loop);
}

/* ---- attacks: each has a connection, open and silent, and says whether it was let to the end ----
 */

static void be_silent(struct http2_peer *peer, unsigned round) {
}

static void send_only_a_preface(struct http2_peer *peer, unsigned round) {
    http2_begin(peer);
    http2_flush(peer);
}

static void speak_http_1(struct http2_peer *peer, unsigned round) {
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    http2_bytes(peer, request, strlen(request));
    http2_flush(peer);
    assert_true(http2_is_closed_within(peer, true, STAND_TIMEOUT_MS));
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void send_random_bytes(struct http2_peer *peer, unsigned round) {
    uint64_t state = round + 1;
    if (round % 2)
        http2_begin(peer);
    for (int i = 0; i < 512; i++) {
        uint64_t bytes = next_random(&state);
        http2_bytes(peer, &bytes, sizeof(bytes));
    }
    http2_flush(peer);
}

static void send_random_frames(struct http2_peer *peer, unsigned round) {
    uint64_t state = round + 1;
    http2_begin(peer);
    for (int i = 0; i < 64; i++) {
        uint64_t bytes[8], choice = next_random(&state);
        for (int j = 0; j < 8; j++)
            bytes[j] = next_random(&state);
        http2_frame(peer, (enum http2_type)(choice % 12), (uint8_t)(choice >> 8),
            (uint32_t)(choice >> 16) % 8, bytes, (choice >> 32) % sizeof(bytes));
    }
    http2_flush(peer);
}

/* Frames that RFC 9113 forbids, one for each connection. */
struct bad_frame {
    enum http2_type type;
    uint8_t flags;
    uint32_t stream;
    struct text payload;
};
static const struct bad_frame bad_frames[] = {
    {HTTP2_DATA, 0, 0, {"x", 1}},
    {HTTP2_DATA, 0, 5, {"x", 1}},
    {HTTP2_DATA, HTTP2_PADDED, 1, {"\xff", 1}},
    {HTTP2_DATA, HTTP2_PADDED, 1, {"", 0}},
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 0, {"\x82", 1}},
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 2, {"\x82", 1}},
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 1, {"", 0}},
    {HTTP2_HEADERS, HTTP2_END_HEADERS | HTTP2_PADDED, 1, {"\xff\x82", 2}},
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 1, {"\x80", 1}},                         /* index 0 */
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 1, {"\xff\xff\xff\xff\x7f", 5}},         /* index far away */
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 1, {"\xff\xff\xff\xff\xff\xff\x01", 7}}, /* no number */
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 1, {"\x3f\xff\xff\xff\xff\x0f", 6}},     /* table of 4 GiB */
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 1, {"\x40\x85\xff\xff\xff\xff\xff", 7}}, /* Huffman EOS */
    {HTTP2_HEADERS, HTTP2_END_HEADERS, 1, {"\x00\x7f\xff\xff\xff\x07", 6}},     /* name of 16 MiB */
    {HTTP2_PRIORITY, 0, 1, {"abc", 3}},
    {HTTP2_PRIORITY, 0, 0, {"abcde", 5}},
    {HTTP2_RST_STREAM, 0, 0, {"\0\0\0\x08", 4}},
    {HTTP2_RST_STREAM, 0, 7, {"\0\0\0\x08", 4}},
    {HTTP2_RST_STREAM, 0, 1, {"abc", 3}},
    {HTTP2_SETTINGS, 0, 0, {"abcde", 5}},
    {HTTP2_SETTINGS, HTTP2_ACK, 0, {"abcdef", 6}},
    {HTTP2_SETTINGS, 0, 3, {"", 0}},
    {HTTP2_SETTINGS, 0, 0, {"\0\x04\xff\xff\xff\xff", 6}}, /* a window beyond 2^31 */
    {HTTP2_SETTINGS, 0, 0, {"\0\x05\0\0\0\0", 6}},         /* frames of no size */
    {HTTP2_PUSH_PROMISE, 0, 1, {"\0\0\0\x02", 4}},
    {HTTP2_PING, 0, 0, {"abc", 3}},
    {HTTP2_PING, 0, 1, {"abcdefgh", 8}},
    {HTTP2_GOAWAY, 0, 0, {"abc", 3}},
    {HTTP2_GOAWAY, 0, 1, {"\0\0\0\0\0\0\0\0", 8}},
    {HTTP2_WINDOW_UPDATE, 0, 0, {"\0\0\0\0", 4}},
    {HTTP2_WINDOW_UPDATE, 0, 0, {"\x7f\xff\xff\xff", 4}}, /* beyond 2^31 */
    {HTTP2_WINDOW_UPDATE, 0, 1, {"\x7f\xff\xff\xff", 4}},
    {HTTP2_WINDOW_UPDATE, 0, 0, {"abc", 3}},
    {HTTP2_CONTINUATION, HTTP2_END_HEADERS, 1, {"\x82", 1}},
    {(enum http2_type)0x77, 0xff, 9, {"never heard of", 14}},
};

static void send_a_bad_frame(struct http2_peer *peer, unsigned round) {
    const struct bad_frame *bad = &bad_frames[round % ARRAY_SIZE(bad_frames)];
    http2_begin(peer);
    if (round / ARRAY_SIZE(bad_frames) % 2) /* also on a stream that is open */
        http2_start_call(peer, ECHO_PATH);
    http2_frame(peer, bad->type, bad->flags, bad->stream, bad->payload.data, bad->payload.size);
    http2_call(peer, ECHO_PATH, TEXT(""));
    http2_flush(peer);
}

static void send_a_frame_of_16_mib(struct http2_peer *peer, unsigned round) {
    static char zeros[1 << 14];
    http2_begin(peer);
    http2_head(peer, round % 2 ? HTTP2_DATA : HTTP2_HEADERS, HTTP2_END_HEADERS, 1, 0xffffff);
    for (int i = 0; i < 64; i++)
        http2_bytes(peer, zeros, sizeof(zeros));
    http2_flush(peer);
}

static void reset_rapidly(struct http2_peer *peer, unsigned round) {
    enum { STREAMS = 20000, BURST = 100 };
    peer->ears = round % 2 ? HTTP2_DEAF : HTTP2_DROPS;
    http2_begin(peer);
    for (int i = 0; i < STREAMS; i++) {
        unsigned stream = http2_start_call(peer, i % 2 ? ECHO_PATH : COUNT_PATH);
        http2_number(peer, HTTP2_RST_STREAM, 0, stream, 8);
        if (i % BURST == 0 && !http2_flush(peer))
            return;
    }
    http2_flush(peer);
}

/* The request comes, too, so that the handler runs. */
static void drop_rapidly(struct http2_peer *peer, unsigned round) {
    enum { STREAMS = 5000, BURST = 100 };
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    for (int i = 0; i < STREAMS; i++) {
        unsigned stream = http2_call(peer, round % 2 ? WATCH_PATH : HOLD_PATH, TEXT(""));
        http2_number(peer, HTTP2_RST_STREAM, 0, stream, 8);
        if (i % BURST == 0 && !http2_flush(peer))
            return;
    }
    http2_flush(peer);
}

/* Streams that are opened and go no further; the server's SETTINGS are not heeded. */
static void open_streams(struct http2_peer *peer, unsigned round) {
    enum { STREAMS = 3 * STREAMS_MAX, BURST = 100 };
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    for (int i = 0; i < STREAMS; i++) {
        http2_start_call(peer, ECHO_PATH);
        if (i % BURST == 0 && !http2_flush(peer))
            return;
    }
    http2_flush(peer);
}

static void flood(struct http2_peer *peer, enum http2_type type, uint8_t flags, uint32_t stream,
    struct text payload, int count) {
    for (int i = 0; i < count; i++) {
        http2_frame(peer, type, flags, stream, payload.data, payload.size);
        if (i % 500 == 0 && !http2_flush(peer))
            return;
    }
    http2_flush(peer);
}

static void flood_pings(struct http2_peer *peer, unsigned round) {
    peer->ears = round % 2 ? HTTP2_DEAF : HTTP2_DROPS;
    http2_begin(peer);
    flood(peer, HTTP2_PING, 0, 0, TEXT("01234567"), 100000);
}

static void flood_settings(struct http2_peer *peer, unsigned round) {
    peer->ears = round % 2 ? HTTP2_DEAF : HTTP2_DROPS;
    http2_begin(peer);
    flood(peer, HTTP2_SETTINGS, 0, 0, (struct text){"\0\x03\0\0\0\x64", 6}, 100000);
}

static void flood_window_updates(struct http2_peer *peer, unsigned round) {
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    http2_start_call(peer, ECHO_PATH);
    flood(peer, HTTP2_WINDOW_UPDATE, 0, round % 2, (struct text){"\0\0\0\1", 4}, 100000);
}

static void flood_empty_data(struct http2_peer *peer, unsigned round) {
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    http2_start_call(peer, ECHO_PATH);
    flood(peer, HTTP2_DATA, 0, 1, TEXT(""), 100000);
}

static void flood_priorities(struct http2_peer *peer, unsigned round) {
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    flood(peer, HTTP2_PRIORITY, 0, 1, (struct text){"\0\0\0\x03\x10", 5}, 100000);
}

static void flood_empty_continuations(struct http2_peer *peer, unsigned round) {
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    http2_frame(peer, HTTP2_HEADERS, 0, 1, "\x83", 1);
    flood(peer, HTTP2_CONTINUATION, 0, 1, TEXT(""), 100000);
}

static void flood_continuations(struct http2_peer *peer, unsigned round) {
    struct buffer block = {0};
    for (int i = 0; i < 100; i++)
        http2_field(&block, "x-more", "and more of it, and again, without an end of the headers");
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    http2_frame(peer, HTTP2_HEADERS, 0, 1, "\x83", 1);
    flood(peer, HTTP2_CONTINUATION, 0, 1, buffer_text(&block), 2000);
    buffer_deinit(&block);
}

/* A header's value that never ends, in CONTINUATION frames. */
static void send_an_endless_value(struct http2_peer *peer, unsigned round) {
    static char letters[FRAME_MAX];
    memset(letters, 'a', sizeof(letters));
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    http2_frame(peer, HTTP2_HEADERS, 0, 1, "\x00\x03x-a\x7f\xff\xff\xff\x7f", 10);
    flood(peer, HTTP2_CONTINUATION, 0, 1, (struct text){letters, sizeof(letters)},
        (IS_SANITIZED ? 1 : 4) * MIB / FRAME_MAX);
}

/* One entry of the table, named again and again: each byte stands for 4,000. */
static void send_a_header_bomb(struct http2_peer *peer, unsigned round) {
    struct buffer block = {0};
    char value[3900];
    memset(value, 'b', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    http2_request_fields(&block, ECHO_PATH);
    size_t begin = block.size;
    http2_field(&block, "x-bomb", value);
    block.data[begin] = 0x40; /* to be indexed */
    for (int i = 0; i < 8000; i++)
        buffer_append_char(&block, (char)(0x80 | 62));
    http2_begin(peer);
    http2_headers(peer, HTTP2_END_HEADERS, &block);
    buffer_deinit(&block);
    http2_flush(peer);
}

/* Metadata beyond the limit ends the call, or the connection, of the one who sends it. */
static void send_huge_metadata(struct http2_peer *peer, unsigned round) {
    struct buffer block = {0};
    http2_request_fields(&block, ECHO_PATH);
    for (int i = 0; i < 200; i++)
        http2_field(
            &block, "x-large", "0123456789012345678901234567890123456789012345678901234567890123");
    http2_begin(peer);
    http2_headers(peer, HTTP2_END_HEADERS, &block);
    buffer_deinit(&block);
    http2_flush(peer);
}

static const char *const bad_paths[] = {"", "/", "//", "Echo", "/mesh.test.v1.EchoService",
    "/mesh.test.v1.EchoService/", "/mesh.test.v1.EchoService/Echo/", "/\xff\xfe/\x01", "*",
    "/mesh.test.v1.EchoService/echo", "/%00/%2e%2e/", "/a/b/c/d/e/f"};

static void ask_for_bad_paths(struct http2_peer *peer, unsigned round) {
    char path[8000];
    memset(path, '/', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    http2_begin(peer);
    for (size_t i = 0; i < ARRAY_SIZE(bad_paths); i++)
        http2_call(peer, bad_paths[i], TEXT(""));
    http2_call(peer, path, TEXT(""));
    http2_flush(peer);
}

/* Each request lacks one field, or has another value of it. */
static void send_bad_requests(struct http2_peer *peer, unsigned round) {
    static const char *const fields[][2] = {{":method", "POST"}, {":scheme", "http"},
        {":path", ECHO_PATH}, {":authority", "localhost"}, {"content-type", "application/grpc"},
        {"te", "trailers"}, {"grpc-timeout", "1S"}, {"grpc-encoding", "identity"}};
    static const char *const wrong[] = {NULL, "", "GET", "text/html", "99999999999999999999H",
        "gzip", "snappy", "-1n", "\x01\x02", "application/grpc+json"};
    http2_begin(peer);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        for (size_t j = 0; j < ARRAY_SIZE(wrong); j++) {
            struct buffer block = {0}, body = {0};
            for (size_t k = 0; k < ARRAY_SIZE(fields); k++)
                if (k != i || wrong[j])
                    http2_field(&block, fields[k][0], k == i ? wrong[j] : fields[k][1]);
            unsigned stream = http2_headers(peer, HTTP2_END_HEADERS, &block);
            http2_message(&body, TEXT(""));
            http2_frame(peer, HTTP2_DATA, HTTP2_END_STREAM, stream, body.data, body.size);
            buffer_deinit(&block);
            buffer_deinit(&body);
        }
    http2_flush(peer);
}

/* What stands before each message: a flag, four bytes of length. */
static void send_bad_messages(struct http2_peer *peer, unsigned round) {
    static const struct text bodies[] = {
        {"", 0},
        {"\0", 1},
        {"\0\0\0\0", 4},
        {"\0\0\0\0\0", 5},
        {"\0\xff\xff\xff\xff", 5},
        {"\0\x7f\xff\xff\xff", 5},
        {"\1\0\0\0\1x", 6},
        {"\2\0\0\0\1x", 6},
        {"\xff\0\0\0\1x", 6},
        {"\0\0\0\0\5abc", 8},
        {"\0\0\0\0\0\0\0\0\0\0", 10},
        {"\0\0\0\0\2\x0a\xff", 7},
        {"\0\0\0\0\3\x0a\x01\xff", 8},
    };
    http2_begin(peer);
    for (size_t i = 0; i < 2 * ARRAY_SIZE(bodies); i++) {
        const struct text *body = &bodies[i / 2];
        unsigned stream = http2_start_call(peer, i % 2 ? ECHO_PATH : COUNT_PATH);
        http2_frame(peer, HTTP2_DATA, HTTP2_END_STREAM, stream, body->data, body->size);
    }
    http2_flush(peer);
}

/* A message in a message, 200,000 times. */
static void send_deep_nesting(struct http2_peer *peer, unsigned round) {
    enum { LEVELS = 200000 };
    static char nested[5 * LEVELS];
    size_t begin = sizeof(nested), size = 0;
    for (int i = 0; i < LEVELS && begin > 5; i++) {
        uint8_t head[5] = {0x22};
        size_t n = 1, left = size;
        do
            head[n++] = (uint8_t)((left & 127) | (left > 127 ? 128 : 0));
        while (left >>= 7);
        begin -= n;
        memcpy(nested + begin, head, n);
        size += n;
    }
    struct buffer body = {0};
    http2_message(&body, (struct text){nested + begin, size});
    peer->ears = HTTP2_DROPS;
    http2_begin(peer);
    http2_number(peer, HTTP2_WINDOW_UPDATE, 0, 0, 1 << 20);
    unsigned stream = http2_start_call(peer, ECHO_PATH);
    for (size_t done = 0; done < body.size; done += FRAME_MAX) {
        size_t part = body.size - done < FRAME_MAX ? body.size - done : FRAME_MAX;
        http2_frame(peer, HTTP2_DATA, 0, stream, body.data + done, part);
    }
    http2_frame(peer, HTTP2_DATA, HTTP2_END_STREAM, stream, "", 0);
    http2_flush(peer);
    buffer_deinit(&body);
}

static uint32_t number_of(const struct http2_frame *frame) {
    uint32_t number = 0;
    for (int i = 0; i < 4; i++)
        number = number << 8 | (uint8_t)frame->payload.data[i];
    return number;
}

/* Sends what the server's windows allow, until so much is sent or no more is allowed. */
static size_t send_within_windows(struct http2_peer *peer, unsigned stream, size_t size) {
    static const char zeros[FRAME_MAX];
    int64_t windows[2] = {65530, 65530}; /* of the connection, of the stream; five bytes are out */
    struct http2_frame frame;
    size_t whole = size;
    while (size > 0) {
        int64_t allowed = windows[0] < windows[1] ? windows[0] : windows[1];
        size_t part = allowed < FRAME_MAX ? (size_t)allowed : FRAME_MAX;
        part = part < size ? part : size;
        if (part > 0) {
            http2_frame(peer, HTTP2_DATA, 0, stream, zeros, part);
            if (!http2_flush(peer))
                break;
            windows[0] -= (int64_t)part;
            windows[1] -= (int64_t)part;
            size -= part;
        } else if (http2_await(peer, HTTP2_WINDOW_UPDATE, true, &frame, 100) == HTTP2_FRAME) {
            windows[frame.stream != 0] += number_of(&frame);
        } else {
            break;
        }
    }
    return whole - size;
}

/* Nearly all of a message of the largest size, and then nothing. */
static size_t stop_before_the_end(struct http2_peer *peer) {
    http2_begin(peer);
    unsigned stream = http2_start_call(peer, ECHO_PATH);
    http2_frame(peer, HTTP2_DATA, 0, stream, "\0\0\x0f\xff\xff", 5);
    return send_within_windows(peer, stream, 0xfffff - 1);
}

struct attack {
    const char *name;
    void (*run)(struct http2_peer *peer, unsigned round);
    unsigned rounds;                  /* connections, one after the other */
    enum { GOES, STAYS, IS_CUT } end; /* of each connection, or of all together, or by the server */
};

static const struct attack attacks[] = {
    {"silence", be_silent, 200, STAYS},
    {"only a preface", send_only_a_preface, 200, STAYS},
    {"HTTP/1.1", speak_http_1, 20},
    {"random bytes", send_random_bytes, 200},
    {"random frames", send_random_frames, 400},
    {"frames that are forbidden", send_a_bad_frame, 4 * ARRAY_SIZE(bad_frames)},
    {"frames of 16 MiB", send_a_frame_of_16_mib, 20},
    {"rapid reset", reset_rapidly, 4, IS_CUT},
    {"calls begun and dropped", drop_rapidly, 4, IS_CUT},
    {"streams that go no further", open_streams, 2, IS_CUT},
    {"PING flood", flood_pings, 4, IS_CUT},
    {"SETTINGS flood", flood_settings, 4},
    {"WINDOW_UPDATE flood", flood_window_updates, 4},
    {"DATA without data", flood_empty_data, 2},
    {"PRIORITY flood", flood_priorities, 2},
    {"CONTINUATION without content", flood_empty_continuations, 2},
    {"CONTINUATION flood", flood_continuations, 4},
    {"a value without an end", send_an_endless_value, 1},
    {"header bomb", send_a_header_bomb, 50},
    {"huge metadata", send_huge_metadata, 50},
    {"bad paths", ask_for_bad_paths, 50},
    {"bad requests", send_bad_requests, 20},
    {"bad messages", send_bad_messages, 50},
    {"200,000 levels", send_deep_nesting, 10},
};

/* Lets the server speak its mind, too. */
static void part(struct http2_peer *peer, const struct attack *attack) {
    struct http2_frame frame;
    if (attack->end == IS_CUT) {
        peer->ears = HTTP2_DROPS;
        assert_true(
            http2_is_closed_within(peer, false, (IS_SANITIZED ? 10 : 1) * STAND_TIMEOUT_MS));
    } else if (attack->end == GOES) {
        http2_read(peer, &frame, 20);
    }
    http2_close(peer);
}

static void run_attack(const struct prey *prey, const struct attack *attack) {
    static struct http2_peer staying[STAYING_MAX];
    struct good good;
    int64_t before = resident_kib(prey), begin_ms = clock_monotonic_ms(), most = before;
    good_start(&good, prey);
    for (unsigned round = 0; round < attack->rounds; round++) {
        struct http2_peer *peer = &staying[attack->end == STAYS ? round : 0];
        http2_open(peer, prey->port);
        attack->run(peer, round);
        if (resident_kib(prey) > most)
            most = resident_kib(prey);
        if (attack->end != STAYS)
            part(peer, attack);
    }
    for (unsigned round = 0; attack->end == STAYS && round < attack->rounds; round++)
        part(&staying[round], attack);
    good_stop(&good);
    if (resident_kib(prey) > most)
        most = resident_kib(prey);
    print_message("%-30s %5d ms, good client: %6d calls, the slowest %6.1f ms; "
                  "KiB: %+6d\n",
        attack->name, (int)(clock_monotonic_ms() - begin_ms), (int)good.calls,
        (double)good.slowest_us / 1000, (int)(most - before));
    if (IS_SANITIZED) /* all is so slow that a good client may look like one that floods */
        return;
    if (good.failed > 0)
        fail_msg("%d calls of the good client failed, the last with %s: %s", (int)good.failed,
            status_code_name(good.code), good.message);
    assert_in_range(most - before, 0, GROWTH_MAX_KIB);
}

static void test_a_good_client_is_served_beside_hostile_ones(void **state) {
    const struct prey *prey = *state;
    for (size_t i = 0; i < ARRAY_SIZE(attacks); i++)
        run_attack(prey, &attacks[i]);
}

/* Many large messages at once, none of which ever ends. */
static void test_memory_is_bounded(void **state) {
    static struct http2_peer peers[LARGE];
    const struct prey *prey = (const struct prey *)*state + 1;
    struct good good;
    int64_t before = resident_kib(prey), sent = 0;
    for (int i = 0; i < LARGE; i++) {
        http2_open(&peers[i], prey->port);
        sent += (int64_t)stop_before_the_end(&peers[i]);
    }
    int64_t growth = resident_kib(prey) - before;
    for (int i = 0; i < LARGE; i++)
        http2_close(&peers[i]);
    print_message("%d KiB of messages under way, %d KiB allowed: KiB: %+d\n", (int)(sent / KIB),
        MEMORY_SMALL / KIB, (int)growth);
    if (!IS_SANITIZED)
        assert_in_range(growth, 0, 2 * MEMORY_SMALL / KIB);
    good_start(&good, prey);
    good_stop(&good);
    assert_string_equal(status_code_name(good.code), "OK");
}

static int set_up(void **state) {
    static struct prey preys[2];
    preys[0] = prey_start(MEMORY_LARGE);
    preys[1] = prey_start(MEMORY_SMALL);
    *state = preys;
    return 0;
}

static int tear_down(void **state) {
    struct prey *preys = *state;
    prey_stop(&preys[1]); /* it has inherited the first one's pipe */
    prey_stop(&preys[0]);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_a_good_client_is_served_beside_hostile_ones),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
