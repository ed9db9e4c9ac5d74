/* SPDX-License-Identifier: Apache-2.0 */
#include "stand.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"
#include "base/task.h"
#include "mesh/server_core.h"

void reply_text(struct call *call, const char *text) {
    EchoResponse response = ECHO_RESPONSE_INIT;
    response.text = (char *)text;
    call_reply(call, &response.base);
}

static void bump(struct stand *stand, int *counter) {
    MUTEX_GUARD(&stand->lock);
    ++*counter;
    pthread_cond_broadcast(&stand->changed);
}

static void handle_echo(struct call *call, const EchoRequest *request, void *data) {
    EchoResponse response = ECHO_RESPONSE_INIT;
    ((struct stand *)data)->echo_count++;
    response.text = request->text;
    response.data = request->data;
    call_reply(call, &response.base);
}

static void on_cancelled(struct call *call, void *data) {
    struct stand *stand = data;
    bump(stand, &stand->cancelled_count);
}

static void on_writable(struct call *call, void *data) {
    struct stand *stand = data;
    bump(stand, &stand->writable_count);
}

static void handle_hold(struct call *call, const EchoRequest *request, void *data) {
    static const struct call_events events = {on_writable, on_cancelled};
    struct stand *stand = data;
    call_set_events(call, &events, stand);
    call_set_user(call, request ? request->text : NULL);
    MUTEX_GUARD(&stand->lock);
    assert_true(stand->held_count < HELD_MAX);
    stand->held[stand->held_count++] = call;
    pthread_cond_broadcast(&stand->changed);
}

static void handle_fail(struct call *call, const EchoRequest *request, void *data) {
    struct failure_field field = {"text", "is wrong"};
    call_fail_with(call, &(struct failure){.code = (enum status_code)request->code,
                             .reason = "ON_PURPOSE",
                             .message = request->text,
                             .retry_delay_ms = 1250,
                             .fields = &field,
                             .field_count = 1,
                             .metadata = &field,
                             .metadata_count = 1});
}

struct counting {
    uint32_t next;
    uint32_t count;
};

static void count_on(struct call *call, void *data) {
    struct counting *counting = call_user(call);
    EchoResponse response = ECHO_RESPONSE_INIT;
    while (counting->next < counting->count) {
        response.number = counting->next++;
        int r = call_send(call, &response.base);
        if (r == CALL_FULL)
            return;
        if (r < 0)
            break;
    }
    call_finish(call);
}

static void handle_count(struct call *call, const EchoRequest *request, void *data) {
    static const struct call_events events = {count_on, count_on};
    struct counting *counting = arena_zalloc(call_arena(call), sizeof(*counting));
    counting->count = request->count;
    call_set_user(call, counting);
    call_set_events(call, &events, NULL);
    count_on(call, NULL);
}

/* Of Collect and Chat. */
struct conversation {
    uint32_t count;
    char *last; /* its memory lives as long as the call */
};

static struct conversation *conversation_new(struct call *call) {
    struct conversation *conversation = arena_zalloc(call_arena(call), sizeof(*conversation));
    conversation->last = arena_copy_string(call_arena(call), "");
    call_set_user(call, conversation);
    return conversation;
}

/* False when the message has asked for the end. */
static bool converse(struct call *call, const EchoRequest *request) {
    struct conversation *conversation = call_user(call);
    conversation->count++;
    conversation->last = arena_copy_string(call_arena(call), request->text);
    if (request->code == STATUS_OK)
        return true;
    call_fail(call, (enum status_code)request->code, "ON_PURPOSE", "%s", request->text);
    return false;
}

static enum rpc_flow on_collected(struct call *call, const EchoRequest *request, void *data) {
    converse(call, request);
    return RPC_NEXT;
}

static void on_collected_all(struct call *call, void *data) {
    struct stand *stand = data;
    struct conversation *conversation = call_user(call);
    EchoResponse response = ECHO_RESPONSE_INIT;
    response.number = conversation->count;
    response.text = conversation->last;
    bump(stand, &stand->end_count);
    echo_service_collect_reply(call, &response);
}

