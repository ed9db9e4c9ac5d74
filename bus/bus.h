/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Publish and subscribe. A source (one store's outbox) owns one stream; its records carry the
 * outbox's dense sequence, so a consumer drops duplicates by a high-water mark, sees every gap, and
 * lag is exact. Records are CloudEvents 1.0 in binary mode. A driver is chosen by the URL's scheme;
 * one conformance suite runs over all drivers.
 *
 *  1. bus_publish() appends records only when they continue the stream; one that stands there
 *     already is skipped, so publishing again after any failure is harmless, from one publisher or
 *     from two.
 *  2. A subscription delivers in order, at least once, in batches. The handler returns 0 only when
 *     the effect is durable; only then are the records acknowledged. A record that the mark has
 *     passed is acknowledged and dropped.
 *  3. A negative result delivers the same batch again after a growing pause. BUS_REFUSED says that
 *     the first `*ret_done` records are applied and the one after them can never be: after
 *     deliveries_max tries it goes to the dead letters with its reason, and the rest follows. What
 *     stands in the stream and is no record goes there at once.
 *  4. One consumer of a group reads at a time, the others stand by. When it has given no sign of
 *     life for claim_after_ms, another takes over with what it had not acknowledged. A handler that
 *     takes longer than that loses nothing: signs of life come from a thread of their own.
 *  5. Nothing is forgotten while the broker is away: calls fail with -EAGAIN, subscriptions
 *     reconnect by themselves.
 *  6. bus_trim() removes what every group has applied and nothing else.
 *  7. When records are missing before the next one, a subscription first looks for them in the
 *     stream, then asks the publisher (bus_gaps) and waits gap_wait_ms after its last answer. What
 *     did not come till then is counted as lost and said in the log; the rest follows. Should it
 *     come later it is delivered as replayed.
 *
 * The process ignores SIGPIPE (base/stop.h): a broker may go in the middle of a write.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/text.h"

struct bus;
struct bus_subscription;

enum { BUS_REFUSED = 1, BUS_GAP = 2, BUS_BUSY = 3 };
enum { BUS_BATCH_MAX = 256, BUS_DATA_SIZE_MAX = 64 * 1024, BUS_GROUPS_MAX = 8 };
enum { BUS_NAME_SIZE_MAX = 64 }; /* of a stream, a group and a consumer, with its end */

struct bus_record {
    uint64_t sequence; /* 1, 2, 3 ... per source */
    struct text id;
    struct text type;
    struct text source; /* "/myevents/booking" */
    struct text subject;
    struct text traceparent; /* may be empty; a handler is shown the context of its own step */
    int64_t time_ms;
    struct text data;
    bool replayed; /* delivered once more out of order: apply it whatever your mark says */
};

/* What a handler keeps as its mark, in one commit with the records' effect. */
static inline uint64_t bus_mark_after(
    uint64_t mark, const struct bus_record *records, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!records[i].replayed && records[i].sequence > mark)
            mark = records[i].sequence;
    return mark;
}

/* url: "redis://[:password@]host:port[/db]" or "redis+unix:///path/to/socket". Connects lazily;
 * never blocks. */
_must_check_ int bus_open(const char *url, const char *client_name, struct bus **ret_bus);
/* Why bus_open() failed last on this thread: a sentence without the URL. Until the next call. */
const char *bus_open_error(void);
void bus_close(struct bus *bus);
enum { BUS_ERROR_SIZE = 160 };
/* Why a call failed last, in the broker's or the system's words. Any thread. */
void bus_error(struct bus *bus, char ret_error[static BUS_ERROR_SIZE]);

/* --- publishing; one thread at a time per stream --- */

/* Last sequence in the stream, 0 when it is empty. -EAGAIN: broker away. */
_must_check_ int bus_last(struct bus *bus, const char *stream, uint64_t *ret_sequence);
/*
 * Appends up to BUS_BATCH_MAX consecutive records of one source. 0: all of them stand in the
 * stream, durable by the broker's own rule. BUS_GAP: the stream ends before records[0].sequence - 1
 * (the broker lost its tail): publish from *ret_last + 1. -EAGAIN: broker away, full or loading;
 * what was appended is unknown, publish again. -EEXIST: other records stand in their place; the
 * stream is another store's, or a stranger wrote to it. Someone must look: nothing more can be
 * published to it.
 */
