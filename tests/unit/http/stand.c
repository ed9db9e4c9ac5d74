/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/http/stand.h"

#include <assert.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "http/sse.h"
#include "tests/unit/base/check.h"

enum { PATIENCE_MS = 60 * 1000, FLOOD_PIECE_SIZE = 8 * 1024 };

/* --- what the paths do --- */

static void reply_echo(struct http_exchange *exchange) {
    const struct http_request *request = http_request(exchange);
    char *text = arena_printf(http_arena(exchange), "%.*s %.*s %.*s", TEXT_ARG(request->method),
        TEXT_ARG(request->target), TEXT_ARG(request->body));
    http_add_header(exchange, "Content-Type", TEXT("text/plain"));
    http_reply(exchange, 200, text_from(text));
}

static void echo(struct stand *stand, struct http_exchange *exchange) {
    reply_echo(exchange);
}

struct job {
    struct task task;
    struct stand *stand;
    struct http_exchange *exchange;
};

static void finish_job(struct task *task) {
    struct job *job = container_of(task, struct job, task);
    reply_echo(job->exchange);
    free(job);
}

static void do_job(struct task *task) {
    struct job *job = container_of(task, struct job, task);
    job->task.run = finish_job;
    http_post(job->stand->server, &job->task);
}

static void later(struct stand *stand, struct http_exchange *exchange) {
    struct job *job = memory_new(sizeof(*job));
    *job = (struct job){{.run = do_job}, stand, exchange};
    task_queue_push(&stand->jobs, &job->task);
    sem_post(&stand->job_count);
}

static void *work(void *data) {
    struct stand *stand = data;
    while (sem_wait(&stand->job_count) == 0 && !atomic_load(&stand->is_stopped))
        task_queue_run(&stand->jobs);
    return NULL;
}

static void count_gone(struct http_exchange *exchange) {
    struct stand *stand = http_user(exchange);
    atomic_fetch_add(&stand->gone, 1);
}

static void hold(struct stand *stand, struct http_exchange *exchange) {
    int count = atomic_load(&stand->held_count);
    assert(count < STAND_HELD_MAX);
    http_on_gone(exchange, count_gone);
    stand->held[count] = exchange;
    atomic_store(&stand->held_count, count + 1);
}

static void stream(struct stand *stand, struct http_exchange *exchange) {
    http_begin(exchange, 200);
    http_write(exchange, TEXT("begun"));
    hold(stand, exchange);
}

static size_t query_number(struct http_exchange *exchange) {
    uint64_t number = 0;
    int r = text_to_u64(http_request(exchange)->query, &number);
    assert(r == 0);
    return (size_t)number;
}

static char *letters(struct arena *arena, size_t size) {
    char *bytes = arena_alloc(arena, size + 1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)('a' + i % 26);
    return bytes;
}

struct flood {
    struct task task;
    struct stand *stand;
    struct http_exchange *exchange;
    bool is_gone;
    bool waits; /* for room: no task is on its way */
    size_t left;
    const char *piece;
};

static void continue_flood(struct http_exchange *exchange) {
    struct flood *flood = http_user(exchange);
    while (flood->left > 0) {
        size_t size = flood->left < FLOOD_PIECE_SIZE ? flood->left : FLOOD_PIECE_SIZE;
        flood->left -= size;
        if (http_write(exchange, (struct text){flood->piece, size}) == HTTP_FULL) {
            atomic_fetch_add(&flood->stand->full, 1);
            flood->waits = true;
            return;
        }
    }
    http_end(exchange);
}

static void flood_run(struct task *task) {
    struct flood *flood = container_of(task, struct flood, task);
    if (flood->is_gone)
        http_end(flood->exchange);
    else
        continue_flood(flood->exchange);
}

/* Writes later: being told that there is room must not depend on its being used at once. */
static void flood_on_writable(struct http_exchange *exchange) {
    struct flood *flood = http_user(exchange);
    atomic_fetch_add(&flood->stand->writable, 1);
    flood->waits = false;
    http_post(flood->stand->server, &flood->task);
}

static void flood_on_gone(struct http_exchange *exchange) {
    struct flood *flood = http_user(exchange);
    atomic_fetch_add(&flood->stand->gone, 1);
    flood->is_gone = true;
    if (flood->waits)
        http_end(exchange);
}

static void flood(struct stand *stand, struct http_exchange *exchange) {
    struct flood *flood = arena_alloc(http_arena(exchange), sizeof(*flood));
    *flood = (struct flood){
        .task.run = flood_run,
        .stand = stand,
        .exchange = exchange,
        .left = query_number(exchange),
        .piece = letters(http_arena(exchange), FLOOD_PIECE_SIZE),
    };
    http_set_user(exchange, flood);
    http_on_writable(exchange, flood_on_writable);
    http_on_gone(exchange, flood_on_gone);
    http_begin(exchange, 200);
    continue_flood(exchange);
}

static void big(struct stand *stand, struct http_exchange *exchange) {
    size_t size = query_number(exchange);
    http_reply(exchange, 200, (struct text){letters(http_arena(exchange), size), size});
}

static void status(struct stand *stand, struct http_exchange *exchange) {
    http_reply(exchange, (int)query_number(exchange), TEXT("body"));
}

