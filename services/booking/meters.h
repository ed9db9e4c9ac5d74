/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The domain's metrics. Before meters_init() counting does nothing, so rules and tests need none.
 */

#include <stdint.h>

#include "services/booking/engine.h"

void meters_init(void);

void meters_count_book(enum outcome outcome, bool hold);
/* A booking left a state (BOOKING_NONE: it is new) and entered another, durably. */
void meters_count_move(enum booking_state left, enum booking_state entered, int32_t seats);
void meters_observe_batch(uint32_t request_count, int64_t duration_us);
void meters_set_waiting(int64_t request_count);
void meters_count_duplicate(void);
void meters_count_conservation_error(void);
