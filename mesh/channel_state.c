/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh/channel_state.h"

#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/task.h"
#include "mesh/loop.h"
#include "mesh/rpc_core.h"

static const char *const state_names[CHANNEL_STATE_COUNT] = {
    [CHANNEL_IDLE] = "IDLE",
    [CHANNEL_CONNECTING] = "CONNECTING",
    [CHANNEL_READY] = "READY",
    [CHANNEL_FAILING] = "TRANSIENT_FAILURE",
    [CHANNEL_CLOSED] = "SHUTDOWN",
};

static pthread_mutex_t channels_lock = PTHREAD_MUTEX_INITIALIZER;
static struct list channels = LIST_INIT(channels);
static struct channel_label labels[CHANNEL_LABELS_MAX + 1]; /* the last: "other" */
static size_t label_count;
static bool is_collected;

const char *channel_state_name(enum channel_state state) {
    return state_names[state];
}

/* --- the gauge --- */

static void collect(void *data) {
    MUTEX_GUARD(&channels_lock);
    for (size_t i = 0; i <= CHANNEL_LABELS_MAX; i++)
        for (size_t state = 0; labels[i].name && state < CHANNEL_STATE_COUNT; state++)
            metric_set(labels[i].states[state], 0);
    list_for_each (link, &channels) {
        struct channel_entry *entry = container_of(link, struct channel_entry, link);
        int state = grpc_channel_check_connectivity_state(entry->core, false);
        metric_add(entry->label->states[state], 1);
    }
}

static void label_init(struct channel_label *label, const char *name) {
    struct metric *metric = metric_gauge("grpc_client_channel_state",
        "Channels to a target, by their state.", "grpc_target", "state", NULL);
    label->name = memory_copy_string(name);
    for (size_t state = 0; state < CHANNEL_STATE_COUNT; state++)
        label->states[state] = metric_series(metric, name, state_names[state]);
}

const struct channel_label *channel_label(const char *target) {
    MUTEX_GUARD(&channels_lock);
    for (size_t i = 0; i < label_count; i++)
        if (strcmp(labels[i].name, target) == 0)
            return &labels[i];
    bool is_other = label_count == CHANNEL_LABELS_MAX;
    struct channel_label *label = &labels[is_other ? label_count : label_count++];
    if (!label->name)
        label_init(label, is_other ? "other" : target);
    return label;
}

void channel_entry_add(
    struct channel_entry *entry, grpc_channel *core, const struct channel_label *label) {
    MUTEX_GUARD(&channels_lock);
    entry->core = core;
    entry->label = label;
    list_push_back(&channels, &entry->link);
    if (!is_collected)
        metric_on_collect(collect, NULL);
    is_collected = true;
}

void channel_entry_remove(struct channel_entry *entry) {
    MUTEX_GUARD(&channels_lock);
    list_remove(&entry->link);
}

/* --- one channel --- */

enum channel_state channel_state(struct channel *channel, bool connects) {
    return (enum channel_state)grpc_channel_check_connectivity_state(channel->core, connects);
}

struct change {
    struct op op;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_done, is_in_time;
};

static void on_change(struct op *op, bool ok) {
    struct change *change = container_of(op, struct change, op);
    MUTEX_GUARD(&change->lock);
    change->is_done = true;
    change->is_in_time = ok;
    pthread_cond_signal(&change->changed);
}

/* False: it has not changed until the deadline. */
static bool wait_for_change(
    struct channel *channel, enum channel_state state, int64_t deadline_ms) {
    struct change change = {
        .op.done = on_change,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
    };
    op_release(&change.op);
    grpc_channel_watch_connectivity_state(channel->core, (grpc_connectivity_state)state,
        core_deadline(deadline_ms), loop_queue(channel->loop), &change.op);
    pthread_mutex_lock(&change.lock);
    while (!change.is_done)
        pthread_cond_wait(&change.changed, &change.lock);
    pthread_mutex_unlock(&change.lock);
    return change.is_in_time;
}

bool channel_wait(struct channel *channel, enum channel_state wanted, int64_t timeout_ms) {
    int64_t deadline_ms = clock_monotonic_ms() + timeout_ms;
    assert(!loop_is_current(channel->loop));
    for (;;) {
        enum channel_state state = channel_state(channel, true);
        if (state == wanted)
            return true;
        if (!wait_for_change(channel, state, deadline_ms))
            return false;
    }
}
