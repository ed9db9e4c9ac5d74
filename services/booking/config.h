/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The booking service's environment. */

#include <stdint.h>

#include "base/config.h"

struct booking_config {
    const char *listen_addr;
    const char *metrics_addr;
    const char *database_url;
    const char *broker_url;
    const char *event_service_addr;
    const char *instance_name;
    int64_t hold_ms;
    int64_t key_window_ms;
    int64_t outbox_retention_ms;
    int64_t drain_timeout_ms;
    int64_t calls_in_flight_max;
    int64_t streams_max;
    int64_t map_size;
    int64_t log_level;
    int64_t log_format;
    int64_t log_calls_per_second;
};

extern const struct config_table booking_config_table;
