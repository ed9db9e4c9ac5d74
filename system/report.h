/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What this process tells of itself when it is asked (myevents.v1.Process), read from its metrics:
 * nothing is counted twice. Who asks adds what no metric says: the state, and the names of health.
 *
 *     Myevents__V1__Process process;
 *     report_fill(call_arena(call), "event-service", &process);
 *     process.state = ...
 *
 * Any thread; it waits for nothing but a rendering of the metrics. What stands in the message lives
 * as long as the arena.
 */

#include <stdbool.h>

#include "myevents/v1/system_service.pb-c.h"

struct arena;

/* Methods and routes beyond are left out. Streams of a process are few. */
enum { REPORT_METHODS_MAX = 256, REPORT_STREAMS_MAX = 16, REPORT_HEALTH_MAX = 16 };

void report_fill(struct arena *arena, const char *name, Myevents__V1__Process *ret_process);
/* Names beyond REPORT_HEALTH_MAX are left out. */
void report_add_health(
    struct arena *arena, Myevents__V1__Process *process, const char *name, bool serving);
