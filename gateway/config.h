/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/config.h"
#include "gateway/gateway.h"
#include "telemetry/config.h"

struct config {
    const char *listen_addr;
    const char *metrics_addr;
    const char *event_service_addr;
    const char *booking_service_addr;
    const char *service_config_file;
    int64_t upstream_calls_max;
    const char *static_dir;
    const char *cors_allowed_origins;
    int64_t request_timeout_ms;
    int64_t request_timeout_max_ms;
    int64_t body_size_max;
    int64_t connections_max;
    int64_t sse_heartbeat_ms;
    int64_t drain_wait_ms;
    int64_t drain_timeout_ms;
    int64_t introspection;
    int64_t log_level;
    int64_t log_format;
    int64_t log_calls_per_second;
    struct telemetry_config telemetry;
};

extern const struct config_table config_table;

/* Which service is where. Services that are not in the table are for others than browsers. */
enum { CONFIG_TARGETS = 2 };
void config_targets(const struct config *config, struct gateway_target ret_targets[CONFIG_TARGETS]);
