/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a store tells about itself, read whenever it is asked for:
 *
 *     myevents_store_commits_total, _conflicts_total   ended, and refused for their version
 *     myevents_store_flushes_total                     each makes one or more commits durable
 *     myevents_store_size_bytes, _size_max_bytes       in use, and where the store is full
 *     myevents_outbox_records                          kept for groups that miss some
 */

struct store;

/* The store outlives the last rendering. */
void store_meters_init(struct store *store);
