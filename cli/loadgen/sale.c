/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/loadgen/sale.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

void sale_key(const struct sale *sale, size_t index, char ret_key[static SALE_KEY_SIZE]) {
    snprintf(ret_key, SALE_KEY_SIZE, "%s-%zu", sale->run.text, index);
}

const char *sale_user(const struct sale *sale, size_t index) {
    return sale->users[index % (size_t)sale->options.users].text;
}

void sale_note(
    struct sale *sale, size_t index, enum buyer_outcome outcome, const char *booking_id) {
    struct buyer *buyer = &sale->buyers[index];
    buyer->outcome = outcome;
    if (booking_id)
        snprintf(buyer->booking.text, sizeof buyer->booking.text, "%s", booking_id);
}

void sale_note_odd(struct sale *sale, size_t index, const char *what) {
    sale_note(sale, index, BUYER_ODD, NULL);
    if (!sale->odd[0])
        snprintf(sale->odd, sizeof sale->odd, "%s", what);
}

size_t sale_count(const struct sale *sale, enum buyer_outcome outcome) {
    size_t count = 0;
    for (size_t i = 0; i < (size_t)sale->options.buyers; i++)
        count += sale->buyers[i].outcome == outcome;
    return count;
}
