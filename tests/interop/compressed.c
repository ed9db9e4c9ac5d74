/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Cases of compression. Whether a message came compressed is told by its flag on the wire; for our
 * requests the server tells, which refuses what it did not expect.
 */

#include "tests/interop/cases.h"
#include "tests/interop/expect.h"

static void call_unary(
    struct client *client, bool is_expected, bool compresses, enum status_code wanted) {
    static const size_t size = LARGE_RESPONSE;
    struct exchange exchange;
    SimpleRequest request = SIMPLE_REQUEST_INIT;
    BoolValue expected = BOOL_VALUE_INIT;
    Payload payload = zeros_payload(LARGE_REQUEST);
    expected.value = is_expected;
    request.expect_compressed = &expected;
    request.response_size = LARGE_RESPONSE;
    request.payload = &payload;
    exchange_init(&exchange);
    exchange.options.compresses = compresses;
    exchange_simple(&exchange, client->channel, test_service_unary_call, &request);
    if (wanted == STATUS_OK)
        expect_sizes(&exchange, &size, 1);
    else
        expect_status(&exchange, wanted);
    exchange_deinit(&exchange);
}

static void client_compressed_unary(struct client *client) {
    call_unary(client, true, false, STATUS_INVALID_ARGUMENT);
    call_unary(client, true, true, STATUS_OK);
    call_unary(client, false, false, STATUS_OK);
}

static void send_input(struct exchange *exchange, size_t size, bool is_expected) {
    InputRequest request = INPUT_REQUEST_INIT;
    BoolValue expected = BOOL_VALUE_INIT;
    Payload payload = zeros_payload(size);
    expected.value = is_expected;
    request.expect_compressed = &expected;
    request.payload = &payload;
    exchange_send(exchange, &request.base);
}

static void client_compressed_streaming(struct client *client) {
    struct exchange exchange;
    exchange_init(&exchange);
    exchange_input(&exchange, client->channel);
    send_input(&exchange, 27182, true);
    exchange_close(&exchange);
    expect_status(&exchange, STATUS_INVALID_ARGUMENT);
    exchange_deinit(&exchange);

    exchange_init(&exchange);
    exchange.options.compresses = true;
    exchange_input(&exchange, client->channel);
    send_input(&exchange, 27182, true);
    exchange_skip_compression(&exchange, true);
    send_input(&exchange, 45904, false);
    exchange_close(&exchange);
    expect_status(&exchange, STATUS_OK);
    expect_number("sum of sizes", exchange.sum, 73086);
    exchange_deinit(&exchange);
}

static void ask_unary(struct client *client, bool is_compressed) {
    static const size_t size = LARGE_RESPONSE;
    struct exchange exchange;
    SimpleRequest request = SIMPLE_REQUEST_INIT;
    BoolValue compressed = BOOL_VALUE_INIT;
    Payload payload = zeros_payload(LARGE_REQUEST);
    compressed.value = is_compressed;
    request.response_compressed = &compressed;
    request.response_size = LARGE_RESPONSE;
    request.payload = &payload;
    exchange_init(&exchange);
    exchange_simple(&exchange, client->channel, test_service_unary_call, &request);
    expect_sizes(&exchange, &size, 1);
    expect_number("compressed", exchange.came_compressed[0], is_compressed);
    exchange_deinit(&exchange);
}

static void server_compressed_unary(struct client *client) {
    ask_unary(client, true);
    ask_unary(client, false);
}

static void server_compressed_streaming(struct client *client) {
    static const size_t sizes[] = {31415, 92653};
    enum { STEPS = ARRAY_SIZE(sizes) };
    struct exchange exchange;
    OutputRequest request = OUTPUT_REQUEST_INIT;
    BoolValue compressed[STEPS];
    ResponseParameters parameters[STEPS], *list[STEPS];
    for (int i = 0; i < STEPS; i++) {
        compressed[i] = (BoolValue)BOOL_VALUE_INIT;
        compressed[i].value = i == 0;
        parameters[i] = (ResponseParameters)RESPONSE_PARAMETERS_INIT;
        parameters[i].size = (int32_t)sizes[i];
        parameters[i].compressed = &compressed[i];
        list[i] = &parameters[i];
    }
    request.response_parameters = list;
    request.n_response_parameters = STEPS;
    exchange_init(&exchange);
    exchange_output(&exchange, client->channel, &request);
    expect_sizes(&exchange, sizes, STEPS);
    for (int i = 0; i < STEPS; i++)
        expect_number("compressed", exchange.came_compressed[i], compressed[i].value);
    exchange_deinit(&exchange);
}

const struct interop_case compressed_cases[] = {
    {"client_compressed_unary", client_compressed_unary},
    {"client_compressed_streaming", client_compressed_streaming},
    {"server_compressed_unary", server_compressed_unary},
    {"server_compressed_streaming", server_compressed_streaming},
    {0},
};
