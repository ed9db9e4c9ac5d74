/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What the HTTP server costs: GET on keep-alive connections, answered in the loop and by way of
 * another thread, against a bare epoll loop that answers the same bytes without reading them.
 *
 *     http_bench [seconds per row] [connections]
 *
 * The server runs on CPU 0 and the client on CPU 1. CPU is the time of the server's threads,
 * kernel included, per request.
 */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/list.h"
#include "base/memory.h"
#include "base/task.h"
#include "http/server.h"

enum { LATENCY_US_MAX = 100 * 1000, BYTES_MAX = 4096, CONNECTIONS_MAX = 1024, EVENTS = 64 };

static const char request[] = "GET /v1/events/0192f0c1-2345-7abc-8def-0123456789ab HTTP/1.1\r\n"
                              "Host: localhost:8080\r\n"
                              "User-Agent: http_bench/1.0\r\n"
                              "Accept: application/json\r\n"
                              "Accept-Encoding: gzip, br\r\n"
                              "Authorization: Bearer 0123456789abcdef0123456789abcdef\r\n\r\n";
static char body[300];

static int64_t now_us(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    pthread_setaffinity_np(pthread_self(), sizeof(set), &set); /* a single CPU serves as well */
}

/* --- the client --- */

struct lane {
    int fd;
    size_t received;
    int64_t sent_us;
};

struct client {
    int epoll_fd;
    struct lane lanes[CONNECTIONS_MAX];
    size_t answer_size;
    int64_t count;
    uint32_t latencies[LATENCY_US_MAX + 1];
};

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int r = connect(fd, (struct sockaddr *)&address, sizeof(address));
    assert(r == 0);
    return fd;
}

static void ask(struct lane *lane) {
    lane->received = 0;
    lane->sent_us = now_us(CLOCK_MONOTONIC);
    ssize_t n = send(lane->fd, request, sizeof(request) - 1, 0);
    assert(n == (ssize_t)sizeof(request) - 1);
}

static void take_answer(struct client *client, struct lane *lane) {
    char bytes[BYTES_MAX];
    ssize_t n = recv(lane->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    assert(n > 0);
    lane->received += (size_t)n;
    if (lane->received < client->answer_size)
        return;
    int64_t latency_us = now_us(CLOCK_MONOTONIC) - lane->sent_us;
    client->latencies[latency_us < LATENCY_US_MAX ? latency_us : LATENCY_US_MAX]++;
    client->count++;
    ask(lane);
}

static void client_connect(struct client *client, int port, size_t connections) {
    client->epoll_fd = epoll_create1(0);
    for (size_t i = 0; i < connections; i++) {
        struct lane *lane = &client->lanes[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = lane};
        lane->fd = connect_to(port);
        epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, lane->fd, &event);
        ask(lane);
    }
}

static void client_run(struct client *client, double seconds) {
    int64_t end_us = now_us(CLOCK_MONOTONIC) + (int64_t)(seconds * 1e6);
    while (now_us(CLOCK_MONOTONIC) < end_us) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(client->epoll_fd, events, EVENTS, 100);
        for (int i = 0; i < count; i++)
            take_answer(client, events[i].data.ptr);
    }
}

static int64_t client_percentile(const struct client *client, double part) {
    int64_t wanted = (int64_t)((double)client->count * part), seen = 0;
    for (int64_t i = 0; i <= LATENCY_US_MAX; i++)
        if ((seen += client->latencies[i]) > wanted)
            return i;
    return LATENCY_US_MAX;
}

static void client_forget(struct client *client) {
    client->count = 0;
    memset(client->latencies, 0, sizeof(client->latencies));
}

static void client_close(struct client *client, size_t connections) {
    for (size_t i = 0; i < connections; i++)
        close(client->lanes[i].fd);
    close(client->epoll_fd);
}

