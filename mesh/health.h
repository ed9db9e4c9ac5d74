/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * grpc.health.v1. Services are known by name, "" is the whole server. A watcher is shown the status
 * at once and then each change; of changes that come faster than it reads it sees the last.
 */

#include <stdbool.h>

struct health_state;
struct loop;
struct server;

/* Registers the service; watchers live on `stream_loop`. */
struct health_state *health_new(struct server *server, struct loop *stream_loop);
void health_free(struct health_state *state);
/* Any thread. NULL: all. A name that was unknown becomes known. */
void health_set(struct health_state *state, const char *service, bool serving);
/* Shows every name, in no order; show() sets nothing. Any thread. */
void health_show(struct health_state *state,
    void (*show)(const char *service, bool serving, void *data), void *data);
/* Everything is NOT_SERVING from now on, whatever is set later. */
void health_drain(struct health_state *state);
