/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Our peer for bench/mesh_echo.c, which says what it prints:
 *
 *     mesh_peer server [ADDRESS [streams]]    "streams": streams on a loop of their own
 *     mesh_peer client TARGET unary|stream|chat WIDTH MILLISECONDS
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/clock.h"
#include "bench/mesh_echo.mesh.h"
#include "mesh/loop.h"

typedef Mesh__Bench__V1__EchoMessage EchoMessage;
typedef Mesh__Bench__V1__RepeatRequest RepeatRequest;

enum { TEXT_SIZE = 64, REPEATED = 1000 /* messages of one stream */ };

/* --- the server --- */

static void handle_echo(struct call *call, const EchoMessage *request, void *data) {
    bench_service_echo_reply(call, request);
}

struct repeating {
    EchoMessage message;
    uint32_t left;
};

static void repeat(struct call *call, void *data) {
    struct repeating *repeating = call_user(call);
    int r = 0;
    while (r == 0 && repeating->left > 0) {
        repeating->left--;
        r = bench_service_repeat_send(call, &repeating->message);
    }
    if (r < 0 || repeating->left == 0)
        call_finish(call);
}

static void handle_repeat(struct call *call, const RepeatRequest *request, void *data) {
    static const struct call_events events = {.on_writable = repeat};
    struct repeating *repeating = arena_alloc(call_arena(call), sizeof(*repeating));
    *repeating = (struct repeating){MESH__BENCH__V1__ECHO_MESSAGE__INIT, request->count};
    repeating->message.text = request->text;
    call_set_user(call, repeating);
    call_set_events(call, &events, NULL);
    repeat(call, NULL);
}

static enum rpc_flow on_chat(struct call *call, const EchoMessage *message, void *data) {
    return bench_service_chat_send(call, message) == CALL_FULL ? RPC_PAUSE : RPC_NEXT;
}

static void on_chat_writable(struct call *call, void *data) {
    call_read(call);
}

static void on_chat_end(struct call *call, void *data) {
    call_finish(call);
}

static void handle_chat(struct call *call, void *data) {
    static const struct bench_service_chat_reader reader = {on_chat, on_chat_end};
    static const struct call_events events = {on_chat_writable, on_chat_end};
    call_set_events(call, &events, NULL);
    bench_service_chat_read(call, &reader, NULL);
}

static int serve(const char *address, bool has_stream_loop) {
    static const struct bench_service_handlers handlers = {
        .echo = handle_echo, .repeat = handle_repeat, .chat = handle_chat};
    struct loop *loop = loop_new("server"), *streams = loop_new_without_io("streams");
    struct server_options options = {.stream_loop = has_stream_loop ? streams : NULL};
    struct server *server = server_new(loop, &options);
    int port;
    char byte;
    bench_service_register(server, &handlers, NULL);
    if (server_listen(server, address, &port) < 0)
        return 1;
    loop_start(loop);
    loop_start(streams);
    server_start(server);
    if (port)
        printf("127.0.0.1:%d\n", port);
    else
        printf("%s\n", address);
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    server_drain(server, 1000);
    server_free(server);
    loop_stop(loop);
    loop_stop(streams);
    loop_free(loop);
    loop_free(streams);
    return 0;
}

/* --- the client --- */

struct client;

struct kind {
    const char *name;
    void (*start)(struct client *client);
    bool is_one; /* one stream however wide */
};

struct client {
    const struct kind *kind;
    struct loop *loop;
    struct channel *channel;
    EchoMessage message;
    RepeatRequest repeat;
    char text[TEXT_SIZE + 1];

    int width, under_way;
    int64_t stop_us, count;
    int in_flight; /* of a chat */
    pthread_mutex_t lock;
    pthread_cond_t ended;
};

