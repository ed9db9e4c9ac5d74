/* SPDX-License-Identifier: Apache-2.0 */
#include "services/booking/lookup.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/trace.h"
#include "mesh/client.h"
#include "myevents/v1/event_service.mesh.h"
#include "services/booking/facts.h"
#include "services/booking/lane.h"

enum { TIMEOUT_MS = 3000, WARNINGS_PER_SECOND = 5 };

struct question {
    struct lookup *lookup;
    struct uuid event_id;
    struct trace trace; /* of who asked first; empty: none */
};

static enum outcome read_reply(const Myevents__V1__Event *event, struct event_facts *ret_facts) {
    if (event->state == MYEVENTS__V1__EVENT_STATE__EVENT_STATE_DRAFT)
        return OUTCOME_NOT_ON_SALE;
    return facts_from_message(event, ret_facts) ? OUTCOME_OK : OUTCOME_EVENT_UNREACHABLE;
}

static enum outcome read_failure(const struct question *question, const struct status *status) {
    if (status->code == STATUS_NOT_FOUND)
        return OUTCOME_EVENT_NOT_FOUND;
    static struct log_budget budget = {.per_second = WARNINGS_PER_SECOND};
    const struct log_scope scope = {.component = "lookup", .trace = &question->trace};
    char event_id[UUID_TEXT_SIZE];
    uuid_format(&question->event_id, event_id);
    if (log_budget_take(&budget, "events not looked up"))
        log_warn(&scope, "event could not be looked up event_id=%s code=%s reason=%s", event_id,
            status_code_name(status->code), status->message);
    return OUTCOME_EVENT_UNREACHABLE;
}

static void on_reply(const struct status *status, const Myevents__V1__Event *reply, void *data) {
    struct question *question = data;
    struct event_facts facts = {0};
    enum outcome outcome = reply ? read_reply(reply, &facts) : read_failure(question, status);
    lanes_answer_look_up(question->lookup->lanes, &question->event_id, outcome, &facts);
    free(question);
}

void lookup_event(struct lookup *lookup, const struct uuid *event_id, const struct trace *trace) {
    struct question *question = memory_new(sizeof(*question));
    char id[UUID_TEXT_SIZE];
    Myevents__V1__GetEventRequest request = MYEVENTS__V1__GET_EVENT_REQUEST__INIT;
    question->lookup = lookup;
    question->event_id = *event_id;
    if (trace)
        question->trace = *trace;
    uuid_format(event_id, id);
    request.event_id = id;
    event_service_get_event(lookup->channel,
        &(struct rpc_options){.timeout_ms = TIMEOUT_MS, .trace = trace}, &request, on_reply,
        question);
}
