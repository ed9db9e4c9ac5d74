/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a durable booking costs in the store. A lane keeps one commit in flight: an inventory
 * document, and per booking a document of 300 bytes, an index row of 24 and a record of 300. Lanes
 * are partitions; each runs as fast as its answers come.
 *
 *     store_bench [parent folder [milliseconds per cell]]
 *
 * The first lines are what the disk gives without a store: the number to compare with.
 */

#include <assert.h>
#include <endian.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/task.h"
#include "store/doc_table.h"
#include "store/store.h"

enum {
    ID_BYTES = 16,
    ROW_BYTES = 24,
    COMMENT_BYTES = 120,
    RECORD_BYTES = 150, /* 300 with its texts */
    LANES_MAX = 64,
    SAMPLES_MAX = 1 << 20,
    PAGE = 4096,
};

enum collection { INVENTORIES, BOOKINGS, BY_EVENT, COLLECTIONS };

static const char *const collections[] = {"inventories", "bookings", "by_event"};
static const struct store_schema schema = {"store_bench", 1, collections, COLLECTIONS};

/* --- the documents --- */

struct step {
    int64_t time_ms;
    int32_t state;
};

struct booking {
    uint8_t id[ID_BYTES];
    uint8_t event_id[ID_BYTES];
    uint8_t user_id[ID_BYTES];
    int32_t seats;
    int32_t state;
    int64_t time_ms;
    char comment[COMMENT_BYTES];
    uint32_t step_count;
    struct step steps[8];
};

static const struct doc_field step_fields[] = {
    DOC_INT64(struct step, time_ms, "time"),
    DOC_INT32(struct step, state, "state"),
};
static const struct doc_table steps = DOC_TABLE(struct step, step_fields);

static const struct doc_field booking_fields[] = {
    DOC_BYTES(struct booking, id, "id", .required = true),
    DOC_BYTES(struct booking, event_id, "event"),
    DOC_BYTES(struct booking, user_id, "user"),
    DOC_INT32(struct booking, seats, "seats"),
    DOC_INT32(struct booking, state, "state"),
    DOC_INT64(struct booking, time_ms, "time"),
    DOC_CHARS(struct booking, comment, "comment"),
    DOC_ITEMS(struct booking, steps, step_count, &steps, "steps"),
};
static const struct doc_table bookings = DOC_TABLE(struct booking, booking_fields);

static struct booking sample_booking(void) {
    struct booking booking = {.seats = 2, .state = 1, .time_ms = 1795377600123, .step_count = 2};
    memset(booking.comment, 'c', COMMENT_BYTES - 20);
    return booking;
}

/* --- lanes --- */

struct load {
    struct store *store;
    unsigned bookings_per_commit;
    uint64_t next_id;
    int64_t end_us;
    pthread_mutex_t lock; /* of `answered` */
    pthread_cond_t wake;
    struct list answered;
    uint64_t bookings;
    uint32_t *latencies_us;
    size_t sample_count;
};

struct lane {
    struct list link;
    struct load *load;
    struct store_commit commit;
    struct buffer doc;
    uint8_t event_id[ID_BYTES];
    uint64_t version;
    int64_t submitted_us;
};

static void on_committed(struct store_commit *commit, int r) {
    struct lane *lane = container_of(commit, struct lane, commit);
    assert(r == 0);
    MUTEX_GUARD(&lane->load->lock);
    if (list_is_empty(&lane->load->answered))
        pthread_cond_signal(&lane->load->wake);
    list_push_back(&lane->load->answered, &lane->link);
}

static void add_booking(struct lane *lane, struct booking *booking) {
    uint64_t id = htobe64(++lane->load->next_id);
    memcpy(booking->id, &id, sizeof(id)); /* grows, as a UUIDv7 does */
    memcpy(booking->event_id, lane->event_id, ID_BYTES);
    buffer_clear(&lane->doc);
    doc_encode(&bookings, booking, &lane->doc);
    struct text key = {(char *)booking->id, ID_BYTES};
    store_commit_put(&lane->commit, BOOKINGS, key, buffer_text(&lane->doc));

    char row[ROW_BYTES];
    memcpy(row, lane->event_id, ROW_BYTES - ID_BYTES);
    memcpy(row + ROW_BYTES - ID_BYTES, booking->id, ID_BYTES);
    store_commit_put(&lane->commit, BY_EVENT, (struct text){row, sizeof(row)}, TEXT(""));

    static const char data[RECORD_BYTES];
    struct store_record record = {
        .id = TEXT("019ab3f0-0000-7000-8000-000000000000"),
        .type = TEXT("myevents.booking.confirmed.v1"),
        .subject = TEXT("019ab3f0-0000-7000-8000-000000000001"),
        .traceparent = TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        .time_ms = booking->time_ms,
        .data = {data, sizeof(data)},
    };
    store_commit_record(&lane->commit, &record);
}

