/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/upstream.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "http/server.h"
#include "mesh/loop.h"

struct upstreams {
    struct http_server *server;
    struct list announced; /* of the mesh loop: in this round */
    pthread_mutex_t handed_lock;
    struct list handed;
    bool is_posted;
    struct task receive;

    unsigned open_count; /* of the http loop */
    bool is_idle_wanted;
    struct task want_idle;
    pthread_mutex_t idle_lock;
    pthread_cond_t idle_changed;
    bool is_idle;
};

/* --- on the mesh loop --- */

/* With the arrival's lock. Nothing to do when the last announcement has not been received yet. */
static void arrival_announce(struct upstream *upstream, struct list *list) {
    if (upstream->arrival.is_announced)
        return;
    upstream->arrival.is_announced = true;
    list_push_back(list, &upstream->arrival.link);
}

static bool is_stream(const struct upstream *upstream) {
    return upstream->events->on_message;
}

/* The end of a unary call follows at once: its reply need not be announced. */
static enum rpc_flow on_message(struct rpc *rpc, struct text message, void *data) {
    struct upstream *upstream = data;
    MUTEX_GUARD(&upstream->arrival_lock);
    struct buffer *messages = &upstream->arrival.messages;
    if (is_stream(upstream)) {
        buffer_append(messages, &message.size, sizeof(message.size));
        arrival_announce(upstream, &upstream->upstreams->announced);
    }
    buffer_append_text(messages, message);
    upstream->arrival.is_held = messages->size >= UPSTREAM_WINDOW;
    return upstream->arrival.is_held ? RPC_PAUSE : RPC_NEXT;
}

static void on_done(struct rpc *rpc, const struct status *status, void *data) {
    struct upstream *upstream = data;
    MUTEX_GUARD(&upstream->arrival_lock);
    upstream->arrival.rpc = NULL;
    upstream->arrival.has_ended = true;
    struct status *own = &upstream->arrival.status;
    own->code = status->code;
    own->message = memory_copy_string(status->message);
    if (status->details.size > 0)
        own->details = (struct text){
            memory_copy(status->details.data, status->details.size), status->details.size};
    arrival_announce(upstream, &upstream->upstreams->announced);
}

static void hand_over(void *data) {
    struct upstreams *upstreams = data;
    if (list_is_empty(&upstreams->announced))
        return;
    pthread_mutex_lock(&upstreams->handed_lock);
    list_splice_back(&upstreams->handed, &upstreams->announced);
    bool must_post = !upstreams->is_posted;
    upstreams->is_posted = true;
    pthread_mutex_unlock(&upstreams->handed_lock);
    if (must_post)
        http_post(upstreams->server, &upstreams->receive);
}

/* --- on the http loop --- */

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
    MUTEX_GUARD(&upstream->arrival_lock);
    upstream->arrival.is_announced = false;
    if (upstream->is_paused)
        return;
    struct buffer spare = upstream->messages;
    buffer_clear(&spare);
    upstream->messages = upstream->arrival.messages;
    upstream->shown = 0;
    upstream->arrival.messages = spare;
    if (upstream->arrival.is_held && upstream->arrival.rpc)
        rpc_read(upstream->arrival.rpc);
    upstream->arrival.is_held = false;
}

/* Ended, and nothing was announced since we took over. */
static bool is_over(struct upstream *upstream) {
    MUTEX_GUARD(&upstream->arrival_lock);
    return upstream->arrival.has_ended && !upstream->arrival.is_announced && !upstream->is_paused;
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
    pthread_mutex_destroy(&upstream->arrival_lock);
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

static void receive(struct task *task) {
    struct upstreams *upstreams = container_of(task, struct upstreams, receive);
    struct list handed;
    list_init(&handed);
    pthread_mutex_lock(&upstreams->handed_lock);
    list_splice_back(&handed, &upstreams->handed);
    upstreams->is_posted = false;
    pthread_mutex_unlock(&upstreams->handed_lock);
    for (struct list *link; (link = list_pop_front(&handed));)
        deliver(container_of(link, struct upstream, arrival.link));
}

/* As if the mesh loop had announced something. With the arrival's lock. */
static void deliver_soon(struct upstream *upstream) {
    struct upstreams *upstreams = upstream->upstreams;
    MUTEX_GUARD(&upstreams->handed_lock);
    arrival_announce(upstream, &upstreams->handed);
    if (!upstreams->is_posted)
        http_post(upstreams->server, &upstreams->receive);
    upstreams->is_posted = true;
}

void upstream_start(struct upstream *upstream, struct upstreams *upstreams, struct channel *channel,
    const struct method *method, const struct rpc_options *options, struct text request,
    const struct upstream_events *events) {
    static const struct rpc_events rpc_events = {on_message, on_done};
    *upstream = (struct upstream){.upstreams = upstreams, .events = events};
    pthread_mutex_init(&upstream->arrival_lock, NULL);
    list_init(&upstream->arrival.link);
    upstreams->open_count++;
    struct rpc *rpc = rpc_start(channel, method, options, request, &rpc_events, upstream);
    MUTEX_GUARD(&upstream->arrival_lock);
    if (!upstream->arrival.has_ended)
        upstream->arrival.rpc = rpc;
}

void upstream_pause(struct upstream *upstream) {
    upstream->is_paused = true;
}

void upstream_resume(struct upstream *upstream) {
    MUTEX_GUARD(&upstream->arrival_lock);
    upstream->is_paused = false;
    deliver_soon(upstream);
}

/* The lock keeps the call from ending meanwhile, so the handle is good. */
void upstream_cancel(struct upstream *upstream) {
    MUTEX_GUARD(&upstream->arrival_lock);
    upstream->is_paused = false;
    upstream->is_cancelled = true;
    if (upstream->arrival.rpc)
        rpc_cancel(upstream->arrival.rpc);
    else
        deliver_soon(upstream);
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
    upstreams->receive.run = receive;
    upstreams->want_idle.run = want_idle;
    list_init(&upstreams->announced);
    list_init(&upstreams->handed);
    pthread_mutex_init(&upstreams->handed_lock, NULL);
    pthread_mutex_init(&upstreams->idle_lock, NULL);
    pthread_cond_init(&upstreams->idle_changed, NULL);
    loop_on_round_end(loop, hand_over, upstreams);
    return upstreams;
}

void upstreams_free(struct upstreams *upstreams) {
    if (!upstreams)
        return;
    pthread_mutex_destroy(&upstreams->handed_lock);
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
