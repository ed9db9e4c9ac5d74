/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one map from an outcome to a gRPC status. */

#include "services/booking/outcome.h"

struct call;
struct lane_answer;
struct uuid;

/* Ends the call with the status of answer->outcome; metadata names the event and its free seats. */
void refuse_call(struct call *call, const struct uuid *event_id, const struct lane_answer *answer);
/* The same for an outcome that concerns no event. */
void refuse_call_plainly(struct call *call, enum outcome outcome);
