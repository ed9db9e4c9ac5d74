/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/system.h"

#include <stdatomic.h>

#include "system/own.h"

static atomic_bool is_draining;

void system_drain(void) {
    atomic_store(&is_draining, true);
}

static void append_own(struct buffer *wire) {
    own_append(wire, "gateway", atomic_load(&is_draining));
}

struct gateway_survey system_survey(bool is_off) {
    return (struct gateway_survey){
        .method = "/myevents.v1.SystemService/ListProcesses",
        .each = "/myevents.v1.SystemService/GetProcess",
        .append_own = append_own,
        .append_missing = own_append_missing,
        .refusal = is_off ? "the system tells nothing of itself: INTROSPECTION=off" : NULL,
    };
}
