/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The client of gRPC's interoperability tests, on mesh/: one case against one server. Exit status
 * 0: what the case asserts was so; 1: it was not, and stderr says what; 2: a wrong flag.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mesh/client.h"
#include "mesh/loop.h"
#include "tests/interop/cases.h"
#include "tests/interop/flags.h"
#include "tests/interop/names.h"

static const char *server_host = "127.0.0.1";
static const char *case_name = "large_unary";
static int64_t server_port;
static struct soak_options soak = {
    .iterations = 10,
    .latency_max_ms = 1000,
    .timeout_s = 10,
    .request_size = LARGE_REQUEST,
    .response_size = LARGE_RESPONSE,
};

static const struct flag flags[] = {
    {"server_host", .text = &server_host},
    {"server_port", .number = &server_port, .min = 1, .max = 65535},
    {"test_case", .text = &case_name},
    {"use_tls", .only = "false"},
    {"soak_iterations", .number = &soak.iterations, .min = 1, .max = INT32_MAX},
    {"soak_max_failures", .number = &soak.failures_max, .max = INT32_MAX},
    {"soak_per_iteration_max_acceptable_latency_ms", .number = &soak.latency_max_ms, .min = 1,
        .max = INT32_MAX},
    {"soak_min_time_ms_between_rpcs", .number = &soak.pause_ms, .max = INT32_MAX},
    {"soak_overall_timeout_seconds", .number = &soak.timeout_s, .min = 1, .max = INT32_MAX},
    {"soak_request_size", .number = &soak.request_size, .max = BODY_SIZE_MAX},
    {"soak_response_size", .number = &soak.response_size, .max = BODY_SIZE_MAX},
};

static const struct interop_case *const groups[] = {
    single_cases, stream_cases, compressed_cases, soak_cases};

static const struct interop_case *find_case(const char *name) {
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        for (const struct interop_case *at = groups[i]; at->name; at++)
            if (strcmp(at->name, name) == 0)
                return at;
    fprintf(stderr, "--test_case=%s: must be one of", name);
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        for (const struct interop_case *at = groups[i]; at->name; at++)
            fprintf(stderr, " %s", at->name);
    fputc('\n', stderr);
    return NULL;
}

int main(int argc, char **argv) {
    char target[300];
    flags_parse(argc, argv, flags, ARRAY_SIZE(flags));
    const struct interop_case *chosen = find_case(case_name);
    if (!chosen || server_port == 0) {
        if (chosen)
            fprintf(stderr, "--server_port is missing\n");
        return 2;
    }
    snprintf(target, sizeof(target), "%s:%" PRId64, server_host, server_port);
    struct client client = {.loop = loop_new("client"), .target = target, .soak = soak};
    client.channel = channel_new(client.loop, target, NULL);
    loop_start(client.loop);
    chosen->run(&client);
    channel_free(client.channel);
    loop_stop(client.loop);
    loop_free(client.loop);
    return 0;
}
