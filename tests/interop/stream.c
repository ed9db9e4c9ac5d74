/* SPDX-License-Identifier: Apache-2.0 */

/* Cases with streams. */

#include "base/clock.h"
#include "tests/interop/cases.h"
#include "tests/interop/expect.h"
#include "tests/interop/single.h"

static const size_t request_sizes[] = {27182, 8, 1828, 45904};
static const size_t answer_sizes[] = {31415, 9, 2653, 58979};
enum { STEPS = ARRAY_SIZE(request_sizes) };

static void client_streaming(struct client *client) {
    struct exchange exchange;
    exchange_init(&exchange);
    exchange_input(&exchange, client->channel);
    for (int i = 0; i < STEPS; i++) {
        InputRequest request = INPUT_REQUEST_INIT;
        Payload payload = zeros_payload(request_sizes[i]);
        request.payload = &payload;
        exchange_send(&exchange, &request.base);
    }
    exchange_close(&exchange);
    expect_status(&exchange, STATUS_OK);
    expect_number("sum of sizes", exchange.sum, 74922);
    exchange_deinit(&exchange);
}

static void server_streaming(struct client *client) {
    struct exchange exchange;
    OutputRequest request = OUTPUT_REQUEST_INIT;
    ResponseParameters parameters[STEPS], *list[STEPS];
    for (int i = 0; i < STEPS; i++) {
        parameters[i] = (ResponseParameters)RESPONSE_PARAMETERS_INIT;
        parameters[i].size = (int32_t)answer_sizes[i];
        list[i] = &parameters[i];
    }
    request.response_parameters = list;
    request.n_response_parameters = STEPS;
    exchange_init(&exchange);
    exchange_output(&exchange, client->channel, &request);
    expect_sizes(&exchange, answer_sizes, STEPS);
    exchange_deinit(&exchange);
}

/* Asks for one answer. */
static void send_duplex(
    struct exchange *exchange, size_t request_size, size_t answer_size, int32_t interval_us) {
    OutputRequest request = OUTPUT_REQUEST_INIT;
    Payload payload = zeros_payload(request_size);
    ResponseParameters parameters = RESPONSE_PARAMETERS_INIT, *list = &parameters;
    parameters.size = (int32_t)answer_size;
    parameters.interval_us = interval_us;
    request.payload = &payload;
    request.response_parameters = &list;
    request.n_response_parameters = 1;
    exchange_send(exchange, &request.base);
}

static void ping_pong(struct client *client) {
    struct exchange exchange;
    exchange_init(&exchange);
    exchange_duplex(&exchange, client->channel);
    for (size_t i = 0; i < STEPS; i++) {
        send_duplex(&exchange, request_sizes[i], answer_sizes[i], 0);
        exchange_wait_messages(&exchange, i + 1);
    }
    exchange_close(&exchange);
    expect_sizes(&exchange, answer_sizes, STEPS);
    exchange_deinit(&exchange);
}

/* Not official any more: the server answers when it has everything. The intervals add up. */
static void half_duplex(struct client *client) {
    enum { INTERVAL_US = 20000 };
    struct exchange exchange;
    int64_t begin_us = clock_monotonic_us();
    exchange_init(&exchange);
    exchange_half_duplex(&exchange, client->channel);
    for (size_t i = 0; i < STEPS; i++)
        send_duplex(&exchange, request_sizes[i], answer_sizes[i], INTERVAL_US);
    exchange_close(&exchange);
    expect_sizes(&exchange, answer_sizes, STEPS);
    int64_t took_us = clock_monotonic_us() - begin_us;
    if (took_us < STEPS * INTERVAL_US)
        fail_case("%d intervals of %d us took %lld us", STEPS, INTERVAL_US, (long long)took_us);
    exchange_deinit(&exchange);
}

static void empty_stream(struct client *client) {
    struct exchange exchange;
    exchange_init(&exchange);
    exchange_duplex(&exchange, client->channel);
    exchange_close(&exchange);
    expect_sizes(&exchange, NULL, 0);
    exchange_deinit(&exchange);
}