static void expect_ok(const struct status *status) {
    if (status->code == STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", status_code_name(status->code), status->message);
    exit(1);
}

static bool is_over(const struct client *client) {
    return clock_monotonic_us() >= client->stop_us;
}

/* One of those that are under way: again until the time is up. */
static void start_again(struct client *client) {
    if (!is_over(client)) {
        client->kind->start(client);
        return;
    }
    pthread_mutex_lock(&client->lock);
    client->under_way--;
    pthread_cond_signal(&client->ended);
    pthread_mutex_unlock(&client->lock);
}

static void on_reply(const struct status *status, const EchoMessage *reply, void *data) {
    struct client *client = data;
    expect_ok(status);
    client->count++;
    start_again(client);
}

static void start_unary(struct client *client) {
    bench_service_echo(client->channel, NULL, &client->message, on_reply, client);
}

static enum rpc_flow on_repeated(struct rpc *rpc, const EchoMessage *message, void *data) {
    struct client *client = data;
    client->count++;
    return RPC_NEXT;
}

static void on_stream_done(struct rpc *rpc, const struct status *status, void *data) {
    expect_ok(status);
    start_again(data);
}

static void start_stream(struct client *client) {
    static const struct bench_service_repeat_events events = {on_repeated, on_stream_done};
    bench_service_repeat(client->channel, NULL, &client->repeat, &events, client);
}

static void say(struct rpc *rpc, struct client *client) {
    if (bench_service_chat_send_request(rpc, &client->message) < 0)
        exit(1);
}

static enum rpc_flow on_answer(struct rpc *rpc, const EchoMessage *message, void *data) {
    struct client *client = data;
    client->count++;
    if (!is_over(client))
        say(rpc, client);
    else if (--client->in_flight == 0)
        rpc_close_send(rpc);
    return RPC_NEXT;
}

static void start_chat(struct client *client) {
    static const struct bench_service_chat_events events = {on_answer, on_stream_done, NULL};
    static const struct rpc_options options = {.timeout_ms = RPC_NO_TIMEOUT};
    client->in_flight = client->width;
    struct rpc *rpc = bench_service_chat(client->channel, &options, &events, client);
    for (int i = 0; i < client->width; i++)
        say(rpc, client);
}

static const struct kind kinds[] = {
    {"unary", start_unary},
    {"stream", start_stream},
    {"chat", start_chat, .is_one = true},
};

static void start_all(void *data) {
    struct client *client = data;
    for (int i = client->under_way; i > 0; i--)
        client->kind->start(client);
}

static int64_t run(struct client *client, int64_t duration_us) {
    client->under_way = client->kind->is_one ? 1 : client->width;
    client->count = 0;
    client->stop_us = clock_monotonic_us() + duration_us;
    loop_run_and_wait(client->loop, start_all, client);
    pthread_mutex_lock(&client->lock);
    while (client->under_way > 0)
        pthread_cond_wait(&client->ended, &client->lock);
    pthread_mutex_unlock(&client->lock);
    return client->count;
}

static int64_t cpu_us(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

static int measure(const char *target, const struct kind *kind, int width, int64_t duration_us) {
    struct client client = {
        .kind = kind,
        .width = width,
        .message = MESH__BENCH__V1__ECHO_MESSAGE__INIT,
        .repeat = MESH__BENCH__V1__REPEAT_REQUEST__INIT,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .ended = PTHREAD_COND_INITIALIZER,
    };
    for (int i = 0; i < TEXT_SIZE; i++)
        client.text[i] = (char)('a' + i % 26);
    client.message.text = client.repeat.text = client.text;
    client.repeat.count = REPEATED;
    client.loop = loop_new("client");
    loop_start(client.loop);
    client.channel = channel_new(client.loop, target, NULL);
    int64_t warm = run(&client, duration_us / 4);
    int64_t begun_us = clock_monotonic_us(), used_us = cpu_us();
    int64_t count = run(&client, duration_us);
    printf("%lld %lld %lld %lld\n", (long long)count, (long long)(clock_monotonic_us() - begun_us),
        (long long)(cpu_us() - used_us), (long long)(warm + count));
    channel_free(client.channel);
    loop_stop(client.loop);
    loop_free(client.loop);
    return 0;
}

static const struct kind *find_kind(const char *name) {
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(name, kinds[i].name) == 0)
            return &kinds[i];
    return NULL;
}

int main(int argc, char **argv) {
    if (argc >= 2 && argc <= 4 && strcmp(argv[1], "server") == 0)
        return serve(argc > 2 ? argv[2] : "127.0.0.1:0", argc > 3);
    const struct kind *kind = argc == 6 && strcmp(argv[1], "client") == 0 ? find_kind(argv[3])
                                                                          : NULL;
    if (kind && atoi(argv[4]) > 0 && atoi(argv[5]) > 0)
        return measure(argv[2], kind, atoi(argv[4]), atoll(argv[5]) * 1000);
    fprintf(stderr, "usage: mesh_peer server [ADDRESS [streams]]\n"
                    "       mesh_peer client TARGET unary|stream|chat WIDTH MILLISECONDS\n");
    return 2;
}
