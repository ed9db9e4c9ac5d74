/* SPDX-License-Identifier: Apache-2.0 */
/* The booking service: reads its environment, wires the parts, waits for the signal, takes them
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
#include "services/booking/config.h"
#include "services/booking/desk.h"
#include "services/booking/docs.h"
#include "services/booking/follow.h"
#include "services/booking/lookup.h"
#include "services/booking/meters.h"
#include "services/booking/service.h"
#include "services/booking/watch.h"
#include "services/relay/relay.h"

#define STREAM "myevents.booking"
#define SOURCE "/myevents/booking"

struct program {
    struct booking_config config;
    struct loop *loop, *stream_loop;
    struct store *store;
    struct bus *bus;
    struct relay *relay;
    struct channel *events;
    struct lookup lookup;
    struct desk desk;
    struct watch_hub *hub;
    struct follow *follow;
    struct server *server;
    struct metrics_server *metrics;
    atomic_bool is_broken;
};

static int refuse(const char *what, const char *why) {
    fprintf(stderr, "booking-service: %s: %s\n", what, why);
    return -1;
}

/* By the store or by a lane, whoever sees it first. Nothing more is decided: the next start reads
 * the store anew. */
static void on_broken(void *data, const char *why) {
    struct program *program = data;
    if (atomic_exchange(&program->is_broken, true))
        return;
    log_error(NULL, "store cannot be trusted, the process ends reason=%s", why);
    stop_request();
}

static void on_look_up(void *data, const struct uuid *event_id) {
    struct program *program = data;
    lookup_event(&program->lookup, event_id);
}

static void on_change(void *data, struct lane *lane) {
    watch_on_change(lane);
}

static bool is_ready(void *data) {
    struct program *program = data;
    return !atomic_load(&program->is_broken);
}

static int open_backing(struct program *program) {
    const struct booking_config *config = &program->config;
    const struct store_options options = {
        .map_size = config->map_size,
        .on_broken = on_broken,
        .data = program,
    };
    if (store_open(config->database_url, &booking_schema, &options, &program->store) != 0)
        return refuse("DATABASE_URL", store_open_error());
    if (bus_open(config->broker_url, config->instance_name, &program->bus) != 0)
        return refuse("BROKER_URL", bus_open_error());
    return 0;
}

static int open_desk(struct program *program) {
    const struct booking_config *config = &program->config;
    const struct desk_options options = {
        .loop = program->loop,
        .store = program->store,
        .hold_ms = config->hold_ms,
        .key_window_ms = config->key_window_ms,
        .look_up = on_look_up,
        .on_change = on_change,
        .on_broken = on_broken,
        .data = program,
    };
    program->events = channel_new(program->loop, config->event_service_addr, NULL);
    program->lookup = (struct lookup){program->events, &program->desk.lanes};
    desk_init(&program->desk, &options);
    int r = desk_load(&program->desk);
    if (r < 0)
        return refuse("DATABASE_URL holds a document that cannot be read", strerror(-r));
    program->hub = watch_hub_new(program->loop, program->stream_loop, &program->desk.lanes);
    return 0;
}

static int listen_at(struct program *program, struct text addresses) {
    while (addresses.size > 0) {
        struct text one = text_cut(&addresses, ',');
        char address[256];
        int port;
        snprintf(address, sizeof(address), "%.*s", TEXT_ARG(one));
        int r = server_listen(program->server, address, &port);
        if (r < 0)
            return refuse(address, strerror(-r));
        log_info(NULL, "serving grpc address=%s port=%d", address, port);
    }
    return 0;
}

static int open_server(struct program *program) {
    const struct booking_config *config = &program->config;
    const struct server_options options = {
        .stream_loop = program->stream_loop,
        .calls_in_flight_max = config->calls_in_flight_max,
        .streams_max = config->streams_max,
        .log_calls_per_second = (uint32_t)config->log_calls_per_second,
    };
    program->server = server_new(program->loop, &options);
    service_register(program->server, &program->desk, program->hub);
    return listen_at(program, text_from(config->listen_addr));
}

static int open_metrics(struct program *program) {
    int port;
    int r = metrics_server_new(
        program->config.metrics_addr, is_ready, program, &program->metrics, &port);
    if (r < 0)
        return refuse("METRICS_ADDR", strerror(-r));
    log_info(NULL, "serving metrics address=%s port=%d", program->config.metrics_addr, port);
    return 0;
}

static int start(struct program *program) {
    const struct relay_options relay = {
        .stream = STREAM,
        .source = SOURCE,
        .retention_ms = program->config.outbox_retention_ms,
    };
    const struct follow_options follow = {
        .bus = program->bus,
        .store = program->store,
        .loop = program->loop,
        .lanes = &program->desk.lanes,
        .consumer = program->config.instance_name,
    };
    /* Before the loops: a lane may have something to go on with at once. */
    program->relay = relay_new(program->store, program->bus, &relay);
    relay_start(program->relay);
    loop_start(program->loop);
    loop_start(program->stream_loop);
    int r = follow_start(&follow, &program->follow);
    if (r < 0)
        return refuse("BROKER_URL", strerror(-r));
    server_start(program->server);
    log_info(NULL, "ready");
    return 0;
}

static int run(struct program *program) {
    program->loop = loop_new("main");
    program->stream_loop = loop_new_without_io("streams");
    if (open_backing(program) < 0 || open_desk(program) < 0 || open_server(program) < 0 ||
        open_metrics(program) < 0 || start(program) < 0)
        return 1;
    stop_wait();
    return 0;
}

/* From the outside in: who asks is sent away before what answers is taken down. */
static void take_down(struct program *program) {
    log_info(NULL, "draining");
    server_drain(program->server, program->config.drain_timeout_ms);
    follow_stop(program->follow);
    desk_drain(&program->desk);
    relay_stop(program->relay);
    relay_free(program->relay);
    channel_free(program->events);
    server_free(program->server);
    loop_stop(program->stream_loop);
    loop_stop(program->loop);
    store_close(program->store); /* its thread posts to the loop */
    watch_hub_free(program->hub);
    desk_deinit(&program->desk);
    loop_free(program->stream_loop);
    loop_free(program->loop);
    metrics_server_free(program->metrics);
    bus_close(program->bus);
    log_info(NULL, "stopped");
}

int main(int argc, char **argv) {
    static struct program program;
    stop_init();
    int r = config_load(&booking_config_table, argc, argv, &program.config);
    if (r != 0)
        return r == CONFIG_DONE ? 0 : r;
    log_init("booking-service", (enum log_level)program.config.log_level,
        (enum log_format)program.config.log_format);
    metric_init("booking-service");
    meters_init();
    if (run(&program) != 0)
        return 1;
    take_down(&program);
    return atomic_load(&program.is_broken) ? 1 : 0;
}