/* One answer, as the servers under test give it. */
static size_t learn_answer(int port, char bytes[static BYTES_MAX]) {
    struct lane lane = {.fd = connect_to(port)};
    ask(&lane);
    size_t size = 0;
    do {
        ssize_t n = recv(lane.fd, bytes + size, BYTES_MAX - 1 - size, 0);
        assert(n > 0);
        size += (size_t)n;
        bytes[size] = '\0';
    } while (!strstr(bytes, "\r\n\r\n") ||
             size < (size_t)(strstr(bytes, "\r\n\r\n") + 4 - bytes) + sizeof(body));
    close(lane.fd);
    return size;
}

/* --- the bare loop --- */

struct floor_server {
    int fd;
    int port;
    char answer[BYTES_MAX];
    size_t answer_size;
    atomic_bool is_stopped;
    pthread_t thread;
};

static void floor_serve(struct floor_server *server, int epoll_fd, int fd) {
    char bytes[BYTES_MAX];
    if (fd == server->fd) {
        struct epoll_event event = {.events = EPOLLIN};
        event.data.fd = accept(server->fd, NULL, NULL);
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, event.data.fd, &event);
    } else if (recv(fd, bytes, sizeof(bytes), 0) <= 0 ||
               send(fd, server->answer, server->answer_size, MSG_NOSIGNAL) < 0) {
        close(fd);
    }
}

static void *floor_run(void *data) {
    struct floor_server *server = data;
    int epoll_fd = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = server->fd};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server->fd, &event);
    pin(0);
    while (!atomic_load(&server->is_stopped)) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(epoll_fd, events, EVENTS, 100);
        for (int i = 0; i < count; i++)
            floor_serve(server, epoll_fd, events[i].data.fd);
    }
    close(epoll_fd);
    return NULL;
}

static void floor_start(struct floor_server *server) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    server->fd = socket(AF_INET, SOCK_STREAM, 0);
    int r = bind(server->fd, (struct sockaddr *)&address, size);
    assert(r == 0);
    listen(server->fd, CONNECTIONS_MAX);
    getsockname(server->fd, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    r = pthread_create(&server->thread, NULL, floor_run, server);
    assert(r == 0);
}

static void floor_stop(struct floor_server *server) {
    atomic_store(&server->is_stopped, true);
    pthread_join(server->thread, NULL);
    close(server->fd);
}

/* --- the server under test --- */

/* Takes what one round of the loop gathered, and gives it back as one burst. */
struct worker {
    pthread_mutex_t lock;
    pthread_cond_t has_jobs;
    struct list jobs;
    bool is_stopped;
    pthread_t thread;
};

struct job {
    struct task task;
    struct list link;
    struct http_exchange *exchange;
};

struct bench_server {
    struct http_server *http;
    int port;
    bool hops;
    struct list gathered;
    struct task hand_over;
    struct worker worker;
};

static void reply(struct http_exchange *exchange) {
    http_add_header(exchange, "Content-Type", TEXT("application/json"));
    http_reply(exchange, 200, (struct text){body, sizeof(body)});
}

static void reply_job(struct task *task) {
    reply(container_of(task, struct job, task)->exchange);
}

static bool worker_take(struct worker *worker, struct list *jobs) {
    MUTEX_GUARD(&worker->lock);
    while (list_is_empty(&worker->jobs) && !worker->is_stopped)
        pthread_cond_wait(&worker->has_jobs, &worker->lock);
    list_splice_back(jobs, &worker->jobs);
    return !worker->is_stopped;
}

static void *worker_run(void *data) {
    struct worker *worker = data;
    struct list jobs = LIST_INIT(jobs);
    pin(0);
    while (worker_take(worker, &jobs)) {
        for (struct list *link; (link = list_pop_front(&jobs));) {
            struct job *job = container_of(link, struct job, link);
            http_post(http_exchange_server(job->exchange), &job->task);
        }
    }
    return NULL;
}

static void hand_over(struct task *task) {
    struct bench_server *server = container_of(task, struct bench_server, hand_over);
    MUTEX_GUARD(&server->worker.lock);
    list_splice_back(&server->worker.jobs, &server->gathered);
    pthread_cond_signal(&server->worker.has_jobs);
}

