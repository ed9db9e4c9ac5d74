/* SPDX-License-Identifier: Apache-2.0 */
/* `myeventsctl verify`: recounts a booking store, and compares what it counted with what the event
 * service shows to everybody. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/pause.h"
#include "cli/peer.h"
#include "mesh/client.h"
#include "mesh/loop.h"
#include "myevents/v1/booking_service.mesh.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/booking/docs.h"
#include "services/booking/verify.h"
#include "store/store.h"

enum { AGREE_PAUSE_MS = 10, CALL_TIMEOUT_MS = 1000 };

struct verify_command {
    const char *database;
    const char *event_service;
    int64_t key_window_ms, agree_ms;
    struct inventory *inventories;
    size_t count, room;
    uint64_t differences;
    struct channel *events;
    struct store *store;
    struct arena arena;
};

static const struct flag flags[] = {
    {"database", FLAG_TEXT, offsetof(struct verify_command, database),
        .help = "the store, as in the booking service's DATABASE_URL: lmdb:///folder"},
    {"event-service", FLAG_TEXT, offsetof(struct verify_command, event_service), "",
        .help = "compare with the seats that the event service at this gRPC address shows"},
    {"agree-within", FLAG_DURATION_MS, offsetof(struct verify_command, agree_ms), "2s", 0, 3600000,
        "how long the event service may lag behind"},
    {"key-window", FLAG_DURATION_MS, offsetof(struct verify_command, key_window_ms), "24h", 0,
        INT64_MAX, "how long the service remembers a request_id"},
};
static const struct flag_table table = {"myeventsctl verify",
    "recounts a booking store, also beside its running service; read-only", flags,
    ARRAY_SIZE(flags)};

static void on_finding(void *data, const char *sentence) {
    printf("%s\n", sentence);
}

static void on_inventory(void *data, const struct inventory *inventory) {
    struct verify_command *verify = data;
    if (verify->count == verify->room) {
        verify->room = verify->room ? verify->room * 2 : 1024;
        verify->inventories = memory_resize(
            verify->inventories, verify->room * sizeof *verify->inventories);
    }
    verify->inventories[verify->count++] = *inventory;
}

/* --- what the event service shows --- */

/* Free seats as shown; -1: not to be had. */
static int32_t shown_seats(struct verify_command *verify, const struct uuid *event_id) {
    char id[UUID_TEXT_SIZE];
    uuid_format(event_id, id);
    Myevents__V1__GetEventRequest request = MYEVENTS__V1__GET_EVENT_REQUEST__INIT;
    request.event_id = id;
    const Myevents__V1__Event *reply;
    const struct rpc_options options = {.timeout_ms = CALL_TIMEOUT_MS};
    arena_clear(&verify->arena);
    struct status status = event_service_get_event_and_wait(
        verify->events, &options, &request, &verify->arena, &reply);
    return status.code == STATUS_OK ? reply->seats_available : -1;
}

/* Free seats as they are now: the sale may go on while we compare. -1: the document is gone. */
static int32_t stored_seats(struct verify_command *verify, const struct uuid *event_id) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(verify->store);
    struct inventory inventory;
    struct text value;
    if (store_get(view, INVENTORIES, uuid_key(event_id), &value) != 0 ||
        docs_read_inventory(uuid_key(event_id), value, &inventory) < 0)
        return -1;
    return inventory_free_seats(&inventory);
}

static void compare_event(struct verify_command *verify, const struct uuid *event_id) {
    int64_t deadline_ms = clock_monotonic_ms() + verify->agree_ms;
    int32_t shown, stored;
    for (;;) {
        stored = stored_seats(verify, event_id);
        shown = shown_seats(verify, event_id);
        if (shown == stored)
            return;
        if (clock_monotonic_ms() >= deadline_ms)
            break;
        pause_ms(AGREE_PAUSE_MS);
    }
    char id[UUID_TEXT_SIZE];
    uuid_format(event_id, id);
    verify->differences++;
    if (shown < 0)
        printf("event %s: the event service does not show it\n", id);
    else
        printf(
            "event %s: the event service shows %d free seats, there are %d\n", id, shown, stored);
}

static void compare(struct verify_command *verify) {
    struct loop *loop = loop_new("verify");
    loop_start(loop);
    verify->events = peer_new(loop, verify->event_service);
    arena_init(&verify->arena, 0);
    for (size_t i = 0; i < verify->count; i++)
        compare_event(verify, &verify->inventories[i].event_id);
    arena_deinit(&verify->arena);
    channel_free(verify->events);
    loop_stop(loop);
    loop_free(loop);
}

/* --- the command --- */

static int run(struct verify_command *verify) {
    const struct verify_options options = {
        .key_window_ms = verify->key_window_ms,
        .on_finding = on_finding,
        .on_inventory = on_inventory,
        .data = verify,
    };
    struct verify_result result;
    int r = verify_store(verify->store, &options, &result);
    if (r < 0) {
        fprintf(stderr, "myeventsctl verify: the store cannot be read: %s\n", strerror(-r));
        return 1;
    }
    if (verify->event_service[0])
        compare(verify);
    uint64_t wrong = result.findings + verify->differences;
    printf("%s: %llu events, %llu bookings, %llu users, %llu records; seats held %llu, sold %llu\n",
        wrong ? "NOT CLEAN" : "clean", (unsigned long long)result.events,
        (unsigned long long)result.bookings, (unsigned long long)result.users,
        (unsigned long long)result.records, (unsigned long long)result.held,
        (unsigned long long)result.sold);
    return wrong ? 1 : 0;
}

int command_verify(int argc, char **argv) {
    struct verify_command verify = {0};
    int r = flags_parse(&table, argc, argv, &verify);
    if (r != 0)
        return r == FLAGS_HELP ? 0 : 2;
    const struct store_options options = {.read_only = true};
    if (store_open(verify.database, &booking_schema, &options, &verify.store) != 0) {
        fprintf(stderr, "myeventsctl verify: %s\n", store_open_error());
        return 1;
    }
    int status = run(&verify);
    store_close(verify.store);
    free(verify.inventories);
    return status;
}
