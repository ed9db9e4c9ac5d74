/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * grpc.channelz.v1: what core counts and remembers of this process's channels, servers and sockets,
 * not of one server alone. Lists are answered in pages that core bounds; max_results makes them
 * shorter.
 */

struct server;

void channelz_serve(struct server *server);
