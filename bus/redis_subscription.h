/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A subscription has two threads. The reader reads, delivers and acknowledges on its connection.
 * The keeper tells the server on another that this consumer lives, also while a handler takes long,
 * and sets the gauges.
 *
 *  1. One consumer at a time reads for a group: the one that holds S.owner.G. Others stand by and
 *     try again. So records reach the group's handlers in order, and a mark means all before it.
 *  2. Who takes the group over claims what others left pending: their hold ran out claim_after_ms
 *     after their last sign of life. It delivers that first.
 *  3. A hold is valid by this process's clock until claim_after_ms after the last renewal was sent;
 *     nothing is delivered later than that.
 *  4. A new subscription trusts its caller's mark above the server's: when the server's group is
 *     further, more than dead letters can explain, the caller's store was replaced, and the group
 *     goes back to the mark.
 */

#include <pthread.h>
#include <stdatomic.h>

#include "bus/backoff.h"
#include "bus/delivery.h"
#include "bus/driver.h"
#include "bus/metrics.h"
#include "bus/nap.h"
#include "bus/redis_connection.h"

/* One of the two streams that a group reads. */
struct redis_source {
    char *key;
    bool is_replay;
    struct redis_command acks;    /* XACK in the making */
    struct redis_command deletes; /* XDEL: what is replayed is there for this group alone */
    size_t ack_count;
};

struct redis_batch {
    size_t count;
    struct bus_record records[BUS_BATCH_MAX];
    struct text entries[BUS_BATCH_MAX]; /* their ids in the stream */
};

struct redis_subscription {
    struct bus_subscription subscription;
    struct bus_subscription_options options; /* owns its strings */
    char *dead_key;
    char *owner_key;

    /* of the reader */
    struct redis_connection reading;
    struct redis_source main, replay;
    struct delivery delivery;
    struct backoff backoff;
    struct redis_batch batch, mended;
    bool is_fresh;       /* the caller's mark is as good as new: nobody else read for the group */
    bool is_reading;     /* made the group, holds it, agreed on the mark */
    bool is_catching_up; /* reads what is pending, before anything new */
    bool was_connected;
    bool is_away_said;

    /* of the keeper */
    struct redis_connection keeping;

    struct bus_metrics metrics;
    struct nap nap;
    pthread_t reader, keeper;
    atomic_bool is_connected;
    _Atomic int64_t held_until_ms; /* monotonic */
};

/* --- redis_group.c: the group on the server. Each takes the connection it may use. --- */

/* Makes what is missing of the group, behind the mark. */
_must_check_ int redis_group_make(struct redis_subscription *s);
/* Takes or renews the hold. 0, or -EBUSY when another consumer has it. */
_must_check_ int redis_group_hold(
    struct redis_subscription *s, struct redis_connection *connection);
bool redis_group_is_held(const struct redis_subscription *s);
void redis_group_release(struct redis_subscription *s);
/* After the hold was taken: claims what others left, agrees on the mark. */
_must_check_ int redis_group_take_over(struct redis_subscription *s);
/* Sets the gauges. */
_must_check_ int redis_group_measure(struct redis_subscription *s);

/* --- redis_intake.c --- */

/* Acknowledges what is due, reads once, delivers all of it. -ECANCELED: the subscription ends;
 * -EBUSY: the hold was lost; -ENOENT: stream or group are gone. */
_must_check_ int redis_intake(struct redis_subscription *s);
/* Acknowledges what is due. */
_must_check_ int redis_intake_acknowledge(struct redis_subscription *s);
/* Forgets what is due: it will be read again. */
void redis_intake_reset(struct redis_subscription *s);

/* --- redis_dead.c --- */

/* Puts the entry among the dead letters and acknowledges it, in one piece. */
_must_check_ int redis_bury_record(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const struct bus_record *record, const char *reason);
/* As much of any entry as there is room for. */
_must_check_ int redis_bury_entry(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const redisReply *fields, const char *reason);
/* Passes the records right behind the mark that stand among the dead letters of this group. */
_must_check_ int redis_dead_pass(struct redis_subscription *s);
