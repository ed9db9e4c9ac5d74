/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/config.h"

#define AT(member) offsetof(struct event_config, member)

static const struct config_entry entries[] = {
    HOST_CONFIG_ENTRIES(struct event_config, "50051", "9101", "event"),
    {"BOOKING_SERVICE_ADDR", CONFIG_TEXT, AT(booking_service_addr), "dns:///127.0.0.1:50052",
        .help = "gRPC target of the booking service"},
    {"IDEMPOTENCY_WINDOW", CONFIG_DURATION_MS, AT(idempotency_window_ms), "24h", HOST_SECOND_MS,
        7 * 24 * (int64_t)HOST_HOUR_MS, .help = "how long a request_id is remembered"},
};

const struct config_table event_config_table = {
    .program = "event-service",
    .summary = "Serves locations and events over gRPC.",
    .entries = entries,
    .count = ARRAY_SIZE(entries),
};
