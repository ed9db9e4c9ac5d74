/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a call of the handler leaves in the traces of its records: one span for each record of a
 * trace that is recorded, below the producer's and with a link to it. The handler is shown copies
 * whose traceparent is that span's, so that what it does stands below.
 */

#include <stddef.h>

#include "bus/bus.h"

struct consumed;

struct consumption {
    struct consumed *consumed; /* NULL: nothing is recorded */
    size_t count;
};

/* Returns the records to show: the given ones when nothing is recorded. */
const struct bus_record *consumption_begin(struct consumption *consumption, const char *system,
    const struct bus_subscription_options *options, const struct bus_record *records, size_t count);
/* The handler's answer. What it has not come to is not told: it follows in the next call. */
void consumption_end(struct consumption *consumption, int r, size_t done, const char *reason);
