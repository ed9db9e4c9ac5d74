/* SPDX-License-Identifier: Apache-2.0 */
/* The event service: reads its environment, wires the parts, waits for the signal, takes them
 * apart. */

#include <string.h>

#include "mesh/client.h"
#include "mesh/loop.h"
#include "mesh/observe.h"
#include "myevents/internal/v1/inventory_service.mesh.h"
#include "services/event/config.h"
#include "services/event/docs.h"
#include "services/event/feed.h"
#include "services/event/follow.h"
#include "services/event/service.h"

struct program {
    struct event_config config;
    struct host host;
    struct channel *bookings;
    struct feed *feed;
    struct event_service service;
    struct follow *follow;
};

static int open_service(struct program *program) {
    struct host *host = &program->host;
    const struct service_options options = {
        .idempotency_window_ms = program->config.idempotency_window_ms};
    program->feed = feed_new(host->stream_loop);
    observe_service(OBSERVE_CLIENT, &inventory_service);
    program->bookings = host_channel_new(host, program->config.booking_service_addr);
    int r = service_init(
        &program->service, host->loop, host->store, program->feed, program->bookings, &options);
    if (r < 0)
        return host_refuse(host, "DATABASE_URL holds a document that cannot be read", strerror(-r));
    service_register(&program->service, host->server);
    r = follow_new(
        &program->service, host->bus, program->config.host.instance_name, &program->follow);
    return r < 0 ? host_refuse(host, "BROKER_URL", strerror(-r)) : 0;
}

int main(int argc, char **argv) {
    static struct program program;
    struct host *host = &program.host;
    int status;
    *host = (struct host){.name = "event-service",
        .config = &program.config.host,
        .schema = &docs_schema,
        .stream = "myevents.event",
        .source = "/myevents/event"};
    if (host_init(host, &event_config_table, argc, argv, &program.config, &status) != 0)
        return status;
    if (host_open(host) < 0)
        return 1;
    host_start(host);
    if (open_service(&program) < 0 || host_serve(host) < 0)
        return 1;

    host_wait(host);
    host_drain(host);
    follow_free(program.follow);
    service_deinit(&program.service);
    channel_free(program.bookings);
    host_stop(host);
    feed_free(program.feed);
    return host_close(host);
}
