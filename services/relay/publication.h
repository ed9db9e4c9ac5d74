/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What publishing a batch leaves in the traces of its records: a step of its own in each that is
 * recorded. */

#include <stdbool.h>
#include <stdint.h>

struct bus_record;
struct outbox_batch;
struct span;
struct trace;

/* The context of the step that publishes the record, always the same. */
struct trace publication_trace(const struct bus_record *record, const struct trace *cause);

/* Of the records behind `end`; those before it stand in the stream already. */
struct span *publication_begin(const struct outbox_batch *batch, const char *stream, uint64_t end);
/* What is not published now has not happened: it is tried again. */
void publication_end(struct span *spans, bool is_published);
