/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/config.h"

#define AT(member) offsetof(struct booking_config, member)

static const struct config_entry entries[] = {
    HOST_CONFIG_ENTRIES(struct booking_config, "50052", "9102", "booking"),
    {"EVENT_SERVICE_ADDR", CONFIG_TEXT, AT(event_service_addr), "dns:///127.0.0.1:50051",
        .help = "gRPC target of the event service"},
    {"HOLD_DURATION", CONFIG_DURATION_MS, AT(hold_ms), "10m", HOST_SECOND_MS,
        24 * (int64_t)HOST_HOUR_MS, .help = "how long a hold keeps its seats"},
    {"IDEMPOTENCY_WINDOW", CONFIG_DURATION_MS, AT(key_window_ms), "24h", HOST_SECOND_MS,
        7 * 24 * (int64_t)HOST_HOUR_MS, .help = "how long a request_id is remembered"},
};

const struct config_table booking_config_table = {
    .program = "booking-service",
    .summary = "Decides every sale: users, bookings and seats over gRPC.",
    .entries = entries,
    .count = ARRAY_SIZE(entries),
};
