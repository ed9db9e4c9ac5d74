/* SPDX-License-Identifier: Apache-2.0 */

/* Cases of calls with one request and one answer. */

#include <string.h>

#include "tests/interop/cases.h"
#include "tests/interop/expect.h"
#include "tests/interop/single.h"

static void call_empty(struct client *client, empty_call_fn *call, enum status_code wanted) {
    struct exchange exchange;
    exchange_init(&exchange);
    exchange_empty(&exchange, client->channel, call);
    expect_status(&exchange, wanted);
    expect_number("answers", exchange.has_reply, wanted == STATUS_OK);
    exchange_deinit(&exchange);
}

static void empty_unary(struct client *client) {
    call_empty(client, test_service_empty_call, STATUS_OK);
}

static void unimplemented_method(struct client *client) {
    call_empty(client, test_service_unimplemented_call, STATUS_UNIMPLEMENTED);
}

static void unimplemented_service_case(struct client *client) {
    call_empty(client, unimplemented_service_unimplemented_call, STATUS_UNIMPLEMENTED);
}

void call_large(struct exchange *exchange, struct channel *channel) {
    static const size_t size = LARGE_RESPONSE;
    SimpleRequest request = SIMPLE_REQUEST_INIT;
    Payload payload = zeros_payload(LARGE_REQUEST);
    request.payload = &payload;
    request.response_size = LARGE_RESPONSE;
    exchange_simple(exchange, channel, test_service_unary_call, &request);
    expect_sizes(exchange, &size, 1);
}

static void large_unary(struct client *client) {
    struct exchange exchange;
    exchange_init(&exchange);
    call_large(&exchange, client->channel);
    exchange_deinit(&exchange);
}

/* Not official: what a cache would need, where none is. The answer is the server's clock, so two of
 * them differ. */
static void cache_control(struct client *client) {
    struct value bodies[2];
    for (int i = 0; i < 2; i++) {
        struct exchange exchange;
        SimpleRequest request = SIMPLE_REQUEST_INIT;
        exchange_init(&exchange);
        exchange_simple(&exchange, client->channel, test_service_cacheable_unary_call, &request);
        expect_status(&exchange, STATUS_OK);
        expect_value("cache-control", &exchange.cache_control, TEXT("max-age=60, public"));
        bodies[i] = exchange.body;
        exchange_deinit(&exchange);
    }
    for (size_t i = 0; i < bodies[0].size; i++)
        if (!memchr("0123456789", bodies[0].bytes[i], 10))
            fail_case("the body is no number");
    if (bodies[0].size == 0 ||
        memcmp(&bodies[0], &bodies[1], sizeof(bodies[0].size) + bodies[0].size) == 0)
        fail_case("the bodies are empty or the same");
}

void call_status(struct client *client, EchoStatus *status) {
    struct exchange exchange;
    SimpleRequest request = SIMPLE_REQUEST_INIT;
    request.response_status = status;
    exchange_init(&exchange);
    exchange_simple(&exchange, client->channel, test_service_unary_call, &request);
    expect_status(&exchange, (enum status_code)status->code);
    expect_value("message of the status", &exchange.message, text_from(status->message));
    exchange_deinit(&exchange);
}

static void special_status_message(struct client *client) {
    static char words[] =
        "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n";
    EchoStatus status = ECHO_STATUS_INIT;
    status.code = STATUS_UNKNOWN;
    status.message = words;
    call_status(client, &status);
}

const struct interop_case single_cases[] = {
    {"empty_unary", empty_unary},
    {"large_unary", large_unary},
    {"cache_control", cache_control},
    {"special_status_message", special_status_message},
    {"unimplemented_method", unimplemented_method},
    {"unimplemented_service", unimplemented_service_case},
    {0},
};
