/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the bus costs, against a redis-server of its own that has every write on disk before it
 * answers (appendonly yes, appendfsync always):
 *
 *     bus_bench [seconds per row]
 *
 * publish   records a second for a batch size, against plain XADD commands in a pipeline
 * through   published and handled by a subscription, as fast as it goes
 * paced     the same at a fixed rate: how long a record is under way
 * relay     from a store's outbox that is full already
 *
 * CPU is per record, of this process and of redis-server. One batch is in flight at a time.
 */
#include <assert.h>
#include <hiredis/hiredis.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "bus/bus.h"
#include "services/relay/relay.h"
#include "store/store.h"
#include "tests/support/redis_server.h"

enum { DATA_SIZE = 200, SAMPLES_MAX = 1 << 20, PACED_BATCH = 16 };

static struct redis_server server;
static struct bus *bus;
static int64_t row_us = 2000 * 1000;

/* --- what is published --- */

struct batch {
    struct bus_record records[BUS_BATCH_MAX];
    char data[BUS_BATCH_MAX][DATA_SIZE];
};

/* The first bytes of the data are the time, so that the handler sees how long it took. */
static void fill(struct batch *batch, uint64_t first, size_t count) {
    int64_t now_us = clock_monotonic_us();
    for (size_t i = 0; i < count; i++) {
        memcpy(batch->data[i], &now_us, sizeof(now_us));
        batch->records[i] = (struct bus_record){
            .sequence = first + i,
            .id = TEXT("0190b1a2-1111-7222-8333-444444444444"),
            .type = TEXT("myevents.booking.confirmed.v1"),
            .source = TEXT("/myevents/booking"),
            .subject = TEXT("0190b1a2-1111-7222-8333-444444444445"),
            .traceparent = TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            .time_ms = 1760000000000 + (int64_t)(first + i),
            .data = {batch->data[i], DATA_SIZE},
        };
    }
}

static uint64_t publish(struct batch *batch, const char *stream, uint64_t first, size_t count) {
    uint64_t last = 0;
    fill(batch, first, count);
    int r = bus_publish(bus, stream, batch->records, count, &last);
    assert(r == 0 && last == first + count - 1);
    return last + 1;
}

/* --- rows --- */

struct cost {
    int64_t begin_us, own_us, server_us;
};

