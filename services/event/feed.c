/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/metric.h"
#include "mesh/call.h"
#include "mesh/loop.h"
#include "mesh/message.h"
#include "myevents/v1/event_service.mesh.h"

/* A token is "incarnation-sequence": after a restart the changes of before are not known. */
struct feed {
    struct loop *loop;
    char incarnation[9];
    uint64_t published; /* last sequence given; service's loop */
    struct metric_series *changes[MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_DELETED + 1];
    /* Stream loop. */
    struct change *ring[FEED_CHANGES];
    uint64_t last; /* in the ring */
    struct list watchers;
};

struct change {
    struct task task;
    struct feed *feed;
    uint64_t sequence;
    struct arena arena;
    Myevents__V1__EventChange kind;
    Myevents__V1__Event *event;
};

struct watcher {
    struct list link;
    struct feed *feed;
    struct call *call;
    uint64_t next;
    bool is_full;
    const char *event_id, *location_id; /* "" : any */
};

static void meters_init(struct feed *feed) {
    struct metric *changes = metric_counter("myevents_event_changes_total",
        "Changes of events that watchers could see.", "change", NULL);
    feed->changes[MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_UPDATED] = metric_series(
        changes, "updated");
    feed->changes[MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_SEATS] = metric_series(changes, "seats");
    feed->changes[MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_DELETED] = metric_series(
        changes, "deleted");
}

struct feed *feed_new(struct loop *stream_loop) {
    struct feed *feed = memory_new(sizeof *feed);
    meters_init(feed);
    uint32_t random;
    random_bytes(&random, sizeof random);
    snprintf(feed->incarnation, sizeof feed->incarnation, "%08" PRIx32, random);
    feed->loop = stream_loop;
    list_init(&feed->watchers);
    return feed;
}

static void change_free(struct change *change) {
    if (!change)
        return;
    arena_deinit(&change->arena);
    free(change);
}

void feed_free(struct feed *feed) {
    if (!feed)
        return;
    for (size_t i = 0; i < FEED_CHANGES; i++)
        change_free(feed->ring[i]);
    free(feed);
}

static void format_token(
    const struct feed *feed, uint64_t sequence, char ret_token[static FEED_TOKEN_SIZE]) {
    snprintf(ret_token, FEED_TOKEN_SIZE, "%s-%" PRIu64, feed->incarnation, sequence);
}

void feed_token(const struct feed *feed, char ret_token[static FEED_TOKEN_SIZE]) {
    format_token(feed, feed->published, ret_token);
}

/* --- sending --- */

static bool is_wanted(const struct watcher *watcher, const struct change *change) {
    return (!watcher->event_id[0] || strcmp(watcher->event_id, change->event->id) == 0) &&
           (!watcher->location_id[0] ||
               strcmp(watcher->location_id, change->event->location_id) == 0);
}

static void send(struct watcher *watcher, Myevents__V1__EventChange kind,
    Myevents__V1__Event *event, uint64_t sequence) {
    char token[FEED_TOKEN_SIZE];
    Myevents__V1__WatchEventsResponse response = MYEVENTS__V1__WATCH_EVENTS_RESPONSE__INIT;
    format_token(watcher->feed, sequence, token);
    response.change = kind;
    response.event = event;
    response.resume_token = token;
    watcher->is_full = event_service_watch_events_send(watcher->call, &response) == CALL_FULL;
}

/* Everything up to now, as far as the reader takes it. */
static void pump(struct watcher *watcher) {
    struct feed *feed = watcher->feed;
    while (!watcher->is_full && watcher->next <= feed->last) {
        struct change *change = feed->ring[watcher->next % FEED_CHANGES];
        if (!change || change->sequence != watcher->next) {
            watcher->next = feed->last + 1;
            send(watcher, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_RESET, NULL, feed->last);
            continue;
        }
        watcher->next++;
        if (is_wanted(watcher, change))
            send(watcher, change->kind, change->event, change->sequence);
    }
}

static void on_change(struct task *task) {
    struct change *change = container_of(task, struct change, task);
    struct feed *feed = change->feed;
    struct change **slot = &feed->ring[change->sequence % FEED_CHANGES];
    change_free(*slot);
    *slot = change;
    feed->last = change->sequence;
    list_for_each_safe (link, &feed->watchers)
        pump(container_of(link, struct watcher, link));
}

void feed_publish(
    struct feed *feed, Myevents__V1__EventChange kind, const Myevents__V1__Event *event) {
    struct change *change = memory_new(sizeof *change);
    change->task.run = on_change;
    change->feed = feed;
    change->sequence = ++feed->published;
    metric_add(feed->changes[kind], 1);
    change->kind = kind;
    arena_init(&change->arena, 0);
    change->event = (Myevents__V1__Event *)message_unpack(
        &change->arena, event->base.descriptor, message_pack(&change->arena, &event->base));
    loop_post(feed->loop, &change->task);
}

/* --- watching --- */

static void on_writable(struct call *call, void *data) {
    struct watcher *watcher = data;
    watcher->is_full = false;
    pump(watcher);
}

static void on_cancelled(struct call *call, void *data) {
    struct watcher *watcher = data;
    list_remove(&watcher->link);
    call_finish(call);
}

/* 0 with the sequence to go on after; 1: of another incarnation. */
static int parse_token(const struct feed *feed, const char *token, uint64_t *ret_sequence) {
    struct text rest = text_from(token), incarnation = text_cut(&rest, '-');
    if (incarnation.size != sizeof feed->incarnation - 1 || text_to_u64(rest, ret_sequence) < 0)
        return -1;
    return text_equal(incarnation, text_from(feed->incarnation)) ? 0 : 1;
}

void feed_watch(
    struct feed *feed, struct call *call, const Myevents__V1__WatchEventsRequest *request) {
    static const struct call_events events = {on_writable, on_cancelled};
    uint64_t seen = feed->last;
    int r = request->resume_token[0] ? parse_token(feed, request->resume_token, &seen) : 0;
    if (r < 0) {
        call_fail(call, STATUS_INVALID_ARGUMENT, "RESUME_TOKEN_MALFORMED",
            "resume_token: \"%s\" was not given out by this service", request->resume_token);
        return;
    }
    struct watcher *watcher = arena_zalloc(call_arena(call), sizeof *watcher);
    *watcher = (struct watcher){.feed = feed,
        .call = call,
        .next = seen + 1,
        .event_id = request->event_id,
        .location_id = request->location_id};
    call_set_events(call, &events, watcher);
    list_push_back(&feed->watchers, &watcher->link);
    if (r > 0) {
        watcher->next = feed->last + 1;
        send(watcher, MYEVENTS__V1__EVENT_CHANGE__EVENT_CHANGE_RESET, NULL, feed->last);
    }
    pump(watcher);
}
