/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "bus/redis_subscription.h"

enum { CLAIM_BATCH = 1000 };

static struct redis_command *group_command(struct redis_connection *connection, const char *name,
    const char *subcommand, const char *key, const char *group) {
    redis_command_begin(&connection->command, name);
    if (subcommand)
        redis_command_string(&connection->command, subcommand);
    redis_command_strings(&connection->command, key, group, NULL);
    return &connection->command;
}

static int make_group(struct redis_subscription *s, const char *key, uint64_t after) {
    struct redis_command *command = group_command(
        &s->reading, "XGROUP", "CREATE", key, s->options.group);
    redis_command_entry(command, after);
    redis_command_string(command, "MKSTREAM");
    int r = redis_call_done(&s->reading);
    return r == -EEXIST ? 0 : r;
}

int redis_group_make(struct redis_subscription *s) {
    int r = make_group(s, s->main.key, s->delivery.applied);
    return r < 0 ? r : make_group(s, s->replay.key, 0);
}

int redis_group_hold(struct redis_subscription *s, struct redis_connection *connection) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    int64_t until_ms = clock_monotonic_ms() + s->options.claim_after_ms;
    int r = redis_script_begin(connection, REDIS_SCRIPT_HOLD, 1);
    if (r < 0)
        return r;
    redis_command_strings(&connection->command, s->owner_key, s->options.consumer, NULL);
    redis_command_number(&connection->command, (uint64_t)s->options.claim_after_ms);
    r = redis_script_call(connection, REDIS_SCRIPT_HOLD, &reply);
    if (r < 0)
        return r;
    bool is_ours = redis_reply_number(reply) == 1;
    s->held_until_ms = is_ours ? until_ms : 0;
    return is_ours ? 0 : -EBUSY;
}

bool redis_group_is_held(const struct redis_subscription *s) {
    return clock_monotonic_ms() < s->held_until_ms;
}

void redis_group_release(struct redis_subscription *s) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    if (redis_script_begin(&s->keeping, REDIS_SCRIPT_RELEASE, 1) < 0)
        return;
    redis_command_strings(&s->keeping.command, s->owner_key, s->options.consumer, NULL);
    /* When it cannot be said the hold runs out by itself. */
    int r _unused_ = redis_script_call(&s->keeping, REDIS_SCRIPT_RELEASE, &reply);
}

/* Claims up to CLAIM_BATCH entries from *cursor on; *cursor becomes 0 at the end. */
static int claim_some(struct redis_subscription *s, const char *key, uint64_t *cursor) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    struct redis_command *command = group_command(
        &s->reading, "XAUTOCLAIM", NULL, key, s->options.group);
    redis_command_strings(command, s->options.consumer, "0", NULL);
    redis_command_entry(command, *cursor);
    redis_command_string(command, "COUNT");
    redis_command_number(command, CLAIM_BATCH);
    redis_command_string(command, "JUSTID");
    int r = redis_call(&s->reading, &reply);
    if (r < 0)
        return r;
    if (!redis_reply_is_array(reply, 2))
        return -EPROTO;
    *cursor = redis_reply_sequence(reply->element[0]);
    return 0;
}

static int claim_all(struct redis_subscription *s, const char *key) {
    uint64_t cursor = 0;
    int r;
    do
        r = claim_some(s, key, &cursor);
    while (r == 0 && cursor > 0);
    return r;
}

/* The group's line in XINFO GROUPS. */
static const redisReply *find_group(const redisReply *groups, const char *name) {
    for (size_t i = 0; redis_reply_is_array(groups, i + 1); i++) {
        const redisReply *found = redis_reply_find(groups->element[i], "name");
        if (found && text_equal(redis_reply_text(found), text_from(name)))
            return groups->element[i];
    }
    return NULL;
}

static int read_delivered(struct redis_subscription *s, uint64_t *ret_sequence) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    redis_command_begin(&s->reading.command, "XINFO");
    redis_command_strings(&s->reading.command, "GROUPS", s->main.key, NULL);
    int r = redis_call(&s->reading, &reply);
    if (r < 0)
        return r;
    const redisReply *group = find_group(reply, s->options.group);
    if (!group)
        return -ENOENT;
    *ret_sequence = redis_reply_sequence(redis_reply_find(group, "last-delivered-id"));
    return 0;
}

/* How many entries are pending, and the oldest of them. */
static int read_pending(struct redis_subscription *s, struct redis_connection *connection,
    uint64_t *ret_count, uint64_t *ret_oldest) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    group_command(connection, "XPENDING", NULL, s->main.key, s->options.group);
    int r = redis_call(connection, &reply);
    if (r < 0)
        return r;
    if (!redis_reply_is_array(reply, 2))
        return -EPROTO;
    *ret_count = redis_reply_number(reply->element[0]);
    *ret_oldest = redis_reply_sequence(reply->element[1]);
    return 0;
}

/* All up to here were acknowledged by the group. */
static int read_mark(struct redis_subscription *s, uint64_t *ret_mark) {
    uint64_t delivered, count, oldest;
    int r = read_delivered(s, &delivered);
    if (r == 0)
        r = read_pending(s, &s->reading, &count, &oldest);
    if (r < 0)
        return r;
    *ret_mark = count > 0 && oldest > 0 && oldest <= delivered ? oldest - 1 : delivered;
    return 0;
}

static int go_back(struct redis_subscription *s, uint64_t mark) {
    struct log_scope scope = {.component = "bus"};
    log_warn(&scope, "group goes back to its consumer's mark stream=%s group=%s from=%llu to=%llu",
        s->options.stream, s->options.group, (unsigned long long)mark,
        (unsigned long long)s->delivery.applied);
    group_command(&s->reading, "XGROUP", "DESTROY", s->main.key, s->options.group);
    int r = redis_call_done(&s->reading);
    return r < 0 ? r : redis_group_make(s);
}

static int agree_on_mark(struct redis_subscription *s) {
    uint64_t mark;
    int r = read_mark(s, &mark);
    if (r < 0)
        return r;
    if (s->is_fresh && s->delivery.applied < mark) {
        r = redis_dead_pass(s);
        if (r == 0 && s->delivery.applied < mark)
            r = go_back(s, mark);
    } else
        delivery_pass(&s->delivery, mark);
    if (r == 0)
        s->is_fresh = false;
    return r;
}

int redis_group_take_over(struct redis_subscription *s) {
    int r = claim_all(s, s->main.key);
    if (r == 0)
        r = claim_all(s, s->replay.key);
    return r < 0 ? r : agree_on_mark(s);
}

static int read_last(struct redis_subscription *s, uint64_t *ret_last) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    redis_command_begin(&s->keeping.command, "XINFO");
    redis_command_strings(&s->keeping.command, "STREAM", s->main.key, NULL);
    int r = redis_call(&s->keeping, &reply);
    if (r < 0)
        return r;
    *ret_last = redis_reply_sequence(redis_reply_find(reply, "last-generated-id"));
    return 0;
}

int redis_group_measure(struct redis_subscription *s) {
    uint64_t last, count, oldest, applied = s->delivery.applied;
    int r = read_last(s, &last);
    if (r == 0)
        r = read_pending(s, &s->keeping, &count, &oldest);
    if (r < 0)
        return r;
    metric_set(s->metrics.lag, last > applied ? (int64_t)(last - applied) : 0);
    metric_set(s->metrics.pending, (int64_t)count);
    return 0;
}