static void handle(struct http_exchange *exchange, void *data) {
    struct bench_server *server = data;
    if (!server->hops) {
        reply(exchange);
        return;
    }
    struct job *job = arena_alloc(http_arena(exchange), sizeof(*job));
    *job = (struct job){.task.run = reply_job, .exchange = exchange};
    if (list_is_empty(&server->gathered))
        http_post(server->http, &server->hand_over); /* runs at the end of this round */
    list_push_back(&server->gathered, &job->link);
}

static void on_refused(struct http_exchange *exchange, int status, const char *why, void *data) {
    http_reply(exchange, status, text_from(why));
}

static void pin_loop(struct task *task) {
    pin(0);
    free(task);
}

static void bench_server_start(struct bench_server *server, bool hops) {
    const struct http_handler handler = {handle, on_refused, server};
    struct task *task = memory_new(sizeof(*task));
    *server = (struct bench_server){.hops = hops, .hand_over.run = hand_over};
    list_init(&server->gathered);
    list_init(&server->worker.jobs);
    pthread_mutex_init(&server->worker.lock, NULL);
    pthread_cond_init(&server->worker.has_jobs, NULL);
    server->http = http_server_new(&handler, NULL);
    int r = http_server_listen(server->http, "127.0.0.1:0", &server->port);
    assert(r == 0);
    http_server_start(server->http);
    task->run = pin_loop;
    http_post(server->http, task);
    r = pthread_create(&server->worker.thread, NULL, worker_run, &server->worker);
    assert(r == 0);
}

static void bench_server_stop(struct bench_server *server) {
    pthread_mutex_lock(&server->worker.lock);
    server->worker.is_stopped = true;
    pthread_cond_signal(&server->worker.has_jobs);
    pthread_mutex_unlock(&server->worker.lock);
    pthread_join(server->worker.thread, NULL);
    http_server_free(server->http);
}

/* --- rows --- */

/* The server's threads are all threads but ours. */
static int64_t server_cpu_us(void) {
    return now_us(CLOCK_PROCESS_CPUTIME_ID) - now_us(CLOCK_THREAD_CPUTIME_ID);
}

static void measure(
    const char *name, int port, size_t answer_size, double seconds, size_t connections) {
    struct client *client = memory_new(sizeof(*client));
    client->answer_size = answer_size;
    client_connect(client, port, connections);
    client_run(client, seconds / 4); /* warm up */
    client_forget(client);
    int64_t cpu_us = server_cpu_us(), start_us = now_us(CLOCK_MONOTONIC);
    client_run(client, seconds);
    cpu_us = server_cpu_us() - cpu_us;
    double elapsed_s = (double)(now_us(CLOCK_MONOTONIC) - start_us) / 1e6;
    printf("%-16s %9.0f req/s %7.2f us CPU/req   p50 %5lld us   p99 %5lld us\n", name,
        (double)client->count / elapsed_s, (double)cpu_us / (double)client->count,
        (long long)client_percentile(client, 0.50), (long long)client_percentile(client, 0.99));
    fflush(stdout);
    client_close(client, connections);
    free(client);
}

int main(int argc, char **argv) {
    static struct floor_server bare;
    double seconds = argc > 1 ? atof(argv[1]) : 2;
    size_t connections = argc > 2 ? (size_t)atoi(argv[2]) : 32;
    assert(connections > 0 && connections <= CONNECTIONS_MAX);
    memset(body, 'x', sizeof(body));
    pin(1);
    for (int hops = 0; hops <= 1; hops++) {
        struct bench_server server;
        bench_server_start(&server, hops);
        bare.answer_size = learn_answer(server.port, bare.answer);
        measure(hops ? "http, a hop" : "http, in the loop", server.port, bare.answer_size, seconds,
            connections);
        bench_server_stop(&server);
    }
    floor_start(&bare);
    measure("bare epoll", bare.port, bare.answer_size, seconds, connections);
    floor_stop(&bare);
    return 0;
}
