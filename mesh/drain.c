/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "mesh/acceptor.h"
#include "mesh/goaway.h"
#include "mesh/health.h"
#include "mesh/server_core.h"

enum {
    CANCELLED_GRACE_MS = 5000, /* how long a cancelled call may take to notice */
    LOOK_MS = 50,              /* how often the drain looks at what is left */
    FORGOTTEN_MS = 500,        /* more than a client needs to answer the GOAWAY */
    FAREWELL_LOOK_MS = 10,
};

static const struct log_scope scope = {.component = "server"};

static void wait_ms(int64_t delay_ms) {
    struct timespec left = {delay_ms / 1000, (delay_ms % 1000) * 1000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        ;
}

struct abandonment {
    struct intake *intake;
    int64_t until_us; /* streams that began before */
};

/* Streams have no end of their own that could be waited for. An owner that hears of one end may end
 * others, so a call keeps its place until the next one is known. */
static void abandon_old_streams(void *data) {
    static const struct failure failure = {.code = STATUS_UNAVAILABLE,
        .reason = "SHUTTING_DOWN",
        .message = "the server is shutting down"};
    const struct abandonment *abandonment = data;
    struct list *open = &abandonment->intake->open;
    for (struct list *link = open->next, *next; link != open; link = next) {
        struct call *call = container_of(link, struct call, link);
        atomic_fetch_add(&call->uses, 1);
        if (call->started_us < abandonment->until_us)
            stream_abandon(call, &failure);
        next = link->next;
        call_unuse(call);
    }
}

static void abandon_streams(void *data) {
    struct intake *intake = data;
    intake->is_draining = true;
    abandon_old_streams(&(struct abandonment){intake, INT64_MAX});
}

void server_intake_is_quiet(struct intake *intake) {
    struct server *server = intake->server;
    timer_stop(&intake->watch);
    MUTEX_GUARD(&server->lock);
    server->quiet_count++;
    pthread_cond_broadcast(&server->changed);
}

static void close_intake(void *data) {
    struct intake *intake = data;
    intake->is_closing = true;
    if (intake->busy == 0)
        server_intake_is_quiet(intake);
}

static bool wait_until_quiet(struct server *server) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += CANCELLED_GRACE_MS / 1000;
    MUTEX_GUARD(&server->lock);
    while (server->quiet_count < 2)
        if (pthread_cond_clockwait(&server->changed, &server->lock, CLOCK_MONOTONIC, &until) != 0)
            return false;
    return true;
}

static bool pluck(grpc_completion_queue *queue, void *tag, int64_t timeout_ms) {
    gpr_timespec deadline = core_deadline(clock_monotonic_ms() + timeout_ms);
    return grpc_completion_queue_pluck(queue, tag, deadline, NULL).type == GRPC_OP_COMPLETE;
}

struct census {
    struct intake *intake;
    size_t open;
};

static void count_open(void *data) {
    struct census *census = data;
    list_for_each (link, &census->intake->open)
        census->open++;
}

static bool has_open_calls(struct server *server) {
    struct census unary = {&server->unary}, streams = {&server->streams};
    if (!server->is_started)
        return false;
    loop_run_and_wait(server->unary.loop, count_open, &unary);
    loop_run_and_wait(server->streams.loop, count_open, &streams);
    return unary.open + streams.open > 0;
}

/*
 * False when calls are left that must be cancelled. That is so after timeout_ms, and also when none
 * of ours is open and yet core does not finish: it forgets a call that arrives in the very moment
 * of the shutdown, which would then wait for its deadline.
 */
static bool pluck_shutdown(
    struct server *server, grpc_completion_queue *queue, int64_t timeout_ms) {
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    for (int64_t idle_ms = 0; idle_ms < FORGOTTEN_MS;) {
        int64_t left_ms = deadline_ms - clock_monotonic_ms();
        if (pluck(queue, server, left_ms < LOOK_MS ? left_ms : LOOK_MS))
            return true;
        if (left_ms <= LOOK_MS)
            break;
        idle_ms = has_open_calls(server) ? 0 : idle_ms + LOOK_MS;
    }
    return false;
}

static void close_to_slots(struct server *server, grpc_completion_queue *queue) {
    MUTEX_GUARD(&server->posting_lock);
    server->is_closed = true;
    grpc_server_shutdown_and_notify(server->core, queue, server);
}

/* Core reports here, and not on the loop, when its last connection is closed: the thread that waits
 * is this one. */
static bool shut_core(struct server *server, int64_t timeout_ms) {
    acceptor_stop(server->acceptor);
    grpc_completion_queue *queue = grpc_completion_queue_create_for_pluck(NULL);
    close_to_slots(server, queue);
    if (server->is_started)
        loop_run_and_wait(server->streams.loop, abandon_streams, &server->streams);
    bool is_shut = pluck_shutdown(server, queue, timeout_ms);
    if (!is_shut) {
        log_warn(&scope, "calls outlive the drain and are cancelled");
        grpc_server_cancel_all_calls(server->core);
        is_shut = pluck(queue, server, CANCELLED_GRACE_MS);
    }
    grpc_completion_queue_shutdown(queue);
    if (is_shut)
        grpc_completion_queue_destroy(queue);
    return is_shut;
}

bool server_shut(struct server *server, int64_t timeout_ms) {
    server->is_shut = shut_core(server, timeout_ms);
    if (server->is_shut && server->is_started) {
        loop_run_and_wait(server->unary.loop, close_intake, &server->unary);
        loop_run_and_wait(server->streams.loop, close_intake, &server->streams);
        server->is_shut = wait_until_quiet(server);
    }
    if (!server->is_shut)
        log_error(&scope, "a handler has never ended its call");
    return server->is_shut;
}

/*
 * Clients go by themselves: told to make no further call here they finish those they have, which
 * are served as ever, and close the connection. So core finds nobody to refuse when it shuts down.
 * Streams would stay; each is ended when it has had as long as the change of health had. A
 * connection without a call that stays even so belongs to a peer that does not listen.
 */
static void send_clients_away(struct server *server, int64_t deadline_ms) {
    for (int64_t idle_ms = 0; idle_ms < FORGOTTEN_MS && clock_monotonic_ms() < deadline_ms;) {
        if (!goaway_send(server->core) ||
            connections_count(acceptor_connections(server->acceptor)) == 0)
            return;
        struct abandonment old = {
            &server->streams, clock_monotonic_us() - server->options.drain_wait_ms * 1000};
        loop_run_and_wait(server->streams.loop, abandon_old_streams, &old);
        wait_ms(FAREWELL_LOOK_MS);
        idle_ms = has_open_calls(server) ? 0 : idle_ms + FAREWELL_LOOK_MS;
    }
}

void server_drain(struct server *server, int64_t timeout_ms) {
    health_drain(server->health);
    wait_ms(server->options.drain_wait_ms);
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    if (server->is_started) {
        acceptor_stop(server->acceptor);
        send_clients_away(server, deadline_ms);
    }
    int64_t left_ms = deadline_ms - clock_monotonic_ms();
    server_shut(server, left_ms > 0 ? left_ms : 0);
}
