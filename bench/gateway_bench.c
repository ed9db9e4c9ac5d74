/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the gateway costs: GET and POST that become calls, and streams that become server-sent
 * events, against an HTTP server that answers the same bytes without calling anybody.
 *
 *     gateway_bench [seconds per row] [connections]
 *
 * Three processes: the gateway (or the plain server) on CPU 0, a service with canned replies and
 * the client on CPU 1. CPU is the time of the gateway's process, kernel included, per request.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/loadgen/histogram.h"
#include "gateway/gateway.h"
#include "http/server.h"
#include "mesh/loop.h"
#include "myevents/v1/event_service.mesh.h"
#include "proto/api_descriptor_set.h"

enum { CONNECTIONS_MAX = 1024, RECEIVE_SIZE = 64 * 1024, EVENTS = 64, ANSWER_MAX = 8192 };
enum { STREAM_MESSAGES = 2000 };

typedef Myevents__V1__Event Event;

static void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof(set), &set); /* a single CPU serves as well */
}

/* --- processes --- */

struct child {
    pid_t pid;
    int port;
};

/* Runs `serve` in a process of its own until it is killed; `serve` writes its port into the pipe.
 */
static struct child child_start(
    int cpu, void (*serve)(int port_fd, const void *data), const void *data) {
    int ends[2];
    struct child child = {0};
    int r = pipe(ends);
    assert(r == 0);
    fflush(NULL);
    child.pid = fork();
    assert(child.pid >= 0);
    if (child.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(cpu);
        serve(ends[1], data);
        for (;;)
            pause();
    }
    ssize_t n = read(ends[0], &child.port, sizeof(child.port));
    assert(n == sizeof(child.port));
    close(ends[0]);
    close(ends[1]);
    return child;
}

static void child_stop(const struct child *child) {
    kill(child->pid, SIGKILL);
    waitpid(child->pid, NULL, 0);
}

static void tell_port(int port_fd, int port) {
    ssize_t n = write(port_fd, &port, sizeof(port));
    assert(n == sizeof(port));
}

static int64_t child_cpu_us(const struct child *child) {
    clockid_t clock;
    struct timespec t;
    int r = clock_getcpuclockid(child->pid, &clock);
    assert(r == 0);
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static double child_resident_mib(const struct child *child) {
    char path[64];
    long pages = 0;
    snprintf(path, sizeof(path), "/proc/%d/statm", (int)child->pid);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1024 * 1024);
}

/* --- the service --- */

static void fill_event(Event *event) {
    static Google__Protobuf__Timestamp start, end, made;
    static Myevents__V1__Money price;
    google__protobuf__timestamp__init(&start);
    google__protobuf__timestamp__init(&end);
    google__protobuf__timestamp__init(&made);
    myevents__v1__money__init(&price);
    myevents__v1__event__init(event);
    start.seconds = 1798747200;
    end.seconds = 1798758000;
    made.seconds = 1795379700;
    made.nanos = 123000000;
    price.currency_code = (char *)"EUR";
    price.units = 49;
    price.nanos = 500000000;
    event->id = (char *)"0192f0c1-2345-7abc-8def-0123456789ab";
    event->name = (char *)"New Year's Concert";
    event->description = (char *)"Waltzes, polkas and a march, as every year: the orchestra plays "
                                 "what everybody has come for.";
    event->category = (char *)"concert";
    event->start_time = &start;
    event->end_time = &end;
    event->time_zone = (char *)"Europe/Vienna";
    event->location_id = (char *)"0192f0c1-0000-7abc-8def-0123456789ab";
    event->hall = (char *)"Great Hall";
    event->capacity = 1744;
    event->price = &price;
    event->state = MYEVENTS__V1__EVENT_STATE__EVENT_STATE_PUBLISHED;
    event->seats_available = 1203;
    event->location_name = (char *)"Musikverein";
    event->country = (char *)"AT";
    event->create_time = &made;
    event->update_time = &made;
    event->etag = (char *)"3";
    event->version = 3;
}