static void submit(struct lane *lane) {
    struct text event = {(char *)lane->event_id, ID_BYTES};
    struct booking booking = sample_booking();
    lane->submitted_us = clock_monotonic_us();
    store_commit_begin(&lane->commit, event, lane->version);
    lane->commit.done = on_committed;
    for (unsigned i = 0; i < lane->load->bookings_per_commit; i++)
        add_booking(lane, &booking);
    store_commit_put(&lane->commit, INVENTORIES, event, buffer_text(&lane->doc));
    store_submit(lane->load->store, &lane->commit);
}

/* What was answered since, at least one. */
static void wait_for_answers(struct load *load, struct list *ret_answered) {
    MUTEX_GUARD(&load->lock);
    while (list_is_empty(&load->answered))
        pthread_cond_wait(&load->wake, &load->lock);
    list_splice_back(ret_answered, &load->answered);
}

static void take_answer(struct lane *lane, int64_t now_us) {
    struct load *load = lane->load;
    lane->version = lane->commit.ret_version;
    load->bookings += load->bookings_per_commit;
    if (load->sample_count < SAMPLES_MAX)
        load->latencies_us[load->sample_count++] = (uint32_t)(now_us - lane->submitted_us);
}

static void run_lanes(struct load *load, struct lane *lanes, unsigned lane_count) {
    for (unsigned i = 0; i < lane_count; i++)
        submit(&lanes[i]);
    struct list answered = LIST_INIT(answered);
    for (unsigned open = lane_count; open > 0;) {
        wait_for_answers(load, &answered);
        int64_t now_us = clock_monotonic_us();
        for (struct list *link; (link = list_pop_front(&answered));) {
            struct lane *lane = container_of(link, struct lane, link);
            take_answer(lane, now_us);
            if (now_us < load->end_us)
                submit(lane);
            else
                open--;
        }
    }
}

/* --- numbers --- */