static void fail_cancelled(struct call *call, void *data) {
    on_cancelled(call, data);
    call_fail(call, STATUS_CANCELLED, NULL, "cancelled");
}

static void handle_collect(struct call *call, void *data) {
    static const struct echo_service_collect_reader reader = {on_collected, on_collected_all};
    static const struct call_events events = {NULL, fail_cancelled};
    conversation_new(call);
    call_set_events(call, &events, data);
    echo_service_collect_read(call, &reader, data);
}

/* Reads no more while the client does not. */
static enum rpc_flow on_chat(struct call *call, const EchoRequest *request, void *data) {
    if (!converse(call, request))
        return RPC_NEXT;
    struct conversation *conversation = call_user(call);
    EchoResponse response = ECHO_RESPONSE_INIT;
    response.number = conversation->count;
    response.text = request->text;
    response.data = request->data;
    return echo_service_chat_send(call, &response) == CALL_FULL ? RPC_PAUSE : RPC_NEXT;
}

static void on_chat_writable(struct call *call, void *data) {
    call_read(call);
}

static void on_chat_end(struct call *call, void *data) {
    struct stand *stand = data;
    bump(stand, &stand->end_count);
    call_finish(call);
}

static void handle_chat(struct call *call, void *data) {
    static const struct echo_service_chat_reader reader = {on_chat, on_chat_end};
    static const struct call_events events = {on_chat_writable, fail_cancelled};
    conversation_new(call);
    call_set_events(call, &events, data);
    echo_service_chat_read(call, &reader, data);
}

static void handle_talk(struct call *call, void *data) {
    handle_hold(call, NULL, data);
}

static const any_fn handlers[ECHO_SERVICE_METHOD_COUNT] = {
    [ECHO_SERVICE_ECHO] = (any_fn)handle_echo,
    [ECHO_SERVICE_HOLD] = (any_fn)handle_hold,
    [ECHO_SERVICE_FAIL] = (any_fn)handle_fail,
    [ECHO_SERVICE_COUNT] = (any_fn)handle_count,
    [ECHO_SERVICE_WATCH] = (any_fn)handle_hold,
    [ECHO_SERVICE_COLLECT] = (any_fn)handle_collect,
    [ECHO_SERVICE_CHAT] = (any_fn)handle_chat,
    [ECHO_SERVICE_TALK] = (any_fn)handle_talk,
};

void stand_default_handlers(any_fn *ret_handlers) {
    memcpy(ret_handlers, handlers, sizeof(handlers));
}

