/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the configuration and wires; everything else is elsewhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buffer.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/stop.h"
#include "base/text.h"
#include "gateway/config.h"
#include "gateway/gateway.h"
#include "gateway/system.h"
#include "http/metrics.h"
#include "mesh/service_config.h"
#include "proto/api_descriptor_set.h"
#include "proto/api_service_config.h"
#include "telemetry/telemetry.h"

static struct gateway *make_gateway(
    const struct config *config, const struct service_config *service_config) {
    struct gateway_target targets[CONFIG_TARGETS];
    static struct gateway_survey survey; /* as long as the gateway */
    config_targets(config, targets);
    survey = system_survey(!config->introspection);
    const struct gateway_options options = {
        .title = "MyEvents",
        .description = "Events, and tickets for them. Every error is a google.rpc.Status.",
        .descriptor_sets = &api_descriptor_set,
        .descriptor_set_count = 1,
        .targets = targets,
        .target_count = CONFIG_TARGETS,
        .survey = &survey,
        .service_config = service_config,
        .upstream_calls_max = config->upstream_calls_max,
        .static_dir = config->static_dir,
        .cors_origins = config->cors_allowed_origins,
        .timeout_ms = config->request_timeout_ms,
        .timeout_max_ms = config->request_timeout_max_ms,
        .body_size_max = config->body_size_max,
        .connections_max = config->connections_max,
        .heartbeat_ms = config->sse_heartbeat_ms,
        .log_calls_per_second = (uint32_t)config->log_calls_per_second,
    };
    _cleanup_(buffer_deinit) struct buffer error = {0};
    struct gateway *gateway = gateway_new(&options, &error);
    if (!gateway)
        fprintf(stderr, "gateway: %.*s\n", (int)error.size, error.data);
    return gateway;
}

static struct service_config *load_service_config(const struct config *config) {
    _cleanup_(buffer_deinit) struct buffer error = {0};
    struct service_config *loaded = service_config_load(
        config->service_config_file, api_service_config, &error);
    if (!loaded)
        fprintf(stderr, "gateway: SERVICE_CONFIG_FILE: %.*s", (int)error.size, error.data);
    return loaded;
}

static int listen_everywhere(struct gateway *gateway, const char *addresses) {
    struct text rest = text_from(addresses);
    while (rest.size > 0) {
        char address[CONFIG_ADDRESS_SIZE];
        int port;
        struct text one = text_cut(&rest, ',');
        snprintf(address, sizeof(address), "%.*s", TEXT_ARG(one));
        int r = gateway_listen(gateway, address, &port);
        if (r < 0) {
            fprintf(stderr, "gateway: cannot listen on %s: %s\n", address, strerror(-r));
            return r;
        }
        log_info(NULL, "serving HTTP addr=%s port=%d", address, port);
    }
    return 0;
}

static bool is_ready(void *data) {
    return gateway_is_ready(data);
}

static int serve(
    struct gateway *gateway, struct telemetry *telemetry, const struct config *config) {
    struct metrics_server *metrics;
    int port;
    int r = metrics_server_new(config->metrics_addr, is_ready, gateway, &metrics, &port);
    if (r < 0) {
        fprintf(stderr, "gateway: cannot listen on %s: %s\n", config->metrics_addr, strerror(-r));
        return EXIT_FAILURE;
    }
    gateway_start(gateway);
    telemetry_start(telemetry);
    int signal = stop_wait();
    log_info(NULL, "stopping signal=%d", signal);
    system_drain();
    gateway_drain(gateway, config->drain_wait_ms, config->drain_timeout_ms);
    telemetry_stop(telemetry);
    metrics_server_free(metrics);
    log_info(NULL, "stopped");
    return EXIT_SUCCESS;
}

static int run(struct gateway *gateway, const struct config *config) {
    struct telemetry *telemetry;
    if (telemetry_open(&config->telemetry, "gateway", gateway_loop(gateway), &telemetry) < 0) {
        fprintf(stderr, "gateway: %s\n", telemetry_open_error());
        return CONFIG_REFUSED;
    }
    int r = listen_everywhere(gateway, config->listen_addr);
    int code = r < 0 ? EXIT_FAILURE : serve(gateway, telemetry, config);
    telemetry_free(telemetry);
    return code;
}

/* For builds that make clients from it. */
static int print_openapi(const struct gateway *gateway) {
    struct text document = gateway_openapi(gateway);
    bool is_written = fwrite(document.data, 1, document.size, stdout) == document.size;
    return is_written && putchar('\n') != EOF && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Each client is a descriptor, and what a process may have at first is less than it could. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv) {
    struct config config = {0};
    bool is_asked_for_openapi = argc == 2 && strcmp(argv[1], "--openapi") == 0;
    stop_init();
    int r = config_load(&config_table, is_asked_for_openapi ? 1 : argc, argv, &config);
    if (r != 0)
        return r == CONFIG_DONE ? EXIT_SUCCESS : CONFIG_REFUSED;
    log_init("gateway", (enum log_level)config.log_level, (enum log_format)config.log_format);
    metric_init("gateway");
    raise_descriptor_limit();
    struct service_config *service_config = load_service_config(&config);
    if (!service_config)
        return CONFIG_REFUSED;
    struct gateway *gateway = make_gateway(&config, service_config);
    service_config_unref(service_config);
    if (!gateway)
        return CONFIG_REFUSED;
    int code = is_asked_for_openapi ? print_openapi(gateway) : run(gateway, &config);
    gateway_free(gateway);
    return code;
}
