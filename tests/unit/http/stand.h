/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server with an application made for tests. What it does depends on the path:
 *   /echo        answers at once with "METHOD target body"
 *   /later       the same by way of another thread
 *   /hold        keeps the exchange until the test ends it
 *   /stream      begins a stream and keeps it
 *   /flood?N     streams N bytes as fast as the client takes them
 *   /big?N       answers with N bytes
 *   /status?N    answers with that status and the body "body"
 *   /header?     adds a header whose value is the request's X-Value, its '~' replaced by CR LF
 *   /sse         two events and a heartbeat
 *   /abort       begins, writes "half", aborts
 */

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/task.h"
#include "http/server.h"

enum { STAND_HELD_MAX = 64 };

struct stand {
    struct http_server *server;
    int port;
    atomic_int handled;
    atomic_int refused;
    atomic_int gone;
    atomic_int writable;
    atomic_int full;  /* writes that were answered by HTTP_FULL */
    atomic_int depth; /* of handle within handle */
    atomic_int deepest;
    struct http_exchange *held[STAND_HELD_MAX]; /* of the loop */
    atomic_int held_count;

    pthread_t worker;
    struct task_queue jobs;
    sem_t job_count;
    atomic_bool is_stopped;
};

struct stand *stand_new(const struct http_server_options *options);
void stand_free(struct stand *stand);

/* Runs on the server's loop and waits for it. */
void stand_run(struct stand *stand, void (*run)(struct stand *stand));
void stand_write_all(struct stand *stand);                 /* "tick" to each stream held */
void stand_end_all(struct stand *stand);                   /* answers 200 "held", ends streams */
void stand_wait(const atomic_int *counter, int value);     /* and it is that, and no more */
void stand_wait_for(const atomic_int *counter, int value); /* at least */
