/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which processes `up` runs, in the order in which they start. They stop in the opposite order. */

#include <stdint.h>

#include "base/attr.h"
#include "cli/up/child.h"

struct folder;

enum { PLAN_REDIS, PLAN_EVENT, PLAN_BOOKING, PLAN_GATEWAY, PLAN_COUNT };

struct plan_options {
    const char *data;
    int64_t port;         /* REST and web UI */
    int64_t grpc_port;    /* event service; the booking service has the next one */
    int64_t metrics_port; /* event service; then booking service, gateway */
    const char *web;
    const char *log_format;
    const char *log_level;
    const char *hold_duration;
    bool no_seed;
};

/* Says on stderr which port is taken or which program is missing; -1 then. */
_must_check_ int plan_check(const struct plan_options *options);
void plan_make(const struct plan_options *options, const struct folder *folder,
    struct child children[static PLAN_COUNT]);
/* A program that was built with us: beside this one, or in the build folder. */
void plan_find_program(const char *name, const char *folder, char *ret_path, size_t size);
