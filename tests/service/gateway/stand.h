/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A gateway in front of a real server, over loopback. Each test starts both and stops them again,
 * which also shows that everything ends. */

#include <pthread.h>
#include <stdbool.h>

#include "base/task.h"
#include "gateway/gateway.h"
#include "mesh/call.h"
#include "tests/unit/http/client.h"

enum { STAND_HELD_MAX = 512 };

struct loop;
struct server;

struct stand {
    struct loop *loop; /* of the server */
    struct loop *stream_loop;
    struct server *server;
    int server_port;
    struct gateway *gateway;
    int port;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct call *held[STAND_HELD_MAX]; /* calls of Hold and Watch, in the order of their coming */
    int held_count;
    int cancelled_count; /* of those */
    int writable_count;
    int fail_count;       /* calls of Fail */
    char token[64];       /* resume_token of the last Watch */
    int64_t remaining_ms; /* until the deadline of the last Hold; INT64_MAX: it has none */
};

void stand_start(struct stand *stand, const struct gateway_options *options);
void stand_init(struct stand *stand);                                    /* a server alone */
void stand_start_beside(struct stand *stand, const struct stand *other); /* for both servers */
void stand_stop(struct stand *stand);
void stand_stop_server(struct stand *stand);
void stand_start_server(struct stand *stand); /* on the same port as before */

/* Wait until *counter is at least `value`, and fail the test when it never is. */
void stand_wait(struct stand *stand, const int *counter, int value);
struct call *stand_held(struct stand *stand, int index);
int stand_count(struct stand *stand, const int *counter); /* now */
void stand_wait_until_ready(struct stand *stand, bool is_ready);

/* The value of a metric's series, -1 when there is none. */
long stand_series(const char *name);
void stand_wait_for_series(const char *name, long expected);

void reply_thing(struct call *call, const char *id);
int send_thing(struct call *call, const char *id, const char *token); /* as call_send() */
int send_unprintable(struct call *call); /* a time that JSON cannot have */

/* On a connection of its own: sends the request line and headers given (lines without line ends,
 * the last is NULL), and the body. */
#define ask(stand, reply, body, ...)                                                               \
    ask_lines(stand, reply, body, (const char *const[]){__VA_ARGS__, NULL})
void ask_lines(
    struct stand *stand, struct reply *reply, const char *body, const char *const *lines);
/* For something that is held until its deadline, which is put off until the service has seen it. */
void ask_with_deadline(struct stand *stand, const char *line);
void send_lines(struct client *client, const char *body, const char *const *lines);

void assert_body(const struct reply *reply, const char *body);
void assert_body_has(const struct reply *reply, const char *part);
void assert_header(const struct reply *reply, const char *line);
void assert_no_header(const struct reply *reply, const char *name);
/* The value of a header, up to the line's end; fails when it is missing. */
struct text header_value(const struct reply *reply, const char *name);
/* A google.rpc.Status with that code and reason. */
void assert_error(const struct reply *reply, int http_status, int code, const char *reason);

/* Reads until `part` has come; everything up to its end is taken and returned, NUL-terminated,
 * until the next read. */
const char *read_until(struct client *client, const char *part);