static void handle_get(
    struct call *call, const Myevents__V1__GetEventRequest *request, void *data) {
    Event event;
    fill_event(&event);
    event_service_get_event_reply(call, &event);
}

static void handle_create(
    struct call *call, const Myevents__V1__CreateEventRequest *request, void *data) {
    Event event;
    fill_event(&event);
    event_service_create_event_reply(call, &event);
}

static void send_on(struct call *call, void *data) {
    int *sent = call_user(call);
    char token[16];
    Event event;
    Myevents__V1__WatchEventsResponse response;
    fill_event(&event);
    myevents__v1__watch_events_response__init(&response);
    response.event = &event;
    response.resume_token = token;
    while (*sent < STREAM_MESSAGES) {
        snprintf(token, sizeof(token), "%08d", (*sent)++);
        int r = call_send(call, &response.base);
        if (r == CALL_FULL)
            return;
        if (r < 0)
            break;
    }
    call_finish(call);
}

static void handle_watch(
    struct call *call, const Myevents__V1__WatchEventsRequest *request, void *data) {
    static const struct call_events events = {send_on, NULL};
    call_set_user(call, arena_zalloc(call_arena(call), sizeof(int)));
    call_set_events(call, &events, NULL);
    send_on(call, NULL);
}

static void serve_events(int port_fd, const void *data) {
    static const struct event_service_handlers handlers = {
        .get_event = handle_get, .create_event = handle_create, .watch_events = handle_watch};
    int port;
    struct loop *loop = loop_new("service");
    struct server *server = server_new(loop, &(struct server_options){0});
    event_service_register(server, &handlers, NULL);
    int r = server_listen(server, "127.0.0.1:0", &port);
    assert(r == 0);
    loop_start(loop);
    server_start(server);
    tell_port(port_fd, port);
}

/* --- the servers under test --- */

static void serve_gateway(int port_fd, const void *data) {
    char address[32];
    int port;
    struct buffer error = {0};
    snprintf(address, sizeof(address), "127.0.0.1:%d", ((const struct child *)data)->port);
    const struct gateway_target targets[] = {
        {"myevents.v1.EventService", address}, {"myevents.v1.BookingService", address}};
    const struct gateway_options options = {.descriptor_sets = &api_descriptor_set,
        .descriptor_set_count = 1,
        .targets = targets,
        .target_count = ARRAY_SIZE(targets)};
    log_init("gateway", LOG_ERROR, LOG_LOGFMT);
    struct gateway *gateway = gateway_new(&options, &error);
    assert(gateway);
    int r = gateway_listen(gateway, "127.0.0.1:0", &port);
    assert(r == 0);
    gateway_start(gateway);
    tell_port(port_fd, port);
}

struct answer {
    char bytes[ANSWER_MAX];
    size_t size;
    size_t body_at;
};

static void handle_plain(struct http_exchange *exchange, void *data) {
    const struct answer *answer = data;
    http_add_header(exchange, "Content-Type", TEXT("application/json"));
    http_reply(exchange, 200,
        (struct text){answer->bytes + answer->body_at, answer->size - answer->body_at});
}

static void refuse_plain(struct http_exchange *exchange, int status, const char *why, void *data) {
    http_reply(exchange, status, text_from(why));
}

static void serve_plain(int port_fd, const void *data) {
    const struct http_handler handler = {handle_plain, refuse_plain, (void *)data};
    int port;
    struct http_server *server = http_server_new(&handler, NULL);
    int r = http_server_listen(server, "127.0.0.1:0", &port);
    assert(r == 0);
    http_server_start(server);
    tell_port(port_fd, port);
}

/* --- the client --- */

struct lane {
    int fd;
    size_t received;
    int64_t sent_us;
    size_t matched; /* of the mark of a message */
    size_t messages;
};

