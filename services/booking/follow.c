/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/follow.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/span.h"
#include "bus/bus.h"
#include "services/booking/docs.h"
#include "services/booking/facts.h"
#include "services/booking/lane.h"

#define STREAM    "myevents.event"
#define GROUP     "booking-service"
#define PARTITION "inbox"

struct follow {
    struct follow_options options;
    struct bus_subscription *subscription;
    uint64_t mark;         /* all records up to here have had their effect, durably */
    uint64_t mark_version; /* of its partition; nobody else writes it */
};

struct item {
    struct lane_request request;
    struct uuid event_id;
    struct trace trace;
    enum outcome outcome;
};

/* Records under way through the lanes. */
struct delivery {
    struct follow *follow;
    struct task task;
    struct item *items;
    size_t count;
    size_t pending; /* the loop's */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done;
};

static void delivery_finish(struct delivery *delivery) {
    MUTEX_GUARD(&delivery->lock);
    delivery->is_done = true;
    pthread_cond_signal(&delivery->changed);
}

static void on_applied(struct lane_request *request, const struct lane_answer *answer) {
    struct delivery *delivery = request->data;
    container_of(request, struct item, request)->outcome = answer->outcome;
    if (--delivery->pending == 0)
        delivery_finish(delivery);
}

static void submit_all(struct task *task) {
    struct delivery *delivery = container_of(task, struct delivery, task);
    struct lanes *lanes = delivery->follow->options.lanes;
    delivery->pending = delivery->count + 1; /* itself, until all are submitted */
    for (size_t i = 0; i < delivery->count; i++)
        lanes_submit(lanes, &delivery->items[i].event_id, &delivery->items[i].request);
    if (--delivery->pending == 0)
        delivery_finish(delivery);
}

static void apply(struct follow *follow, struct item *items, size_t count) {
    struct delivery delivery = {
        .follow = follow,
        .task.run = submit_all,
        .items = items,
        .count = count,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    for (size_t i = 0; i < count; i++)
        items[i].request.data = &delivery;
    loop_post(follow->options.loop, &delivery.task);
    pthread_mutex_lock(&delivery.lock);
    while (!delivery.is_done)
        pthread_cond_wait(&delivery.changed, &delivery.lock);
    pthread_mutex_unlock(&delivery.lock);
}

/* Each record waits for the mark that passes it. */
static void trace_records(
    struct store_commit *commit, const struct bus_record *records, size_t count) {
    struct trace trace, own;
    for (size_t i = 0; spans_are_on() && i < count; i++)
        if (trace_parse(records[i].traceparent, &trace) == 0)
            store_commit_trace(commit, &trace, &own);
}

static int write_mark(struct follow *follow, const struct bus_record *records, size_t count) {
    uint64_t sequence = bus_mark_after(follow->mark, records, count);
    if (sequence == follow->mark)
        return 0;
    _cleanup_(store_commit_deinit) struct store_commit commit = {0};
    _cleanup_(buffer_deinit) struct buffer scratch = {0};
    store_commit_begin(&commit, TEXT(PARTITION), follow->mark_version);
    trace_records(&commit, records, count);
    docs_put_mark(&commit, &scratch, TEXT(STREAM), sequence);
    int r = store_commit_and_wait(follow->options.store, &commit);
    if (r == 0) {
        follow->mark_version = commit.ret_version;
        follow->mark = sequence;
    }
    return r > 0 ? -EIO : r;
}

static bool is_about_an_event(const struct bus_record *record) {
    return text_starts_with(record->type, TEXT("myevents.event."));
}

/* What the stream says, up to the first record that cannot be understood. */
struct reading {
    struct item *items;
    size_t item_count;
    size_t read; /* records */
    const char *reason;
};

static void read_records(const struct bus_record *records, size_t count, struct reading *reading) {
    for (; reading->read < count; reading->read++) {
        const struct bus_record *record = &records[reading->read];
        struct item *item = &reading->items[reading->item_count];
        if (!is_about_an_event(record))
            continue;
        if (!facts_from_record(
                record->data, &item->event_id, &item->request.facts, &reading->reason))
            return;
        item->request.verb = LANE_FACTS;
        item->request.done = on_applied;
        if (trace_parse(record->traceparent, &item->trace) == 0)
            item->request.trace = &item->trace;
        reading->item_count++;
    }
}

/* An event whose books do not balance takes no facts either; the other events go on, and a person
 * has been told. */
static bool all_applied(const struct reading *reading) {
    for (size_t i = 0; i < reading->item_count; i++)
        if (reading->items[i].outcome == OUTCOME_UNKNOWN)
            return false;
    return true;
}

static int handle(void *data, const struct bus_record *records, size_t count, size_t *ret_done,
    const char **ret_reason) {
    struct follow *follow = data;
    _cleanup_(memory_freep) struct item *items = memory_new(count * sizeof(*items));
    struct reading reading = {.items = items};
    read_records(records, count, &reading);
    apply(follow, items, reading.item_count);
    if (!all_applied(&reading))
        return -EAGAIN;
    if (reading.read > 0) {
        int r = write_mark(follow, records, reading.read);
        if (r < 0)
            return r;
    }
    *ret_done = reading.read;
    *ret_reason = reading.reason;
    return reading.read == count ? 0 : BUS_REFUSED;
}

/* Where this service's group begins when the broker does not know it (any more). */
static int read_mark(struct follow *follow) {
    _cleanup_(store_view_closep) struct store_view *view = store_view_open(follow->options.store);
    int r = store_partition_version(view, TEXT(PARTITION), &follow->mark_version);
    return r < 0 ? r : docs_get_mark(view, TEXT(STREAM), &follow->mark);
}

int follow_start(const struct follow_options *options, struct follow **ret_follow) {
    _cleanup_(memory_freep) struct follow *follow = memory_new(sizeof(*follow));
    follow->options = *options;
    int r = read_mark(follow);
    if (r < 0)
        return r;
    r = bus_subscribe(options->bus,
        &(struct bus_subscription_options){
            .stream = STREAM,
            .group = GROUP,
            .consumer = options->consumer,
            .after = follow->mark,
            .handle = handle,
            .data = follow,
        },
        &follow->subscription);
    if (r < 0)
        return r;
    *ret_follow = follow;
    follow = NULL;
    return 0;
}

void follow_stop(struct follow *follow) {
    if (!follow)
        return;
    bus_unsubscribe(follow->subscription);
    free(follow);
}