static void header(struct stand *stand, struct http_exchange *exchange) {
    _cleanup_(buffer_deinit) struct buffer value = {0};
    struct text rest = http_request_header(exchange, "x-value");
    while (rest.size > 0) {
        buffer_append_text(&value, text_cut(&rest, '~'));
        if (rest.size > 0)
            buffer_append_text(&value, TEXT("\r\n"));
    }
    http_add_header(exchange, "X-Value", buffer_text(&value));
    http_reply(exchange, 200, TEXT(""));
}

static void sse(struct stand *stand, struct http_exchange *exchange) {
    sse_begin(exchange);
    sse_event(exchange, TEXT("7"), TEXT("change"), TEXT("a\r\nb\nc\rd"));
    sse_heartbeat(exchange);
    sse_event(exchange, TEXT("8\nid: 9"), TEXT(""), TEXT(""));
    http_end(exchange);
}

static void abort_half(struct stand *stand, struct http_exchange *exchange) {
    http_begin(exchange, 200);
    http_write(exchange, TEXT("half"));
    http_abort(exchange);
}

static const struct {
    struct text path;
    void (*run)(struct stand *stand, struct http_exchange *exchange);
} paths[] = {
    {{"/echo", 5}, echo},
    {{"/later", 6}, later},
    {{"/hold", 5}, hold},
    {{"/stream", 7}, stream},
    {{"/flood", 6}, flood},
    {{"/big", 4}, big},
    {{"/status", 7}, status},
    {{"/header", 7}, header},
    {{"/sse", 4}, sse},
    {{"/abort", 6}, abort_half},
};

static void dispatch(struct stand *stand, struct http_exchange *exchange) {
    struct text path = http_request(exchange)->path;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        if (text_equal(path, paths[i].path)) {
            paths[i].run(stand, exchange);
            return;
        }
    }
    http_reply(exchange, 404, TEXT("no such path"));
}

static void handle(struct http_exchange *exchange, void *data) {
    struct stand *stand = data;
    int depth = atomic_fetch_add(&stand->depth, 1) + 1;
    if (depth > atomic_load(&stand->deepest))
        atomic_store(&stand->deepest, depth);
    atomic_fetch_add(&stand->handled, 1);
    http_set_user(exchange, stand);
    dispatch(stand, exchange);
    atomic_fetch_sub(&stand->depth, 1);
}

static void on_refused(struct http_exchange *exchange, int status, const char *why, void *data) {
    struct stand *stand = data;
    const struct http_request *request = http_request(exchange);
    char *text = arena_printf(http_arena(exchange), "%d %.*s %.*s", status,
        TEXT_ARG(request->method), TEXT_ARG(request->target));
    atomic_fetch_add(&stand->refused, 1);
    http_reply(exchange, status, text_from(text));
}

/* --- the stand --- */

struct stand *stand_new(const struct http_server_options *options) {
    struct stand *stand = memory_new(sizeof(*stand));
    const struct http_handler handler = {handle, on_refused, stand};
    stand->server = http_server_new(&handler, options);
    assert_int_equal(http_server_listen(stand->server, "127.0.0.1:0", &stand->port), 0);
    task_queue_init(&stand->jobs);
    sem_init(&stand->job_count, 0, 0);
    assert_int_equal(pthread_create(&stand->worker, NULL, work, stand), 0);
    http_server_start(stand->server);
    return stand;
}

void stand_free(struct stand *stand) {
    atomic_store(&stand->is_stopped, true);
    sem_post(&stand->job_count);
    pthread_join(stand->worker, NULL);
    http_server_free(stand->server);
    task_queue_deinit(&stand->jobs);
    sem_destroy(&stand->job_count);
    free(stand);
}

struct errand {
    struct task task;
    struct stand *stand;
    void (*run)(struct stand *stand);
    sem_t done;
};

static void run_errand(struct task *task) {
    struct errand *errand = container_of(task, struct errand, task);
    errand->run(errand->stand);
    sem_post(&errand->done);
}

void stand_run(struct stand *stand, void (*run)(struct stand *stand)) {
    struct errand errand = {{.run = run_errand}, stand, run, {{0}}};
    sem_init(&errand.done, 0, 0);
    http_post(stand->server, &errand.task);
    while (sem_wait(&errand.done) < 0)
        ;
    sem_destroy(&errand.done);
}

void stand_write_all(struct stand *stand) {
    for (int i = 0; i < atomic_load(&stand->held_count); i++)
        http_write(stand->held[i], TEXT("tick"));
}

static void end_held(struct http_exchange *exchange) {
    if (text_equal(http_request(exchange)->path, TEXT("/stream")))
        http_end(exchange);
    else
        http_reply(exchange, 200, TEXT("held"));
}

void stand_end_all(struct stand *stand) {
    int count = atomic_load(&stand->held_count);
    atomic_store(&stand->held_count, 0);
    for (int i = 0; i < count; i++)
        end_held(stand->held[i]);
}

void stand_wait_for(const atomic_int *counter, int value) {
    for (int i = 0; atomic_load(counter) < value && i < PATIENCE_MS; i++)
        usleep(1000);
    assert_in_range(atomic_load(counter), value, INT32_MAX);
}

void stand_wait(const atomic_int *counter, int value) {
    stand_wait_for(counter, value);
    assert_int_equal(atomic_load(counter), value);
}