struct client {
    int epoll_fd;
    struct text request;
    size_t answer_size;
    struct lane lanes[CONNECTIONS_MAX];
    struct histogram latency;
    char bytes[RECEIVE_SIZE];
};

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    int r = connect(fd, (struct sockaddr *)&address, sizeof(address));
    assert(r == 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static void ask(const struct client *client, struct lane *lane) {
    lane->received = 0;
    lane->sent_us = clock_monotonic_us();
    ssize_t n = send(lane->fd, client->request.data, client->request.size, MSG_NOSIGNAL);
    assert(n == (ssize_t)client->request.size);
}

static void client_open(struct client *client, int port, size_t connections) {
    client->epoll_fd = epoll_create1(0);
    for (size_t i = 0; i < connections; i++) {
        struct lane *lane = &client->lanes[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = lane};
        *lane = (struct lane){.fd = connect_to(port)};
        epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, lane->fd, &event);
        ask(client, lane);
    }
}

static void client_close(struct client *client, size_t connections) {
    for (size_t i = 0; i < connections; i++)
        close(client->lanes[i].fd);
    close(client->epoll_fd);
}

static ssize_t lane_receive(struct client *client, struct lane *lane) {
    ssize_t n = recv(lane->fd, client->bytes, RECEIVE_SIZE, 0);
    assert(n > 0);
    return n;
}

static void take_answer(struct client *client, struct lane *lane) {
    lane->received += (size_t)lane_receive(client, lane);
    if (lane->received < client->answer_size)
        return;
    histogram_add(&client->latency, clock_monotonic_us() - lane->sent_us);
    ask(client, lane);
}

static void client_ask_for(struct client *client, double seconds) {
    int64_t end_us = clock_monotonic_us() + (int64_t)(seconds * 1e6);
    while (clock_monotonic_us() < end_us) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(client->epoll_fd, events, EVENTS, 100);
        for (int i = 0; i < count; i++)
            take_answer(client, events[i].data.ptr);
    }
}

/* Answers differ in nothing but their ids and the time, so they have one size. */
static void learn_answer(struct text request, int port, struct answer *answer) {
    int fd = connect_to(port);
    ssize_t n = send(fd, request.data, request.size, 0);
    assert(n == (ssize_t)request.size);
    const char *end = NULL;
    size_t body_size = 0;
    answer->size = 0;
    do {
        n = recv(fd, answer->bytes + answer->size, ANSWER_MAX - 1 - answer->size, 0);
        assert(n > 0);
        answer->size += (size_t)n;
        answer->bytes[answer->size] = '\0';
        end = strstr(answer->bytes, "\r\n\r\n");
        if (end)
            body_size = strtoul(strstr(answer->bytes, "Content-Length: ") + 16, NULL, 10);
    } while (!end || answer->size < (size_t)(end + 4 - answer->bytes) + body_size);
    assert(strncmp(answer->bytes, "HTTP/1.1 200", 12) == 0);
    answer->body_at = (size_t)(end + 4 - answer->bytes);
    close(fd);
}

/* --- rows --- */

static void print_row(const char *name, const struct child *child, int64_t cpu_us, int64_t took_us,
    uint64_t count, const struct histogram *latency) {
    printf("%-22s %8.0f/s %6.1f us CPU each", name, (double)count * 1e6 / (double)took_us,
        (double)cpu_us / (double)count);
    if (latency)
        printf("   p50 %5lld us   p99 %5lld us", (long long)histogram_quantile(latency, 0.50),
            (long long)histogram_quantile(latency, 0.99));
    printf("   %5.1f MB\n", child_resident_mib(child));
    fflush(stdout);
}

static void measure(const char *name, const struct child *child, struct text request,
    double seconds, size_t connections) {
    struct answer answer;
    struct client *client = memory_new(sizeof(*client));
    learn_answer(request, child->port, &answer);
    client->request = request;
    client->answer_size = answer.size;
    client_open(client, child->port, connections);
    client_ask_for(client, seconds / 4); /* warm up */
    memset(&client->latency, 0, sizeof(client->latency));
    int64_t cpu_us = child_cpu_us(child), begin_us = clock_monotonic_us();
    client_ask_for(client, seconds);
    print_row(name, child, child_cpu_us(child) - cpu_us, clock_monotonic_us() - begin_us,
        client->latency.count, &client->latency);
    client_close(client, connections);
    free(client);
}