static void cancel_after_begin(struct client *client) {
    struct exchange exchange;
    exchange_init(&exchange);
    exchange_input(&exchange, client->channel);
    exchange_cancel(&exchange);
    expect_status(&exchange, STATUS_CANCELLED);
    exchange_deinit(&exchange);
}

static void cancel_after_first_response(struct client *client) {
    struct exchange exchange;
    exchange_init(&exchange);
    exchange_duplex(&exchange, client->channel);
    send_duplex(&exchange, request_sizes[0], answer_sizes[0], 0);
    exchange_wait_messages(&exchange, 1);
    exchange_cancel(&exchange);
    expect_status(&exchange, STATUS_CANCELLED);
    expect_number("messages", (int64_t)exchange.count, 1);
    exchange_deinit(&exchange);
}

static void timeout_on_sleeping_server(struct client *client) {
    struct exchange exchange;
    OutputRequest request = OUTPUT_REQUEST_INIT;
    Payload payload = zeros_payload(request_sizes[0]);
    request.payload = &payload;
    exchange_init(&exchange);
    exchange.options.timeout_ms = 1;
    exchange_duplex(&exchange, client->channel);
    exchange_send(&exchange, &request.base);
    expect_status(&exchange, STATUS_DEADLINE_EXCEEDED);
    exchange_deinit(&exchange);
}

/* --- once by a unary call, once by a stream --- */

#define ECHO_INITIAL_VALUE  "test_initial_metadata_value"
#define ECHO_TRAILING_VALUE "\xab\xab\xab"

static void exchange_init_with_metadata(struct exchange *exchange) {
    static const struct rpc_metadata metadata[] = {
        {ECHO_INITIAL, {ECHO_INITIAL_VALUE, sizeof(ECHO_INITIAL_VALUE) - 1}},
        {ECHO_TRAILING, {ECHO_TRAILING_VALUE, sizeof(ECHO_TRAILING_VALUE) - 1}},
    };
    exchange_init(exchange);
    exchange->options.metadata = metadata;
    exchange->options.metadata_count = ARRAY_SIZE(metadata);
}

static void expect_metadata(struct exchange *exchange) {
    expect_value("initial metadata", &exchange->initial, TEXT(ECHO_INITIAL_VALUE));
    expect_value("trailing metadata", &exchange->trailing, TEXT(ECHO_TRAILING_VALUE));
    exchange_deinit(exchange);
}

static void custom_metadata(struct client *client) {
    static const size_t size = LARGE_RESPONSE;
    struct exchange exchange;
    exchange_init_with_metadata(&exchange);
    call_large(&exchange, client->channel);
    expect_metadata(&exchange);

    exchange_init_with_metadata(&exchange);
    exchange_duplex(&exchange, client->channel);
    send_duplex(&exchange, LARGE_REQUEST, LARGE_RESPONSE, 0);
    exchange_close(&exchange);
    expect_sizes(&exchange, &size, 1);
    expect_metadata(&exchange);
}

static void status_code_and_message(struct client *client) {
    static char words[] = "test status message";
    struct exchange exchange;
    EchoStatus status = ECHO_STATUS_INIT;
    OutputRequest request = OUTPUT_REQUEST_INIT;
    status.code = STATUS_UNKNOWN;
    status.message = words;
    request.response_status = &status;
    call_status(client, &status);

    exchange_init(&exchange);
    exchange_duplex(&exchange, client->channel);
    exchange_send(&exchange, &request.base);
    exchange_close(&exchange);
    expect_status(&exchange, STATUS_UNKNOWN);
    expect_value("message of the status", &exchange.message, text_from(words));
    exchange_deinit(&exchange);
}

const struct interop_case stream_cases[] = {
    {"client_streaming", client_streaming},
    {"server_streaming", server_streaming},
    {"ping_pong", ping_pong},
    {"half_duplex", half_duplex},
    {"empty_stream", empty_stream},
    {"cancel_after_begin", cancel_after_begin},
    {"cancel_after_first_response", cancel_after_first_response},
    {"timeout_on_sleeping_server", timeout_on_sleeping_server},
    {"custom_metadata", custom_metadata},
    {"status_code_and_message", status_code_and_message},
    {0},
};
