/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * All channels of the process, for the gauge grpc_client_channel_state{grpc_target, state}: how
 * many channels to a target are in each state. Targets come from configuration; beyond
 * CHANNEL_LABELS_MAX different ones in the life of a process they are "other".
 */

#include "base/list.h"
#include "base/metric.h"
#include "mesh/core.h"

enum { CHANNEL_LABELS_MAX = 64, CHANNEL_STATE_COUNT = 5 };

/* Lives for ever. */
struct channel_label {
    char *name;
    struct metric_series *states[CHANNEL_STATE_COUNT];
};

struct channel_entry {
    struct list link;
    grpc_channel *core;
    const struct channel_label *label;
};

const struct channel_label *channel_label(const char *target);
void channel_entry_add(
    struct channel_entry *entry, grpc_channel *core, const struct channel_label *label);
void channel_entry_remove(struct channel_entry *entry); /* before the channel is destroyed */
