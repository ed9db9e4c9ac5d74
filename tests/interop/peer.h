/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs of gRPC's interoperability tests, ours and others', run as processes on a free loopback
 * port. What goes wrong here fails the running test and shows what the programs have said.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/e2e/command.h"

enum { PEER_MISSING = 77 }; /* the exit status of a test that is skipped */

/* Flags of the soak cases, whose times are for quiet machines. */
#define PEER_PATIENCE                                                                              \
    "--soak_overall_timeout_seconds=100", "--soak_per_iteration_max_acceptable_latency_ms=100000"

enum peer_bit { OURS = 1, GO = 2, JAVA = 4, RUBY = 8, EVERYBODY = 15 };

struct peer {
    const char *name;
    enum peer_bit bit;
    const char *needs; /* a file below the root of the source; NULL: nothing */
    /* With {root}, {port} and {case}; NULL-terminated. */
    const char *server[10];
    const char *client[12];
};

/* NULL: there is none of this name. */
const struct peer *peer_find(const char *name);
/* False, and the reason on stderr, when its programs are not there. */
bool peer_is_here(const struct peer *peer);

struct peer_server {
    const struct peer *peer;
    char folder[64]; /* removed at the end */
    int port;
    struct command command;
};

/* Until it accepts connections. */
void peer_start(struct peer_server *server, const struct peer *peer);
/* SIGTERM; the exit status. Nothing when it is not running. */
int peer_stop(struct peer_server *server);
int64_t peer_resident_kib(const struct peer_server *server);

/* Runs one case against the server, which must go well. `flags` are further ones, up to NULL; NULL:
 * none. What the client said is in *ret_said unless that is NULL. */
void peer_pass(struct peer_server *server, const struct peer *client, const char *name,
    const char *const *flags, struct buffer *ret_said);
