/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One service as a process, as it ships, with a Redis and a store of its own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "mesh/client.h"
#include "mesh/loop.h"
#include "tests/e2e/command.h"
#include "tests/support/redis_server.h"

enum { STAND_TIMEOUT_MS = 60000 };

struct stand {
    struct redis_server redis; /* its folder is everybody's */
    struct command service;
    struct loop *loop;
    struct channel *channel;
    struct arena arena;
    char probes[32];  /* address of the operators' port */
    char address[32]; /* of gRPC over TCP */
};

/* Fixtures: Redis runs, the service does not yet. */
int stand_setup(void **state);
int stand_teardown(void **state);

/* program: the variable that names it. further: one more variable of the service, or NULL. */
void stand_start(struct stand *stand, const char *program, const char *further);
/* Sends the signal, if any, and waits; the exit status. */
int stand_end(struct stand *stand, int signal);
