/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/follow.h"

#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>

#include <pb_decode.h>

#include "base/memory.h"
#include "base/span.h"
#include "bus/bus.h"
#include "myevents/events/v1/records.pb.h"
#include "services/event/docs.h"
#include "services/event/feed.h"
#include "services/event/service.h"

#define PARTITION TEXT("seats")

/*
 * A batch is decoded on the subscription's thread, which then waits: on the service's loop the
 * newest seats per event go into a commit, and become visible when that is durable.
 */
struct follow {
    struct event_service *service;
    struct bus_subscription *subscription;
    myevents_events_v1_AvailabilityRecord seats[BUS_BATCH_MAX];
    size_t count;
    struct trace traces[BUS_BATCH_MAX]; /* of records whose traces are recorded */
    size_t trace_count;
    uint64_t mark;
    struct task apply, durable;
    struct store_commit commit;
    uint64_t version;
    int result;
    sem_t done;
};

static bool is_availability(const struct bus_record *record) {
    return text_equal(record->type, TEXT("myevents.availability.changed.v1"));
}

static bool decode(const struct bus_record *record, myevents_events_v1_AvailabilityRecord *ret) {
    pb_istream_t stream = pb_istream_from_buffer(
        (const pb_byte_t *)record->data.data, record->data.size);
    *ret = (myevents_events_v1_AvailabilityRecord)myevents_events_v1_AvailabilityRecord_init_zero;
    return pb_decode(&stream, myevents_events_v1_AvailabilityRecord_fields, ret);
}

/* --- on the service's loop --- */

static void on_durable(struct task *task) {
    struct follow *follow = container_of(task, struct follow, durable);
    struct catalog *catalog = &follow->service->catalog;
    for (size_t i = 0; i < follow->count && follow->result == 0; i++) {
        const myevents_events_v1_AvailabilityRecord *seats = &follow->seats[i];
        struct event_entry *entry = catalog_event(catalog, seats->event_id);
        int32_t left = seats->capacity - seats->held - seats->sold;
        if (entry && catalog_set_seats(entry, left, seats->sequence))
            feed_publish(follow->service->feed, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_SEATS,
                entry->message);
    }
    if (follow->result == 0)
        follow->version = follow->commit.ret_version;
    sem_post(&follow->done);
}

/* On a thread of the store. */
static void on_committed(struct store_commit *commit, int r) {
    struct follow *follow = container_of(commit, struct follow, commit);
    follow->result = r > 0 ? -EIO : r;
    loop_post(follow->service->loop, &follow->durable);
}

static void apply(struct task *task) {
    struct follow *follow = container_of(task, struct follow, apply);
    store_commit_begin(&follow->commit, PARTITION, follow->version);
    for (size_t i = 0; i < follow->count; i++) {
        const myevents_events_v1_AvailabilityRecord *seats = &follow->seats[i];
        struct event_entry *entry = catalog_event(&follow->service->catalog, seats->event_id);
        if (entry && seats->sequence > entry->seats_sequence)
            docs_put_seats(&follow->commit, seats->event_id,
                seats->capacity - seats->held - seats->sold, seats->sequence);
    }
    docs_put_mark(&follow->commit, FOLLOW_STREAM, follow->mark);
    for (size_t i = 0; i < follow->trace_count; i++)
        store_commit_trace(&follow->commit, &follow->traces[i], &(struct trace){0});
    follow->commit.done = on_committed;
    store_submit(follow->service->store, &follow->commit);
}

/* --- on the subscription's thread --- */

/* Of several records about one event only the newest counts. */
static void keep_newest(struct follow *follow, const myevents_events_v1_AvailabilityRecord *seats) {
    for (size_t i = 0; i < follow->count; i++)
        if (text_equal(text_from(follow->seats[i].event_id), text_from(seats->event_id))) {
            if (seats->sequence > follow->seats[i].sequence)
                follow->seats[i] = *seats;
            return;
        }
    follow->seats[follow->count++] = *seats;
}

static void keep_trace(struct follow *follow, const struct bus_record *record) {
    struct trace *trace = &follow->traces[follow->trace_count];
    if (spans_are_on() && trace_parse(record->traceparent, trace) == 0 && trace->sampled)
        follow->trace_count++;
}

/* How many records could be read. */
static size_t gather(struct follow *follow, const struct bus_record *records, size_t count) {
    follow->count = follow->trace_count = 0;
    for (size_t i = 0; i < count; i++) {
        myevents_events_v1_AvailabilityRecord seats;
        if (!is_availability(&records[i]))
            continue;
        if (!decode(&records[i], &seats))
            return i;
        keep_newest(follow, &seats);
        keep_trace(follow, &records[i]);
    }
    return count;
}

static int handle(void *data, const struct bus_record *records, size_t count, size_t *ret_done,
    const char **ret_reason) {
    struct follow *follow = data;
    size_t readable = gather(follow, records, count);
    if (readable > 0) {
        follow->mark = bus_mark_after(follow->mark, records, readable);
        loop_post(follow->service->loop, &follow->apply);
        while (sem_wait(&follow->done) < 0)
            ;
        if (follow->result < 0)
            return follow->result;
    }
    *ret_done = readable;
    *ret_reason = "its data is no AvailabilityRecord";
    return readable == count ? 0 : BUS_REFUSED;
}

static int load(struct follow *follow) {
    struct store_view *view = store_view_open(follow->service->store);
    int r = store_partition_version(view, PARTITION, &follow->version);
    if (r == 0)
        r = docs_get_mark(view, FOLLOW_STREAM, &follow->mark);
    store_view_close(view);
    return r;
}

int follow_new(struct event_service *service, struct bus *bus, const char *consumer,
    struct follow **ret_follow) {
    struct follow *follow = memory_new(sizeof *follow);
    *follow = (struct follow){.service = service, .apply.run = apply, .durable.run = on_durable};
    sem_init(&follow->done, 0, 0);
    int r = load(follow);
    if (r == 0)
        r = bus_subscribe(bus,
            &(struct bus_subscription_options){
                .stream = FOLLOW_STREAM,
                .group = FOLLOW_GROUP,
                .consumer = consumer,
                .after = follow->mark,
                .handle = handle,
                .data = follow,
            },
            &follow->subscription);
    if (r < 0) {
        follow_free(follow);
        return r;
    }
    *ret_follow = follow;
    return 0;
}

void follow_free(struct follow *follow) {
    if (!follow)
        return;
    if (follow->subscription)
        bus_unsubscribe(follow->subscription);
    store_commit_deinit(&follow->commit);
    sem_destroy(&follow->done);
    free(follow);
}
