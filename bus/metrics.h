/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a subscription counts, by stream and group:
 *
 *     myevents_stream_applied_total     records whose effect is durable
 *     myevents_stream_duplicates_total  records that had been applied before
 *     myevents_stream_refused_total     records that went to the dead letters
 *     myevents_stream_lost_total        records that were nowhere to be found
 *     myevents_stream_reconnects_total  connections made after the first
 *     myevents_stream_lag               last sequence of the stream - applied
 *     myevents_stream_dead_letters      dead letters of the stream, whichever group's
 *     myevents_stream_pending           read, not yet applied
 */

struct metric_series;

struct bus_metrics {
    struct metric_series *applied, *duplicates, *refused, *lost, *reconnects, *lag, *dead, *pending;
};

void bus_metrics_init(struct bus_metrics *metrics, const char *stream, const char *group);
