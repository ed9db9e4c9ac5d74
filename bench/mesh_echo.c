/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What a unary call costs: an echo of 64 bytes through the whole runtime, protobuf on both sides.
 * The server is a process of its own, so each side's CPU time is its process's, with every thread
 * that core keeps. "streams" says whether the server has a second loop for streams, which idles
 * here.
 *
 *     mesh_echo [seconds per row]
 */

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/mesh_echo.mesh.h"
#include "mesh/loop.h"

typedef Mesh__Bench__V1__EchoMessage EchoMessage;

enum { PAYLOAD_SIZE = 64 };

struct bench {
    struct loop *loop;
    struct channel *channel;
    EchoMessage request;
    char payload[PAYLOAD_SIZE + 1];

    int64_t stop_us;
    int in_flight;
    int64_t calls;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

static void handle_echo(struct call *call, const EchoMessage *request, void *data) {
    bench_service_echo_reply(call, request);
}

static void start_call(struct bench *bench);

static void on_reply(const struct status *status, const EchoMessage *reply, void *data) {
    struct bench *bench = data;
    if (status->code != STATUS_OK) {
        fprintf(stderr, "%s: %s\n", status_code_name(status->code), status->message);
        exit(1);
    }
    bench->calls++;
    if (clock_monotonic_us() < bench->stop_us) {
        start_call(bench);
        return;
    }
    pthread_mutex_lock(&bench->lock);
    bench->in_flight--;
    pthread_cond_signal(&bench->changed);
    pthread_mutex_unlock(&bench->lock);
}

static void start_call(struct bench *bench) {
    bench_service_echo(bench->channel, NULL, &bench->request, on_reply, bench);
}

static double cpu_us(pid_t process) {
    clockid_t clock;
    struct timespec now;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &now) != 0)
        abort();
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void start_burst(void *data) {
    struct bench *bench = data;
    for (int i = bench->in_flight; i > 0; i--)
        start_call(bench);
}

static void run(struct bench *bench, int in_flight, int64_t duration_us) {
    bench->in_flight = in_flight;
    bench->calls = 0;
    bench->stop_us = clock_monotonic_us() + duration_us;
    loop_run_and_wait(bench->loop, start_burst, bench);
    pthread_mutex_lock(&bench->lock);
    while (bench->in_flight > 0)
        pthread_cond_wait(&bench->changed, &bench->lock);
    pthread_mutex_unlock(&bench->lock);
}

struct variant {
    const char *transport;
    const char *address;
    bool has_stream_loop;
    pid_t server;
    int order; /* the server stops when this pipe ends */
    int port;
};

static void measure(
    struct bench *bench, const struct variant *variant, int in_flight, int64_t duration_us) {
    run(bench, in_flight, duration_us / 10); /* warm */
    int64_t begun_us = clock_monotonic_us();
    double server_us = cpu_us(variant->server), client_us = cpu_us(0);
    run(bench, in_flight, duration_us);
    double calls = (double)bench->calls;
    double elapsed_us = (double)(clock_monotonic_us() - begun_us);
    printf("%-5s %-7s %9d %10.0f %10.1f %10.1f %10.1f\n", variant->transport,
        variant->has_stream_loop ? "own" : "shared", in_flight, calls / elapsed_us * 1e6,
        (cpu_us(variant->server) - server_us) / calls, (cpu_us(0) - client_us) / calls,
        elapsed_us * in_flight / calls);
    fflush(stdout);
}

/* Serves until its standing order, the pipe, ends. */
static void serve(const struct variant *variant, int order, int answer) {
    static const struct bench_service_handlers handlers = {.echo = handle_echo};
    struct loop *loop = loop_new("server"), *streams = loop_new_without_io("streams");
    struct server_options options = {.stream_loop = variant->has_stream_loop ? streams : NULL};
    struct server *server = server_new(loop, &options);
    int port;
    char end;
    bench_service_register(server, &handlers, NULL);
    if (server_listen(server, variant->address, &port) < 0)
        exit(1);
    loop_start(loop);
    if (variant->has_stream_loop)
        loop_start(streams);
    server_start(server);
    if (write(answer, &port, sizeof(port)) != sizeof(port) || read(order, &end, 1) != 0)
        exit(1);
    server_drain(server, 1000);
    server_free(server);
    loop_stop(loop);
    loop_stop(streams);
    loop_free(loop);
    loop_free(streams);
    exit(0);
}

/* Before this process uses core, whose threads do not survive a fork. */
static void start_server(struct variant *variant) {
    int order[2], answer[2];
    if (pipe2(order, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
        exit(1);
    variant->server = fork();
    if (variant->server == 0) {
        close(order[1]);
        serve(variant, order[0], answer[1]);
    }
    close(order[0]);
    close(answer[1]);
    if (read(answer[0], &variant->port, sizeof(variant->port)) != sizeof(variant->port))
        exit(1);
    close(answer[0]);
    variant->order = order[1];
}

static void bench_variant(const struct variant *variant, int64_t duration_us) {
    struct bench bench = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .request = MESH__BENCH__V1__ECHO_MESSAGE__INIT,
    };
    static const int rows[] = {1, 10, 100};
    char target[128];
    for (int i = 0; i < PAYLOAD_SIZE; i++)
        bench.payload[i] = (char)('a' + i % 26);
    bench.request.text = bench.payload;
    snprintf(target, sizeof(target), "127.0.0.1:%d", variant->port);
    bench.loop = loop_new("client");
    loop_start(bench.loop);
    bench.channel = channel_new(bench.loop, variant->port ? target : variant->address, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        measure(&bench, variant, rows[i], duration_us);
    channel_free(bench.channel);
    loop_stop(bench.loop);
    loop_free(bench.loop);
}

int main(int argc, char **argv) {
    int64_t duration_us = argc > 1 ? (int64_t)(atof(argv[1]) * 1e6) : 2000000;
    char folder[] = "/tmp/mesh_echo.XXXXXX", address[64];
    if (!mkdtemp(folder))
        return 1;
    snprintf(address, sizeof(address), "unix:%s/socket", folder);
    printf("%-5s %-7s %9s %10s %10s %10s %10s\n", "via", "streams", "in flight", "calls/s",
        "server us", "client us", "latency us");
    struct variant variants[] = {
        {"tcp", "127.0.0.1:0"},
        {"unix", address},
        {"tcp", "127.0.0.1:0", .has_stream_loop = true},
    };
    fflush(stdout);
    for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
        start_server(&variants[i]);
    for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
        bench_variant(&variants[i], duration_us);
    for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
        close(variants[i].order);
    for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
        waitpid(variants[i].server, NULL, 0);
    rmdir(folder);
    return 0;
}
