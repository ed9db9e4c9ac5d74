/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a program does about traces, in four steps. NULL is a telemetry that is off.
 *
 *     r = telemetry_open(&config.telemetry, "event-service", loop, &telemetry);
 *     (the loop runs)
 *     telemetry_start(telemetry);      spans are recorded from now on
 *     ...
 *     telemetry_stop(telemetry);       the last ones are exported, the loop still runs
 *     telemetry_free(telemetry);
 */

#include "base/attr.h"

struct loop;
struct telemetry;
struct telemetry_config;

/* The export runs on the loop. 0, and NULL when the environment asks for no traces; -EINVAL when it
 * is wrong, see telemetry_open_error(). */
_must_check_ int telemetry_open(const struct telemetry_config *config, const char *service,
    struct loop *loop, struct telemetry **ret_telemetry);
/* A sentence about the last failed telemetry_open() of this thread: the variable, and what it may
 * be. */
const char *telemetry_open_error(void);
void telemetry_start(struct telemetry *telemetry);
void telemetry_stop(struct telemetry *telemetry);
void telemetry_free(struct telemetry *telemetry);
