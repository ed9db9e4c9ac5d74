/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Hears of events on the bus. A record is acknowledged when its effect and the mark are durable;
 * what comes twice changes nothing, because an event has a version. Runs on the subscription's
 * thread and lets the lanes decide on theirs.
 */

#include "base/attr.h"

struct bus;
struct follow;
struct lanes;
struct loop;
struct store;

struct follow_options {
    struct bus *bus;
    struct store *store;
    struct loop *loop;
    struct lanes *lanes;
    const char *consumer; /* name of this instance */
};

_must_check_ int follow_start(const struct follow_options *options, struct follow **ret_follow);
/* Finishes the batch at hand; the loop must still run. NULL is fine. */
void follow_stop(struct follow *follow);
