/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Takes spans from the process's queue and brings them to a collector by OTLP over gRPC.
 *
 *  1. It has a thread of its own, which packs batches and waits. Its calls run on the program's
 *     loop, which must do so from exporter_start() until exporter_stop() has returned; there they
 *     cost what any call costs. Nobody who ends a span ever waits for it.
 *  2. A batch leaves when it is full, or delay_ms after the one before. One is under way at a time;
 *     what comes meanwhile waits in the queue, which is bounded.
 *  3. What may pass (UNAVAILABLE, DEADLINE_EXCEEDED ..., and RESOURCE_EXHAUSTED when the collector
 *     says when to come again) is tried again after a growing pause, or after the one that it asked
 *     for, until export_timeout_ms are over. Then, or after any other refusal, the batch is
 *     dropped.
 *  4. Spans that a collector rejects out of a batch are counted, and said in the log once.
 *  5. exporter_stop() ends the recording and gives what is queued one chance each, for at most
 *     EXPORTER_FLUSH_MS; after the first failure the rest is dropped.
 *  6. That the collector does not take spans, and that it does again, is said in the log once each.
 *
 * Metrics: myevents_spans_exported_total, myevents_spans_dropped_total with the reasons
 * "unavailable" (no try succeeded in time), "refused", "rejected" and "stopped".
 */

#include <stdint.h>

#include "telemetry/settings.h"

struct exporter;
struct loop;

enum { EXPORTER_FLUSH_MS = 3000 };

struct exporter_options {
    struct loop *loop;
    const struct settings *settings; /* borrowed until exporter_free() */
    int64_t queue_max, batch_max;
    int64_t delay_ms;          /* between batches that are not full */
    int64_t timeout_ms;        /* of one attempt */
    int64_t export_timeout_ms; /* of a batch with all its attempts */
    int64_t backoff_first_ms;  /* 0: 1000; doubles up to sixteen times itself */
};

struct exporter *exporter_new(const struct exporter_options *options);
void exporter_start(struct exporter *exporter);
void exporter_stop(struct exporter *exporter); /* any thread but the loop's */
void exporter_free(
    struct exporter *exporter); /* after the stop, or never started; before the loop */