_must_check_ int bus_publish(struct bus *bus, const char *stream, const struct bus_record *records,
    size_t count, uint64_t *ret_last);
_must_check_ int bus_trim(struct bus *bus, const char *stream, uint64_t *ret_removed);
/* The publisher has nothing before `next` any more: the stream goes on there, if it ends before. */
_must_check_ int bus_skip(struct bus *bus, const char *stream, uint64_t next);

/* Records that a group misses and that stand in the stream no more. */
struct bus_gap {
    char group[BUS_NAME_SIZE_MAX];
    uint64_t first, last;
};
_must_check_ int bus_gaps(struct bus *bus, const char *stream,
    struct bus_gap ret_gaps[static BUS_GROUPS_MAX], size_t *ret_count);
/*
 * Gives the group records of the gap, in order; count may be 0. Whatever else is missing up to
 * `until` the publisher does not have: nobody need wait for it. BUS_BUSY: the group has enough to
 * do for now, nothing was given.
 */
_must_check_ int bus_fill_gap(struct bus *bus, const char *stream, const struct bus_gap *gap,
    const struct bus_record *records, size_t count, uint64_t until);

/* --- subscribing --- */

/* Its strings are copied; what `data` points to lives until bus_unsubscribe() has returned. */
struct bus_subscription_options {
    const char *stream;   /* "myevents.booking" */
    const char *group;    /* "event-service" */
    const char *consumer; /* stable name of this instance */
    /* The group's own mark, from where its effects are durable: delivery begins behind it. When the
     * broker's group is further (the caller's store was replaced) it goes back to the mark. */
    uint64_t after;
    size_t batch_max;        /* 0: 256 */
    int64_t claim_after_ms;  /* 0: 30,000 */
    uint32_t deliveries_max; /* 0: 5 */
    int64_t retry_pause_ms;  /* first pause, doubles up to 64 times itself; 0: 100 */
    int64_t gap_wait_ms;     /* 0: 10,000 */
    /* On the subscription's own thread. Returns 0, BUS_REFUSED, or a negative errno (try again). */
    int (*handle)(void *data, const struct bus_record *records, size_t count, size_t *ret_done,
        const char **ret_reason);
    void *data;
};
_must_check_ int bus_subscribe(struct bus *bus, const struct bus_subscription_options *options,
    struct bus_subscription **ret_subscription);
/* Finishes the batch at hand, acknowledges it, lets another consumer take over, ends the threads.
 */
void bus_unsubscribe(struct bus_subscription *subscription);
/* True while the broker answers this subscription. Any thread. */
bool bus_subscription_is_connected(const struct bus_subscription *subscription);
/* All up to here are applied, dead, or given up as lost. Any thread. */
uint64_t bus_subscription_applied(const struct bus_subscription *subscription);

/* --- operators --- */

struct bus_group_info {
    char name[BUS_NAME_SIZE_MAX];
    uint64_t applied;  /* all up to here are acknowledged */
    uint64_t lag;      /* last sequence of the stream - applied */
    uint64_t replayed; /* records to be delivered once more that it has not yet applied */
    char reader[BUS_NAME_SIZE_MAX]; /* the consumer that reads for it now; empty: none */
};
struct bus_stream_info {
    uint64_t first, last, length, dead_letters;
    struct bus_group_info groups[BUS_GROUPS_MAX];
    size_t group_count;
};
_must_check_ int bus_stream_info(
    struct bus *bus, const char *stream, struct bus_stream_info *ret_info);

struct bus_dead_letter {
    char entry[32]; /* its id in the dead-letter stream */
    char group[BUS_NAME_SIZE_MAX];
    char reason[256];
    struct bus_record record; /* borrowed for the callback; sequence 0: it is no record */
};
/* `each` must not call this bus. */
_must_check_ int bus_dead_letters(struct bus *bus, const char *stream,
    void (*each)(void *data, const struct bus_dead_letter *letter), void *data);
/* Delivers one dead letter (or all of them, entry NULL) to its group again. Returns how many. What
 * names no group stays among them. */
_must_check_ int bus_replay(
    struct bus *bus, const char *stream, const char *entry, size_t *ret_count);
