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
 *     no handler is called later than that.
 *  4. A new subscription trusts its caller's mark above the server's: when the server's group is
 *     further, more than dead letters can explain, the caller's store was replaced, and the group
 *     goes back to the mark.
 *
 * All functions here return 0 or a negative errno as redis_connection.h has them, and besides:
 * -ECANCELED, the subscription ends; -EBUSY, another consumer holds the group.
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
    char *gaps_key;
    char *owner_key;

    /* of the reader */
    struct redis_connection reading;
    struct redis_source main, replay;
    struct delivery delivery;
    struct backoff backoff;
    struct redis_batch batch, mended, replayed;
    bool is_fresh;       /* the caller's mark is as good as new: nobody else read for the group */
    bool is_reading;     /* made the group, holds it, agreed on the mark */
    bool is_catching_up; /* reads what is pending, before anything new */
    uint64_t answered;   /* while it asks: the publisher gave what it has up to here; else 0 */
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

/* --- redis_group.c: the group on the server --- */

/* Makes what is missing of the group, behind the mark. */
_must_check_ int redis_group_make(struct redis_subscription *s);
/* Takes or renews the hold. */
_must_check_ int redis_group_hold(
    struct redis_subscription *s, struct redis_connection *connection);
bool redis_group_is_held(const struct redis_subscription *s);
void redis_group_release(struct redis_subscription *s);
/* After the hold was taken: claims what others left, agrees on the mark. */
_must_check_ int redis_group_take_over(struct redis_subscription *s);
/* Sets the gauges; of the keeper. */
_must_check_ int redis_group_measure(struct redis_subscription *s);

/* --- redis_ack.c: acknowledgements go with the next read --- */

void redis_ack(struct redis_subscription *s, struct redis_source *source, struct text entry);
/* Sends what is due and returns how many replies will come. */
unsigned redis_ack_send(struct redis_subscription *s);
_must_check_ int redis_ack_receive(struct redis_subscription *s, unsigned count);
/* Forgets what is due: it will be read again. */
void redis_ack_reset(struct redis_subscription *s);

/* --- redis_intake.c: from replies to batches --- */

/* Acknowledges what is due, reads once, delivers all of it. -ENOENT: stream or group are gone. */
_must_check_ int redis_intake(struct redis_subscription *s);
/* The two halves of it, for what is replayed, without waiting; how many entries came. */
_must_check_ int redis_intake_read_replayed(struct redis_subscription *s, redisReply **ret_reply);
_must_check_ int redis_intake_take(
    struct redis_subscription *s, const redisReply *reply, size_t *ret_count);
/* Reads what stands in the stream behind the mark and up to `last` into s->mended, whose texts
 * point into *ret_reply. */
_must_check_ int redis_intake_range(
    struct redis_subscription *s, uint64_t last, redisReply **ret_reply);

/* --- redis_deliver.c: from batches to the handler --- */

typedef int redis_mend(struct redis_subscription *s, uint64_t last);

/* Drops what was applied, mends what is missing, delivers run by run. */
_must_check_ int redis_deliver_in_order(
    struct redis_subscription *s, const struct redis_batch *batch, redis_mend *mend);
_must_check_ int redis_deliver_replayed(struct redis_subscription *s, struct redis_batch *batch);
/* What is missing up to here is lost: says so and passes it. */
void redis_deliver_give_up(struct redis_subscription *s, uint64_t sequence);

/* --- redis_gap.c: both look for what is missing behind the mark and up to `last`, and deliver what
 * they find. When they return 0 there is no more to hope for. --- */

redis_mend redis_gap_mend; /* in the stream, then from the publisher */
redis_mend redis_gap_ask;  /* from the publisher */

/* When there was nothing new to read, and yet the stream is further than the mark, its tail was
 * trimmed. Only what the publisher says is lost is given up: the stream's end may be a stranger's.
 */
_must_check_ int redis_gap_mend_tail(struct redis_subscription *s);

/* --- redis_dead.c --- */

/* Puts the entry among the dead letters and acknowledges it, in one piece. */
_must_check_ int redis_bury_record(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const struct bus_record *record, const char *reason);
/* As much of any entry as there is room for. */
_must_check_ int redis_bury_entry(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const redisReply *fields, const char *reason);
/* Passes the records right behind the mark that stand among the dead letters of this group. */
_must_check_ int redis_dead_pass(struct redis_subscription *s);
