/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One line per fact on stdout, as logfmt or JSON.
 *
 *     log_info(&call->scope, "booking confirmed id=%s seats=%u", id, seats);
 *
 * The format is fixed words, then key=%spec pairs; the logger formats every value by itself, so a
 * value with spaces or quotes is quoted in logfmt and escaped in JSON, and printf checking stays.
 * Understood: %s %.*s %c %d %i %u %x %p, the integers with h l ll z j t, and %f %g %e with width
 * and precision. A key is lower case ("shard", "peer.addr", "took_us"); its value goes up to the
 * next space, so "addr=%s:%u" is one value. A conversion that stands in no pair becomes part of
 * msg. A line is 4 KiB at most; a longer one is cut and says truncated=true.
 *
 * The scope adds trace, span and method. Libraries below the services do not log what they return
 * as an error. Any thread; one line is one write, never torn. A failed write is counted, not
 * reported.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct trace;

/* Who speaks: a call, a consumer, a relay. Any member may be NULL. */
struct log_scope {
    const struct trace *trace;
    const char *method;    /* "/myevents.v1.EventService/GetEvent" */
    const char *component; /* "relay" */
};

/* Before any other thread starts. Without it: level info, logfmt, no service. */
void log_init(const char *service, enum log_level level, enum log_format format);
bool log_is_on(enum log_level level);
uint64_t log_lost_count(void); /* lines whose write failed */
_printf_(3, 4) void log_write(
    enum log_level level, const struct log_scope *scope, const char *format, ...);

#define log_debug(scope, ...)                                                                      \
    (log_is_on(LOG_DEBUG) ? log_write(LOG_DEBUG, scope, __VA_ARGS__) : (void)0)
#define log_info(scope, ...)  log_write(LOG_INFO, scope, __VA_ARGS__)  /* a fact worth keeping */
#define log_warn(scope, ...)  log_write(LOG_WARN, scope, __VA_ARGS__)  /* degraded but served */
#define log_error(scope, ...) log_write(LOG_ERROR, scope, __VA_ARGS__) /* someone must look */

/*
 * A budget for lines that traffic causes: so many a second, the rest is counted and said once a
 * second. Zeroed memory plus per_second is a valid budget. Any thread.
 */
struct log_budget {
    uint32_t per_second; /* 0: none pass */
    int64_t second;
    uint32_t spent;
    uint32_t suppressed;
};
bool log_budget_take(struct log_budget *budget, const char *what);
