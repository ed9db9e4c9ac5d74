/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the event service says about an event, by the bus or when asked, checked at the rim. */

#include <stdbool.h>

#include "base/text.h"
#include "myevents/v1/event.pb-c.h"
#include "services/booking/engine.h"

/* False: numbers out of range. Published or cancelled events only. */
bool facts_from_message(const Myevents__V1__Event *event, struct event_facts *ret_facts);
/* False: no EventRecord, or numbers out of range; *ret_reason says which. */
bool facts_from_record(struct text data, struct uuid *ret_event_id, struct event_facts *ret_facts,
    const char **ret_reason);
