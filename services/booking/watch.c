/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/watch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "mesh/call.h"
#include "mesh/check.h"
#include "myevents/v1/booking_service.mesh.h"
#include "services/booking/lane.h"
#include "services/booking/refusal.h"
#include "services/booking/reply.h"

struct watch_hub {
    struct loop *loop;
    struct loop *stream_loop;
    struct lanes *lanes;
    struct map topics; /* stream loop: by event, those that take watchers */
    struct list all;   /* stream loop: also those that are closing */
};

struct topic {
    struct watch_hub *hub;
    struct uuid event_id;
    struct task open, taken, close; /* to the service's loop */
    struct task news, closed;       /* to the stream loop */

    /* the stream loop's */
    struct list link;
    struct list watchers;
    bool has_state;
    bool is_closing;
    struct inventory state;

    /* the service's loop's */
    struct lane *lane; /* NULL: not watched yet, or no more */
    struct lane_request look;
    bool is_telling; /* news are on their way: what they carry is the stream loop's until taken */
    bool has_changed_since;
    enum outcome told_outcome;
    struct inventory told_state;
};

/* One call; in its arena. */
struct watcher {
    struct list link;
    struct topic *topic;
    struct call *call;
    int64_t seen; /* sequence of the state sent last; 0: none */
    bool is_full;
};

/* --- the service's loop --- */

static void topic_tell(struct topic *topic, enum outcome outcome) {
    topic->is_telling = true;
    topic->has_changed_since = false;
    topic->told_outcome = outcome;
    if (topic->lane)
        topic->told_state = topic->lane->inventory;
    loop_post(topic->hub->stream_loop, &topic->news);
}

void watch_on_change(struct lane *lane) {
    struct topic *topic = lane->watch;
    if (!topic)
        return;
    if (topic->is_telling)
        topic->has_changed_since = true;
    else
        topic_tell(topic, OUTCOME_OK);
}

static void on_taken(struct task *task) {
    struct topic *topic = container_of(task, struct topic, taken);
    topic->is_telling = false;
    if (topic->has_changed_since)
        topic_tell(topic, OUTCOME_OK);
}

static void on_looked(struct lane_request *request, const struct lane_answer *answer) {
    struct topic *topic = request->data;
    bool is_known = answer->outcome == OUTCOME_OK || answer->outcome == OUTCOME_UNCHANGED;
    if (is_known) {
        topic->lane = lanes_find(topic->hub->lanes, &topic->event_id);
        topic->lane->watch = topic;
    }
    topic_tell(topic, is_known ? OUTCOME_OK : answer->outcome);
}

static void on_open(struct task *task) {
    struct topic *topic = container_of(task, struct topic, open);
    topic->look = (struct lane_request){.verb = LANE_LOOK, .done = on_looked, .data = topic};
    lanes_submit(topic->hub->lanes, &topic->event_id, &topic->look);
}

static void on_close(struct task *task) {
    struct topic *topic = container_of(task, struct topic, close);
    /* A topic opened since may have taken its place. */
    if (topic->lane->watch == topic)
        topic->lane->watch = NULL;
    topic->lane = NULL;
    loop_post(topic->hub->stream_loop, &topic->closed);
}

/* --- the stream loop --- */

static void topic_free(struct topic *topic) {
    list_remove(&topic->link);
    free(topic);
}

static void on_closed(struct task *task) {
    topic_free(container_of(task, struct topic, closed));
}

static void topic_forget(struct topic *topic) {
    map_remove(&topic->hub->topics, uuid_key(&topic->event_id));
    topic->is_closing = true;
}

/* Until the first news it is not known whether there is something to close. */
static void topic_close_if_unwatched(struct topic *topic) {
    if (!topic->has_state || topic->is_closing || !list_is_empty(&topic->watchers))
        return;
    topic_forget(topic);
    loop_post(topic->hub->loop, &topic->close);
}

