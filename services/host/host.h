/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a service of ours runs in: two loops, its store, its bus with a relay that carries the
 * outbox, its gRPC server, its operators' port. A main wires its own parts between these steps:
 *
 *     host_init(&host, ...)            config read, logs and metrics on
 *     host_open(&host)                 store, bus, loops (not running), server
 *     host_start(&host)                loops and relay run
 *     host_serve(&host)                listens; ready
 *     host_wait(&host)                 until SIGTERM
 *     host_drain(&host)                no call is served any more; loops still run
 *     host_stop(&host);                relay and server are gone, loops stand still
 *     return host_close(&host);        loops, bus, store are gone; the exit status
 *
 * Health: "" and every service are SERVING from host_serve() to host_drain(), and /readyz says the
 * same. A store that breaks ends the process, and its end begins with the drain. The bus has a name
 * of its own, HOST_BUS_HEALTH: what it carries waits in the outbox while it is away, so nobody may
 * be sent away from a service for its sake.
 *
 * SystemService.GetProcess is served, too: what the process tells of itself.
 *
 * What goes wrong is said on stderr, with the variable that is to be changed; the step returns -1
 * and main returns 1.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/config.h"
#include "telemetry/config.h"

struct bus;
struct channel;
struct loop;
struct metrics_server;
struct relay;
struct server;
struct service_config;
struct store;
struct store_schema;
struct telemetry;

struct host_config {
    const char *listen_addr;
    const char *metrics_addr;
    const char *database_url;
    const char *broker_url;
    const char *instance_name;
    const char *service_config_file;
    int64_t outbox_retention_ms;
    int64_t drain_timeout_ms;
    int64_t message_size_max;
    int64_t metadata_size_max;
    int64_t rpc_memory_max;
    int64_t calls_in_flight_max;
    int64_t calls_queued_max;
    int64_t queue_wait_max_ms;
    int64_t streams_max;
    int64_t connections_max;
    int64_t streams_per_connection_max;
    int64_t connection_idle_max_ms;
    int64_t connection_age_max_ms;
    int64_t connection_age_grace_ms;
    int64_t keepalive_ms;
    int64_t introspection;
    int64_t map_size;
    int64_t log_level;
    int64_t log_format;
    int64_t log_calls_per_second;
    struct telemetry_config telemetry;
};

enum { HOST_SECOND_MS = 1000, HOST_HOUR_MS = 3600 * HOST_SECOND_MS };

/* SERVING while records of the outbox get through. */
#define HOST_BUS_HEALTH "myevents.bus"
/* Told by GetProcess alone: a process whose store is broken is about to end. */
#define HOST_STORE_HEALTH "myevents.store"

#define HOST_AT(type, member) offsetof(type, host) + offsetof(struct host_config, member)

