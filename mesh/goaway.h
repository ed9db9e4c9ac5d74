/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>

#include "mesh/core.h"

/*
 * Tells the clients of every connection that they are to make no further call on it, while those
 * they still make are served. Core's own shutdown says the same and drops from this moment on what
 * arrives, which is what its C interface offers; so this calls inside of core. False where core is
 * built otherwise than in Debian 12: nothing was told. Connections that are just being set up may
 * miss it; telling a connection twice is harmless.
 */
bool goaway_send(grpc_server *server);
