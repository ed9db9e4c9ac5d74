/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict. What buyers were told is held against what the booking service says now, booking by
 * booking, and against what the event service shows. An unanswered buyer may have a booking or not;
 * everything else is exact.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "cli/loadgen/sale.h"
#include "cli/pause.h"
#include "mesh/client.h"
#include "myevents/v1/booking_service.mesh.h"
#include "myevents/v1/event_service.mesh.h"

enum { PAGE_SIZE = 1000, REPLAYS_MAX = 200, AGREE_PAUSE_MS = 10 };

struct judge {
    struct sale *sale;
    struct arena arena;
    size_t sold, refused, unanswered, odd;
    bool passed;
};

_printf_(3, 4) static void check(struct judge *judge, bool holds, const char *format, ...) {
    va_list args;
    va_start(args, format);
    printf("%s  ", holds ? "PASS" : "FAIL");
    vprintf(format, args);
    printf("\n");
    va_end(args);
    judge->passed &= holds;
}

static void judge_numbers(struct judge *judge) {
    const struct sale_options *options = &judge->sale->options;
    int64_t wanted = options->buyers * options->seats,
            seats = (int64_t)judge->sold * options->seats;
    int64_t fit = options->capacity / options->seats * options->seats;
    int64_t expected = wanted < fit ? wanted : fit;
    int64_t open = (int64_t)judge->unanswered * options->seats;
    check(judge, seats <= expected && seats + open >= expected,
        "seats sold: %lld of %lld, expected %lld%s", (long long)seats, (long long)options->capacity,
        (long long)expected, open ? " less what was not answered" : "");
    check(judge, judge->odd == 0, "answers that are neither sold nor sold out: %zu%s%s", judge->odd,
        judge->odd ? ", the first: " : "", judge->sale->odd);
}

/* Every acknowledged booking, once. */
static void judge_unique(struct judge *judge, struct map *acknowledged) {
    struct sale *sale = judge->sale;
    size_t twice = 0;
    for (size_t i = 0; i < (size_t)sale->options.buyers; i++) {
        struct buyer *buyer = &sale->buyers[i];
        if (buyer->outcome == BUYER_SOLD)
            twice += map_put(acknowledged, text_from(buyer->booking.text), buyer) != NULL;
    }
    check(judge, twice == 0, "bookings given to two buyers: %zu", twice);
}

static bool replay(struct judge *judge, size_t index) {
    struct sale *sale = judge->sale;
    char key[SALE_KEY_SIZE];
    sale_key(sale, index, key);
    Myevents__V1__CreateBookingRequest request = MYEVENTS__V1__CREATE_BOOKING_REQUEST__INIT;
    request.event_id = sale->event.text;
    request.user_id = arena_copy_string(&judge->arena, sale_user(sale, index));
    request.seats = (int32_t)sale->options.seats;
    request.hold = sale->options.hold;
    request.request_id = key;
    const Myevents__V1__Booking *reply;
    struct status status = booking_service_create_booking_and_wait(
        sale->bookings, NULL, &request, &judge->arena, &reply);
    return status.code == STATUS_OK && strcmp(reply->id, sale->buyers[index].booking.text) == 0;
}

static void judge_replays(struct judge *judge) {
    size_t tried = 0, same = 0;
    for (size_t i = 0; i < (size_t)judge->sale->options.buyers && tried < REPLAYS_MAX; i++) {
        if (judge->sale->buyers[i].outcome != BUYER_SOLD)
            continue;
        tried++;
        same += replay(judge, i);
    }
    check(judge, same == tried, "the same key gives the same booking: %zu of %zu", same, tried);
}

/* Counts what the service lists; what was acknowledged is taken out of the map. */
static int list_bookings(struct judge *judge, struct map *acknowledged, size_t *ret_listed) {
    Myevents__V1__ListBookingsRequest request = MYEVENTS__V1__LIST_BOOKINGS_REQUEST__INIT;
    request.event_id = judge->sale->event.text;
    request.page_size = PAGE_SIZE;
    size_t listed = 0;
    const Myevents__V1__ListBookingsResponse *reply;
    do {
        struct status status = booking_service_list_bookings_and_wait(
            judge->sale->bookings, NULL, &request, &judge->arena, &reply);
        if (status.code != STATUS_OK) {
            check(judge, false, "list the bookings: %s: %s", status_code_name(status.code),
                status.message);
            return -1;
        }
        for (size_t i = 0; i < reply->n_bookings; i++)
            map_remove(acknowledged, text_from(reply->bookings[i]->id));
        listed += reply->n_bookings;
        request.page_token = reply->next_page_token;
    } while (reply->next_page_token[0]);
    *ret_listed = listed;
    return 0;
}

