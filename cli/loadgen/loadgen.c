/* SPDX-License-Identifier: Apache-2.0 */
/* `myeventsctl loadgen`: a flash sale and its verdict. */

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/loadgen/sale.h"
#include "cli/peer.h"
#include "mesh/client.h"
#include "mesh/loop.h"

enum { BUYERS_MAX = 10 * 1000 * 1000, USERS_DEFAULT_MAX = 5000 };

static const struct flag flags[] = {
    {"event-service", FLAG_TEXT, offsetof(struct sale_options, event_service), "127.0.0.1:50051",
        .help = "its gRPC address", .variable = "EVENT_SERVICE_ADDR"},
    {"booking-service", FLAG_TEXT, offsetof(struct sale_options, booking_service),
        "127.0.0.1:50052", .help = "its gRPC address", .variable = "BOOKING_SERVICE_ADDR"},
    {"rest", FLAG_TEXT, offsetof(struct sale_options, rest), "",
        .help = "book through the gateway at host:port"},
    {"event", FLAG_TEXT, offsetof(struct sale_options, event_id), "",
        .help = "sell this event; otherwise one is made"},
    {"buyers", FLAG_INT, offsetof(struct sale_options, buyers), "2000", 1, BUYERS_MAX,
        "how many want seats"},
    {"users", FLAG_INT, offsetof(struct sale_options, users), "0", 0, BUYERS_MAX,
        "accounts they share; 0: as many as buyers, at most 5000"},
    {"capacity", FLAG_INT, offsetof(struct sale_options, capacity), "500", 1, 1000000,
        "seats of the event that is made"},
    {"seats", FLAG_INT, offsetof(struct sale_options, seats), "1", 1, 20, "seats of one booking"},
    {"hold", FLAG_SWITCH, offsetof(struct sale_options, hold),
        .help = "hold the seats instead of booking them"},
    {"concurrency", FLAG_INT, offsetof(struct sale_options, concurrency), "256", 1, 100000,
        "closed loop: requests in flight"},
    {"rate", FLAG_INT, offsetof(struct sale_options, per_second), "0", 0, 1000000,
        "open loop: buyers a second; 0: closed loop"},
    {"give-up", FLAG_DURATION_MS, offsetof(struct sale_options, give_up_ms), "60s", 100, 3600000,
        "how long a buyer retries"},
    {"agree-within", FLAG_DURATION_MS, offsetof(struct sale_options, agree_ms), "2s", 0, 3600000,
        "how long the event service may lag behind"},
};
static const struct flag_table table = {"myeventsctl loadgen",
    "sells an event to a crowd, prints how fast, and checks every answer", flags,
    ARRAY_SIZE(flags)};

static void print_plan(const struct sale *sale) {
    const struct sale_options *options = &sale->options;
    printf("event=%s capacity=%lld buyers=%lld seats=%lld over=%s ", sale->event.text,
        (long long)options->capacity, (long long)options->buyers, (long long)options->seats,
        options->rest[0] ? "rest" : "grpc");
    if (options->per_second)
        printf("open loop rate=%lld\n", (long long)options->per_second);
    else
        printf("closed loop concurrency=%lld\n", (long long)options->concurrency);
    fflush(stdout);
}

static int sell(struct sale *sale) {
    if (sale_prepare(sale) < 0)
        return 1;
    print_plan(sale);
    if (!sale->options.rest[0])
        sale_drive_grpc(sale);
    else if (sale_drive_rest(sale) < 0)
        return 1;
    return sale_judge(sale) ? 0 : 1;
}

int command_loadgen(int argc, char **argv) {
    struct sale sale = {.run = id_new()};
    int r = flags_parse(&table, argc, argv, &sale.options);
    if (r != 0)
        return r == FLAGS_HELP ? 0 : 2;
    if (!sale.options.users)
        sale.options.users = sale.options.buyers < USERS_DEFAULT_MAX ? sale.options.buyers
                                                                     : USERS_DEFAULT_MAX;
    sale.users = memory_new((size_t)sale.options.users * sizeof *sale.users);
    sale.buyers = memory_new((size_t)sale.options.buyers * sizeof *sale.buyers);
    sale.loop = loop_new("loadgen");
    loop_start(sale.loop);
    sale.events = peer_new(sale.loop, sale.options.event_service);
    sale.bookings = peer_new(sale.loop, sale.options.booking_service);

    int status = sell(&sale);

    channel_free(sale.events);
    channel_free(sale.bookings);
    loop_stop(sale.loop);
    loop_free(sale.loop);
    free(sale.buyers);
    free(sale.users);
    return status;
}
