/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Asks the event service about an event that the bus has not told of yet. The bus and this agree:
 * both carry the event's version, and the newer wins.
 */

struct channel;
struct lanes;
struct trace;
struct uuid;

struct lookup {
    struct channel *channel;
    struct lanes *lanes;
};

/* The service's loop, which must be the channel's; lanes_answer_look_up() follows. */
void lookup_event(struct lookup *lookup, const struct uuid *event_id, const struct trace *trace);
