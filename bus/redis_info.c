/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/task.h"
#include "bus/redis.h"

enum { KEY_SIZE_MAX = 2 * BUS_NAME_SIZE_MAX + 16 };

static int ask(struct redis_connection *connection, const char *name, const char *subcommand,
    const char *key, redisReply **ret_reply) {
    redis_command_begin(&connection->command, name);
    if (subcommand)
        redis_command_string(&connection->command, subcommand);
    redis_command_string(&connection->command, key);
    return redis_call(connection, ret_reply);
}

static int read_stream(
    struct redis_connection *connection, const char *stream, struct bus_stream_info *info) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    int r = ask(connection, "XINFO", "STREAM", stream, &reply);
    if (r < 0)
        return r == -ENOENT ? 0 : r; /* no stream yet: all zero */
    const redisReply *first = redis_reply_find(reply, "first-entry");
    info->length = redis_reply_number(redis_reply_find(reply, "length"));
    info->last = redis_reply_sequence(redis_reply_find(reply, "last-generated-id"));
    if (first && redis_reply_is_array(first, 1))
        info->first = redis_reply_sequence(first->element[0]);
    return 0;
}

static int read_dead_letters(
    struct redis_connection *connection, const char *stream, struct bus_stream_info *info) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    char key[KEY_SIZE_MAX];
    snprintf(key, sizeof(key), "%s.dead", stream);
    int r = ask(connection, "XLEN", NULL, key, &reply);
    if (r < 0)
        return r;
    info->dead_letters = redis_reply_number(reply);
    return 0;
}

static int read_replayed(
    struct redis_connection *connection, const char *stream, struct bus_group_info *group) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    char key[KEY_SIZE_MAX];
    snprintf(key, sizeof(key), "%s.replay.%s", stream, group->name);
    int r = ask(connection, "XLEN", NULL, key, &reply);
    if (r < 0)
        return r;
    group->replayed = redis_reply_number(reply);
    return 0;
}

static int read_reader(
    struct redis_connection *connection, const char *stream, struct bus_group_info *group) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    char key[KEY_SIZE_MAX];
    snprintf(key, sizeof(key), "%s.owner.%s", stream, group->name);
    int r = ask(connection, "GET", NULL, key, &reply);
    if (r < 0)
        return r;
    snprintf(group->reader, sizeof(group->reader), "%.*s", TEXT_ARG(redis_reply_text(reply)));
    return 0;
}

static int read_group(struct redis_connection *connection, const char *stream,
    const redisReply *line, struct bus_stream_info *info) {
    struct bus_group_info *group = &info->groups[info->group_count];
    const redisReply *name = redis_reply_find(line, "name");
    if (!name)
        return -EPROTO;
    snprintf(group->name, sizeof(group->name), "%.*s", TEXT_ARG(redis_reply_text(name)));
    group->applied = redis_reply_sequence(redis_reply_find(line, "last-delivered-id"));
    group->lag = info->last > group->applied ? info->last - group->applied : 0;
    int r = read_replayed(connection, stream, group);
    if (r == 0)
        r = read_reader(connection, stream, group);
    if (r == 0)
        info->group_count++;
    return r;
}

static int read_groups(
    struct redis_connection *connection, const char *stream, struct bus_stream_info *info) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    int r = ask(connection, "XINFO", "GROUPS", stream, &reply);
    if (r < 0)
        return r == -ENOENT ? 0 : r;
    for (size_t i = 0; redis_reply_is_array(reply, i + 1) && i < ARRAY_SIZE(info->groups); i++) {
        r = read_group(connection, stream, reply->element[i], info);
        if (r < 0)
            return r;
    }
    return 0;
}

int redis_bus_stream_info(struct bus *bus, const char *stream, struct bus_stream_info *ret_info) {
    struct redis_bus *redis = redis_bus(bus);
    struct bus_stream_info info = {0};
    MUTEX_GUARD(&redis->lock);
    int r = read_stream(&redis->connection, stream, &info);
    if (r == 0)
        r = read_groups(&redis->connection, stream, &info);
    if (r == 0)
        r = read_dead_letters(&redis->connection, stream, &info);
    if (r == 0)
        *ret_info = info;
    return r;
}
