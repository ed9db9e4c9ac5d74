/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/readiness.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "gateway/gateway_private.h"
#include "gateway/transcode/wire.h"
#include "gateway/upstream.h"
#include "http/server.h"
#include "mesh/client.h"
#include "mesh/observe.h"

enum { INTERVAL_MS = 1000, TIMEOUT_MS = 1000, HEALTH_SERVING = 1 };

static const struct method check_method = {
    .path = "/grpc.health.v1.Health/Check",
    .name = "Check",
    .kind = METHOD_UNARY,
    .idempotency = METHOD_NO_SIDE_EFFECTS,
};

struct probe {
    struct readiness *readiness;
    struct upstream upstream;
    bool is_serving;
    bool is_under_way;
};

struct readiness {
    struct gateway *gateway;
    struct http_timer *timer;
    struct task stop;
    struct probe *probes; /* one per peer */
    size_t under_way_count;
    atomic_bool is_ready;
    atomic_bool is_stopped;
};

/* HealthCheckResponse has one field, the status. */
static bool says_serving(const struct status *status, struct text reply) {
    struct wire_reader reader = wire_reader(reply);
    struct wire_field field;
    if (status->code == STATUS_UNIMPLEMENTED)
        return true; /* there is a server, though one that knows no health */
    return status->code == STATUS_OK && reader.at < reader.end &&
           wire_read_field(&reader, &field) && field.number == 1 && field.value == HEALTH_SERVING;
}

static void conclude(struct readiness *readiness) {
    bool is_ready = true;
    for (size_t i = 0; i < readiness->gateway->api.peer_count; i++)
        is_ready = is_ready && readiness->probes[i].is_serving;
    if (atomic_exchange(&readiness->is_ready, is_ready) != is_ready)
        log_info(NULL, "readiness changed ready=%s", is_ready ? "true" : "false");
    if (!atomic_load(&readiness->is_stopped))
        http_timer_start(readiness->timer, INTERVAL_MS);
}

static void on_end(struct upstream *upstream, const struct status *status, struct text reply) {
    struct probe *probe = container_of(upstream, struct probe, upstream);
    probe->is_under_way = false;
    probe->is_serving = says_serving(status, reply);
    if (--probe->readiness->under_way_count == 0)
        conclude(probe->readiness);
}

static void on_timer(void *data) {
    static const struct upstream_events events = {NULL, on_end};
    static const struct rpc_options options = {.timeout_ms = TIMEOUT_MS, .is_untraced = true};
    struct readiness *readiness = data;
    const struct gateway *gateway = readiness->gateway;
    for (size_t i = 0; i < gateway->api.peer_count; i++) {
        struct probe *probe = &readiness->probes[i];
        probe->is_under_way = true;
        readiness->under_way_count++;
        upstream_start(&probe->upstream, gateway->upstreams, gateway->api.peers[i].channel,
            &check_method, &options, TEXT(""), &events);
    }
    if (gateway->api.peer_count == 0)
        conclude(readiness);
}

static void on_stop(struct task *task) {
    struct readiness *readiness = container_of(task, struct readiness, stop);
    http_timer_stop(readiness->timer);
    for (size_t i = 0; i < readiness->gateway->api.peer_count; i++)
        if (readiness->probes[i].is_under_way)
            upstream_cancel(&readiness->probes[i].upstream);
}

struct readiness *readiness_new(struct gateway *gateway) {
    struct readiness *readiness = memory_new(sizeof(*readiness));
    observe_method(OBSERVE_CLIENT, &check_method);
    readiness->gateway = gateway;
    readiness->stop.run = on_stop;
    readiness->timer = http_timer_new(gateway->server, on_timer, readiness);
    readiness->probes = memory_new(gateway->api.peer_count * sizeof(readiness->probes[0]));
    for (size_t i = 0; i < gateway->api.peer_count; i++)
        readiness->probes[i].readiness = readiness;
    return readiness;
}

void readiness_free(struct readiness *readiness) {
    if (!readiness)
        return;
    http_timer_free(readiness->timer);
    free(readiness->probes);
    free(readiness);
}

void readiness_start(struct readiness *readiness) {
    http_timer_start(readiness->timer, 0);
}

void readiness_stop(struct readiness *readiness) {
    if (!atomic_exchange(&readiness->is_stopped, true))
        http_post(readiness->gateway->server, &readiness->stop);
}

/* The last answer may be a second old; the connection may be lost since. */
static bool is_connected(const struct peer *peer) {
    enum channel_state state = channel_state(peer->channel, false);
    return state == CHANNEL_READY || state == CHANNEL_IDLE;
}

bool readiness_get(const struct readiness *readiness) {
    bool is_ready = atomic_load(&readiness->is_ready) && !atomic_load(&readiness->is_stopped);
    const struct api *api = &readiness->gateway->api;
    for (size_t i = 0; i < api->peer_count; i++)
        is_ready = is_ready && is_connected(&api->peers[i]);
    return is_ready;
}
