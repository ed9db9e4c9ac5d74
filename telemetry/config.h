/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The environment of an exporter of spans, under the names and with the units that OpenTelemetry
 * gives them: times are bare milliseconds. Without an endpoint nothing is recorded.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "base/sampler.h"

struct telemetry_config {
    bool is_disabled;
    int64_t exporter; /* enum telemetry_exporter */
    const char *endpoint, *traces_endpoint;
    const char *headers;
    int64_t timeout_ms;
    int64_t protocol; /* there is but one */
    const char *service_name;
    const char *resource_attributes;
    int64_t sampler; /* enum sampler_kind */
    const char *sampler_arg;
    int64_t queue_max, batch_max;
    int64_t delay_ms, export_timeout_ms;
};

enum telemetry_exporter { TELEMETRY_OTLP, TELEMETRY_NONE };

enum { TELEMETRY_QUEUE_MAX = 65536, TELEMETRY_BATCH_MAX = 2048, TELEMETRY_TIME_MAX_MS = 600000 };

#define TELEMETRY_AT(at, member) (at) + offsetof(struct telemetry_config, member)

/* The rows of a program's table that fill in the struct telemetry_config which stands at that
 * offset of its configuration. */
#define TELEMETRY_CONFIG_ENTRIES(at)                                                               \
    {"OTEL_EXPORTER_OTLP_ENDPOINT", CONFIG_TEXT, TELEMETRY_AT(at, endpoint), "",                   \
        .help = "collector of traces, http://host:4317; empty: no traces are recorded"},           \
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", CONFIG_TEXT, TELEMETRY_AT(at, traces_endpoint), "", \
            .help = "the same, for traces alone; goes before the other"},                          \
        {"OTEL_EXPORTER_OTLP_HEADERS", CONFIG_TEXT, TELEMETRY_AT(at, headers), "",                 \
            .help = "metadata for the collector: key=value,key=value, percent-encoded"},           \
        {"OTEL_EXPORTER_OTLP_TIMEOUT", CONFIG_INT, TELEMETRY_AT(at, timeout_ms), "10000", 1,       \
            TELEMETRY_TIME_MAX_MS, .help = "milliseconds that one attempt to export may take"},    \
        {"OTEL_EXPORTER_OTLP_PROTOCOL", CONFIG_CHOICE, TELEMETRY_AT(at, protocol), "grpc",         \
            .choices = "grpc", .help = "how the collector is spoken to"},                          \
        {"OTEL_SERVICE_NAME", CONFIG_TEXT, TELEMETRY_AT(at, service_name), "", 0, 255,             \
            .help = "service.name of this program in traces; empty: the program's name"},          \
        {"OTEL_RESOURCE_ATTRIBUTES", CONFIG_TEXT, TELEMETRY_AT(at, resource_attributes), "",       \
            .help = "what else traces say of this process: key=value,key=value, "                  \
                    "percent-encoded"},                                                            \
        {"OTEL_TRACES_EXPORTER", CONFIG_CHOICE, TELEMETRY_AT(at, exporter), "otlp",                \
            .choices = "otlp|none", .help = "none: no traces, whatever the endpoint says"},        \
        {"OTEL_TRACES_SAMPLER", CONFIG_CHOICE, TELEMETRY_AT(at, sampler), "parentbased_always_on", \
            .choices = SAMPLER_NAMES, .help = "which traces are recorded"},                        \
        {"OTEL_TRACES_SAMPLER_ARG", CONFIG_TEXT, TELEMETRY_AT(at, sampler_arg), "", 0, 32,         \
            .help = "of a ratio: the share of traces, 0 to 1; empty: 1"},                          \
        {"OTEL_BSP_MAX_QUEUE_SIZE", CONFIG_INT, TELEMETRY_AT(at, queue_max), "2048", 1,            \
            TELEMETRY_QUEUE_MAX, .help = "spans that wait for export; more are dropped"},          \
        {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", CONFIG_INT, TELEMETRY_AT(at, batch_max), "512", 1,      \
            TELEMETRY_BATCH_MAX, .help = "spans that are exported together"},                      \
        {"OTEL_BSP_SCHEDULE_DELAY", CONFIG_INT, TELEMETRY_AT(at, delay_ms), "5000", 1,             \
            TELEMETRY_TIME_MAX_MS,                                                                 \
            .help = "milliseconds after which a batch that is not full is exported"},              \
        {"OTEL_BSP_EXPORT_TIMEOUT", CONFIG_INT, TELEMETRY_AT(at, export_timeout_ms), "30000", 1,   \
            TELEMETRY_TIME_MAX_MS,                                                                 \
            .help = "milliseconds after which a batch is dropped that could not be exported"},     \
    {                                                                                              \
        "OTEL_SDK_DISABLED", CONFIG_BOOL, TELEMETRY_AT(at, is_disabled), "false",                  \
            .help = "true: no traces, whatever else is set"                                        \
    }
