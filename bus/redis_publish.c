/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "base/task.h"
#include "bus/redis.h"
#include "bus/redis_record.h"

static int read_last(
    struct redis_connection *connection, const char *stream, uint64_t *ret_sequence) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    redis_command_begin(&connection->command, "XINFO");
    redis_command_strings(&connection->command, "STREAM", stream, NULL);
    int r = redis_call(connection, &reply);
    if (r == -ENOENT) {
        *ret_sequence = 0;
        return 0;
    }
    if (r < 0)
        return r;
    *ret_sequence = redis_reply_sequence(redis_reply_find(reply, "last-generated-id"));
    return 0;
}

int redis_bus_last(struct bus *bus, const char *stream, uint64_t *ret_sequence) {
    struct redis_bus *redis = redis_bus(bus);
    MUTEX_GUARD(&redis->lock);
    return read_last(&redis->connection, stream, ret_sequence);
}

/* What the append script answers first. */
enum { APPENDED = 0, APPEND_GAP = 1, APPEND_OTHER = 2 };

static int read_appended(const redisReply *reply, uint64_t *ret_last) {
    if (!redis_reply_is_array(reply, 2) || reply->element[0]->type != REDIS_REPLY_INTEGER)
        return -EPROTO;
    if (reply->element[0]->integer == APPEND_OTHER)
        return -EEXIST;
    *ret_last = redis_reply_number(reply->element[1]);
    return reply->element[0]->integer == APPEND_GAP ? BUS_GAP : 0;
}

static int append(struct redis_connection *connection, const char *stream,
    const struct bus_record *records, size_t count, uint64_t *ret_last) {
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    struct redis_command *command = &connection->command;
    int r = redis_script_begin(connection, REDIS_SCRIPT_APPEND, 1);
    if (r < 0)
        return r;
    redis_command_string(command, stream);
    redis_command_number(command, records[0].sequence);
    redis_command_text(command, records[0].source);
    for (size_t i = 0; i < count; i++)
        redis_record_put(command, &records[i]);
    r = redis_script_call(connection, REDIS_SCRIPT_APPEND, &reply);
    return r < 0 ? r : read_appended(reply, ret_last);
}

int redis_bus_publish(struct bus *bus, const char *stream, const struct bus_record *records,
    size_t count, uint64_t *ret_last) {
    struct redis_bus *redis = redis_bus(bus);
    MUTEX_GUARD(&redis->lock);
    return append(&redis->connection, stream, records, count, ret_last);
}

int redis_bus_trim(struct bus *bus, const char *stream, uint64_t *ret_removed) {
    struct redis_bus *redis = redis_bus(bus);
    _cleanup_(redis_reply_freep) redisReply *reply = NULL;
    MUTEX_GUARD(&redis->lock);
    int r = redis_script_begin(&redis->connection, REDIS_SCRIPT_TRIM, 1);
    if (r < 0)
        return r;
    redis_command_string(&redis->connection.command, stream);
    r = redis_script_call(&redis->connection, REDIS_SCRIPT_TRIM, &reply);
    if (r < 0)
        return r;
    *ret_removed = redis_reply_number(reply);
    return 0;
}
