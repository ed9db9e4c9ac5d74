/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The event service's environment. */

#include <stdint.h>

#include "services/host/host.h"

struct event_config {
    struct host_config host;
    const char *booking_service_addr;
    int64_t idempotency_window_ms;
};

extern const struct config_table event_config_table;
