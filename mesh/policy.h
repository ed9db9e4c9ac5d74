/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a server allows its peers: the defaults of its options, and what core is told of them. */

#include "mesh/core.h"
#include "mesh/server.h"

struct acceptor;

struct server_options policy_complete(const struct server_options *given);
grpc_server *policy_server_new(const struct server_options *options, struct acceptor *acceptor);
