/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where calls of one loop come in: the slots that wait for requests, the calls that are open, and
 * the memory of calls that have ended, for the next ones. Everything here belongs to the loop's
 * thread once the server runs.
 */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "mesh/admission.h"
#include "mesh/call_core.h"
#include "mesh/crowd.h"
#include "mesh/method.h"
#include "mesh/resets.h"
#include "mesh/server.h"

struct server;

/* A method that is served. */
struct endpoint {
    const struct method *method;
    any_fn handler; /* NULL: UNIMPLEMENTED */
    void *data;
    const struct method_series *series;
    void *registration; /* core's handle of a streaming method */
    bool is_exempt;     /* health, channelz: served under any load */
};

struct intake {
    struct server *server;
    struct loop *loop;
    struct list open;      /* calls */
    struct list idle;      /* calls */
    struct list unwatched; /* unary calls whose client may go without our hearing of it */
    struct timer watch;
    bool is_watch_set;
    size_t idle_count;
    struct admission admission;
    struct resets resets;
    struct crowd crowd;
    struct task start; /* fills the slots */
    int64_t busy;      /* calls that are not idle: waiting for a request, or open */
    bool is_draining;
    bool is_closing;
};

void intake_init(struct intake *intake, struct server *server, struct loop *loop,
    const struct admission_limits *limits);
void intake_deinit(struct intake *intake);
/* Waits for one more request: of the streaming method `endpoint`, or any other when it is NULL. */
void intake_post(struct intake *intake, const struct endpoint *endpoint);
/* The call is watched from a while on, unless it has ended by then. */
void intake_watch_later(struct call *call);
/* The client has dropped the call before it could be answered. Loop thread. */
void intake_note_reset(struct call *call);
/* Takes back a call whose last use is gone. */
void intake_recycle(struct call *call);