static void start(struct stand *stand, const struct server_options *options, const char *address,
    const any_fn *given, bool is_exempt) {
    struct server_options own = options ? *options : (struct server_options){0};
    *stand = (struct stand){
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    arena_init(&stand->arena, 0);
    stand->server_loop = loop_new("server");
    stand->stream_loop = loop_new_without_io("streams");
    stand->client_loop = loop_new("client");
    own.stream_loop = stand->stream_loop;
    if (own.drain_wait_ms == 0)
        own.drain_wait_ms = 1;
    stand->server = server_new(stand->server_loop, &own);
    server_register(stand->server, &echo_service, given ? given : handlers, stand);
    if (is_exempt)
        server_exempt(stand->server, &echo_service);
    assert_int_equal(server_listen(stand->server, address, &stand->port), 0);
    loop_start(stand->server_loop);
    loop_start(stand->stream_loop);
    loop_start(stand->client_loop);
    server_start(stand->server);
    if (stand->port > 0)
        snprintf(stand->target, sizeof(stand->target), "127.0.0.1:%d", stand->port);
    else
        snprintf(stand->target, sizeof(stand->target), "%s", address);
    stand->channel = channel_new(stand->client_loop, stand->target,
        &(struct channel_options){.default_timeout_ms = STAND_TIMEOUT_MS});
}

void stand_start_with(struct stand *stand, const struct server_options *options,
    const char *address, const any_fn *given) {
    start(stand, options, address, given, false);
}

void stand_start_exempt(struct stand *stand, const struct server_options *options) {
    start(stand, options, "127.0.0.1:0", NULL, true);
}

void stand_start(struct stand *stand, const struct server_options *options) {
    stand_start_with(stand, options, "127.0.0.1:0", NULL);
}

void stand_stop_server(struct stand *stand) {
    server_drain(stand->server, STAND_TIMEOUT_MS);
    assert_true(stand->server->is_shut); /* or a call has not ended on the server */
    server_free(stand->server);
    stand->server = NULL;
}

void stand_stop(struct stand *stand) {
    channel_free(stand->channel);
    if (stand->server)
        stand_stop_server(stand);
    loop_stop(stand->client_loop);
    loop_stop(stand->server_loop);
    loop_stop(stand->stream_loop);
    loop_free(stand->client_loop);
    loop_free(stand->server_loop);
    loop_free(stand->stream_loop);
    arena_deinit(&stand->arena);
    free(stand->message);
}

void stand_wait(struct stand *stand, const int *counter, int value) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += STAND_TIMEOUT_MS / 1000;
    pthread_mutex_lock(&stand->lock);
    int r = 0;
    while (*counter < value && r == 0)
        r = pthread_cond_clockwait(&stand->changed, &stand->lock, CLOCK_MONOTONIC, &until);
    int seen = *counter;
    pthread_mutex_unlock(&stand->lock);
    assert_in_range(seen, value, INT32_MAX);
}

void stand_wait_idle(struct stand *stand) {
    struct metric_series *in_flight = metric_series(
        metric_gauge("grpc_server_calls_in_flight", "", NULL));
    int64_t until_ms = clock_monotonic_ms() + STAND_TIMEOUT_MS;
    while (metric_get(in_flight) > 0 && clock_monotonic_ms() < until_ms)
        usleep(1000);
    assert_int_equal(metric_get(in_flight), 0);
}

struct call *stand_held(struct stand *stand, int index) {
    stand_wait(stand, &stand->held_count, index + 1);
    MUTEX_GUARD(&stand->lock);
    return stand->held[index];
}

struct status stand_call(struct stand *stand, enum echo_service_method method,
    const struct rpc_options *options, const EchoRequest *request, const EchoResponse **ret_reply) {
    const ProtobufCMessage *reply = NULL;
    struct status status = rpc_call_and_wait(stand->channel, &echo_service.methods[method], options,
        &request->base, &stand->arena, &reply);
    if (ret_reply)
        *ret_reply = (const EchoResponse *)reply;
    return status;
}

static void note_end(struct stand *stand, const struct status *status, const char *message) {
    assert_true(loop_is_current(stand->client_loop));
    MUTEX_GUARD(&stand->lock);
    free(stand->message);
    stand->message = strdup(message);
    stand->status = (struct status){.code = status->code, .message = stand->message};
    stand->done_count++;
    pthread_cond_broadcast(&stand->changed);
}

static void on_reply(const struct status *status, const EchoResponse *reply, void *data) {
    note_end(data, status, reply ? reply->text : status->message);
}

struct rpc *stand_begin(struct stand *stand, enum echo_service_method method,
    const struct rpc_options *options, const EchoRequest *request) {
    return rpc_call(stand->channel, &echo_service.methods[method], options, &request->base,
        (any_fn)on_reply, stand);
}

static enum rpc_flow on_raw_message(struct rpc *rpc, struct text message, void *data) {
    return RPC_NEXT;
}

static void on_raw_done(struct rpc *rpc, const struct status *status, void *data) {
    note_end(data, status, status->message);
}

void stand_begin_raw(struct stand *stand, const struct method *method, struct text request) {
    static const struct rpc_events events = {on_raw_message, on_raw_done};
    rpc_start(stand->channel, method, NULL, request, &events, stand);
}
