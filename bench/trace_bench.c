/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What traces cost a call: CPU time of client and server, which are one process here, so that a
 * call makes two spans. The collector is another process, whose time does not count. Rounds go
 * through all modes one after the other; each number is the median of its rounds.
 *
 *     trace_bench [milliseconds per measurement [rounds]]
 */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/span.h"
#include "bench/mesh_echo.mesh.h"
#include "mesh/call.h"
#include "mesh/client.h"
#include "mesh/loop.h"
#include "mesh/server.h"
#include "opentelemetry/proto/collector/trace/v1/trace_service.mesh.h"
#include "telemetry/exporter.h"

enum { WIDTH = 10, ROUNDS_MAX = 100, DRAIN_MS = 1000 };

typedef Mesh__Bench__V1__EchoMessage echo_message;
typedef Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceRequest export_request;

/* --- the collector --- */

static void handle_export(struct call *call, const export_request *request, void *data) {
    Opentelemetry__Proto__Collector__Trace__V1__ExportTraceServiceResponse reply =
        OPENTELEMETRY__PROTO__COLLECTOR__TRACE__V1__EXPORT_TRACE_SERVICE_RESPONSE__INIT;
    trace_service_export_reply(call, &reply);
}

_Noreturn static void run_collector(int order, int answer) {
    static const struct trace_service_handlers handlers = {handle_export};
    const struct server_options options = {.message_size_max = 16 * 1024 * 1024};
    struct loop *loop = loop_new("collector");
    struct server *server = server_new(loop, &options);
    int port = 0;
    char end;
    trace_service_register(server, &handlers, NULL);
    if (server_listen(server, "127.0.0.1:0", &port) < 0)
        _exit(1);
    loop_start(loop);
    server_start(server);
    if (write(answer, &port, sizeof(port)) != sizeof(port))
        _exit(1);
    while (read(order, &end, 1) > 0)
        ;
    _exit(0);
}

/* It ends with this process. */
static int start_collector(void) {
    int order[2], answer[2], port = 0;
    if (pipe(order) < 0 || pipe(answer) < 0)
        exit(1);
    if (fork() == 0) {
        close(order[1]);
        run_collector(order[0], answer[1]);
    }
    close(order[0]);
    if (read(answer[0], &port, sizeof(port)) != sizeof(port))
        exit(1);
    return port;
}

/* --- the calls --- */

static struct loop *server_loop, *client_loop;
static struct server *server;
static struct channel *channel;
static const struct trace *parent;          /* NULL: each call is a trace of its own */
static int64_t until_us, calls, open_calls; /* the client loop's */
static sem_t done;

static void handle_echo(struct call *call, const echo_message *request, void *data) {
    bench_service_echo_reply(call, request);
}

static void on_reply(const struct status *status, const echo_message *reply, void *data);

static void call_once(void) {
    static char words[] = "sixty-four bytes of text that go there and come back again, thanks.";
    echo_message message = MESH__BENCH__V1__ECHO_MESSAGE__INIT;
    message.text = words;
    open_calls++;
    bench_service_echo(channel, &(struct rpc_options){.trace = parent}, &message, on_reply, NULL);
}

static void on_reply(const struct status *status, const echo_message *reply, void *data) {
    if (status->code != STATUS_OK)
        exit(1);
    calls++;
    open_calls--;
    if (clock_monotonic_us() < until_us)
        call_once();
    else if (open_calls == 0)
        sem_post(&done);
}

static void begin_calls(void *data) {
    for (int i = 0; i < WIDTH; i++)
        call_once();
}