static int compare_u32(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(uint32_t *samples, size_t count, unsigned per_cent) {
    qsort(samples, count, sizeof(samples[0]), compare_u32);
    return count ? samples[(count - 1) * per_cent / 100] / 1000.0 : 0;
}

static double cpu_us(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void run_cell(
    struct store *store, unsigned bookings_per_commit, unsigned lane_count, int64_t time_ms) {
    static struct lane lanes[LANES_MAX];
    static uint64_t next_event, next_id;
    struct load load = {.store = store,
        .bookings_per_commit = bookings_per_commit,
        .next_id = next_id,
        .latencies_us = memory_new(SAMPLES_MAX * sizeof(uint32_t))};
    pthread_mutex_init(&load.lock, NULL);
    pthread_cond_init(&load.wake, NULL);
    list_init(&load.answered);
    for (unsigned i = 0; i < lane_count; i++) {
        uint64_t event = htobe64(++next_event);
        lanes[i] = (struct lane){.load = &load};
        memcpy(lanes[i].event_id, &event, sizeof(event));
    }
    struct store_stats before, after;
    store_stats(store, &before);
    double cpu_start = cpu_us();
    int64_t start_us = clock_monotonic_us();
    load.end_us = start_us + time_ms * 1000;
    run_lanes(&load, lanes, lane_count);
    double seconds = (double)(clock_monotonic_us() - start_us) / 1e6;
    double cpu = cpu_us() - cpu_start;
    store_stats(store, &after);

    printf("%8u %6u %11.0f %10.0f %9.2f %9.2f %12.2f\n", bookings_per_commit, lane_count,
        (double)load.bookings / seconds, (double)(after.flushes - before.flushes) / seconds,
        percentile_ms(load.latencies_us, load.sample_count, 50),
        percentile_ms(load.latencies_us, load.sample_count, 99), cpu / (double)load.bookings);
    for (unsigned i = 0; i < lane_count; i++) {
        store_commit_deinit(&lanes[i].commit);
        buffer_deinit(&lanes[i].doc);
    }
    next_id = load.next_id;
    free(load.latencies_us);
    pthread_cond_destroy(&load.wake);
    pthread_mutex_destroy(&load.lock);
}

/* --- what the disk gives --- */

static void run_disk(const char *folder, bool appends, int64_t time_ms) {
    static char page[PAGE];
    char path[4096];
    snprintf(path, sizeof(path), "%s/raw", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    uint32_t *samples = memory_new(SAMPLES_MAX * sizeof(*samples));
    size_t count = 0;
    int64_t start_us = clock_monotonic_us(), now_us = start_us;
    while (now_us < start_us + time_ms * 1000 && count < SAMPLES_MAX) {
        off_t at = appends ? (off_t)count * PAGE : 0;
        if (pwrite(fd, page, PAGE, at) != PAGE || fdatasync(fd) != 0)
            abort();
        int64_t end_us = clock_monotonic_us();
        samples[count++] = (uint32_t)(end_us - now_us);
        now_us = end_us;
    }
    printf("pwrite 4 KiB + fdatasync, %s: %.0f/s, p50 %.2f ms, p99 %.2f ms\n",
        appends ? "append" : "overwrite", (double)count * 1e6 / (double)(now_us - start_us),
        percentile_ms(samples, count, 50), percentile_ms(samples, count, 99));
    free(samples);
    close(fd);
    unlink(path);
}

/* --- small things --- */

static void run_documents(void) {
    enum { TIMES = 300000 };
    struct booking booking = sample_booking(), found;
    _cleanup_(buffer_deinit) struct buffer doc = {0};
    int64_t start_us = clock_monotonic_us();
    for (unsigned i = 0; i < TIMES; i++) {
        buffer_clear(&doc);
        booking.seats = (int32_t)i;
        doc_encode(&bookings, &booking, &doc);
    }
    int64_t middle_us = clock_monotonic_us();
    for (unsigned i = 0; i < TIMES; i++)
        if (doc_decode(&bookings, buffer_text(&doc), NULL, &found) != 0)
            abort();
    int64_t end_us = clock_monotonic_us();
    printf("booking document of %zu bytes: encode %.0f ns, decode %.0f ns\n", doc.size,
        (double)(middle_us - start_us) * 1000 / TIMES, (double)(end_us - middle_us) * 1000 / TIMES);
}

static void run_views(struct store *store) {
    enum { TIMES = 300000 };
    int64_t start_us = clock_monotonic_us();
    for (unsigned i = 0; i < TIMES; i++)
        store_view_close(store_view_open(store));
    int64_t middle_us = clock_monotonic_us();
    for (unsigned i = 0; i < TIMES; i++) {
        struct store_view *view = store_view_open(store);
        uint64_t id = htobe64(i % 1000 + 1);
        char key[ID_BYTES] = {0};
        struct text value;
        memcpy(key, &id, sizeof(id));
        if (store_get(view, BOOKINGS, (struct text){key, sizeof(key)}, &value) != 0)
            abort();
        store_view_close(view);
    }
    int64_t end_us = clock_monotonic_us();
    printf("view: open and close %.0f ns; open, get, close %.0f ns\n",
        (double)(middle_us - start_us) * 1000 / TIMES, (double)(end_us - middle_us) * 1000 / TIMES);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw) {
    return remove(path);
}

int main(int argc, char **argv) {
    static const unsigned bookings_per_commit[] = {1, 8, 64, 256}, lane_counts[] = {1, 8, 64};
    int64_t time_ms = argc > 2 ? atoi(argv[2]) : 1000;
    char folder[2048], url[4096];
    struct store *store;
    snprintf(folder, sizeof(folder), "%s/store_bench-XXXXXX", argc > 1 ? argv[1] : ".");
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    snprintf(url, sizeof(url), "lmdb:%s", folder);
    if (store_open(url, &schema, NULL, &store) != 0) {
        fprintf(stderr, "%s\n", store_open_error());
        return 1;
    }
    run_disk(folder, true, time_ms / 2);
    run_disk(folder, false, time_ms / 2);
    run_documents();
    printf("\nbookings  lanes  bookings/s  flushes/s    p50 ms    p99 ms  CPU us each\n");
    for (size_t i = 0; i < ARRAY_SIZE(bookings_per_commit); i++)
        for (size_t k = 0; k < ARRAY_SIZE(lane_counts); k++)
            run_cell(store, bookings_per_commit[i], lane_counts[k], time_ms);
    struct store_stats stats;
    store_stats(store, &stats);
    printf("\n%.0f bytes of file for each of %llu bookings\n",
        (double)stats.size_bytes / (double)stats.records, (unsigned long long)stats.records);
    run_views(store);
    store_close(store);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}
