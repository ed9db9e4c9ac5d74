/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/config.h"

#define AT(member) offsetof(struct config, member)

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS };

static const struct config_entry entries[] = {
    {"LISTEN_ADDR", CONFIG_ADDRESSES, AT(listen_addr), "0.0.0.0:8080",
        .help = "where HTTP is served, up to four"},
    {"METRICS_ADDR", CONFIG_ADDRESS, AT(metrics_addr), "0.0.0.0:9103",
        .help = "where /metrics, /healthz and /readyz are served"},
    {"EVENT_SERVICE_ADDR", CONFIG_TEXT, AT(event_service_addr), "dns:///127.0.0.1:50051",
        .help = "gRPC target of the event service"},
    {"BOOKING_SERVICE_ADDR", CONFIG_TEXT, AT(booking_service_addr), "dns:///127.0.0.1:50052",
        .help = "gRPC target of the booking service"},
    {"SERVICE_CONFIG_FILE", CONFIG_TEXT, AT(service_config_file), "",
        .help = "gRPC service config (JSON) for calls to services; empty: the one built in"},
    {"UPSTREAM_CALLS_MAX", CONFIG_INT, AT(upstream_calls_max), "5000", 1, 1000000,
        .help = "calls to one service at once; more fail at once with 503"},
    {"STATIC_DIR", CONFIG_TEXT, AT(static_dir), "",
        .help = "folder of files to serve; empty: none"},
    {"CORS_ALLOWED_ORIGINS", CONFIG_TEXT, AT(cors_allowed_origins), "",
        .help = "pages that may use the API from browsers: https://a.example,https://b.example "
                "or *; empty: those of the same origin"},
    {"REQUEST_TIMEOUT", CONFIG_DURATION_MS, AT(request_timeout_ms), "10s", 1, HOUR_MS,
        .help = "how long a request may take that does not say it"},
    {"REQUEST_TIMEOUT_MAX", CONFIG_DURATION_MS, AT(request_timeout_max_ms), "60s", 1, HOUR_MS,
        .help = "the most a request may ask for"},
    {"BODY_SIZE_MAX", CONFIG_BYTES, AT(body_size_max), "1MiB", 1, 4 << 20,
        .help = "largest body of a request"},
    {"CONNECTIONS_MAX", CONFIG_INT, AT(connections_max), "10000", 1, 1000000,
        .help = "clients at once; more are refused with 503"},
    {"SSE_HEARTBEAT", CONFIG_DURATION_MS, AT(sse_heartbeat_ms), "15s", 100, HOUR_MS,
        .help = "how long a stream is silent before it says that it lives"},
    {"DRAIN_WAIT", CONFIG_DURATION_MS, AT(drain_wait_ms), "300ms", 0, HOUR_MS,
        .help = "between not being ready and taking no connection more"},
    {"DRAIN_TIMEOUT", CONFIG_DURATION_MS, AT(drain_timeout_ms), "10s", 0, HOUR_MS,
        .help = "how long requests may take to finish after SIGTERM"},
    {"INTROSPECTION", CONFIG_CHOICE, AT(introspection), "on", .choices = "off|on",
        .help = "whether clients may ask what the processes tell of themselves"},
    {"LOG_LEVEL", CONFIG_CHOICE, AT(log_level), "info", .choices = "debug|info|warn|error",
        .help = "least level that is written"},
    {"LOG_FORMAT", CONFIG_CHOICE, AT(log_format), "logfmt", .choices = "logfmt|json",
        .help = "form of the lines"},
    {"LOG_CALLS_PER_SECOND", CONFIG_INT, AT(log_calls_per_second), "50", 0, 1000000,
        .help = "lines for requests; the rest is counted"},
    TELEMETRY_CONFIG_ENTRIES(AT(telemetry)),
};

const struct config_table config_table = {
    .program = "gateway",
    .summary =
        "Serves the API as REST and JSON, and static files; --openapi prints what it serves.",
    .entries = entries,
    .count = ARRAY_SIZE(entries),
};

static const struct {
    const char *service;
    size_t target;
    const char *name;
} services[CONFIG_TARGETS] = {
    {"myevents.v1.EventService", AT(event_service_addr), "event-service"},
    {"myevents.v1.BookingService", AT(booking_service_addr), "booking-service"},
};

void config_targets(
    const struct config *config, struct gateway_target ret_targets[CONFIG_TARGETS]) {
    for (size_t i = 0; i < CONFIG_TARGETS; i++)
        ret_targets[i] = (struct gateway_target){services[i].service,
            *(const char *const *)((const char *)config + services[i].target), services[i].name};
}
