/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Cases that go on: UnaryCall many times, on one channel or each on a new one. After each quarter
 * of the iterations a line says how much memory this process has: "resident KiB 12345".
 */

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/process.h"
#include "cli/pause.h"
#include "mesh/client.h"
#include "tests/interop/cases.h"
#include "tests/interop/expect.h"

static bool iterate(const struct soak_options *soak, struct channel *channel) {
    struct exchange exchange;
    SimpleRequest request = SIMPLE_REQUEST_INIT;
    Payload payload = zeros_payload((size_t)soak->request_size);
    int64_t begin_ms = clock_monotonic_ms();
    request.payload = &payload;
    request.response_size = (int32_t)soak->response_size;
    exchange_init(&exchange);
    exchange_simple(&exchange, channel, test_service_unary_call, &request);
    exchange_wait_done(&exchange);
    int64_t took_ms = clock_monotonic_ms() - begin_ms;
    bool ok = exchange.code == STATUS_OK && exchange.sizes[0] == (size_t)soak->response_size &&
              took_ms <= soak->latency_max_ms;
    if (!ok)
        fprintf(stderr, "an iteration took %" PRId64 " ms and ended with %s, \"%.*s\"\n", took_ms,
            status_code_name(exchange.code), (int)exchange.message.size, exchange.message.bytes);
    exchange_deinit(&exchange);
    return ok;
}

static void say_memory(const struct soak_options *soak, int64_t done) {
    struct process_usage usage;
    if (soak->iterations < 4 || done % (soak->iterations / 4) != 0)
        return;
    process_read_usage(&usage);
    printf("iterations %" PRId64 " resident KiB %" PRId64 "\n", done, usage.resident_bytes / 1024);
}

/* A channel of its own for each iteration, or the client's. */
static void soak(struct client *client, bool is_new) {
    const struct soak_options *soak = &client->soak;
    int64_t end_ms = clock_monotonic_ms() + soak->timeout_s * 1000, failures = 0, done = 0;
    while (done < soak->iterations && clock_monotonic_ms() < end_ms) {
        int64_t next_ms = clock_monotonic_ms() + soak->pause_ms;
        struct channel *channel = client->channel;
        if (is_new)
            channel = channel_new(client->loop, client->target, NULL);
        failures += !iterate(soak, channel);
        if (is_new)
            channel_free(channel);
        say_memory(soak, ++done);
        if (clock_monotonic_ms() < next_ms)
            pause_ms(next_ms - clock_monotonic_ms());
    }
    if (done < soak->iterations)
        fail_case("%" PRId64 " of %" PRId64 " iterations were made in %" PRId64 " s", done,
            soak->iterations, soak->timeout_s);
    if (failures > soak->failures_max)
        fail_case("%" PRId64 " iterations have failed, %" PRId64 " are allowed", failures,
            soak->failures_max);
}

static void rpc_soak(struct client *client) {
    soak(client, false);
}

static void channel_soak(struct client *client) {
    soak(client, true);
}

const struct interop_case soak_cases[] = {
    {"rpc_soak", rpc_soak},
    {"channel_soak", channel_soak},
    {0},
};
