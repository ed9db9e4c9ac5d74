/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/config.h"

#define AT(member) offsetof(struct booking_config, member)

enum { SECOND_MS = 1000, HOUR_MS = 3600 * SECOND_MS };

static const struct config_entry entries[] = {
    {"LISTEN_ADDR", CONFIG_ADDRESSES, AT(listen_addr), "0.0.0.0:50052",
        .help = "where gRPC is served; several are separated by commas"},
    {"METRICS_ADDR", CONFIG_ADDRESS, AT(metrics_addr), "0.0.0.0:9102",
        .help = "where /metrics, /healthz and /readyz are served"},
    {"DATABASE_URL", CONFIG_URL, AT(database_url), "lmdb:///var/lib/myevents/booking",
        .choices = "lmdb", .help = "the store: lmdb:///absolute/folder"},
    {"BROKER_URL", CONFIG_URL, AT(broker_url), "redis://127.0.0.1:6379",
        .choices = "redis|redis+unix",
        .help = "the bus: redis://[:password@]host:port[/db] or redis+unix:///socket"},
    {"EVENT_SERVICE_ADDR", CONFIG_TEXT, AT(event_service_addr), "dns:///127.0.0.1:50051",
        .help = "gRPC target of the event service"},
    {"INSTANCE_NAME", CONFIG_TEXT, AT(instance_name), "booking-service-0", 1, 63,
        .help = "stable name of this instance among the readers of the bus"},
    {"HOLD_DURATION", CONFIG_DURATION_MS, AT(hold_ms), "10m", SECOND_MS, 24 * (int64_t)HOUR_MS,
        .help = "how long a hold keeps its seats"},
    {"IDEMPOTENCY_WINDOW", CONFIG_DURATION_MS, AT(key_window_ms), "24h", SECOND_MS,
        7 * 24 * (int64_t)HOUR_MS, .help = "how long a request_id is remembered"},
    {"OUTBOX_RETENTION", CONFIG_DURATION_MS, AT(outbox_retention_ms), "7d", SECOND_MS,
        365 * 24 * (int64_t)HOUR_MS,
        .help = "how long published records are kept for a refill of the bus"},
    {"DRAIN_TIMEOUT", CONFIG_DURATION_MS, AT(drain_timeout_ms), "10s", 0, HOUR_MS,
        .help = "how long calls may take to finish after SIGTERM"},
    {"CALLS_IN_FLIGHT_MAX", CONFIG_INT, AT(calls_in_flight_max), "10000", 1, 1000000,
        .help = "unary calls at once; more are refused with RESOURCE_EXHAUSTED"},
    {"STREAMS_MAX", CONFIG_INT, AT(streams_max), "10000", 1, 1000000,
        .help = "open watches; more are refused with RESOURCE_EXHAUSTED"},
    {"DATABASE_SIZE_MAX", CONFIG_BYTES, AT(map_size), "64GiB", 1 << 20, INT64_C(1) << 46,
        .help = "largest size of the store"},
    {"LOG_LEVEL", CONFIG_CHOICE, AT(log_level), "info", .choices = "debug|info|warn|error",
        .help = "least level that is written"},
    {"LOG_FORMAT", CONFIG_CHOICE, AT(log_format), "logfmt", .choices = "logfmt|json",
        .help = "form of the lines"},
    {"LOG_CALLS_PER_SECOND", CONFIG_INT, AT(log_calls_per_second), "50", 0, 1000000,
        .help = "lines for calls that went well; the rest is counted"},
};

const struct config_table booking_config_table = {
    .program = "booking-service",
    .summary = "Decides every sale: users, bookings and seats over gRPC.",
    .entries = entries,
    .count = ARRAY_SIZE(entries),
};
