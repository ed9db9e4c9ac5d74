/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The connections that clients have open with a server: how many there are, and how one is cut.
 *
 * Core owns their sockets and closes them without a word. As long as a descriptor means the same
 * inode it is open; whoever asks is told what is true at that moment. All functions: any thread.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/log.h"
#include "base/metric.h"

struct connection;

struct connections {
    pthread_mutex_t lock;
    struct connection *all;
    size_t count, max;
    int64_t census_ms; /* when it was last looked which are open */
    struct metric_series *open, *cut;
    struct log_budget budget;
};

/* At most so many at once, and no more than leave the process descriptors of its own. */
void connections_init(struct connections *connections, int64_t max);
void connections_deinit(struct connections *connections);

/* False when there is no room for it: it is still the caller's. */
_must_check_ bool connections_add(struct connections *connections, int fd);

size_t connections_count(struct connections *connections);
/* Cheap; connections that have gone may still be among them. */
bool connections_is_empty(struct connections *connections);
/* To be called now and then: brings the gauge up to date. */
void connections_keep_true(struct connections *connections);

/* Cuts the connection of a peer by core's name of it ("ipv4:127.0.0.1:4711"): nothing more is sent,
 * what has come and is not read is dropped. */
void connections_cut(struct connections *connections, const char *peer, const char *why);

/* Remembers how much core has read from each, then cuts the one of which it has read most since. */
void connections_measure(struct connections *connections);
void connections_cut_busiest(struct connections *connections, const char *why);
