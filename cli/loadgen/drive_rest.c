/* SPDX-License-Identifier: Apache-2.0 */
/* Buyers over REST: a thread and a connection each, as many as run at once; the next buyer is taken
 * when one is done. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/task.h"
#include "cli/loadgen/sale.h"
#include "cli/pause.h"
#include "cli/rest.h"

enum { THREADS_MAX = 512, RETRY_PAUSE_MS = 20, RETRY_PAUSE_MAX_MS = 500, CALL_TIMEOUT_MS = 5000 };

struct crowd {
    struct sale *sale;
    atomic_size_t next;
    pthread_mutex_t lock; /* of the histogram and the notes */
};

static int ask(struct sale *sale, struct rest *rest, size_t index, struct rest_answer *ret_answer) {
    char target[96], headers[128], key[SALE_KEY_SIZE], body[160];
    sale_key(sale, index, key);
    snprintf(target, sizeof target, "/v1/events/%s/bookings", sale->event.text);
    snprintf(headers, sizeof headers, "Idempotency-Key: %s\r\n", key);
    snprintf(body, sizeof body, "{\"userId\":\"%s\",\"seats\":%d,\"hold\":%s}",
        sale_user(sale, index), (int)sale->options.seats, sale->options.hold ? "true" : "false");
    sale->buyers[index].tries++;
    return rest_request(rest, "POST", target, headers, text_from(body), ret_answer);
}

static bool is_open_outcome(int r, const struct rest_answer *answer) {
    return r < 0 || answer->status >= 500 || answer->status == 429 || answer->status == 408;
}

static void note(struct crowd *crowd, size_t index, const struct rest_answer *answer) {
    struct sale *sale = crowd->sale;
    char value[64] = "";
    MUTEX_GUARD(&crowd->lock);
    if (answer->status == 200 && rest_find_string(answer->body, "id", value, sizeof value))
        sale_note(sale, index, BUYER_SOLD, value);
    else if (rest_find_string(answer->body, "reason", value, sizeof value) &&
             strcmp(value, "SOLD_OUT") == 0)
        sale_note(sale, index, BUYER_REFUSED, NULL);
    else {
        char what[200];
        snprintf(what, sizeof what, "HTTP %d %.*s", answer->status,
            (int)(answer->body.size < 150 ? answer->body.size : 150), answer->body.data);
        sale_note_odd(sale, index, what);
    }
}

static void buy(struct crowd *crowd, struct rest *rest, size_t index) {
    struct sale *sale = crowd->sale;
    struct buyer *buyer = &sale->buyers[index];
    struct rest_answer answer;
    if (sale->options.per_second) {
        buyer->begin_us = sale->begin_us + (int64_t)index * 1000000 / sale->options.per_second;
        int64_t early_ms = (buyer->begin_us - clock_monotonic_us()) / 1000;
        if (early_ms > 0)
            pause_ms(early_ms);
    } else {
        buyer->begin_us = clock_monotonic_us();
    }
    int64_t wait_ms = RETRY_PAUSE_MS;
    bool answered = false;
    while (clock_monotonic_us() - buyer->begin_us < sale->options.give_up_ms * 1000) {
        int r = ask(sale, rest, index, &answer);
        answered = !is_open_outcome(r, &answer);
        if (answered)
            break;
        pause_ms(wait_ms);
        wait_ms = wait_ms * 2 < RETRY_PAUSE_MAX_MS ? wait_ms * 2 : RETRY_PAUSE_MAX_MS;
    }
    if (answered)
        note(crowd, index, &answer);
    MUTEX_GUARD(&crowd->lock);
    sale->retries += buyer->tries > 1 ? buyer->tries - 1 : 0; /* given up before its first: 0 */
    histogram_add(&sale->latency, clock_monotonic_us() - buyer->begin_us);
}

static void *queue_up(void *data) {
    struct crowd *crowd = data;
    struct rest rest;
    if (rest_init(&rest, crowd->sale->options.rest, CALL_TIMEOUT_MS) < 0)
        return NULL;
    for (;;) {
        size_t index = atomic_fetch_add(&crowd->next, 1);
        if (index >= (size_t)crowd->sale->options.buyers)
            break;
        buy(crowd, &rest, index);
    }
    rest_deinit(&rest);
    return NULL;
}

int sale_drive_rest(struct sale *sale) {
    struct rest probe;
    if (rest_init(&probe, sale->options.rest, CALL_TIMEOUT_MS) < 0) {
        fprintf(
            stderr, "myeventsctl loadgen: --rest: \"%s\" is not host:port\n", sale->options.rest);
        return -1;
    }
    rest_deinit(&probe);
    struct crowd crowd = {.sale = sale, .lock = PTHREAD_MUTEX_INITIALIZER};
    size_t count = sale->options.concurrency < THREADS_MAX ? (size_t)sale->options.concurrency
                                                           : THREADS_MAX;
    pthread_t *threads = memory_new(count * sizeof *threads);
    sale->begin_us = clock_monotonic_us();
    for (size_t i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, queue_up, &crowd) != 0)
            count = i;
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    sale->took_us = clock_monotonic_us() - sale->begin_us;
    memory_freep(&threads);
    return count ? 0 : -1;
}
