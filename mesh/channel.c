/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mesh/rpc_core.h"
#include "mesh/service_config.h"

enum {
    DEFAULT_TIMEOUT_MS = 5000,
    MESSAGE_SIZE_MAX = 4 * 1024 * 1024,
    METADATA_SIZE_MAX = 16 * 1024,
    KEEPALIVE_MS = 30 * 1000,
    KEEPALIVE_TIMEOUT_MS = 10 * 1000,
    /* A service that restarts is found again before the calls that wait for it give up. */
    RECONNECT_FIRST_MS = 100,
    RECONNECT_MAX_MS = 300,
    CONNECT_TIMEOUT_MS = 3000,
    /* An instance that is replaced by one with another address is found soon. */
    RESOLVE_PAUSE_MS = 1000,
};

static const char ROUND_ROBIN[] = "{\"loadBalancingConfig\":[{\"round_robin\":{}}]}";

static bool has_many_addresses(const char *target) {
    return strncmp(target, "dns:", 4) == 0 || strchr(target, ',');
}

/* NULL: core's own way, which is to stay with the first address that answers. */
static const char *service_config_of(const char *target, const struct channel_options *options) {
    if (options->service_config)
        return service_config_json(options->service_config);
    return has_many_addresses(target) ? ROUND_ROBIN : NULL;
}

static grpc_channel *core_channel_new(const char *target, const struct channel_options *options) {
    struct core_args args = {0};
    core_args_int(&args, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, options->message_size_max);
    core_args_int(&args, GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, options->message_size_max);
    core_args_int(&args, GRPC_ARG_MAX_METADATA_SIZE, METADATA_SIZE_MAX);
    /* Answers that are compressed are unpacked by us, who know a limit (mesh/inflate.h). */
    core_args_int(&args, GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    core_args_int(&args, GRPC_ARG_KEEPALIVE_TIME_MS, KEEPALIVE_MS);
    core_args_int(&args, GRPC_ARG_KEEPALIVE_TIMEOUT_MS, KEEPALIVE_TIMEOUT_MS);
    core_args_int(&args, GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    core_args_int(&args, GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    core_args_int(&args, GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, RECONNECT_FIRST_MS);
    core_args_int(&args, GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, RECONNECT_MAX_MS);
    core_args_int(&args, GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, CONNECT_TIMEOUT_MS);
    core_args_int(&args, GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, RESOLVE_PAUSE_MS);
    /* The mesh is reached directly, and its configuration does not come from a name server. */
    core_args_int(&args, GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    core_args_int(&args, GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
    core_args_int(&args, GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    core_args_int(&args, GRPC_ARG_ENABLE_RETRIES, !options->never_repeats);
    const char *service_config = service_config_of(target, options);
    if (service_config)
        core_args_string(&args, GRPC_ARG_SERVICE_CONFIG, service_config);
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel_args list = core_args_list(&args);
    grpc_channel *channel = grpc_channel_create(target, credentials, &list);
    grpc_channel_credentials_release(credentials);
    return channel;
}

struct channel *channel_new(
    struct loop *loop, const char *target, const struct channel_options *options) {
    struct channel *channel = memory_new(sizeof(*channel));
    core_ref();
    channel->loop = loop;
    if (options)
        channel->options = *options;
    if (channel->options.default_timeout_ms <= 0)
        channel->options.default_timeout_ms = DEFAULT_TIMEOUT_MS;
    if (channel->options.message_size_max <= 0)
        channel->options.message_size_max = MESSAGE_SIZE_MAX;
    peer_name_read(target, &channel->peer);
    channel->core = core_channel_new(target, &channel->options);
    service_config_ref(channel->options.service_config);
    const struct channel_label *label = channel_label(target);
    channel_entry_add(&channel->entry, channel->core, label);
    breaker_init(&channel->breaker, channel->options.in_flight_max, label->name);
    atomic_store(&channel->uses, 1);
    return channel;
}

int64_t channel_timeout_max_ms(const struct channel *channel, const struct method *method) {
    const struct service_config *config = channel->options.service_config;
    return config ? service_config_timeout_ms(config, method->path) : INT64_MAX;
}

void channel_unuse(struct channel *channel) {
    if (atomic_fetch_sub(&channel->uses, 1) > 1)
        return;
    channel_entry_remove(&channel->entry);
    grpc_channel_destroy(channel->core);
    service_config_unref((struct service_config *)channel->options.service_config);
    free(channel);
    core_unref();
}

void channel_free(struct channel *channel) {
    if (channel)
        channel_unuse(channel);
}
