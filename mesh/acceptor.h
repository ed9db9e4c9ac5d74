/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Takes a server's connections and hands them to core.
 *
 * Core can accept by itself, but then knows no limit, ends listening for ever when the process once
 * has no file descriptor left, and tells nobody how many connections are open. So a thread of ours
 * accepts.
 *
 *  1. At most connections_max are open at once. Beyond, a new one is closed at once, counted and
 *     logged.
 *  2. Without file descriptors or memory the acceptor pauses for a tenth of a second and goes on.
 *  3. A peer that keeps the loop to itself (mesh/capture.h) is cut off.
 *  4. acceptor_stop() takes what has connected until then and closes the sockets: the next client
 *     is refused by the kernel, and a new server may listen at the same addresses.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "mesh/connections.h"
#include "mesh/core.h"

struct acceptor;
struct loop;

/* The loop is the one that reads the sockets; it runs for as long as the acceptor does. */
struct acceptor *acceptor_new(const struct loop *loop, int64_t connections_max);
void acceptor_free(struct acceptor *acceptor); /* after acceptor_stop(), or never started */

/* Core takes connections by these arguments of its server. */
void acceptor_args(struct acceptor *acceptor, struct core_args *args);

/* For address_listen(): its errors, and -EMFILE when a server has too many addresses. Before the
 * server starts. */
_must_check_ int acceptor_listen(
    struct acceptor *acceptor, grpc_server *server, const char *name, int *ret_port);

void acceptor_start(struct acceptor *acceptor); /* when core's server has started */
void acceptor_stop(struct acceptor *acceptor);  /* before core's server shuts down; or never */

/* Those that are open now; they live as long as the acceptor. Any thread. */
struct connections *acceptor_connections(struct acceptor *acceptor);
