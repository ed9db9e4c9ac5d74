/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Recounts a booking store from its documents alone, in one view, so also beside the service that
 * writes to it. It trusts nothing that the service remembers.
 *
 *  - Every event: no seats below zero, held and sold are the sums over its bookings, the inventory
 *    is of the partition's version.
 *  - Every booking: its user and its event's inventory exist, and its history is one that the rules
 *    allow.
 *  - Every idempotency key stands for one request of its user within the window.
 *  - The outbox has no gap, and the last record of every event and booking says what its document
 *    says.
 */

#include <stdint.h>

#include "base/attr.h"

struct inventory;
struct store;

struct verify_options {
    int64_t key_window_ms; /* as the service's IDEMPOTENCY_WINDOW */
    /* A sentence about something that is wrong. */
    void (*on_finding)(void *data, const char *sentence);
    /* Every event that was counted; may be NULL. */
    void (*on_inventory)(void *data, const struct inventory *inventory);
    void *data;
};

struct verify_result {
    uint64_t events, bookings, users, records, findings;
    uint64_t held, sold; /* seats */
};

/* 0 when everything was looked at, whatever was found; negative errno when it could not be. The
 * store was opened with booking_schema. */
_must_check_ int verify_store(
    struct store *store, const struct verify_options *options, struct verify_result *ret_result);
