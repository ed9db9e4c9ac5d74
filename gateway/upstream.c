/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "http/server.h"
#include "mesh/loop.h"

/* One direction: upstreams gather on one loop, and cross over together. */
struct crossing {
    struct list gathered; /* of the loop they come from */
    pthread_mutex_t lock;
    struct list crossed;
    bool is_posted;
    struct task task; /* takes them, on the loop they go to */
};

struct upstreams {
    struct http_server *server;
    struct loop *loop;
    struct crossing errands;
    struct task send_errands; /* on the http loop, when its round has seen every socket */
    struct crossing arrivals;

    unsigned open_count; /* of the http loop */
    bool is_idle_wanted;
    struct task want_idle;
    pthread_mutex_t idle_lock;
    pthread_cond_t idle_changed;
    bool is_idle;
};

/* --- crossing --- */

static void crossing_init(struct crossing *crossing, void (*run)(struct task *task)) {
    list_init(&crossing->gathered);
    list_init(&crossing->crossed);
    pthread_mutex_init(&crossing->lock, NULL);
    crossing->task.run = run;
}

/* True: the task must be posted. */
static bool crossing_send(struct crossing *crossing) {
    MUTEX_GUARD(&crossing->lock);
    bool must_post = !crossing->is_posted;
    list_splice_back(&crossing->crossed, &crossing->gathered);
    crossing->is_posted = true;
    return must_post;
}

static void crossing_take(struct crossing *crossing, struct list *ret_list) {
    MUTEX_GUARD(&crossing->lock);
    list_splice_back(ret_list, &crossing->crossed);
    crossing->is_posted = false;
}

/* --- on the mesh loop --- */

static bool is_stream(const struct upstream *upstream) {
    return upstream->events->on_message;
}

/* With the lock. */
static void announce(struct upstream *upstream) {
    if (upstream->arrival.is_queued)
        return;
    upstream->arrival.is_queued = true;
    list_push_back(&upstream->upstreams->arrivals.gathered, &upstream->arrival.link);
}

/* The end of a unary call follows at once: its reply need not be announced, and there is nothing to
 * hold the service back from. */
static enum rpc_flow on_message(struct rpc *rpc, struct text message, void *data) {
    struct upstream *upstream = data;
    MUTEX_GUARD(&upstream->crossing_lock);
    struct buffer *messages = &upstream->arrival.messages;
    if (is_stream(upstream)) {
        buffer_append(messages, &message.size, sizeof(message.size));
        announce(upstream);
    }
    buffer_append_text(messages, message);
    upstream->arrival.is_held = is_stream(upstream) && messages->size >= UPSTREAM_WINDOW;
    return upstream->arrival.is_held ? RPC_PAUSE : RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct upstream *upstream = data;
    MUTEX_GUARD(&upstream->crossing_lock);
    struct status *own = &upstream->arrival.status;
    upstream->arrival.has_ended = true;
    own->code = status->code;
    own->message = memory_copy_string(status->message);
    if (status->details.size > 0)
        own->details = (struct text){
            memory_copy(status->details.data, status->details.size), status->details.size};
    announce(upstream);
}

static void start_rpc(struct upstream *upstream) {
    static const struct rpc_events events = {on_message, on_done};
    upstream->rpc = rpc_start(upstream->channel, upstream->method, &upstream->options,
        buffer_text(&upstream->messages), &events, upstream);
}

/* False: the call is over, and its upstream goes as soon as the errand has. */
static bool take_errand(struct upstream *upstream, struct errand *ret_errand) {
    MUTEX_GUARD(&upstream->crossing_lock);
    *ret_errand = upstream->errand.what;
    upstream->errand.what = (struct errand){0};
    upstream->errand.is_queued = false;
    if (upstream->arrival.has_ended || ret_errand->returns)
        announce(upstream);
    return !upstream->arrival.has_ended;
}

static void run_errand(struct upstream *upstream) {
    struct errand errand;
    if (!take_errand(upstream, &errand))
        return;
    if (errand.starts)
        start_rpc(upstream);
    if (errand.reads)
        rpc_read(upstream->rpc);
    if (errand.cancels)
        rpc_cancel(upstream->rpc);
}

static void take_errands(struct task *task) {
    struct upstreams *upstreams = container_of(task, struct upstreams, errands.task);
    struct list list = LIST_INIT(list);
    crossing_take(&upstreams->errands, &list);
    for (struct list *link; (link = list_pop_front(&list));)
        run_errand(container_of(link, struct upstream, errand.link));
}

static void send_arrivals(void *data) {
    struct upstreams *upstreams = data;
    if (!list_is_empty(&upstreams->arrivals.gathered) && crossing_send(&upstreams->arrivals))
        http_post(upstreams->server, &upstreams->arrivals.task);
}

/* --- on the http loop --- */

/* With the lock. */
static void queue_errand(struct upstream *upstream) {
    struct upstreams *upstreams = upstream->upstreams;
    if (upstream->errand.is_queued)
        return;
    upstream->errand.is_queued = true;
    if (list_is_empty(&upstreams->errands.gathered))
        http_post(upstreams->server, &upstreams->send_errands);
    list_push_back(&upstreams->errands.gathered, &upstream->errand.link);
}

static void send_errands(struct task *task) {
    struct upstreams *upstreams = container_of(task, struct upstreams, send_errands);
    if (crossing_send(&upstreams->errands))
        loop_post(upstreams->loop, &upstreams->errands.task);
}

static bool has_to_show(const struct upstream *upstream) {
    return upstream->shown < upstream->messages.size && !upstream->is_paused &&
           !upstream->is_cancelled && is_stream(upstream);
}

