/* SPDX-License-Identifier: Apache-2.0 */
#include "system/own.h"

#include "base/arena.h"
#include "base/buffer.h"
#include "mesh/status.h"
#include "system/report.h"

typedef Myevents__V1__Process Process;

static void append(struct buffer *wire, const Process *process) {
    size_t size = myevents__v1__process__get_packed_size(process);
    myevents__v1__process__pack(process, (uint8_t *)buffer_reserve(wire, size));
    wire->size += size;
}

void own_append(struct buffer *wire, const char *name, bool is_draining) {
    struct arena arena;
    Process process;
    arena_init(&arena, 0);
    report_fill(&arena, name, &process);
    process.state = MYEVENTS__V1__PROCESS_STATE__PROCESS_STATE_SERVING;
    if (is_draining) {
        process.state = MYEVENTS__V1__PROCESS_STATE__PROCESS_STATE_DRAINING;
        process.reason = (char *)"it was asked to stop";
    }
    append(wire, &process);
    arena_deinit(&arena);
}

/* One that does not know the question is there, but silent. */
void own_append_missing(struct buffer *wire, const char *name, const struct status *status) {
    Process process = MYEVENTS__V1__PROCESS__INIT;
    process.name = (char *)name;
    process.state = status->code == STATUS_UNIMPLEMENTED
                        ? MYEVENTS__V1__PROCESS_STATE__PROCESS_STATE_UNSPECIFIED
                        : MYEVENTS__V1__PROCESS_STATE__PROCESS_STATE_UNREACHABLE;
    process.reason = (char *)status->message;
    append(wire, &process);
}
