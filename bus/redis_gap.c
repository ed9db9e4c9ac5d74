/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/task.h"
#include "bus/redis.h"
#include "bus/redis_record.h"
#include "bus/redis_subscription.h"

enum { KEY_SIZE_MAX = 2 * BUS_NAME_SIZE_MAX + 16, REPLAYED_MAX = 4096, ASK_PAUSE_MS = 50 };

/* --- the group's side --- */

static int write_gap(struct redis_subscription *s, uint64_t last) {
    char range[48];
    snprintf(range, sizeof(range), "%" PRIu64 " %" PRIu64, s->delivery.applied + 1, last);
    redis_command_begin(&s->reading.command, "HSET");
    redis_command_strings(&s->reading.command, s->gaps_key, s->options.group, range, NULL);
    return redis_call_done(&s->reading);
}

static int clear_gap(struct redis_subscription *s) {
    redis_command_begin(&s->reading.command, "HDEL");
    redis_command_strings(&s->reading.command, s->gaps_key, s->options.group, NULL);
    return redis_call_done(&s->reading);
}

/* What the publisher has still to answer begins here; behind `last` when it has answered all. */
static int read_gap(struct redis_subscription *s, uint64_t last, uint64_t *ret_open) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    redis_command_begin(&s->reading.command, "HGET");
    redis_command_strings(&s->reading.command, s->gaps_key, s->options.group, NULL);
    int r = redis_call(&s->reading, &reply);
    if (r < 0)
        return r;
    struct text range = redis_reply_text(reply);
    if (text_to_u64(text_cut(&range, ' '), ret_open) < 0 || *ret_open == 0)
        *ret_open = last + 1;
    return 0;
}

/*
 * Takes some of what was given. The publisher gives in order, so what is missing before a record
 * that came is not to come; and when nothing came, neither is what had been answered before.
 */
static int take_answer(struct redis_subscription *s, uint64_t last) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    uint64_t open, answered = s->answered;
    size_t count;
    int r = redis_intake_read_replayed(s, &reply);
    if (r == 0)
        r = read_gap(s, last, &open);
    if (r < 0)
        return r;
    s->answered = open - 1 < last ? open - 1 : last;
    r = redis_intake_take(s, reply, &count);
    if (r < 0 || count > 0)
        return r;
    redis_deliver_give_up(s, answered);
    return nap_take(&s->nap, ASK_PAUSE_MS) ? 0 : -ECANCELED;
}

/* 0 also when the publisher does not answer: the question stays, and a late answer is delivered as
 * replayed. */
static int wait_for_answer(struct redis_subscription *s, uint64_t last) {
    int64_t until_ms = clock_monotonic_ms() + s->options.gap_wait_ms;
    while (clock_monotonic_ms() < until_ms) {
        uint64_t applied = s->delivery.applied;
        int r = take_answer(s, last);
        if (r < 0)
            return r;
        if (s->delivery.applied >= last)
            return clear_gap(s);
        if (s->delivery.applied > applied)
            until_ms = clock_monotonic_ms() + s->options.gap_wait_ms;
    }
    return 0;
}

int redis_gap_ask(struct redis_subscription *s, uint64_t last) {
    if (s->delivery.applied >= last)
        return 0;
    int r = write_gap(s, last);
    if (r == 0)
        r = wait_for_answer(s, last);
    s->answered = 0;
    return r;
}

static int read_end(struct redis_subscription *s, uint64_t *ret_last) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    redis_command_begin(&s->reading.command, "XINFO");
    redis_command_strings(&s->reading.command, "STREAM", s->main.key, NULL);
    int r = redis_call(&s->reading, &reply);
    if (r < 0)
        return r;
    *ret_last = redis_reply_sequence(redis_reply_find(reply, "last-generated-id"));
    return 0;
}

