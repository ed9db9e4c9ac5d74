/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every driver does with the records it got: the handler's answer decides what is applied,
 * what is tried again and what never can be. No I/O: the driver acknowledges, waits and writes dead
 * letters as it is told.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "bus/backoff.h"
#include "bus/bus.h"

struct delivery {
    const struct bus_subscription_options *options; /* with its defaults filled in */
    const char *system;                             /* what traces call the broker */
    _Atomic uint64_t applied;                       /* all up to here are done with */
    uint64_t refused_sequence;
    uint32_t refusals; /* of that record, in a row */
    struct backoff backoff;
};

enum delivery_verdict {
    DELIVERY_DONE = 0, /* all of them are applied */
    DELIVERY_AGAIN,    /* the first `done` are applied; try the rest after pause_ms */
    DELIVERY_DEAD,     /* the first `done` are applied; the next goes to the dead letters */
};

struct delivery_result {
    size_t done;
    int64_t pause_ms;
    char reason[256];
};

void delivery_init(
    struct delivery *delivery, const struct bus_subscription_options *options, const char *system);

/* How many records at the front were applied before. Replayed ones never were. */
size_t delivery_duplicates(
    const struct delivery *delivery, const struct bus_record *records, size_t count);
/* How many records at the front follow each other without a hole. */
size_t delivery_run(const struct bus_record *records, size_t count);
/* Calls the handler once. The records are one run behind the mark, or replayed ones. */
enum delivery_verdict delivery_try(struct delivery *delivery, const struct bus_record *records,
    size_t count, struct delivery_result *ret_result);
/* All up to here are applied, dead, or lost for good: the mark passes them. */
void delivery_pass(struct delivery *delivery, uint64_t sequence);
void delivery_pass_record(struct delivery *delivery, const struct bus_record *record);
