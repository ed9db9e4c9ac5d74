/* SPDX-License-Identifier: Apache-2.0 */
#include "services/event/capacity.h"

#include "mesh/client.h"
#include "myevents/internal/v1/inventory_service.mesh.h"
#include "services/event/edit.h"

enum { TIMEOUT_MS = 2000 };

struct ask {
    struct edit *edit;
    void (*on_answer)(struct edit *edit, const struct capacity_answer *answer);
};

static void on_reply(const struct status *status,
    const Myevents__Internal__V1__SetCapacityResponse *reply, void *data) {
    struct ask *ask = data;
    struct arena *arena = call_arena(ask->edit->call);
    const char *reason = status_reason(arena, status);
    const struct capacity_answer answer = {
        .status = status->code,
        .reason = reason[0] ? reason : status_code_name(status->code),
        .message = arena_copy_string(arena, status->message),
    };
    ask->on_answer(ask->edit, &answer);
}

void capacity_ask(struct edit *edit, const Myevents__V1__Event *event,
    void (*on_answer)(struct edit *edit, const struct capacity_answer *answer)) {
    struct arena *arena = call_arena(edit->call);
    struct ask *ask = arena_alloc(arena, sizeof *ask);
    *ask = (struct ask){edit, on_answer};
    const struct rpc_options options = {
        .timeout_ms = edit->service->options.inventory_timeout_ms
                          ? edit->service->options.inventory_timeout_ms
                          : TIMEOUT_MS,
        .parent = edit->call,
    };
    Myevents__Internal__V1__SetCapacityRequest request =
        MYEVENTS__INTERNAL__V1__SET_CAPACITY_REQUEST__INIT;
    request.event_id = event->id;
    request.capacity = event->capacity;
    request.event_version = event->version;
    inventory_service_set_capacity(edit->service->bookings, &options, &request, on_reply, ask);
}