static void watcher_offer(struct watcher *watcher) {
    const struct topic *topic = watcher->topic;
    if (!topic->has_state || watcher->is_full || watcher->seen == topic->state.sequence)
        return;
    struct arena scratch;
    arena_init(&scratch, 0);
    Myevents__V1__WatchAvailabilityResponse message =
        MYEVENTS__V1__WATCH_AVAILABILITY_RESPONSE__INIT;
    message.availability = reply_availability(&scratch, &topic->state, clock_wall_ms());
    message.resume_token = arena_printf(&scratch, "%lld", (long long)topic->state.sequence);
    int r = booking_service_watch_availability_send(watcher->call, &message);
    arena_deinit(&scratch);
    watcher->seen = topic->state.sequence;
    watcher->is_full = r == CALL_FULL;
}

static void topic_fail(struct topic *topic, enum outcome outcome) {
    struct lane_answer answer = {.outcome = outcome};
    topic_forget(topic);
    for (struct list *next; (next = list_pop_front(&topic->watchers));)
        refuse_call(container_of(next, struct watcher, link)->call, &topic->event_id, &answer);
    topic_free(topic);
}

static void on_news(struct task *task) {
    struct topic *topic = container_of(task, struct topic, news);
    if (topic->is_closing)
        return;
    if (topic->told_outcome != OUTCOME_OK) {
        topic_fail(topic, topic->told_outcome);
        return;
    }
    topic->state = topic->told_state;
    topic->has_state = true;
    loop_post(topic->hub->loop, &topic->taken);
    list_for_each_safe (link, &topic->watchers) {
        watcher_offer(container_of(link, struct watcher, link));
    }
    topic_close_if_unwatched(topic);
}

static struct topic *topic_open(struct watch_hub *hub, const struct uuid *event_id) {
    struct topic *topic = memory_new(sizeof(*topic));
    topic->hub = hub;
    topic->event_id = *event_id;
    topic->open.run = on_open;
    topic->taken.run = on_taken;
    topic->close.run = on_close;
    topic->news.run = on_news;
    topic->closed.run = on_closed;
    list_init(&topic->watchers);
    list_push_back(&hub->all, &topic->link);
    map_put(&hub->topics, uuid_key(&topic->event_id), topic);
    loop_post(hub->loop, &topic->open);
    return topic;
}

static void on_writable(struct call *call, void *data) {
    struct watcher *watcher = data;
    watcher->is_full = false;
    watcher_offer(watcher);
}

static void on_cancelled(struct call *call, void *data) {
    struct watcher *watcher = data;
    struct topic *topic = watcher->topic;
    list_remove(&watcher->link);
    topic_close_if_unwatched(topic);
    call_finish(call);
}

static void watch(struct watch_hub *hub, struct call *call, const struct uuid *id, int64_t seen) {
    static const struct call_events events = {
        .on_writable = on_writable, .on_cancelled = on_cancelled};
    struct topic *topic = map_get(&hub->topics, uuid_key(id));
    if (!topic)
        topic = topic_open(hub, id);
    struct watcher *watcher = arena_zalloc(call_arena(call), sizeof(*watcher));
    watcher->topic = topic;
    watcher->call = call;
    watcher->seen = seen;
    list_push_back(&topic->watchers, &watcher->link);
    call_set_events(call, &events, watcher);
    watcher_offer(watcher);
}

void watch_availability(struct watch_hub *hub, struct call *call,
    const Myevents__V1__WatchAvailabilityRequest *request) {
    struct check check = CHECK_INIT(call);
    int64_t seen = 0;
    check_id(&check, request->event_id, "event_id");
    if (request->resume_token[0])
        check_field(&check, text_to_i64(text_from(request->resume_token), &seen) == 0,
            "resume_token", "is not a token of this stream");
    if (check_refuse(&check))
        return;
    struct uuid id;
    int r = uuid_parse(text_from(request->event_id), &id);
    assert(r == 0);
    watch(hub, call, &id, seen);
}

/* --- the hub --- */

struct watch_hub *watch_hub_new(struct loop *loop, struct loop *stream_loop, struct lanes *lanes) {
    struct watch_hub *hub = memory_new(sizeof(*hub));
    hub->loop = loop;
    hub->stream_loop = stream_loop;
    hub->lanes = lanes;
    list_init(&hub->all);
    return hub;
}

void watch_hub_free(struct watch_hub *hub) {
    if (!hub)
        return;
    for (struct list *next; (next = list_pop_front(&hub->all));)
        free(container_of(next, struct topic, link));
    map_deinit(&hub->topics);
    free(hub);
}
