/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The server of gRPC's interoperability tests, on mesh/. It says "listening on PORT", serves on
 * loopback until SIGTERM, and ends with 0.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "mesh/loop.h"
#include "tests/interop/flags.h"
#include "tests/interop/play.h"

enum { DRAIN_TIMEOUT_MS = 5000, DRAIN_WAIT_MS = 1 };

void echo_metadata(struct call *call) {
    struct text initial = call_metadata(call, ECHO_INITIAL);
    struct text trailing = call_metadata(call, ECHO_TRAILING);
    int r = 0;
    if (initial.size > 0)
        r = call_add_initial_metadata(call, ECHO_INITIAL, initial);
    if (r == 0 && trailing.size > 0)
        r = call_add_trailing_metadata(call, ECHO_TRAILING, trailing);
    if (r < 0)
        fprintf(stderr, "metadata could not be sent back: error %d\n", -r);
}

bool echo_status(struct call *call, const EchoStatus *status) {
    if (!status || status->code == STATUS_OK)
        return false;
    if (status->code < 0 || status->code >= STATUS_CODE_COUNT)
        call_fail(call, STATUS_INVALID_ARGUMENT, NULL, "status %d: must be 0 to %d", status->code,
            STATUS_CODE_COUNT - 1);
    else
        call_fail(call, (enum status_code)status->code, NULL, "%s", status->message);
    return true;
}

bool accept_compression(struct call *call, const BoolValue *expected) {
    if (!expected || expected->value == call_was_compressed(call))
        return true;
    call_fail(call, STATUS_INVALID_ARGUMENT, NULL, "the message is %s",
        expected->value ? "not compressed" : "compressed");
    return false;
}

bool accept_size(struct call *call, int64_t size) {
    if (size >= 0 && size <= BODY_SIZE_MAX)
        return true;
    call_fail(call, STATUS_INVALID_ARGUMENT, NULL,
        "a payload of %" PRId64 " bytes: must be 0 to %d", size, BODY_SIZE_MAX);
    return false;
}

/* --- calls with one answer --- */

static void empty_call(struct call *call, const Empty *request, void *data) {
    Empty response = EMPTY_INIT;
    echo_metadata(call);
    test_service_empty_call_reply(call, &response);
}

static void unary_call(struct call *call, const SimpleRequest *request, void *data) {
    SimpleResponse response = SIMPLE_RESPONSE_INIT;
    echo_metadata(call);
    if (echo_status(call, request->response_status) ||
        !accept_compression(call, request->expect_compressed) ||
        !accept_size(call, request->response_size))
        return;
    if (request->response_compressed && request->response_compressed->value)
        call_compress(call);
    Payload payload = zeros_payload((size_t)request->response_size);
    response.payload = &payload;
    test_service_unary_call_reply(call, &response);
}

static void cacheable_unary_call(struct call *call, const SimpleRequest *request, void *data) {
    SimpleResponse response = SIMPLE_RESPONSE_INIT;
    Payload payload = PAYLOAD_INIT;
    char *now = arena_printf(call_arena(call), "%" PRId64, clock_wall_us() * 1000);
    call_add_initial_metadata(call, "cache-control", TEXT("max-age=60, public"));
    payload.body = (ProtobufCBinaryData){strlen(now), (uint8_t *)now};
    response.payload = &payload;
    test_service_cacheable_unary_call_reply(call, &response);
}

/* --- a stream of requests --- */

struct sum {
    int64_t size;
};

static enum rpc_flow add(struct call *call, const InputRequest *request, void *data) {
    struct sum *sum = data;
    if (!accept_compression(call, request->expect_compressed))
        return RPC_NEXT;
    sum->size += request->payload ? (int64_t)request->payload->body.len : 0;
    return RPC_NEXT;
}

static void reply_sum(struct call *call, void *data) {
    const struct sum *sum = data;
    InputResponse response = INPUT_RESPONSE_INIT;
    response.aggregated_payload_size = (int32_t)sum->size;
    test_service_streaming_input_call_reply(call, &response);
}

static void lose(struct call *call, void *data) {
    call_fail(call, STATUS_CANCELLED, NULL, "the client has gone");
}

static void streaming_input_call(struct call *call, void *data) {
    static const struct test_service_streaming_input_call_reader reader = {add, reply_sum};
    static const struct call_events events = {.on_cancelled = lose};
    struct sum *sum = arena_zalloc(call_arena(call), sizeof(*sum));
    call_set_events(call, &events, sum);
    echo_metadata(call);
    test_service_streaming_input_call_read(call, &reader, sum);
}

/* UnimplementedCall is left out: that is what it is for. */
static const struct test_service_handlers handlers = {
    .empty_call = empty_call,
    .unary_call = unary_call,
    .cacheable_unary_call = cacheable_unary_call,
    .streaming_input_call = streaming_input_call,
    .streaming_output_call = play_streaming_output,
    .full_duplex_call = play_full_duplex,
    .half_duplex_call = play_half_duplex,
};

static int64_t port_wanted;

static const struct flag flags[] = {
    {"port", .number = &port_wanted, .max = 65535},
    {"use_tls", .only = "false"},
};

static int serve(struct loop *loop, struct server *server) {
    char address[32];
    int port;
    snprintf(address, sizeof(address), "127.0.0.1:%" PRId64, port_wanted);
    test_service_register(server, &handlers, loop);
    int r = server_listen(server, address, &port);
    if (r < 0) {
        fprintf(stderr, "cannot listen on %s: %s\n", address, strerror(-r));
        return 1;
    }
    server_start(server);
    printf("listening on %d\n", port);
    fflush(stdout);
    stop_wait();
    server_drain(server, DRAIN_TIMEOUT_MS);
    return 0;
}

int main(int argc, char **argv) {
    const struct server_options options = {.drain_wait_ms = DRAIN_WAIT_MS};
    flags_parse(argc, argv, flags, ARRAY_SIZE(flags));
    stop_init();
    struct loop *loop = loop_new("main");
    struct server *server = server_new(loop, &options);
    loop_start(loop);
    int status = serve(loop, server);
    server_free(server);
    loop_stop(loop);
    loop_free(loop);
    return status;
}
