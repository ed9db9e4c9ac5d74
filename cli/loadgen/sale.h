/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A flash sale: buyers who each want seats of one event, with one idempotency key each, and a
 * record of what every one of them was told. The drivers (gRPC, REST) fill it in; the verdict
 * judges it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "cli/loadgen/histogram.h"

enum buyer_outcome {
    BUYER_UNANSWERED, /* gave up: the booking may or may not exist */
    BUYER_SOLD,
    BUYER_REFUSED, /* sold out */
    BUYER_ODD,     /* any other definite answer */
};

struct buyer {
    struct id booking;
    enum buyer_outcome outcome;
    int64_t begin_us;
    uint32_t tries;
};

struct sale_options {
    const char *event_service;
    const char *booking_service;
    const char *rest; /* "host:port" of the gateway; empty: gRPC */
    const char *event_id;
    int64_t buyers, users, seats, capacity, concurrency, per_second, give_up_ms, agree_ms;
    bool hold;
};

struct sale {
    struct sale_options options;
    struct loop *loop;
    struct channel *events;
    struct channel *bookings;
    struct id run; /* makes keys unique */
    struct id event;
    struct id *users;
    struct buyer *buyers;
    struct histogram latency;
    int64_t begin_us, took_us;
    uint64_t retries;
    char odd[256]; /* the first answer that was neither sold nor sold out */
};

enum { SALE_KEY_SIZE = 64 };

/* The buyer's idempotency key. */
void sale_key(const struct sale *sale, size_t index, char ret_key[static SALE_KEY_SIZE]);
const char *sale_user(const struct sale *sale, size_t index);
void sale_note(struct sale *sale, size_t index, enum buyer_outcome outcome, const char *booking_id);
void sale_note_odd(struct sale *sale, size_t index, const char *what);
size_t sale_count(const struct sale *sale, enum buyer_outcome outcome);

/* Event with the wanted capacity and users. What is wrong is said on stderr; -1 then. */
int sale_prepare(struct sale *sale);
void sale_drive_grpc(struct sale *sale);
int sale_drive_rest(struct sale *sale);
/* Prints the figures and one line per check. True when all hold. */
bool sale_judge(struct sale *sale);