static void judge_list(struct judge *judge, struct map *acknowledged) {
    size_t listed;
    if (judge->sale->options.event_id[0] || list_bookings(judge, acknowledged, &listed) < 0)
        return;
    check(judge, acknowledged->count == 0, "acknowledged bookings that are not there: %zu",
        acknowledged->count);
    check(judge, listed >= judge->sold && listed <= judge->sold + judge->unanswered,
        "bookings in the store: %zu, acknowledged %zu, not answered %zu", listed, judge->sold,
        judge->unanswered);
}

static int get_availability(struct judge *judge, const Myevents__V1__Availability **ret_reply) {
    Myevents__V1__GetAvailabilityRequest request = MYEVENTS__V1__GET_AVAILABILITY_REQUEST__INIT;
    request.event_id = judge->sale->event.text;
    struct status status = booking_service_get_availability_and_wait(
        judge->sale->bookings, NULL, &request, &judge->arena, ret_reply);
    if (status.code != STATUS_OK)
        check(judge, false, "ask for the seats: %s: %s", status_code_name(status.code),
            status.message);
    return status.code == STATUS_OK ? 0 : -1;
}

static int32_t shown_by_events(struct judge *judge) {
    Myevents__V1__GetEventRequest request = MYEVENTS__V1__GET_EVENT_REQUEST__INIT;
    request.event_id = judge->sale->event.text;
    const Myevents__V1__Event *reply;
    struct status status = event_service_get_event_and_wait(
        judge->sale->events, NULL, &request, &judge->arena, &reply);
    return status.code == STATUS_OK ? reply->seats_available : -1;
}

static void judge_seats(struct judge *judge) {
    const Myevents__V1__Availability *seats;
    if (get_availability(judge, &seats) < 0)
        return;
    check(judge, seats->held + seats->sold + seats->seats_available == seats->capacity,
        "conservation: held %d + sold %d + free %d = capacity %d", seats->held, seats->sold,
        seats->seats_available, seats->capacity);

    int64_t begin_ms = clock_monotonic_ms();
    int32_t shown = shown_by_events(judge);
    while (shown != seats->seats_available &&
           clock_monotonic_ms() - begin_ms < judge->sale->options.agree_ms) {
        pause_ms(AGREE_PAUSE_MS);
        shown = shown_by_events(judge);
    }
    check(judge, shown == seats->seats_available,
        "the event service shows %d free seats, the booking service has %d, after %lld ms", shown,
        seats->seats_available, (long long)(clock_monotonic_ms() - begin_ms));
}

static void print_figures(const struct judge *judge) {
    const struct sale *sale = judge->sale;
    double took_s = (double)sale->took_us / 1e6;
    printf("sold=%zu refused=%zu unanswered=%zu other=%zu retries=%llu\n", judge->sold,
        judge->refused, judge->unanswered, judge->odd, (unsigned long long)sale->retries);
    printf("took %.3f s: %.0f answers/s, %.0f durable bookings/s\n", took_s,
        (double)sale->options.buyers / took_s, (double)judge->sold / took_s);
    printf("latency ms: p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f\n",
        (double)histogram_quantile(&sale->latency, 0.5) / 1e3,
        (double)histogram_quantile(&sale->latency, 0.9) / 1e3,
        (double)histogram_quantile(&sale->latency, 0.99) / 1e3,
        (double)histogram_quantile(&sale->latency, 0.999) / 1e3,
        (double)sale->latency.max_us / 1e3);
}

bool sale_judge(struct sale *sale) {
    struct judge judge = {
        .sale = sale,
        .sold = sale_count(sale, BUYER_SOLD),
        .refused = sale_count(sale, BUYER_REFUSED),
        .unanswered = sale_count(sale, BUYER_UNANSWERED),
        .odd = sale_count(sale, BUYER_ODD),
        .passed = true,
    };
    arena_init(&judge.arena, 0);
    struct map acknowledged = {0};
    print_figures(&judge);
    judge_numbers(&judge);
    judge_unique(&judge, &acknowledged);
    judge_replays(&judge);
    judge_list(&judge, &acknowledged);
    judge_seats(&judge);
    printf("verdict: %s\n", judge.passed ? "PASS" : "FAIL");
    map_deinit(&acknowledged);
    arena_deinit(&judge.arena);
    return judge.passed;
}
