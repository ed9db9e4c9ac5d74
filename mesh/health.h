/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * grpc.health.v1.
 *
 *  1. Services are known by name, "" is the whole server. Check of a name that is unknown is
 *     NOT_FOUND, Watch shows SERVICE_UNKNOWN.
 *  2. A watcher is shown the status at once and then each change; of changes that come faster than
 *     it reads it sees the last.
 *  3. health_new() registers the service; watchers live on `stream_loop`. health_free() comes when
 *     the server has ended.
 *  4. health_set() of NULL is for all names; one that was unknown becomes known. health_show()
 *     shows every name, in no order; show() sets nothing. Any thread.
 *  5. After health_drain() everything is NOT_SERVING, whatever is set later.
 */

#include <stdbool.h>

struct health_state;
struct loop;
struct server;

struct health_state *health_new(struct server *server, struct loop *stream_loop);
void health_free(struct health_state *state);
void health_set(struct health_state *state, const char *service, bool serving);
void health_show(struct health_state *state,
    void (*show)(const char *service, bool serving, void *data), void *data);
void health_drain(struct health_state *state);
