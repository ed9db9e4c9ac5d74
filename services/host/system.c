/* SPDX-License-Identifier: Apache-2.0 */
#include "services/host/system.h"

#include "base/arena.h"
#include "mesh/call.h"
#include "mesh/server.h"
#include "myevents/v1/system_service.mesh.h"
#include "services/host/host.h"
#include "store/store.h"
#include "system/report.h"

typedef Myevents__V1__Process Process;
typedef Myevents__V1__StoreState StoreState;

struct showing {
    struct arena *arena;
    Process *process;
};

/* "" is the process itself, which has a state; what the runtime serves is no news. */
static void show_health(const char *service, bool serving, void *data) {
    struct showing *showing = data;
    if (service[0] != '\0' && !text_starts_with(text_from(service), TEXT("grpc.")))
        report_add_health(showing->arena, showing->process, service, serving);
}

static void fill_health(struct host *host, struct arena *arena, Process *process) {
    struct showing showing = {arena, process};
    bool is_broken = atomic_load(&host->is_broken);
    report_add_health(arena, process, HOST_STORE_HEALTH, !is_broken);
    server_show_serving(host->server, show_health, &showing);
    if (atomic_load(&host->is_serving) && !is_broken) {
        process->state = MYEVENTS__V1__PROCESS_STATE__PROCESS_STATE_SERVING;
        return;
    }
    process->state = is_broken ? MYEVENTS__V1__PROCESS_STATE__PROCESS_STATE_NOT_SERVING
                               : MYEVENTS__V1__PROCESS_STATE__PROCESS_STATE_DRAINING;
    process->reason = (char *)(is_broken ? "the store is broken" : "it was asked to stop");
}

static void fill_store(struct host *host, struct arena *arena, Process *process) {
    struct store_stats stats;
    StoreState *state = arena_alloc(arena, sizeof(*state));
    store_stats(host->store, &stats);
    myevents__v1__store_state__init(state);
    state->size_bytes = (int64_t)stats.size_bytes;
    state->size_max_bytes = (int64_t)stats.map_bytes;
    state->commits = (int64_t)stats.commits;
    process->store = state;
}

static void get_process(
    struct call *call, const Myevents__V1__GetProcessRequest *request, void *data) {
    struct host *host = data;
    struct arena *arena = call_arena(call);
    Process process;
    if (!host->config->introspection) {
        call_fail(call, STATUS_UNIMPLEMENTED, "INTROSPECTION_OFF",
            "this process tells nothing of itself: INTROSPECTION=off");
        return;
    }
    report_fill(arena, host->name, &process);
    fill_health(host, arena, &process);
    fill_store(host, arena, &process);
    system_service_get_process_reply(call, &process);
}

static void list_processes(
    struct call *call, const Myevents__V1__ListProcessesRequest *request, void *data) {
    call_fail(call, STATUS_UNIMPLEMENTED, "ASK_THE_GATEWAY",
        "who lists all processes is the gateway: GET /v1/system/processes");
}

void system_serve(struct host *host) {
    static const struct system_service_handlers handlers = {get_process, list_processes};
    system_service_register(host->server, &handlers, host);
    server_exempt(host->server, &system_service);
}
