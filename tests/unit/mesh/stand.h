/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A server and a channel to it, over loopback. Each test starts one and stops it again, which also
 * shows that everything ends.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "mesh/call.h"
#include "mesh/client.h"
#include "mesh/loop.h"
#include "mesh/server.h"
#include "tests/unit/mesh/echo.mesh.h"

typedef Mesh__Test__V1__EchoRequest EchoRequest;
typedef Mesh__Test__V1__EchoResponse EchoResponse;
#define ECHO_REQUEST_INIT  MESH__TEST__V1__ECHO_REQUEST__INIT
#define ECHO_RESPONSE_INIT MESH__TEST__V1__ECHO_RESPONSE__INIT

enum { HELD_MAX = 64, STAND_TIMEOUT_MS = 60000 };

struct stand {
    struct loop *server_loop;
    struct loop *stream_loop;
    struct loop *client_loop;
    struct server *server;
    struct channel *channel;
    int port;
    char target[64];
    struct arena arena;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_int echo_count;
    struct call *held[HELD_MAX]; /* calls of Hold and Watch, in the order of their coming */
    int held_count;
    int cancelled_count; /* on_cancelled has run so often */
    int writable_count;
    int end_count;  /* of Collect and Chat: so many clients have sent everything */
    int done_count; /* on_done of the client has run so often */
    struct status status;
    char *message;
};

void stand_start(struct stand *stand, const struct server_options *options);
void stand_start_with(struct stand *stand, const struct server_options *options,
    const char *address, const any_fn *handlers);
void stand_start_exempt(struct stand *stand, const struct server_options *options);
void stand_default_handlers(any_fn *ret_handlers); /* to be changed and given to the above */
void stand_stop(struct stand *stand);
/* Before stand_stop(). Fails the test when a call has not ended on the server. */
void stand_stop_server(struct stand *stand);

/* Waits until *counter is at least `value`, and fails the test when it never is. */
void stand_wait(struct stand *stand, const int *counter, int value);
/* Until the server has taken back what its calls had, which it does when their answers are sent. */
void stand_wait_idle(struct stand *stand);
struct call *stand_held(
    struct stand *stand, int index); /* waits for it; call_user() is the request's text */

/* A unary call; the reply is in stand->arena. */
struct status stand_call(struct stand *stand, enum echo_service_method method,
    const struct rpc_options *options, const EchoRequest *request, const EchoResponse **ret_reply);
/* The same, not waited for: done_count, status and message tell the end. */
struct rpc *stand_begin(struct stand *stand, enum echo_service_method method,
    const struct rpc_options *options, const EchoRequest *request);
void stand_begin_raw(struct stand *stand, const struct method *method, struct text request);

void reply_text(struct call *call, const char *text);