static int64_t own_cpu_us(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

static struct cost cost_now(void) {
    return (struct cost){clock_monotonic_us(), own_cpu_us(), redis_server_cpu_us(&server)};
}

static void print_row(const char *name, size_t batch, const struct cost *begin, uint64_t count) {
    struct cost end = cost_now();
    double n = (double)count;
    printf("%-22s %5zu %10.0f records/s  own %6.2f us  redis %6.2f us\n", name, batch,
        n * 1e6 / (double)(end.begin_us - begin->begin_us),
        (double)(end.own_us - begin->own_us) / n, (double)(end.server_us - begin->server_us) / n);
    fflush(stdout);
}

static void bench_publish(size_t count) {
    struct batch *batch = calloc(1, sizeof(*batch));
    char stream[32];
    uint64_t next = 1;
    snprintf(stream, sizeof(stream), "publish.%zu", count);
    struct cost begin = cost_now();
    while (clock_monotonic_us() - begin.begin_us < row_us)
        next = publish(batch, stream, next, count);
    print_row("publish", count, &begin, next - 1);
    free(batch);
}

/* The same fields, without asking whether they continue the stream. */
static void bench_plain(size_t count) {
    redisContext *context = redisConnect("127.0.0.1", server.port);
    char data[DATA_SIZE] = {0}, stream[32];
    uint64_t next = 1;
    snprintf(stream, sizeof(stream), "plain.%zu", count);
    struct cost begin = cost_now();
    while (clock_monotonic_us() - begin.begin_us < row_us) {
        for (size_t i = 0; i < count; i++)
            redisAppendCommand(context,
                "XADD %s %llu-0 ce_specversion 1.0 ce_id %s ce_type %s ce_source %s "
                "ce_subject %s ce_time %s ce_sequence %llu ce_traceparent %s data %b",
                stream, (unsigned long long)(next + i), "0190b1a2-1111-7222-8333-444444444444",
                "myevents.booking.confirmed.v1", "/myevents/booking",
                "0190b1a2-1111-7222-8333-444444444445", "2026-11-22T20:15:00.123Z",
                (unsigned long long)(next + i),
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", data, sizeof(data));
        for (size_t i = 0; i < count; i++) {
            void *reply = NULL;
            int r = redisGetReply(context, &reply);
            assert(r == REDIS_OK);
            freeReplyObject(reply);
        }
        next += count;
    }
    print_row("plain XADD, pipelined", count, &begin, next - 1);
    redisFree(context);
}

/* --- through to a handler --- */

struct sink {
    _Atomic uint64_t handled;
    size_t sample_count;
    int32_t *samples; /* microseconds under way */
};

static int handle(void *data, const struct bus_record *records, size_t count,
    size_t *ret_done _unused_, const char **ret_reason _unused_) {
    struct sink *sink = data;
    int64_t now_us = clock_monotonic_us(), sent_us;
    for (size_t i = 0; i < count && sink->sample_count < SAMPLES_MAX; i++) {
        memcpy(&sent_us, records[i].data.data, sizeof(sent_us));
        sink->samples[sink->sample_count++] = (int32_t)(now_us - sent_us);
    }
    sink->handled += count;
    return 0;
}

static struct bus_subscription *listen_to(const char *stream, struct sink *sink) {
    struct bus_subscription *subscription;
    sink->samples = calloc(SAMPLES_MAX, sizeof(*sink->samples));
    int r = bus_subscribe(bus,
        &(struct bus_subscription_options){.stream = stream,
            .group = "bench",
            .consumer = "bench",
            .handle = handle,
            .data = sink},
        &subscription);
    assert(r == 0);
    return subscription;
}

static void pause_us(int64_t duration_us) {
    nanosleep(&(struct timespec){.tv_sec = duration_us / 1000000,
                  .tv_nsec = duration_us % 1000000 * 1000},
        NULL);
}

static void wait_handled(struct sink *sink, uint64_t count) {
    while (sink->handled < count)
        pause_us(200);
}

static int compare(const void *a, const void *b) {
    return (*(const int32_t *)a > *(const int32_t *)b) -
           (*(const int32_t *)a < *(const int32_t *)b);
}

static void print_latency(struct sink *sink) {
    size_t n = sink->sample_count;
    qsort(sink->samples, n, sizeof(*sink->samples), compare);
    printf("%-22s p50 %.2f ms  p99 %.2f ms  max %.2f ms\n", "  under way",
        sink->samples[n / 2] / 1e3, sink->samples[n - 1 - n / 100] / 1e3,
        sink->samples[n - 1] / 1e3);
}

static void bench_through(size_t count) {
    struct batch *batch = calloc(1, sizeof(*batch));
    struct sink sink = {0};
    char stream[32];
    snprintf(stream, sizeof(stream), "through.%zu", count);
    struct bus_subscription *subscription = listen_to(stream, &sink);
    uint64_t next = 1;
    struct cost begin = cost_now();
    while (clock_monotonic_us() - begin.begin_us < row_us)
        next = publish(batch, stream, next, count);
    wait_handled(&sink, next - 1);
    print_row("through", count, &begin, next - 1);
    bus_unsubscribe(subscription);
    free(sink.samples);
    free(batch);
}

static void bench_paced(int64_t rate) {
    struct batch *batch = calloc(1, sizeof(*batch));
    struct sink sink = {0};
    char stream[32];
    snprintf(stream, sizeof(stream), "paced.%lld", (long long)rate);
    struct bus_subscription *subscription = listen_to(stream, &sink);
    uint64_t next = 1;
    pause_us(200 * 1000);
    struct cost begin = cost_now();
    while (clock_monotonic_us() - begin.begin_us < row_us) {
        int64_t due_us = begin.begin_us + (int64_t)(next - 1) * 1000000 / rate;
        int64_t early_us = due_us - clock_monotonic_us();
        if (early_us > 0)
            pause_us(early_us);
        next = publish(batch, stream, next, PACED_BATCH);
    }
    wait_handled(&sink, next - 1);
    print_row("paced", PACED_BATCH, &begin, next - 1);
    print_latency(&sink);
    bus_unsubscribe(subscription);
    free(sink.samples);
    free(batch);
}

/* --- from a store --- */

static void fill_outbox(struct store *store, size_t commits) {
    struct store_commit commit = {0};
    static const char data[DATA_SIZE];
    for (uint64_t version = 0; version < commits; version++) {
        store_commit_begin(&commit, TEXT("bench"), version);
        for (size_t i = 0; i < BUS_BATCH_MAX; i++)
            store_commit_record(
                &commit, &(struct store_record){.id = TEXT("0190b1a2-1111-7222-8333-444444444444"),
                             .type = TEXT("myevents.booking.confirmed.v1"),
                             .subject = TEXT("0190b1a2-1111-7222-8333-444444444445"),
                             .time_ms = clock_wall_ms(),
                             .data = {data, DATA_SIZE}});
        int r = store_commit_and_wait(store, &commit);
        assert(r == 0);
    }
    store_commit_deinit(&commit);
}

static void bench_relay(size_t commits) {
    static const struct store_schema schema = {.name = "bus_bench", .version = 1};
    char url[128];
    struct store *store;
    snprintf(url, sizeof(url), "lmdb://%s/outbox", server.folder);
    int r = store_open(url, &schema, NULL, &store);
    assert(r == 0);
    fill_outbox(store, commits);
    struct relay *relay = relay_new(
        store, bus, &(struct relay_options){.stream = "relay", .source = "/myevents/booking"});
    struct cost begin = cost_now();
    relay_start(relay);
    while (relay_published(relay) < commits * BUS_BATCH_MAX)
        pause_us(200);
    print_row("relay", BUS_BATCH_MAX, &begin, commits * BUS_BATCH_MAX);
    relay_free(relay);
    store_close(store);
}

int main(int argc, char **argv) {
    static const size_t batches[] = {1, 16, 64, 256};
    if (argc > 1)
        row_us = (int64_t)(atof(argv[1]) * 1e6);
    signal(SIGPIPE, SIG_IGN);
    log_init("bus_bench", LOG_WARN, LOG_LOGFMT);
    redis_server_start(&server);
    int r = bus_open(server.url, "bus_bench", &bus);
    assert(r == 0);
    for (size_t i = 0; i < ARRAY_SIZE(batches); i++) {
        bench_plain(batches[i]);
        bench_publish(batches[i]);
    }
    bench_through(64);
    bench_through(256);
    bench_paced(1000);
    bench_paced(10000);
    bench_paced(40000);
    bench_relay(400);
    bus_close(bus);
    redis_server_stop(&server);
    return 0;
}