int redis_gap_ask_tail(struct redis_subscription *s) {
    uint64_t last;
    int r = read_end(s, &last);
    if (r < 0)
        return r;
    if (last < redis_entry_sequence(text_from(s->main.read)))
        redis_read_from_mark(s); /* the stream was made anew */
    if (last <= s->delivery.applied)
        return 0;
    r = redis_gap_ask(s, last);
    if (r == 0) /* the stream has no entry left that would move the group's mark */
        redis_ack_mark(s);
    /* Without an answer the question is put again when there is nothing to read for the next time.
     */
    return r == 0 && s->delivery.applied < last ? clear_gap(s) : r;
}

/* --- the publisher's side --- */

int redis_bus_skip(struct bus *bus, const char *stream, uint64_t next) {
    struct redis_bus *redis = redis_bus(bus);
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    MUTEX_GUARD(&redis->lock);
    if (next <= 1)
        return 0;
    int r = redis_script_begin(&redis->connection, REDIS_SCRIPT_SKIP, 1);
    if (r < 0)
        return r;
    redis_command_string(&redis->connection.command, stream);
    redis_command_entry(&redis->connection.command, next - 1);
    return redis_script_call(&redis->connection, REDIS_SCRIPT_SKIP, &reply);
}

static int parse_gap(const redisReply *group, const redisReply *range, struct bus_gap *ret_gap) {
    struct text name = redis_reply_text(group), rest = redis_reply_text(range);
    struct bus_gap gap = {0};
    if (name.size >= sizeof(gap.group) || text_to_u64(text_cut(&rest, ' '), &gap.first) < 0 ||
        text_to_u64(rest, &gap.last) < 0)
        return -EBADMSG;
    memcpy(gap.group, name.data, name.size);
    *ret_gap = gap;
    return 0;
}

int redis_bus_gaps(
    struct bus *bus, const char *stream, struct bus_gap *ret_gaps, size_t *ret_count) {
    struct redis_bus *redis = redis_bus(bus);
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    char key[KEY_SIZE_MAX];
    size_t count = 0;
    snprintf(key, sizeof(key), "%s.gaps", stream);
    MUTEX_GUARD(&redis->lock);
    redis_command_begin(&redis->connection.command, "HGETALL");
    redis_command_string(&redis->connection.command, key);
    int r = redis_call(&redis->connection, &reply);
    if (r < 0)
        return r;
    for (size_t i = 0; count < BUS_GROUPS_MAX && redis_reply_is_array(reply, i + 2); i += 2)
        if (parse_gap(reply->element[i], reply->element[i + 1], &ret_gaps[count]) == 0)
            count++;
    *ret_count = count;
    return 0;
}

static void put_gap(
    struct redis_command *command, const char *stream, const struct bus_gap *gap, uint64_t until) {
    char replay_key[KEY_SIZE_MAX], gaps_key[KEY_SIZE_MAX];
    snprintf(replay_key, sizeof(replay_key), "%s.replay.%s", stream, gap->group);
    snprintf(gaps_key, sizeof(gaps_key), "%s.gaps", stream);
    redis_command_strings(command, replay_key, gaps_key, gap->group, NULL);
    redis_command_number(command, gap->first);
    redis_command_number(command, gap->last);
    redis_command_number(command, until);
    redis_command_number(command, REPLAYED_MAX);
}

int redis_bus_fill_gap(struct bus *bus, const char *stream, const struct bus_gap *gap,
    const struct bus_record *records, size_t count, uint64_t until) {
    struct redis_bus *redis = redis_bus(bus);
    struct redis_command *command = &redis->connection.command;
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    MUTEX_GUARD(&redis->lock);
    int r = redis_script_begin(&redis->connection, REDIS_SCRIPT_FILL, 2);
    if (r < 0)
        return r;
    put_gap(command, stream, gap, until);
    redis_command_text(command, count > 0 ? records[0].source : TEXT(""));
    for (size_t i = 0; i < count; i++) {
        redis_command_number(command, records[i].sequence);
        redis_record_put(command, &records[i]);
    }
    r = redis_script_call(&redis->connection, REDIS_SCRIPT_FILL, &reply);
    if (r < 0)
        return r;
    return redis_reply_number(reply) == 1 ? 0 : BUS_BUSY;
}
