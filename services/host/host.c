/* SPDX-License-Identifier: Apache-2.0 */
#include "services/host/host.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/stop.h"
#include "bus/bus.h"
#include "http/metrics.h"
#include "mesh/client.h"
#include "mesh/loop.h"
#include "mesh/server.h"
#include "mesh/service_config.h"
#include "proto/api_service_config.h"
#include "services/host/meters.h"
#include "services/host/system.h"
#include "services/relay/relay.h"
#include "store/store.h"
#include "telemetry/telemetry.h"

/* Calls to one other service that may be under way; it has many times as many callers as we. */
enum { PEER_CALLS_MAX = 5000 };

int host_refuse(const struct host *host, const char *what, const char *why) {
    fprintf(stderr, "%s: %s: %s\n", host->name, what, why);
    return -1;
}

void host_break(void *data, const char *why) {
    struct host *host = data;
    log_error(NULL, "store is broken, the process ends reason=%s", why);
    atomic_store(&host->is_broken, true);
    stop_request();
}

static bool is_ready(void *data) {
    struct host *host = data;
    return atomic_load(&host->is_serving) && !atomic_load(&host->is_broken);
}

int host_init(struct host *host, const struct config_table *table, int argc, char **argv,
    void *ret_config, int *ret_status) {
    stop_init();
    int r = config_load(table, argc, argv, ret_config);
    if (r != 0) {
        *ret_status = r == CONFIG_DONE ? 0 : 2;
        return r;
    }
    log_init(host->name, (enum log_level)host->config->log_level,
        (enum log_format)host->config->log_format);
    metric_init(host->name);
    return 0;
}

static void on_flow(void *data, bool flows) {
    struct host *host = data;
    server_set_serving(host->server, HOST_BUS_HEALTH, flows);
}

static void make_loops_and_server(struct host *host) {
    host->loop = loop_new("main");
    host->stream_loop = loop_new_without_io("streams");
    const struct host_config *config = host->config;
    const struct server_options options = {
        .stream_loop = host->stream_loop,
        .message_size_max = config->message_size_max,
        .metadata_size_max = config->metadata_size_max,
        .memory_max = config->rpc_memory_max,
        .calls_in_flight_max = config->calls_in_flight_max,
        .calls_queued_max = config->calls_queued_max,
        .queue_wait_max_ms = config->queue_wait_max_ms,
        .streams_max = config->streams_max,
        .connections_max = config->connections_max,
        .streams_per_connection_max = config->streams_per_connection_max,
        .connection_idle_max_ms = config->connection_idle_max_ms,
        .connection_age_max_ms = config->connection_age_max_ms,
        .connection_age_grace_ms = config->connection_age_grace_ms,
        .keepalive_ms = config->keepalive_ms,
        .log_calls_per_second = (uint32_t)config->log_calls_per_second,
        .without_introspection = !config->introspection,
    };
    host->server = server_new(host->loop, &options);
    server_set_serving(host->server, HOST_BUS_HEALTH, false); /* until the relay has met it */
}

static int load_service_config(struct host *host) {
    _cleanup_(buffer_deinit) struct buffer error = {0};
    host->service_config = service_config_load(
        host->config->service_config_file, api_service_config, &error);
    if (host->service_config)
        return 0;
    buffer_append_char(&error, '\0');
    return host_refuse(host, "SERVICE_CONFIG_FILE", error.data);
}

struct channel *host_channel_new(const struct host *host, const char *target) {
    const struct channel_options options = {
        .in_flight_max = PEER_CALLS_MAX, .service_config = host->service_config};
    return channel_new(host->loop, target, &options);
}

static int open_telemetry(struct host *host) {
    if (telemetry_open(&host->config->telemetry, host->name, host->loop, &host->telemetry) == 0)
        return 0;
    fprintf(stderr, "%s: %s\n", host->name, telemetry_open_error());
    return -1;
}

int host_open(struct host *host) {
    const struct host_config *config = host->config;
    if (load_service_config(host) != 0)
        return -1;
    const struct store_options options = {
        .map_size = config->map_size, .on_broken = host_break, .data = host};
    if (store_open(config->database_url, host->schema, &options, &host->store) != 0)
        return host_refuse(host, "DATABASE_URL", store_open_error());
    store_meters_init(host->store);
    if (bus_open(config->broker_url, config->instance_name, &host->bus) != 0)
        return host_refuse(host, "BROKER_URL", bus_open_error());
    make_loops_and_server(host);
    system_serve(host);
    return open_telemetry(host);
}

void host_start(struct host *host) {
    const struct relay_options options = {.stream = host->stream,
        .source = host->source,
        .retention_ms = host->config->outbox_retention_ms,
        .on_flow = on_flow,
        .data = host};
    loop_start(host->loop);
    loop_start(host->stream_loop);
    telemetry_start(host->telemetry);
    host->relay = relay_new(host->store, host->bus, &options);
    relay_start(host->relay);
}

static int cannot_listen(struct host *host, const char *variable, const char *address, int r) {
    char what[CONFIG_ADDRESS_SIZE + 64];
    snprintf(what, sizeof(what), "%s: cannot listen at %s", variable, address);
    return host_refuse(host, what, strerror(-r));
}

static int listen_at_all(struct host *host, struct text addresses) {
    while (addresses.size > 0) {
        struct text one = text_cut(&addresses, ',');
        char address[CONFIG_ADDRESS_SIZE];
        int port;
        snprintf(address, sizeof(address), "%.*s", TEXT_ARG(one));
        int r = server_listen(host->server, address, &port);
        if (r < 0)
            return cannot_listen(host, "LISTEN_ADDR", address, r);
        log_info(NULL, "serving grpc address=%s port=%d", address, port);
    }
    return 0;
}

int host_serve(struct host *host) {
    int port;
    int r = metrics_server_new(host->config->metrics_addr, is_ready, host, &host->metrics, &port);
    if (r < 0)
        return cannot_listen(host, "METRICS_ADDR", host->config->metrics_addr, r);
    if (listen_at_all(host, text_from(host->config->listen_addr)) < 0)
        return -1;
    server_start(host->server);
    atomic_store(&host->is_serving, true);
    log_info(NULL, "ready metrics_port=%d", port);
    return 0;
}

void host_wait(struct host *host) {
    int signal = stop_wait();
    log_info(NULL, "draining signal=%d", signal);
}

/* From the outside in: who asks is sent away before what answers is taken down. */
void host_drain(struct host *host) {
    atomic_store(&host->is_serving, false);
    server_drain(host->server, host->config->drain_timeout_ms);
}

void host_stop(struct host *host) {
    relay_stop(host->relay);
    relay_free(host->relay);
    server_free(host->server);
    telemetry_stop(host->telemetry);
    loop_stop(host->stream_loop);
    loop_stop(host->loop);
}

/* The store's thread may be about to leave loop_post(): it ends before the loops do. */
int host_close(struct host *host) {
    metrics_server_free(host->metrics);
    bus_close(host->bus);
    store_close(host->store);
    telemetry_free(host->telemetry);
    loop_free(host->stream_loop);
    loop_free(host->loop);
    service_config_unref(host->service_config);
    log_info(NULL, "stopped");
    return atomic_load(&host->is_broken) ? 1 : 0;
}
