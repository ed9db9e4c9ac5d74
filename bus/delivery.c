/* SPDX-License-Identifier: Apache-2.0 */
#include "bus/delivery.h"

#include <assert.h>
#include <stdio.h>

#include "bus/consumption.h"

enum { PAUSE_GROWTH_MAX = 64 };

void delivery_init(
    struct delivery *delivery, const struct bus_subscription_options *options, const char *system) {
    *delivery = (struct delivery){
        .options = options,
        .system = system,
        .applied = options->after,
        .backoff = {.first_ms = options->retry_pause_ms,
            .cap_ms = options->retry_pause_ms * PAUSE_GROWTH_MAX},
    };
}

size_t delivery_duplicates(
    const struct delivery *delivery, const struct bus_record *records, size_t count) {
    size_t i = 0;
    while (i < count && !records[i].replayed && records[i].sequence <= delivery->applied)
        i++;
    return i;
}

size_t delivery_run(const struct bus_record *records, size_t count) {
    size_t i = count > 0;
    while (i < count && records[i].sequence == records[i - 1].sequence + 1)
        i++;
    return i;
}

void delivery_pass(struct delivery *delivery, uint64_t sequence) {
    if (sequence > delivery->applied)
        delivery->applied = sequence;
    delivery->refusals = 0;
    backoff_reset(&delivery->backoff);
}

/* A replayed record is out of order: it moves the mark only when it happens to be the next one. */
void delivery_pass_record(struct delivery *delivery, const struct bus_record *record) {
    bool is_next = record->sequence == delivery->applied + 1;
    delivery_pass(delivery, !record->replayed || is_next ? record->sequence : 0);
}

static void pass_all(struct delivery *delivery, const struct bus_record *records, size_t count) {
    for (size_t i = 0; i < count; i++)
        delivery_pass_record(delivery, &records[i]);
}

/* True when this was the record's last try. */
static bool count_refusal(struct delivery *delivery, const struct bus_record *record) {
    if (delivery->refused_sequence != record->sequence)
        delivery->refusals = 0;
    delivery->refused_sequence = record->sequence;
    if (delivery->refusals < delivery->options->deliveries_max)
        delivery->refusals++;
    return delivery->refusals >= delivery->options->deliveries_max;
}

static enum delivery_verdict refuse(
    struct delivery *delivery, const struct bus_record *record, struct delivery_result *result) {
    if (count_refusal(delivery, record))
        return DELIVERY_DEAD;
    result->pause_ms = backoff_next(&delivery->backoff);
    return DELIVERY_AGAIN;
}

enum delivery_verdict delivery_try(struct delivery *delivery, const struct bus_record *records,
    size_t count, struct delivery_result *ret_result) {
    const struct bus_subscription_options *options = delivery->options;
    const char *reason = NULL;
    size_t done = 0;
    struct consumption consumption;
    const struct bus_record *shown = consumption_begin(
        &consumption, delivery->system, options, records, count);
    int r = options->handle(options->data, shown, count, &done, &reason);
    consumption_end(&consumption, r, done, reason);
    assert(r <= 0 || r == BUS_REFUSED);
    assert(r != BUS_REFUSED || done < count);

    *ret_result = (struct delivery_result){0};
    if (r < 0) {
        ret_result->pause_ms = backoff_next(&delivery->backoff);
        return DELIVERY_AGAIN;
    }
    ret_result->done = r == 0 ? count : done;
    pass_all(delivery, records, ret_result->done);
    if (r == 0)
        return DELIVERY_DONE;
    snprintf(ret_result->reason, sizeof(ret_result->reason), "%s", reason ? reason : "refused");
    return refuse(delivery, &records[done], ret_result);
}
