/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * myevents/service_config.json as it was when this program was built: how our own processes call
 * each other (mesh/service_config.h). The variable SERVICE_CONFIG_FILE names another.
 *
 *  1. Retried is UNAVAILABLE alone. It says that no answer came, not that nothing was done, so a
 *     method is retried only when a second run changes nothing and is answered like the first:
 *     reads, ConfirmBooking, CancelBooking, and SetCapacity, whose version makes it so.
 *  2. Creates and ExtendBooking are not, because their request_id may be absent and core cannot see
 *     whether it is. The gateway repeats those that bring an Idempotency-Key. Updates, deletes and
 *     changes under an etag are not either: a repeat would be refused for the change the first run
 *     has made. RESOURCE_EXHAUSTED is never retried: more calls are no cure for too many.
 *  3. A restart takes some hundred milliseconds; five attempts wait for it 1.6 s in all. When 500
 *     calls more have failed than a tenth of those that went well, calls fail at once until that
 *     changes, so an outage is not met with five times the load.
 *  4. An instance of which nearly all calls fail is left out, at most a third of all (the first
 *     always), and never the last: with fewer than two instances nobody is judged. Refusals count
 *     as failures in core, hence 95 per cent.
 *  5. Watches have no timeout.
 *  6. Retries cost the gateway 5 us of CPU a GET, 25 instead of 20; a config without any
 *     retryPolicy leaves core's filter out.
 */

#include "base/text.h"

extern const struct text api_service_config;
