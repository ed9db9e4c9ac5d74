/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The rules once more, as a person would tell them: nothing is counted, the free seats are found by
 * looking at every booking. The enumeration holds the engine against this.
 */

#include <stdbool.h>

#include "services/booking/outcome.h"

enum { MODEL_BOOKINGS = 2, MODEL_HOLD = 10, MODEL_START = 40 };

struct model_booking {
    char state; /* 'h'eld, 's'old, 'c'ancelled, e'x'pired, 0: none */
    bool extended;
    int seats;
    int deadline;
};

struct model {
    bool known, off;
    int now;
    int capacity, capacity_version, version;
    int count;
    struct model_booking bookings[MODEL_BOOKINGS];
};

int model_taken(const struct model *model, char state);
void model_expire(struct model *model, int which);
enum outcome model_book(struct model *model, int seats, bool hold);
enum outcome model_confirm(struct model *model, int which);
enum outcome model_extend(struct model *model, int which);
enum outcome model_cancel(struct model *model, int which);
enum outcome model_call_off(struct model *model, int which);
enum outcome model_set_capacity(struct model *model, int capacity, int version);
enum outcome model_apply(struct model *model, int capacity, bool off, int version);
