/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The booking service's environment. */

#include <stdint.h>

#include "services/host/host.h"

struct booking_config {
    struct host_config host;
    const char *event_service_addr;
    int64_t hold_ms;
    int64_t key_window_ms;
};

extern const struct config_table booking_config_table;
