/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The one map from an outcome to a gRPC status. */

#include "services/booking/outcome.h"

struct call;
struct lane_answer;
struct user_entry;
struct uuid;

/* Ends the call with the status of answer->outcome; metadata names the event and its free seats. */
void refuse_call(struct call *call, const struct uuid *event_id, const struct lane_answer *answer);
/* OUTCOME_USER_INCOMPLETE; metadata names the user and what is missing. */
void refuse_call_incomplete(struct call *call, const struct user_entry *user);
/* The same for an outcome that concerns no event. */
void refuse_call_plainly(struct call *call, enum outcome outcome);
