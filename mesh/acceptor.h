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
 * logged.
 *  2. Without file descriptors or memory the acceptor pauses for a tenth of a second and goes on.
 *  3. acceptor_stop() takes what has connected until then and closes the sockets: the next client
 * is refused by the kernel, and a new server may listen at the same addresses.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "mesh/core.h"

struct acceptor;

struct acceptor *acceptor_new(int64_t connections_max);
void acceptor_free(struct acceptor *acceptor); /* after acceptor_stop(), or never started */

/* Core takes connections by these arguments of its server. */
void acceptor_args(struct acceptor *acceptor, struct core_args *args);

/* For address_listen(): its errors, and -EMFILE when a server has too many addresses. Before the
 * server starts. */
_must_check_ int acceptor_listen(
    struct acceptor *acceptor, grpc_server *server, const char *name, int *ret_port);

void acceptor_start(struct acceptor *acceptor); /* when core's server has started */
void acceptor_stop(struct acceptor *acceptor);  /* before core's server shuts down; or never */

/* Connections that are open now. Any thread. */
size_t acceptor_count(struct acceptor *acceptor);