static void count_messages(struct lane *lane, struct text bytes) {
    static const char mark[] = "\ndata: ";
    for (size_t i = 0; i < bytes.size; i++) {
        lane->matched = bytes.data[i] == mark[lane->matched] ? lane->matched + 1
                                                             : bytes.data[i] == mark[0];
        if (lane->matched == sizeof(mark) - 1) {
            lane->messages++;
            lane->matched = 0;
        }
    }
}

/* Every client gets the same messages from a stream of its own. */
static void measure_streams(const struct child *child, struct text request, size_t connections) {
    struct client *client = memory_new(sizeof(*client));
    int64_t cpu_us = child_cpu_us(child), begin_us = clock_monotonic_us();
    size_t open = connections;
    client->request = request;
    client_open(client, child->port, connections);
    while (open > 0) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(client->epoll_fd, events, EVENTS, 10000);
        assert(count > 0);
        for (int i = 0; i < count; i++) {
            struct lane *lane = events[i].data.ptr;
            ssize_t n = lane_receive(client, lane);
            bool was_whole = lane->messages == STREAM_MESSAGES;
            count_messages(lane, (struct text){client->bytes, (size_t)n});
            open -= !was_whole && lane->messages == STREAM_MESSAGES;
        }
    }
    print_row("gateway, SSE messages", child, child_cpu_us(child) - cpu_us,
        clock_monotonic_us() - begin_us, connections * STREAM_MESSAGES, NULL);
    client_close(client, connections);
    free(client);
}

static const char get[] = "GET /v1/events/0192f0c1-2345-7abc-8def-0123456789ab HTTP/1.1\r\n"
                          "Host: localhost:8080\r\n"
                          "User-Agent: gateway_bench/1.0\r\n"
                          "Accept: application/json\r\n"
                          "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n\r\n";

static const char post_head[] = "POST /v1/events HTTP/1.1\r\n"
                                "Host: localhost:8080\r\n"
                                "User-Agent: gateway_bench/1.0\r\n"
                                "Content-Type: application/json\r\n"
                                "Idempotency-Key: 0123456789abcdef\r\n";
static const char post_body[] =
    "{\"name\":\"New Year's Concert\","
    "\"description\":\"Waltzes, polkas and a march, as every year\",\"category\":\"concert\","
    "\"startTime\":\"2026-12-31T20:00:00Z\",\"endTime\":\"2026-12-31T23:00:00Z\","
    "\"locationId\":\"0192f0c1-0000-7abc-8def-0123456789ab\",\"hall\":\"Great Hall\","
    "\"price\":{\"currencyCode\":\"EUR\",\"units\":\"49\",\"nanos\":500000000}}";

static const char watch[] =
    "GET /v1/events:watch HTTP/1.1\r\nHost: localhost:8080\r\nAccept: text/event-stream\r\n\r\n";

int main(int argc, char **argv) {
    static struct answer answer;
    char post[1024];
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    size_t connections = argc > 2 ? (size_t)atoi(argv[2]) : 32;
    assert(connections > 0 && connections <= CONNECTIONS_MAX);
    snprintf(post, sizeof(post), "%sContent-Length: %zu\r\n\r\n%s", post_head,
        sizeof(post_body) - 1, post_body);
    pin(1);
    struct child service = child_start(1, serve_events, NULL);
    struct child gateway = child_start(0, serve_gateway, &service);
    learn_answer(text_from(get), gateway.port, &answer);
    struct child plain = child_start(0, serve_plain, &answer);
    printf("%zu connections, %zu bytes of JSON\n", connections, answer.size - answer.body_at);
    measure("plain HTTP, GET", &plain, text_from(get), seconds, connections);
    measure("gateway, GET", &gateway, text_from(get), seconds, connections);
    measure("gateway, POST", &gateway, text_from(post), seconds, connections);
    measure_streams(&gateway, text_from(watch), connections);
    child_stop(&plain);
    child_stop(&gateway);
    child_stop(&service);
    return 0;
}
