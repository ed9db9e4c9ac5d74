/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/meters.h"

#include "base/attr.h"
#include "base/metric.h"

static const char *const result_names[OUTCOME_COUNT] = {
    [OUTCOME_SOLD_OUT] = "sold_out",
    [OUTCOME_NOT_ON_SALE] = "not_on_sale",
    [OUTCOME_EVENT_STARTED] = "event_started",
    [OUTCOME_EVENT_CANCELLED] = "event_cancelled",
    [OUTCOME_EVENT_NOT_FOUND] = "event_not_found",
    [OUTCOME_IDEMPOTENCY_MISMATCH] = "idempotency_mismatch",
    [OUTCOME_OVERLOADED] = "overloaded",
    [OUTCOME_EVENT_UNREACHABLE] = "event_unreachable",
    [OUTCOME_UNKNOWN] = "unknown",
    [OUTCOME_INCONSISTENT] = "inconsistent",
    [OUTCOME_ABANDONED] = "abandoned",
};

static struct {
    struct metric_series *confirmed, *held, *refused[OUTCOME_COUNT];
    struct metric_series *holds_active, *seats_held, *seats_sold;
    struct metric_series *hold_expired, *cancelled;
    struct metric_series *duplicates, *conservation_errors, *waiting;
    struct metric_series *batch_requests, *batch_seconds;
} meters;

static struct metric_series *counter(const char *name, const char *help) {
    return metric_series(metric_counter(name, help, NULL));
}

static struct metric_series *gauge(const char *name, const char *help) {
    return metric_series(metric_gauge(name, help, NULL));
}

static void init_results(void) {
    struct metric *results = metric_counter("myevents_bookings_total",
        "Requests to book or hold seats, by what came of them.", "result", NULL);
    meters.confirmed = metric_series(results, "confirmed");
    meters.held = metric_series(results, "held");
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (result_names[i])
            meters.refused[i] = metric_series(results, result_names[i]);
}

void meters_init(void) {
    /* Sizes, not seconds: the registry's unit does not matter to a histogram. */
    static const double sizes[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 0};
    init_results();
    meters.holds_active = gauge("myevents_holds_active", "Holds that have not ended.");
    meters.seats_held = gauge("myevents_seats_held", "Seats of holds.");
    meters.seats_sold = gauge("myevents_seats_sold", "Seats of confirmed bookings.");
    meters.hold_expired = counter("myevents_hold_expired_total", "Holds that ended unconfirmed.");
    meters.cancelled = counter("myevents_bookings_cancelled_total", "Bookings cancelled.");
    meters.duplicates = counter("myevents_idempotent_replays_total",
        "Requests answered with what their key had come to before.");
    meters.conservation_errors = counter("myevents_conservation_errors_total",
        "Batches refused because the books did not balance. Must stay 0.");
    meters.waiting = gauge("myevents_lane_queue_depth", "Requests that wait to be decided.");
    meters.batch_requests = metric_series(
        metric_histogram("myevents_batch_requests", "Requests decided together.", sizes, NULL));
    meters.batch_seconds = metric_series(metric_histogram(
        "myevents_batch_seconds", "From the decision of a batch to its durable end.", NULL, NULL));
}

static void add(struct metric_series *series, int64_t amount) {
    if (series)
        metric_add(series, amount);
}

void meters_count_book(enum outcome outcome, bool hold) {
    if (outcome == OUTCOME_OK)
        add(hold ? meters.held : meters.confirmed, 1);
    else
        add(meters.refused[outcome], 1); /* replays are counted elsewhere */
}

static void add_live(enum booking_state state, int32_t seats, int sign) {
    if (state == BOOKING_HELD) {
        add(meters.holds_active, sign);
        add(meters.seats_held, sign * seats);
    } else if (state == BOOKING_CONFIRMED) {
        add(meters.seats_sold, sign * seats);
    }
}

void meters_count_move(enum booking_state left, enum booking_state entered, int32_t seats) {
    add_live(left, seats, -1);
    add_live(entered, seats, 1);
    if (left == entered)
        return;
    if (entered == BOOKING_EXPIRED)
        add(meters.hold_expired, 1);
    else if (entered == BOOKING_CANCELLED)
        add(meters.cancelled, 1);
}

void meters_observe_batch(uint32_t request_count, int64_t duration_us) {
    if (!meters.batch_requests)
        return;
    metric_observe_us(meters.batch_requests, (int64_t)request_count * 1000000);
    metric_observe_us(meters.batch_seconds, duration_us);
}

void meters_set_waiting(int64_t request_count) {
    if (meters.waiting)
        metric_set(meters.waiting, request_count);
}

void meters_count_duplicate(void) {
    add(meters.duplicates, 1);
}

void meters_count_conservation_error(void) {
    add(meters.conservation_errors, 1);
}
