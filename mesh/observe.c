/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/observe.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/task.h"
#include "mesh/method.h"

/* The table stays half empty, so that what is not in it is found out soon. */
enum { LABEL_SIZE = 128, TABLE_SIZE = 2 * OBSERVE_METHODS_MAX };

struct families {
    struct metric *started;
    struct metric *retried;
    struct metric *handled;
    struct metric *seconds;
    struct metric *received;
    struct metric *sent;
};

struct family_names {
    const char *started, *handled, *seconds, *received, *sent, *retried;
};

static const struct family_names names[OBSERVE_SIDE_COUNT] = {
    [OBSERVE_SERVER] = {"grpc_server_started_total", "grpc_server_handled_total",
        "grpc_server_handling_seconds", "grpc_server_msg_received_total",
        "grpc_server_msg_sent_total", "grpc_server_retried_total"},
    [OBSERVE_CLIENT] = {"grpc_client_started_total", "grpc_client_handled_total",
        "grpc_client_handling_seconds", "grpc_client_msg_received_total",
        "grpc_client_msg_sent_total"},
};

static const char *const kind_names[] = {
    [METHOD_UNARY] = "unary",
    [METHOD_CLIENT_STREAM] = "client_stream",
    [METHOD_SERVER_STREAM] = "server_stream",
    [METHOD_BIDI_STREAM] = "bidi_stream",
};

static struct metric *counter(const char *name, const char *help) {
    return metric_counter(name, help, "grpc_type", "grpc_service", "grpc_method", NULL);
}

static struct families declare(enum observe_side side) {
    const struct family_names *name = &names[side];
    return (struct families){
        .started = counter(name->started, "Calls begun."),
        .retried = name->retried
                       ? counter(name->retried, "Calls begun that were not their first attempt.")
                       : NULL,
        .handled = metric_counter(name->handled, "Calls ended, by status code.", "grpc_type",
            "grpc_service", "grpc_method", "grpc_code", NULL),
        .seconds = metric_histogram(name->seconds, "Time from the begin of a call to its end.",
            NULL, "grpc_type", "grpc_service", "grpc_method", NULL),
        .received = counter(name->received, "Messages received."),
        .sent = counter(name->sent, "Messages sent."),
    };
}

struct labels {
    const char *kind;
    const char *method;
    char service[LABEL_SIZE];
};

static struct labels labels_of(const struct method *method) {
    if (!method)
        return (struct labels){"unknown", "unknown", "unknown"};
    struct labels labels = {.kind = kind_names[method->kind], .method = method->name};
    struct text path = text_from(method->path + 1);
    struct text service = text_cut(&path, '/');
    snprintf(labels.service, sizeof(labels.service), "%.*s", TEXT_ARG(service));
    return labels;
}

static const struct method_series *make(enum observe_side side, const struct method *method) {
    struct families family = declare(side);
    struct labels l = labels_of(method);
    struct method_series *series = memory_new(sizeof(*series));
    series->started = metric_series(family.started, l.kind, l.service, l.method);
    if (family.retried)
        series->retried = metric_series(family.retried, l.kind, l.service, l.method);
    series->seconds = metric_series(family.seconds, l.kind, l.service, l.method);
    series->received = metric_series(family.received, l.kind, l.service, l.method);
    series->sent = metric_series(family.sent, l.kind, l.service, l.method);
    for (int code = 0; code < STATUS_CODE_COUNT; code++)
        series->handled[code] = metric_series(
            family.handled, l.kind, l.service, l.method, status_code_name(code));
    return series;
}

/* Open addressing by the method's address. Entries are added under the lock and never removed, so
 * finding one takes no lock. The slot's series is written before its key. */
struct slot {
    const struct method *_Atomic method;
    const struct method_series *series;
};

static struct slot tables[OBSERVE_SIDE_COUNT][TABLE_SIZE];
static size_t method_counts[OBSERVE_SIDE_COUNT]; /* under the lock */
static const struct method_series *_Atomic unknown[OBSERVE_SIDE_COUNT];
static pthread_mutex_t tables_lock = PTHREAD_MUTEX_INITIALIZER;

/* The method's slot, or the free one where it belongs: there always is one. */
static struct slot *slot_find(struct slot *table, const struct method *method) {
    size_t start = ((uintptr_t)method / sizeof(*method)) % TABLE_SIZE;
    for (size_t i = 0;; i++) {
        struct slot *slot = &table[(start + i) % TABLE_SIZE];
        const struct method *found = atomic_load_explicit(&slot->method, memory_order_acquire);
        if (found == method || !found)
            return slot;
    }
}

static const struct method_series *observe_unknown(enum observe_side side) {
    const struct method_series *series = atomic_load(&unknown[side]);
    if (series)
        return series;
    MUTEX_GUARD(&tables_lock);
    if (!atomic_load(&unknown[side]))
        atomic_store(&unknown[side], make(side, NULL));
    return atomic_load(&unknown[side]);
}

/* NULL: there are too many already. */
static const struct method_series *observe_add(
    enum observe_side side, const struct method *method) {
    MUTEX_GUARD(&tables_lock);
    struct slot *slot = slot_find(tables[side], method);
    if (atomic_load(&slot->method))
        return slot->series;
    if (method_counts[side] == OBSERVE_METHODS_MAX)
        return NULL;
    method_counts[side]++;
    slot->series = make(side, method);
    atomic_store_explicit(&slot->method, method, memory_order_release);
    return slot->series;
}

const struct method_series *observe_method(enum observe_side side, const struct method *method) {
    if (!method)
        return observe_unknown(side);
    struct slot *slot = slot_find(tables[side], method);
    if (atomic_load_explicit(&slot->method, memory_order_acquire) == method)
        return slot->series;
    const struct method_series *series = observe_add(side, method);
    return series ? series : observe_unknown(side);
}

void observe_service(enum observe_side side, const struct service *service) {
    for (size_t i = 0; i < service->method_count; i++)
        observe_method(side, &service->methods[i]);
}
