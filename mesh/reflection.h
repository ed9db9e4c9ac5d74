/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * grpc.reflection.v1 and v1alpha, which are one service under two names: clients that have no
 * protos ask a server for its own. What is not found is an answer on the stream, not its end.
 */

struct reflection;
struct server;
struct service;

struct reflection *reflection_new(void);
void reflection_free(struct reflection *reflection);
/* Before the server starts. */
void reflection_add(struct reflection *reflection, const struct service *service);
/* Registers both. */
void reflection_serve(struct reflection *reflection, struct server *server);
