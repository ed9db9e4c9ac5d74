/* SPDX-License-Identifier: Apache-2.0 */
/* Buyers over gRPC. An answer that leaves the outcome open is asked for again with the same key. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "cli/loadgen/fanout.h"
#include "cli/loadgen/sale.h"
#include "mesh/client.h"
#include "myevents/v1/booking_service.mesh.h"

enum { RETRY_PAUSE_MS = 20, RETRY_PAUSE_MAX_MS = 500, CALL_TIMEOUT_MS = 5000 };

struct drive {
    struct sale *sale;
    struct fanout fanout;
    struct arena scratch;
};

struct attempt {
    struct drive *drive;
    size_t index;
    struct timer retry;
};

static void ask(struct attempt *attempt);

static void on_retry(struct timer *timer) {
    ask(container_of(timer, struct attempt, retry));
}

static bool is_open_outcome(enum status_code code) {
    return code == STATUS_UNAVAILABLE || code == STATUS_DEADLINE_EXCEEDED ||
           code == STATUS_CANCELLED || code == STATUS_UNKNOWN || code == STATUS_INTERNAL ||
           code == STATUS_RESOURCE_EXHAUSTED;
}

static bool wait_and_retry(struct attempt *attempt) {
    struct sale *sale = attempt->drive->sale;
    struct buyer *buyer = &sale->buyers[attempt->index];
    if (clock_monotonic_us() - buyer->begin_us > sale->options.give_up_ms * 1000)
        return false;
    int64_t pause_ms = (int64_t)RETRY_PAUSE_MS << (buyer->tries < 5 ? buyer->tries : 5);
    sale->retries++;
    timer_start(&attempt->retry, pause_ms < RETRY_PAUSE_MAX_MS ? pause_ms : RETRY_PAUSE_MAX_MS);
    return true;
}

static void finish(struct attempt *attempt) {
    struct drive *drive = attempt->drive;
    struct buyer *buyer = &drive->sale->buyers[attempt->index];
    histogram_add(&drive->sale->latency, clock_monotonic_us() - buyer->begin_us);
    free(attempt);
    fanout_done(&drive->fanout);
}

static void note_refusal(struct attempt *attempt, const struct status *status) {
    struct drive *drive = attempt->drive;
    arena_clear(&drive->scratch);
    const char *reason = status_reason(&drive->scratch, status);
    if (strcmp(reason, "SOLD_OUT") == 0) {
        sale_note(drive->sale, attempt->index, BUYER_REFUSED, NULL);
        return;
    }
    sale_note_odd(drive->sale, attempt->index,
        arena_printf(
            &drive->scratch, "%s %s: %s", status_code_name(status->code), reason, status->message));
}

static void on_booking(
    const struct status *status, const Myevents__V1__Booking *reply, void *data) {
    struct attempt *attempt = data;
    if (status->code == STATUS_OK)
        sale_note(attempt->drive->sale, attempt->index, BUYER_SOLD, reply->id);
    else if (!is_open_outcome(status->code))
        note_refusal(attempt, status);
    else if (wait_and_retry(attempt))
        return;
    finish(attempt);
}

static void ask(struct attempt *attempt) {
    struct sale *sale = attempt->drive->sale;
    char key[SALE_KEY_SIZE], user[ID_SIZE + 1];
    sale_key(sale, attempt->index, key);
    snprintf(user, sizeof user, "%s", sale_user(sale, attempt->index));
    sale->buyers[attempt->index].tries++;

    Myevents__V1__CreateBookingRequest request = MYEVENTS__V1__CREATE_BOOKING_REQUEST__INIT;
    request.event_id = sale->event.text;
    request.user_id = user;
    request.seats = (int32_t)sale->options.seats;
    request.hold = sale->options.hold;
    request.request_id = key;
    const struct rpc_options options = {.timeout_ms = CALL_TIMEOUT_MS};
    booking_service_create_booking(sale->bookings, &options, &request, on_booking, attempt);
}

static void start_buyer(void *data, size_t index, int64_t due_us) {
    struct drive *drive = data;
    struct attempt *attempt = malloc(sizeof *attempt);
    if (!attempt)
        abort();
    *attempt = (struct attempt){.drive = drive, .index = index};
    timer_init(&attempt->retry, drive->sale->loop, on_retry);
    drive->sale->buyers[index].begin_us = due_us;
    ask(attempt);
}

void sale_drive_grpc(struct sale *sale) {
    struct drive drive = {
        .sale = sale,
        .fanout = {.count = (size_t)sale->options.buyers,
            .concurrency = (size_t)sale->options.concurrency,
            .per_second = sale->options.per_second,
            .start = start_buyer},
    };
    drive.fanout.data = &drive;
    arena_init(&drive.scratch, 0);
    sale->begin_us = clock_monotonic_us();
    fanout_run(&drive.fanout, sale->loop);
    sale->took_us = clock_monotonic_us() - sale->begin_us;
    arena_deinit(&drive.scratch);
}
