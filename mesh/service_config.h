/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a client does when a service is slow, failing or away: gRPC's service config, as JSON. It
 * names the balancing of a channel, client-side health checks, and per method the timeout and the
 * retries.
 *
 *     {
 *       "loadBalancingConfig": [{"round_robin": {}}],
 *       "healthCheckConfig": {"serviceName": ""},
 *       "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
 *       "methodConfig": [{
 *         "name": [{"service": "myevents.v1.EventService", "method": "GetEvent"}],
 *         "timeout": "5s",
 *         "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.1s", "maxBackoff": "1s",
 *           "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}
 *       }]
 *     }
 *
 *  1. Core makes a channel on which every call fails of a config that it does not like, overlooks a
 *     name that it does not know, and dies of some policies. So a config is checked here first, and
 *     is accepted only when core will do all that it says.
 *  2. Each mistake is one sentence: the file, the place in it, what stands there, what is allowed.
 *  3. A config without loadBalancingConfig balances by round_robin.
 *  4. Timeouts are kept by us: core 1.51 begins to count them one to two seconds before the call,
 *     and does not tell the server.
 *  5. outlier_detection_experimental counts every status but OK as a failure, refusals too, so its
 *     threshold stands above what a service refuses on a busy day.
 *  6. service_config_parse() is NULL for a config that is refused, and then has appended a line for
 *     each mistake to *ret_error; `source` is the name of the config in them. service_config_load()
 *     reads the file, or takes `fallback` when the path is NULL or "".
 *  7. Configs are counted: each use of service_config_ref() wants one of service_config_unref(). A
 *     channel holds its own, so the caller may let go of it at once. Any thread; NULL is nobody.
 *  8. service_config_json() is what core is told. service_config_retries() and
 *     service_config_timeout_ms() (INT64_MAX: none) tell of a method ("/package.Service/Method") by
 *     its own name, by its service's, or by the entry for the rest, whichever is first.
 *     service_config_has_retries() says whether any method has a retryPolicy.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct buffer;
struct service_config;

enum { SERVICE_CONFIG_SIZE_MAX = 256 * 1024 };

struct service_config *service_config_parse(
    const char *source, struct text json, struct buffer *ret_error);
struct service_config *service_config_load(
    const char *path, struct text fallback, struct buffer *ret_error);
struct service_config *service_config_ref(const struct service_config *config);
void service_config_unref(struct service_config *config);

const char *service_config_json(const struct service_config *config);
bool service_config_has_retries(const struct service_config *config);
bool service_config_retries(const struct service_config *config, const char *path);
int64_t service_config_timeout_ms(const struct service_config *config, const char *path);
