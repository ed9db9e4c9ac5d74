/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One request against what the batch has in hand: its idempotency key first, then the rules. */

#include "services/booking/outcome.h"

struct batch;
struct lane_request;

/* Notes in the request which booking its answer shows, and as of when. */
enum outcome decide(struct batch *batch, struct lane_request *request);
