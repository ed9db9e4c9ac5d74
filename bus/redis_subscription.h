/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A subscription has two threads. The reader reads, delivers and acknowledges on its connection.
 * The keeper tells the server on another that this consumer lives, also while a handler takes long,
 * and sets the gauge.
 *
 *  1. One consumer at a time reads for a group: the one that holds S.owner.G. Others stand by and
 *     try again. So records reach the group's handlers in order, and a mark means all before it.
 *  2. The group's last delivered id is its mark: it moves when records are applied, not before.
 *     Whoever takes the group over reads on from there. Reading is plain XREAD, which writes
 *     nothing: XREADGROUP would make the server keep, log and flush a pending entry for every
 *     record, only to know what the mark knows already.
 *  3. A hold is valid by this process's clock until claim_after_ms after the last renewal was sent;
 *     no handler is called later than that. Only who holds the group moves its mark.
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

enum { REDIS_ENTRY_SIZE = 48 }; /* of an entry's id, with its end */

/* One of the two streams that a group reads. */
struct redis_source {
    char *key;
    bool is_replay;
    char read[REDIS_ENTRY_SIZE]; /* the last entry that was read */
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
    struct redis_batch batch, replayed;
    char done[REDIS_ENTRY_SIZE]; /* to acknowledge: all up to this entry; empty: nothing */
    struct redis_command read;   /* the next */
    struct redis_command
        deletes; /* XDEL of replayed entries, which are there for this group alone */
    size_t delete_count;
    bool is_fresh;     /* the caller's mark is as good as new: nobody else read for the group */
    bool is_reading;   /* holds the group, agreed on the mark */
    uint64_t answered; /* while it asks: the publisher gave what it has up to here; else 0 */
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

/* --- redis_group.c: who reads for the group, and from where --- */

/* Takes or renews the hold, and makes the group when it is not there. */
_must_check_ int redis_group_hold(
    struct redis_subscription *s, struct redis_connection *connection);
bool redis_group_is_held(const struct redis_subscription *s);
void redis_group_release(struct redis_subscription *s);
/* The two halves of a hold that acknowledges, too: all up to `entry`, unless it is empty. */
_must_check_ int redis_group_send_hold(
    struct redis_subscription *s, struct redis_connection *connection, const char *entry);
_must_check_ int redis_group_receive_hold(
    struct redis_subscription *s, struct redis_connection *connection, int64_t until_ms);
/* After the hold was taken: agrees on the mark. */
_must_check_ int redis_group_take_over(struct redis_subscription *s);
/* The next read begins behind the mark. */
void redis_read_from_mark(struct redis_subscription *s);
/* Sets the gauge; of the keeper. */
_must_check_ int redis_group_measure(struct redis_subscription *s);

/* --- redis_ack.c: acknowledgements go with the next read --- */

void redis_ack(struct redis_subscription *s, const struct redis_source *source, struct text entry);
/* The mark passed records that are not there. */
void redis_ack_mark(struct redis_subscription *s);
/* What is due is acknowledged, as another entry that lies behind it was. */
void redis_ack_reset(struct redis_subscription *s);
/* Sends what is due, with the hold's renewal, then `command` if any, and receives the answer to all
 * but that. */
_must_check_ int redis_ack_exchange(
    struct redis_subscription *s, const struct redis_command *command);

/* --- redis_intake.c: from replies to batches --- */

/* Acknowledges what is due, reads once, delivers all of it. */
_must_check_ int redis_intake(struct redis_subscription *s);
/* The two halves of it, for what is replayed, without waiting; how many entries came. */
_must_check_ int redis_intake_read_replayed(struct redis_subscription *s, redisReply **ret_reply);
_must_check_ int redis_intake_take(
    struct redis_subscription *s, const redisReply *reply, size_t *ret_count);

/* --- redis_deliver.c: from batches to the handler --- */

/* Drops what was applied, asks for what is missing, delivers run by run. */
_must_check_ int redis_deliver_in_order(
    struct redis_subscription *s, const struct redis_batch *batch);
_must_check_ int redis_deliver_replayed(struct redis_subscription *s, struct redis_batch *batch);
/* What is missing up to here is lost: says so and passes it. */
void redis_deliver_give_up(struct redis_subscription *s, uint64_t sequence);

/* --- redis_gap.c --- */

/* Asks the publisher for what is missing behind the mark and up to `last`, and delivers what it
 * gives. When it returns 0 there is no more to hope for. */
_must_check_ int redis_gap_ask(struct redis_subscription *s, uint64_t last);
/* When there was nothing new to read, and yet the stream is further than the mark, its tail was
 * trimmed. Only what the publisher says is lost is given up: the stream's end may be a stranger's.
 */
_must_check_ int redis_gap_ask_tail(struct redis_subscription *s);

/* --- redis_dead.c --- */

/* Puts the entry among the dead letters and acknowledges it, in one piece. */
_must_check_ int redis_bury_record(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const struct bus_record *record, const char *reason);
/* As much of any entry as there is room for. */
_must_check_ int redis_bury_entry(struct redis_subscription *s, const struct redis_source *source,
    struct text entry, const redisReply *fields, const char *reason);
/* Passes the records right behind the mark that stand among the dead letters of this group. */
_must_check_ int redis_dead_pass(struct redis_subscription *s);
