/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the others hear of a commit: records of myevents.events.v1 in its outbox. */

#include <stdint.h>

#include "services/booking/engine.h"

struct store_commit;
struct trace;

/* The booking as of its first `history_count` transitions. `trace` may be NULL. */
void record_put_booking(struct store_commit *commit, const struct booking *booking,
    uint32_t history_count, const struct trace *trace);
/* `trace` may be NULL. */
void record_put_availability(
    struct store_commit *commit, const struct inventory *inventory, const struct trace *trace);
