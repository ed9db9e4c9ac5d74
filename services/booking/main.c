/* SPDX-License-Identifier: Apache-2.0 */
/* The booking service: reads its environment, wires the parts, waits for the signal, takes them
 * apart. */

#include <string.h>

#include "mesh/client.h"
#include "mesh/observe.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/booking/config.h"
#include "services/booking/desk.h"
#include "services/booking/docs.h"
#include "services/booking/follow.h"
#include "services/booking/lookup.h"
#include "services/booking/meters.h"
#include "services/booking/service.h"
#include "services/booking/watch.h"

struct program {
    struct booking_config config;
    struct host host;
    struct channel *events;
    struct lookup lookup;
    struct desk desk;
    struct watch_hub *hub;
    struct follow *follow;
};

static void on_look_up(void *data, const struct uuid *event_id, const struct trace *trace) {
    struct program *program = data;
    lookup_event(&program->lookup, event_id, trace);
}

static void on_change(void *data, struct lane *lane) {
    watch_on_change(lane);
}

/* Nothing is served that the store might contradict: the next start reads it anew. */
static void on_broken(void *data, const char *why) {
    struct program *program = data;
    host_break(&program->host, why);
}

/* Before the loops run: what the store holds comes into memory. */
static int open_desk(struct program *program) {
    struct host *host = &program->host;
    const struct desk_options options = {
        .loop = host->loop,
        .store = host->store,
        .hold_ms = program->config.hold_ms,
        .key_window_ms = program->config.key_window_ms,
        .look_up = on_look_up,
        .on_change = on_change,
        .on_broken = on_broken,
        .data = program,
    };
    observe_service(OBSERVE_CLIENT, &event_service);
    program->events = host_channel_new(host, program->config.event_service_addr);
    program->lookup = (struct lookup){program->events, &program->desk.lanes};
    desk_init(&program->desk, &options);
    int r = desk_load(&program->desk);
    if (r < 0)
        return host_refuse(host, "DATABASE_URL holds a document that cannot be read", strerror(-r));
    program->hub = watch_hub_new(host->loop, host->stream_loop, &program->desk.lanes);
    service_register(host->server, &program->desk, program->hub);
    return 0;
}

static int start_following(struct program *program) {
    struct host *host = &program->host;
    const struct follow_options options = {
        .bus = host->bus,
        .store = host->store,
        .loop = host->loop,
        .lanes = &program->desk.lanes,
        .consumer = program->config.host.instance_name,
    };
    int r = follow_start(&options, &program->follow);
    return r < 0 ? host_refuse(host, "BROKER_URL", strerror(-r)) : 0;
}

int main(int argc, char **argv) {
    static struct program program;
    struct host *host = &program.host;
    int status;
    *host = (struct host){.name = "booking-service",
        .config = &program.config.host,
        .schema = &booking_schema,
        .stream = "myevents.booking",
        .source = "/myevents/booking"};
    if (host_init(host, &booking_config_table, argc, argv, &program.config, &status) != 0)
        return status;
    meters_init();
    if (host_open(host) < 0 || open_desk(&program) < 0)
        return 1;
    host_start(host);
    if (start_following(&program) < 0 || host_serve(host) < 0)
        return 1;

    host_wait(host);
    host_drain(host);
    follow_stop(program.follow);
    desk_drain(&program.desk);
    channel_free(program.events);
    host_stop(host);
    watch_hub_free(program.hub);
    desk_deinit(&program.desk);
    return host_close(host);
}
