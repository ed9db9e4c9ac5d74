/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What every process serves to its operators on METRICS_ADDR: GET /metrics in the Prometheus text
 * format or, to whom prefers it (Accept), in OpenMetrics; GET /healthz (200 while the process
 * lives), GET /readyz (200, or 503 while is_ready says no).
 */

#include <stdbool.h>

#include "base/attr.h"

struct metrics_server;

/* Listens on `address` and serves on a thread of its own. is_ready runs on that thread; NULL:
 * always. Fails as http_server_listen(). */
_must_check_ int metrics_server_new(const char *address, bool (*is_ready)(void *data), void *data,
    struct metrics_server **ret_server, int *ret_port);
void metrics_server_free(struct metrics_server *server);
