/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "bus/redis_subscription.h"

/* --- the hold --- */

int redis_group_send_hold(
    struct redis_subscription *s, struct redis_connection *connection, const char *entry) {
    struct redis_command *command = &connection->command;
    int r = redis_script_begin(connection, REDIS_SCRIPT_HOLD, 2);
    if (r < 0)
        return r;
    redis_command_strings(command, s->owner_key, s->main.key, s->options.consumer, NULL);
    redis_command_number(command, (uint64_t)s->options.claim_after_ms);
    redis_command_strings(command, s->options.group, entry, NULL);
    redis_command_entry(command, s->delivery.applied);
    redis_send(connection, command);
    return 0;
}

int redis_group_receive_hold(
    struct redis_subscription *s, struct redis_connection *connection, int64_t until_ms) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    int r = redis_receive(connection, &reply);
    if (r == -ESTALE)
        redis_disconnect(connection); /* the server forgot the script: a new connection loads it */
    if (r < 0)
        return r;
    bool is_ours = redis_reply_number(reply) == 1;
    s->held_until_ms = is_ours ? until_ms : 0;
    return is_ours ? 0 : -EBUSY;
}

int redis_group_hold(struct redis_subscription *s, struct redis_connection *connection) {
    int64_t until_ms = clock_monotonic_ms() + s->options.claim_after_ms;
    int r = redis_group_send_hold(s, connection, "");
    return r < 0 ? r : redis_group_receive_hold(s, connection, until_ms);
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

/* --- the mark --- */

/* The group's line in XINFO GROUPS. */
static const redisReply *find_group(const redisReply *groups, const char *name) {
    for (size_t i = 0; redis_reply_is_array(groups, i + 1); i++) {
        const redisReply *found = redis_reply_find(groups->element[i], "name");
        if (found && text_equal(redis_reply_text(found), text_from(name)))
            return groups->element[i];
    }
    return NULL;
}

/* The last entry that the group has applied. */
static int read_delivered(struct redis_subscription *s, char ret_entry[static REDIS_ENTRY_SIZE]) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    redis_command_begin(&s->reading.command, "XINFO");
    redis_command_strings(&s->reading.command, "GROUPS", s->main.key, NULL);
    int r = redis_call(&s->reading, &reply);
    if (r < 0)
        return r;
    const redisReply *group = find_group(reply, s->options.group);
    const redisReply *entry = group ? redis_reply_find(group, "last-delivered-id") : NULL;
    if (!entry)
        return -ENOENT;
    snprintf(ret_entry, REDIS_ENTRY_SIZE, "%.*s", TEXT_ARG(redis_reply_text(entry)));
    return 0;
}

static int go_back(struct redis_subscription *s, uint64_t mark) {
    static const struct log_scope scope = {.component = "bus"};
    log_warn(&scope, "group goes back to its consumer's mark stream=%s group=%s from=%llu to=%llu",
        s->options.stream, s->options.group, (unsigned long long)mark,
        (unsigned long long)s->delivery.applied);
    redis_ack_mark(s);
    return redis_ack_exchange(s, NULL);
}

static int agree_on_mark(struct redis_subscription *s, uint64_t mark) {
    if (!s->is_fresh || s->delivery.applied >= mark) {
        delivery_pass(&s->delivery, mark);
        return 0;
    }
    int r = redis_dead_pass(s);
    return r == 0 && s->delivery.applied < mark ? go_back(s, mark) : r;
}

void redis_read_from_mark(struct redis_subscription *s) {
    snprintf(s->main.read, sizeof(s->main.read), "%llu-0", (unsigned long long)s->delivery.applied);
}

int redis_group_take_over(struct redis_subscription *s) {
    char delivered[REDIS_ENTRY_SIZE];
    int r = read_delivered(s, delivered);
    if (r < 0)
        return r;
    uint64_t mark = redis_entry_sequence(text_from(delivered));
    r = agree_on_mark(s, mark);
    if (r < 0)
        return r;
    s->is_fresh = false;
    redis_read_from_mark(s);
    if (mark == s->delivery.applied) /* maybe behind a stranger's entry, too, that was dealt with */
        snprintf(s->main.read, sizeof(s->main.read), "%s", delivered);
    snprintf(s->replay.read, sizeof(s->replay.read), "0-0");
    return 0;
}

static int measure_dead(struct redis_subscription *s) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    redis_command_begin(&s->keeping.command, "XLEN");
    redis_command_strings(&s->keeping.command, s->dead_key, NULL);
    int r = redis_call(&s->keeping, &reply);
    if (r == 0)
        metric_set(s->metrics.dead, (int64_t)redis_reply_number(reply));
    return r;
}

static int measure_lag(struct redis_subscription *s) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    redis_command_begin(&s->keeping.command, "XINFO");
    redis_command_strings(&s->keeping.command, "STREAM", s->main.key, NULL);
    int r = redis_call(&s->keeping, &reply);
    if (r < 0)
        return r;
    uint64_t last = redis_reply_sequence(redis_reply_find(reply, "last-generated-id"));
    uint64_t applied = s->delivery.applied;
    metric_set(s->metrics.lag, last > applied ? (int64_t)(last - applied) : 0);
    return 0;
}

int redis_group_measure(struct redis_subscription *s) {
    int r = measure_lag(s);
    return r < 0 ? r : measure_dead(s);
}
