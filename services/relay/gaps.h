/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What groups miss and the outbox still has. */

#include "base/attr.h"

struct bus;
struct metric_series;
struct store;

/* Gives every group that misses records some of them: a bounded number, as new records must not
 * wait. Call it again and again. */
_must_check_ int fill_gaps(struct store *store, struct bus *bus, const char *stream,
    const char *source, struct metric_series *refilled);