static void show_messages(struct upstream *upstream) {
    const struct buffer *messages = &upstream->messages;
    while (has_to_show(upstream)) {
        struct text message = {messages->data + upstream->shown + sizeof(message.size), 0};
        memcpy(&message.size, messages->data + upstream->shown, sizeof(message.size));
        upstream->shown += sizeof(message.size) + message.size;
        upstream->events->on_message(upstream, message);
    }
}

/* What has come since the last time; the service may go on. */
static void take_over(struct upstream *upstream) {
    MUTEX_GUARD(&upstream->crossing_lock);
    upstream->arrival.is_queued = false;
    if (upstream->is_paused)
        return;
    struct buffer spare = upstream->messages;
    buffer_clear(&spare);
    upstream->messages = upstream->arrival.messages;
    upstream->shown = 0;
    upstream->arrival.messages = spare;
    if (upstream->arrival.is_held) {
        upstream->errand.what.reads = true;
        queue_errand(upstream);
    }
    upstream->arrival.is_held = false;
}

/* Ended, and nothing of it is on the way in either direction. */
static bool is_over(struct upstream *upstream) {
    MUTEX_GUARD(&upstream->crossing_lock);
    return upstream->arrival.has_ended && !upstream->arrival.is_queued &&
           !upstream->errand.is_queued && !upstream->is_paused;
}

static void become_idle(struct upstreams *upstreams) {
    MUTEX_GUARD(&upstreams->idle_lock);
    upstreams->is_idle = true;
    pthread_cond_signal(&upstreams->idle_changed);
}

static void end(struct upstream *upstream) {
    struct upstreams *upstreams = upstream->upstreams;
    struct status status = upstream->arrival.status;
    struct buffer messages = upstream->messages;
    struct text reply = is_stream(upstream) ? TEXT("") : buffer_text(&messages);
    buffer_deinit(&upstream->arrival.messages);
    pthread_mutex_destroy(&upstream->crossing_lock);
    upstream->events->on_end(upstream, &status, reply);
    buffer_deinit(&messages);
    free((char *)status.message);
    free((char *)status.details.data);
    if (--upstreams->open_count == 0 && upstreams->is_idle_wanted)
        become_idle(upstreams);
}

static void deliver(struct upstream *upstream) {
    show_messages(upstream); /* what a pause left */
    take_over(upstream);
    show_messages(upstream);
    if (is_over(upstream))
        end(upstream);
}

static void take_arrivals(struct task *task) {
    struct upstreams *upstreams = container_of(task, struct upstreams, arrivals.task);
    struct list list = LIST_INIT(list);
    crossing_take(&upstreams->arrivals, &list);
    for (struct list *link; (link = list_pop_front(&list));)
        deliver(container_of(link, struct upstream, arrival.link));
}

void upstream_start(struct upstream *upstream, struct upstreams *upstreams, struct channel *channel,
    const struct method *method, const struct rpc_options *options, struct text request,
    const struct upstream_events *events) {
    *upstream = (struct upstream){
        .upstreams = upstreams,
        .events = events,
        .channel = channel,
        .method = method,
        .options = *options,
        .errand.what.starts = true,
    };
    pthread_mutex_init(&upstream->crossing_lock, NULL);
    list_init(&upstream->errand.link);
    list_init(&upstream->arrival.link);
    buffer_append_text(&upstream->messages, request);
    upstream->shown = upstream->messages.size;
    upstreams->open_count++;
    queue_errand(upstream);
}

void upstream_pause(struct upstream *upstream) {
    upstream->is_paused = true;
}

void upstream_resume(struct upstream *upstream) {
    MUTEX_GUARD(&upstream->crossing_lock);
    upstream->is_paused = false;
    upstream->errand.what.returns = true;
    queue_errand(upstream);
}

void upstream_cancel(struct upstream *upstream) {
    MUTEX_GUARD(&upstream->crossing_lock);
    upstream->is_paused = false;
    upstream->is_cancelled = true;
    upstream->errand.what.cancels = true;
    queue_errand(upstream);
}

/* --- all of them --- */

static void want_idle(struct task *task) {
    struct upstreams *upstreams = container_of(task, struct upstreams, want_idle);
    upstreams->is_idle_wanted = true;
    if (upstreams->open_count == 0)
        become_idle(upstreams);
}

struct upstreams *upstreams_new(struct loop *loop, struct http_server *server) {
    struct upstreams *upstreams = memory_new(sizeof(*upstreams));
    upstreams->server = server;
    upstreams->loop = loop;
    upstreams->send_errands.run = send_errands;
    upstreams->want_idle.run = want_idle;
    crossing_init(&upstreams->errands, take_errands);
    crossing_init(&upstreams->arrivals, take_arrivals);
    pthread_mutex_init(&upstreams->idle_lock, NULL);
    pthread_cond_init(&upstreams->idle_changed, NULL);
    loop_on_round_end(loop, send_arrivals, upstreams);
    return upstreams;
}

void upstreams_free(struct upstreams *upstreams) {
    if (!upstreams)
        return;
    pthread_mutex_destroy(&upstreams->errands.lock);
    pthread_mutex_destroy(&upstreams->arrivals.lock);
    pthread_mutex_destroy(&upstreams->idle_lock);
    pthread_cond_destroy(&upstreams->idle_changed);
    free(upstreams);
}

void upstreams_wait_until_idle(struct upstreams *upstreams) {
    http_post(upstreams->server, &upstreams->want_idle);
    pthread_mutex_lock(&upstreams->idle_lock);
    while (!upstreams->is_idle)
        pthread_cond_wait(&upstreams->idle_changed, &upstreams->idle_lock);
    pthread_mutex_unlock(&upstreams->idle_lock);
}
