/* SPDX-License-Identifier: Apache-2.0 */
/* The event service: reads its environment, wires the parts, waits for the signal, takes them
 * apart. */

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/metric.h"
#include "base/stop.h"
#include "bus/bus.h"
#include "http/metrics.h"
#include "mesh/client.h"
#include "mesh/loop.h"
#include "mesh/server.h"
#include "services/event/config.h"
#include "services/event/docs.h"
#include "services/event/feed.h"
#include "services/event/follow.h"
#include "services/event/service.h"
#include "services/relay/relay.h"

#define STREAM "myevents.event"
#define SOURCE "/myevents/event"

struct program {
    struct event_config config;
    struct loop *loop, *stream_loop;
    struct store *store;
    struct bus *bus;
    struct relay *relay;
    struct channel *bookings;
    struct feed *feed;
    struct event_service service;
    struct follow *follow;
    struct server *server;
    struct metrics_server *metrics;
    atomic_bool is_serving, is_broken;
};

static int refuse(const char *what, const char *why) {
    fprintf(stderr, "event-service: %s: %s\n", what, why);
    return -1;
}

static void on_store_broken(void *data, const char *why) {
    struct program *program = data;
    log_error(NULL, "store is broken, the process ends reason=%s", why);
    atomic_store(&program->is_broken, true);
    stop_request();
}

static int open_backing(struct program *program) {
    const struct event_config *config = &program->config;
    const struct store_options options = {
        .map_size = config->map_size, .on_broken = on_store_broken, .data = program};
    if (store_open(config->database_url, &docs_schema, &options, &program->store) != 0)
        return refuse("DATABASE_URL", store_open_error());
    if (bus_open(config->broker_url, config->instance_name, &program->bus) != 0)
        return refuse("BROKER_URL", bus_open_error());
    return 0;
}

static int open_service(struct program *program) {
    const struct event_config *config = &program->config;
    const struct service_options options = {.idempotency_window_ms = config->idempotency_window_ms};
    program->loop = loop_new("main");
    program->stream_loop = loop_new_without_io("streams");
    loop_start(program->loop);
    loop_start(program->stream_loop);
    program->feed = feed_new(program->stream_loop);
    program->bookings = channel_new(program->loop, config->booking_service_addr, NULL);
    int r = service_init(&program->service, program->loop, program->store, program->feed,
        program->bookings, &options);
    return r < 0 ? refuse("DATABASE_URL", strerror(-r)) : 0;
}

static int open_bus_side(struct program *program) {
    const struct relay_options options = {
        .stream = STREAM, .source = SOURCE, .retention_ms = program->config.outbox_retention_ms};
    program->relay = relay_new(program->store, program->bus, &options);
    relay_start(program->relay);
    int r = follow_new(
        &program->service, program->bus, program->config.instance_name, &program->follow);
    return r < 0 ? refuse("BROKER_URL", strerror(-r)) : 0;
}

static int listen_at(struct program *program, struct text addresses) {
    while (addresses.size) {
        struct text one = text_cut(&addresses, ',');
        char address[256];
        int port;
        snprintf(address, sizeof address, "%.*s", TEXT_ARG(one));
        int r = server_listen(program->server, address, &port);
        if (r < 0) {
            fprintf(stderr, "event-service: LISTEN_ADDR: cannot listen at %s: %s\n", address,
                strerror(-r));
            return -1;
        }
        log_info(NULL, "serving grpc address=%s port=%d", address, port);
    }
    return 0;
}

static int open_server(struct program *program) {
    const struct event_config *config = &program->config;
    const struct server_options options = {
        .stream_loop = program->stream_loop,
        .calls_in_flight_max = config->calls_in_flight_max,
        .streams_max = config->streams_max,
        .log_calls_per_second = (uint32_t)config->log_calls_per_second,
    };
    program->server = server_new(program->loop, &options);
    service_register(&program->service, program->server);
    return listen_at(program, text_from(config->listen_addr));
}

static bool is_ready(void *data) {
    struct program *program = data;
    return atomic_load(&program->is_serving) && !atomic_load(&program->is_broken);
}

static int serve(struct program *program) {
    int port;
    server_start(program->server);
    int r = metrics_server_new(
        program->config.metrics_addr, is_ready, program, &program->metrics, &port);
    if (r < 0)
        return refuse("METRICS_ADDR", strerror(-r));
    atomic_store(&program->is_serving, true);
    log_info(NULL, "ready metrics_port=%d", port);
    return 0;
}

/* From the outside in: who asks is sent away before what answers is taken down. */
static void take_down(struct program *program) {
    log_info(NULL, "draining");
    atomic_store(&program->is_serving, false);
    server_drain(program->server, program->config.drain_timeout_ms);
    follow_free(program->follow);
    service_deinit(&program->service);
    relay_stop(program->relay);
    relay_free(program->relay);
    channel_free(program->bookings);
    server_free(program->server);
    loop_stop(program->stream_loop);
    loop_stop(program->loop);
    loop_free(program->stream_loop);
    loop_free(program->loop);
    feed_free(program->feed);
    bus_close(program->bus);
    store_close(program->store);
    metrics_server_free(program->metrics);
    log_info(NULL, "stopped");
}

int main(int argc, char **argv) {
    static struct program program;
    stop_init();
    int r = config_load(&event_config_table, argc, argv, &program.config);
    if (r != 0)
        return r == CONFIG_DONE ? 0 : 2;
    log_init("event-service", (enum log_level)program.config.log_level,
        (enum log_format)program.config.log_format);
    metric_init("event-service");
    if (open_backing(&program) < 0 || open_service(&program) < 0 || open_bus_side(&program) < 0 ||
        open_server(&program) < 0 || serve(&program) < 0)
        return 1;
    stop_wait();
    take_down(&program);
    return atomic_load(&program.is_broken) ? 1 : 0;
}