/* The rows of a service's table that fill in `struct host_config host` of its `type`. */
#define HOST_CONFIG_ENTRIES(type, grpc_port, metrics_port, name)                                   \
    {"LISTEN_ADDR", CONFIG_ADDRESSES, HOST_AT(type, listen_addr), "0.0.0.0:" grpc_port,            \
        .choices = "unix", .help = "where gRPC is served"},                                        \
        {"METRICS_ADDR", CONFIG_ADDRESS, HOST_AT(type, metrics_addr), "0.0.0.0:" metrics_port,     \
            .help = "where /metrics, /healthz and /readyz are served"},                            \
        {"DATABASE_URL", CONFIG_URL, HOST_AT(type, database_url),                                  \
            "lmdb:///var/lib/myevents/" name, .choices = "lmdb",                                   \
            .help = "the store: lmdb:///absolute/folder"},                                         \
        {"BROKER_URL", CONFIG_URL, HOST_AT(type, broker_url), "redis://127.0.0.1:6379",            \
            .choices = "redis|redis+unix",                                                         \
            .help = "the bus: redis://[:password@]host:port[/db] or redis+unix:///socket"},        \
        {"INSTANCE_NAME", CONFIG_TEXT, HOST_AT(type, instance_name), name "-service-0", 1, 63,     \
            .help = "stable name of this instance among the readers of the bus"},                  \
        {"SERVICE_CONFIG_FILE", CONFIG_TEXT, HOST_AT(type, service_config_file), "",               \
            .help = "gRPC service config (JSON) for calls to others; empty: the one built in"},    \
        {"OUTBOX_RETENTION", CONFIG_DURATION_MS, HOST_AT(type, outbox_retention_ms), "7d",         \
            HOST_SECOND_MS, 365 * 24 * (int64_t)HOST_HOUR_MS,                                      \
            .help = "how long published records are kept for a refill of the bus"},                \
        {"DRAIN_TIMEOUT", CONFIG_DURATION_MS, HOST_AT(type, drain_timeout_ms), "10s", 0,           \
            HOST_HOUR_MS, .help = "how long calls may take to finish after SIGTERM"},              \
        {"MESSAGE_SIZE_MAX", CONFIG_BYTES, HOST_AT(type, message_size_max), "1MiB", 1024,          \
            64 << 20, .help = "largest request; larger ones are refused with RESOURCE_EXHAUSTED"}, \
        {"METADATA_SIZE_MAX", CONFIG_BYTES, HOST_AT(type, metadata_size_max), "16KiB", 1024,       \
            1 << 20, .help = "largest metadata of a call; 32 bytes are added for each entry"},     \
        {"RPC_MEMORY_MAX", CONFIG_BYTES, HOST_AT(type, rpc_memory_max), "512MiB", 16 << 20,        \
            INT64_C(1) << 40, .help = "memory for connections and messages under way"},            \
        {"CALLS_IN_FLIGHT_MAX", CONFIG_INT, HOST_AT(type, calls_in_flight_max), "10000", 1,        \
            1000000,                                                                               \
            .help = "unary calls that run at once; more wait, or are refused with "                \
                    "RESOURCE_EXHAUSTED"},                                                         \
        {"CALLS_QUEUED_MAX", CONFIG_INT, HOST_AT(type, calls_queued_max), "1000", 0, 1000000,      \
            .help = "unary calls that wait for their turn"},                                       \
        {"CALL_WAIT_MAX", CONFIG_DURATION_MS, HOST_AT(type, queue_wait_max_ms), "1s", 1,           \
            HOST_HOUR_MS, .help = "how long a unary call waits for its turn"},                     \
        {"STREAMS_MAX", CONFIG_INT, HOST_AT(type, streams_max), "10000", 1, 1000000,               \
            .help = "open watches; more are refused with RESOURCE_EXHAUSTED"},                     \
        {"CONNECTIONS_MAX", CONFIG_INT, HOST_AT(type, connections_max), "10000", 1, 1000000,       \
            .help = "connections of clients; more are closed at once"},                            \
        {"STREAMS_PER_CONNECTION_MAX", CONFIG_INT, HOST_AT(type, streams_per_connection_max), "0", \
            0, 1000000,                                                                            \
            .help = "calls at once on one connection; 0: as many as the service takes"},           \
        {"MAX_CONNECTION_IDLE", CONFIG_DURATION_MS, HOST_AT(type, connection_idle_max_ms), "15m",  \
            HOST_SECOND_MS, 24 * (int64_t)HOST_HOUR_MS,                                            \
            .help = "how long a connection may be without a call"},                                \
        {"MAX_CONNECTION_AGE", CONFIG_DURATION_MS, HOST_AT(type, connection_age_max_ms), "30m",    \
            HOST_SECOND_MS, 24 * (int64_t)HOST_HOUR_MS,                                            \
            .help = "how old a connection may become before its client is asked for a new one"},   \
        {"MAX_CONNECTION_AGE_GRACE", CONFIG_DURATION_MS, HOST_AT(type, connection_age_grace_ms),   \
            "5m", HOST_SECOND_MS, 24 * (int64_t)HOST_HOUR_MS,                                      \
            .help = "how long calls may then go on; watches end with UNAVAILABLE"},                \
        {"KEEPALIVE_TIME", CONFIG_DURATION_MS, HOST_AT(type, keepalive_ms), "30s", HOST_SECOND_MS, \
            HOST_HOUR_MS,                                                                          \
            .help = "a connection that is silent for so long is asked whether it still lives"},    \
        {"INTROSPECTION", CONFIG_CHOICE, HOST_AT(type, introspection), "on", .choices = "off|on",  \
            .help = "whether clients may ask for the API (reflection), channelz and GetProcess"},  \
        {"DATABASE_SIZE_MAX", CONFIG_BYTES, HOST_AT(type, map_size), "64GiB", 1 << 20,             \
            INT64_C(1) << 46, .help = "largest size of the store"},                                \
        {"LOG_LEVEL", CONFIG_CHOICE, HOST_AT(type, log_level), "info",                             \
            .choices = "debug|info|warn|error", .help = "least level that is written"},            \
        {"LOG_FORMAT", CONFIG_CHOICE, HOST_AT(type, log_format), "logfmt",                         \
            .choices = "logfmt|json", .help = "form of the lines"},                                \
        TELEMETRY_CONFIG_ENTRIES(HOST_AT(type, telemetry)), {                                      \
        "LOG_CALLS_PER_SECOND", CONFIG_INT, HOST_AT(type, log_calls_per_second), "50", 0, 1000000, \
            .help = "lines for calls that went well; the rest is counted"                          \
    }

struct host {
    const char *name; /* "event-service" */
    const struct host_config *config;
    const struct store_schema *schema;
    const char *stream; /* where its outbox goes, "myevents.event" */
    const char *source; /* "/myevents/event" */
    /* From host_open() on. */
    struct loop *loop, *stream_loop;
    struct store *store;
    struct bus *bus;
    struct server *server;
    struct relay *relay;         /* from host_start() on */
    struct telemetry *telemetry; /* NULL: no traces */
    struct metrics_server *metrics;
    struct service_config *service_config;
    atomic_bool is_serving, is_broken;
};

/* 0; otherwise main returns *ret_status: help was asked for, or the environment was refused. */
_must_check_ int host_init(struct host *host, const struct config_table *table, int argc,
    char **argv, void *ret_config, int *ret_status);
_must_check_ int host_open(struct host *host);
void host_start(struct host *host);
_must_check_ int host_serve(struct host *host);
void host_wait(struct host *host);
void host_drain(struct host *host);
void host_stop(struct host *host);
int host_close(struct host *host);

/* A channel to another service, on the main loop, under our service config. From host_open() on;
 * the caller frees it. */
struct channel *host_channel_new(const struct host *host, const char *target);

/* Says it and returns -1. */
int host_refuse(const struct host *host, const char *what, const char *why);
/* The process ends as soon as it can, with status 1: what it serves can no longer be trusted. */
void host_break(void *host, const char *why);
