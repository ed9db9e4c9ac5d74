/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/policy.h"

#include "base/attr.h"
#include "mesh/acceptor.h"

enum {
    /* Whatever is read at once is served before anything else is, thousands of frames if they are
     * small. */
    READ_SIZE_MAX = 32 * 1024,
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    PING_INTERVAL_MIN_MS = 10 * SECOND_MS,
    PING_STRIKES_MAX = 2, /* then the connection ends with ENHANCE_YOUR_CALM */
};

/* In the order of struct server_options. */
static const struct {
    size_t offset;
    int64_t value;
} defaults[] = {
    {offsetof(struct server_options, message_size_max), INT64_C(1) << 20},
    {offsetof(struct server_options, metadata_size_max), INT64_C(16) << 10},
    {offsetof(struct server_options, memory_max), INT64_C(1) << 30},
    {offsetof(struct server_options, calls_in_flight_max), 10000},
    {offsetof(struct server_options, queue_wait_max_ms), SECOND_MS},
    {offsetof(struct server_options, streams_max), 10000},
    {offsetof(struct server_options, connections_max), 10000},
    {offsetof(struct server_options, handshake_timeout_ms), 10 * SECOND_MS},
    {offsetof(struct server_options, connection_idle_max_ms), 15 * MINUTE_MS},
    {offsetof(struct server_options, connection_age_max_ms), SERVER_NEVER},
    {offsetof(struct server_options, connection_age_grace_ms), MINUTE_MS},
    {offsetof(struct server_options, keepalive_ms), 30 * SECOND_MS},
    {offsetof(struct server_options, keepalive_timeout_ms), 10 * SECOND_MS},
    {offsetof(struct server_options, default_timeout_ms), 30 * SECOND_MS},
    {offsetof(struct server_options, drain_wait_ms), 300},
};

/* A peer is told at once when it is refused, so it may have as many as we refuse. */
static int64_t streams_of_one_connection(const struct server_options *options) {
    return 2 * (options->calls_in_flight_max + options->calls_queued_max + options->streams_max);
}

struct server_options policy_complete(const struct server_options *given) {
    struct server_options options = given ? *given : (struct server_options){0};
    for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
        int64_t *value = (int64_t *)((char *)&options + defaults[i].offset);
        if (*value <= 0)
            *value = defaults[i].value;
    }
    if (options.calls_queued_max < 0)
        options.calls_queued_max = 0;
    if (options.streams_per_connection_max <= 0)
        options.streams_per_connection_max = streams_of_one_connection(&options);
    return options;
}

static void add_limits(struct core_args *args, const struct server_options *options) {
    core_args_int(args, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, options->message_size_max);
    core_args_int(args, GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1);
    core_args_int(args, GRPC_ARG_MAX_METADATA_SIZE, options->metadata_size_max);
    core_args_int(args, GRPC_ARG_MAX_CONCURRENT_STREAMS, options->streams_per_connection_max);
    core_args_int(args, GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, READ_SIZE_MAX);
}

/* Core takes INT_MAX for never. */
static void add_lifetimes(struct core_args *args, const struct server_options *options) {
    core_args_int(args, GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, options->handshake_timeout_ms);
    core_args_int(args, GRPC_ARG_MAX_CONNECTION_IDLE_MS, options->connection_idle_max_ms);
    core_args_int(args, GRPC_ARG_MAX_CONNECTION_AGE_MS, options->connection_age_max_ms);
    core_args_int(args, GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, options->connection_age_grace_ms);
    core_args_int(args, GRPC_ARG_KEEPALIVE_TIME_MS, options->keepalive_ms);
    core_args_int(args, GRPC_ARG_KEEPALIVE_TIMEOUT_MS, options->keepalive_timeout_ms);
    core_args_int(args, GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    core_args_int(
        args, GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, PING_INTERVAL_MIN_MS);
    core_args_int(args, GRPC_ARG_HTTP2_MAX_PING_STRIKES, PING_STRIKES_MAX);
}

grpc_server *policy_server_new(const struct server_options *options, struct acceptor *acceptor) {
    struct core_args args = {0};
    acceptor_args(acceptor, &args);
    add_limits(&args, options);
    add_lifetimes(&args, options);
    /* Requests that are compressed are unpacked by us, who know a limit (mesh/inflate.h). */
    core_args_int(&args, GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    grpc_resource_quota *quota = grpc_resource_quota_create("server");
    grpc_resource_quota_resize(quota, (size_t)options->memory_max);
    core_args_pointer(&args, GRPC_ARG_RESOURCE_QUOTA, quota, grpc_resource_quota_arg_vtable());
    grpc_channel_args list = core_args_list(&args);
    grpc_server *server = grpc_server_create(&list, NULL);
    grpc_resource_quota_unref(quota);
    return server;
}