static int64_t cpu_us(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

/* CPU microseconds per call. */
static double run_calls(int milliseconds, double *ret_per_second) {
    int64_t cpu_before = cpu_us(), started_us = clock_monotonic_us();
    calls = 0;
    until_us = started_us + milliseconds * INT64_C(1000);
    loop_run_and_wait(client_loop, begin_calls, NULL);
    sem_wait(&done);
    *ret_per_second = (double)calls * 1e6 / (double)(clock_monotonic_us() - started_us);
    return (double)(cpu_us() - cpu_before) / (double)calls;
}

/* --- the modes --- */

enum mode { OFF, UNSAMPLED, TENTH, SAMPLED, MODES };

static const struct {
    const char *name;
    bool exports, is_sampled;
    enum sampler_kind sampler;
    double ratio;
} modes[MODES] = {
    [OFF] = {"no exporter", false, true, SAMPLER_PARENT_ALWAYS_ON, 1},
    [UNSAMPLED] = {"exporter, nothing sampled", true, false, SAMPLER_PARENT_ALWAYS_ON, 1},
    [TENTH] = {"exporter, a tenth sampled", true, true, SAMPLER_PARENT_RATIO, 0.1},
    [SAMPLED] = {"exporter, all sampled", true, true, SAMPLER_PARENT_ALWAYS_ON, 1},
};

static double cpu[MODES][ROUNDS_MAX], rate[MODES][ROUNDS_MAX];
static int64_t exported[MODES], full[MODES];

static int64_t read_counter(const char *name, const char *reason) {
    if (reason)
        return metric_get(metric_series(metric_counter(name, "", "reason", NULL), reason));
    return metric_get(metric_series(metric_counter(name, "", NULL)));
}

static void measure(enum mode mode, int round, int milliseconds, struct settings *settings) {
    const struct exporter_options options = {.loop = server_loop,
        .settings = settings,
        .queue_max = 2048,
        .batch_max = 512,
        .delay_ms = 5000,
        .timeout_ms = 10000,
        .export_timeout_ms = 30000};
    settings->sampler = sampler_make(modes[mode].sampler, modes[mode].ratio);
    struct exporter *exporter = modes[mode].exports ? exporter_new(&options) : NULL;
    int64_t exported_before = read_counter("myevents_spans_exported_total", NULL);
    int64_t full_before = read_counter("myevents_spans_dropped_total", "queue_full");
    if (exporter)
        exporter_start(exporter);
    cpu[mode][round] = run_calls(milliseconds, &rate[mode][round]);
    if (exporter)
        exporter_stop(exporter);
    exporter_free(exporter);
    exported[mode] += read_counter("myevents_spans_exported_total", NULL) - exported_before;
    full[mode] += read_counter("myevents_spans_dropped_total", "queue_full") - full_before;
}

static int compare(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static double median(double *numbers, int count) {
    qsort(numbers, (size_t)count, sizeof(*numbers), compare);
    return (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
}

static void print_all(int rounds) {
    printf("%-28s %12s %12s %12s %12s\n", "", "us CPU/call", "per second", "exported", "dropped");
    for (int mode = 0; mode < MODES; mode++)
        printf("%-28s %12.2f %12.0f %12lld %12lld\n", modes[mode].name, median(cpu[mode], rounds),
            median(rate[mode], rounds), (long long)exported[mode], (long long)full[mode]);
}

static void start_echo(void) {
    static const struct bench_service_handlers handlers = {.echo = handle_echo};
    char target[32];
    int port;
    sem_init(&done, 0, 0);
    server_loop = loop_new("server");
    client_loop = loop_new("client");
    server = server_new(server_loop, &(struct server_options){0});
    bench_service_register(server, &handlers, NULL);
    if (server_listen(server, "127.0.0.1:0", &port) < 0)
        exit(1);
    loop_start(server_loop);
    loop_start(client_loop);
    server_start(server);
    snprintf(target, sizeof(target), "127.0.0.1:%d", port);
    channel = channel_new(client_loop, target, NULL);
}

static void stop_echo(void) {
    server_drain(server, DRAIN_MS);
    server_free(server);
    loop_stop(client_loop);
    channel_free(channel);
    loop_free(client_loop);
    loop_stop(server_loop);
    loop_free(server_loop);
}

int main(int argc, char **argv) {
    int milliseconds = argc > 1 ? atoi(argv[1]) : 400, rounds = argc > 2 ? atoi(argv[2]) : 5;
    if (milliseconds < 1 || rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: trace_bench [milliseconds [rounds from 1 to %d]]\n", ROUNDS_MAX);
        return 2;
    }
    char target[32];
    double ignored;
    struct trace unsampled;
    log_init("trace_bench", LOG_WARN, LOG_LOGFMT);
    snprintf(target, sizeof(target), "127.0.0.1:%d", start_collector());
    struct settings settings = {
        .target = target, .attributes = {{"service.name", "bench"}}, .attribute_count = 1};
    start_echo();
    trace_start(&unsampled);
    unsampled.sampled = false;
    run_calls(milliseconds, &ignored);
    for (int round = 0; round < rounds; round++)
        for (int mode = 0; mode < MODES; mode++) {
            parent = modes[mode].is_sampled ? NULL : &unsampled;
            measure((enum mode)mode, round, milliseconds, &settings);
        }
    print_all(rounds);
    stop_echo();
    return 0;
}
