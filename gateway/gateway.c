/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/gateway.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "gateway/dispatch.h"
#include "gateway/files.h"
#include "gateway/gateway_private.h"
#include "gateway/readiness.h"
#include "gateway/survey.h"
#include "gateway/upstream.h"
#include "http/server.h"
#include "mesh/loop.h"

static int64_t or_default(int64_t value, int64_t fallback) {
    return value > 0 ? value : fallback;
}

static struct gateway_options with_defaults(const struct gateway_options *options) {
    struct gateway_options all = *options;
    all.title = options->title ? options->title : "API";
    all.description = options->description ? options->description : "";
    all.static_dir = options->static_dir ? options->static_dir : "";
    all.cors_origins = options->cors_origins ? options->cors_origins : "";
    all.timeout_ms = or_default(options->timeout_ms, 10 * 1000);
    all.timeout_max_ms = or_default(options->timeout_max_ms, 60 * 1000);
    all.body_size_max = or_default(options->body_size_max, 1024 * 1024);
    all.heartbeat_ms = or_default(options->heartbeat_ms, 15 * 1000);
    return all;
}

static bool init_cors(struct gateway *gateway, struct buffer *ret_error) {
    const char *problem = cors_init(&gateway->cors, gateway->options.cors_origins);
    if (problem)
        buffer_printf(ret_error, "CORS origins: %s", problem);
    return !problem;
}

static bool init_files(struct gateway *gateway, struct buffer *ret_error) {
    if (*gateway->options.static_dir == '\0')
        return true;
    gateway->files = files_new(gateway->options.static_dir, ret_error);
    return gateway->files;
}

struct gateway *gateway_new(const struct gateway_options *options, struct buffer *ret_error) {
    struct gateway *gateway = memory_new(sizeof(*gateway));
    gateway->options = with_defaults(options);
    const struct http_handler handler = {dispatch, dispatch_refused, gateway};
    const struct http_server_options http_options = {
        .body_size_max = gateway->options.body_size_max,
        .connections_max = gateway->options.connections_max,
    };
    traffic_init(&gateway->traffic, options->log_calls_per_second);
    gateway->loop = loop_new("calls");
    gateway->server = http_server_new(&handler, &http_options);
    gateway->upstreams = upstreams_new(gateway->loop, gateway->server);
    if (api_init(&gateway->api, gateway->loop, &gateway->options, ret_error) &&
        init_cors(gateway, ret_error) && init_files(gateway, ret_error)) {
        gateway->readiness = readiness_new(gateway);
        gateway->survey = survey_new(gateway);
        return gateway;
    }
    gateway_free(gateway);
    return NULL;
}

int gateway_listen(struct gateway *gateway, const char *address, int *ret_port) {
    return http_server_listen(gateway->server, address, ret_port);
}

struct text gateway_openapi(const struct gateway *gateway) {
    return buffer_text(&gateway->api.openapi);
}

struct loop *gateway_loop(const struct gateway *gateway) {
    return gateway->loop;
}

void gateway_start(struct gateway *gateway) {
    loop_start(gateway->loop);
    readiness_start(gateway->readiness);
    http_server_start(gateway->server);
}

bool gateway_is_ready(const struct gateway *gateway) {
    return readiness_get(gateway->readiness);
}

static void wait_ms(int64_t delay_ms) {
    struct timespec left = {delay_ms / 1000, (delay_ms % 1000) * 1000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        ;
}

/* The wait lets load balancers learn that we are leaving, while new connections still work. */
void gateway_drain(struct gateway *gateway, int64_t wait_before_ms, int64_t timeout_ms) {
    readiness_stop(gateway->readiness);
    wait_ms(wait_before_ms);
    http_server_drain(gateway->server, timeout_ms);
    upstreams_wait_until_idle(gateway->upstreams);
}

void gateway_free(struct gateway *gateway) {
    if (!gateway)
        return;
    loop_stop(gateway->loop); /* it posts to the server */
    readiness_free(gateway->readiness);
    http_server_free(gateway->server);
    survey_free(gateway->survey);
    api_deinit(&gateway->api);
    loop_free(gateway->loop);
    upstreams_free(gateway->upstreams);
    files_free(gateway->files);
    traffic_deinit(&gateway->traffic);
    buffer_deinit(&gateway->wire);
    buffer_deinit(&gateway->json);
    gzip_deinit(&gateway->gzip);
    free(gateway);
}
