/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/service/bus/broker.h"

#include <hiredis/hiredis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void redis_start(struct broker *broker) {
    redis_server_start(&broker->redis);
    proxy_start(&broker->proxy, broker->redis.port);
    snprintf(broker->url, sizeof(broker->url), "%s", broker->redis.url);
    snprintf(
        broker->proxy_url, sizeof(broker->proxy_url), "redis://127.0.0.1:%d", broker->proxy.port);
}

static void redis_stop(struct broker *broker) {
    proxy_stop(&broker->proxy);
    redis_server_stop(&broker->redis);
}

static void redis_kill(struct broker *broker) {
    redis_server_kill(&broker->redis);
}

static void redis_restart(struct broker *broker) {
    redis_server_restart(&broker->redis);
}

static void redis_freeze(struct broker *broker) {
    redis_server_freeze(&broker->redis);
}

static void redis_thaw(struct broker *broker) {
    redis_server_thaw(&broker->redis);
}

static void command(struct broker *broker, const char *format, ...) {
    redisContext *context = redisConnect("127.0.0.1", broker->redis.port);
    va_list args;
    va_start(args, format);
    redisReply *reply = redisvCommand(context, format, args);
    va_end(args);
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "%s: %s\n", format, reply ? reply->str : context->errstr);
        exit(1);
    }
    freeReplyObject(reply);
    redisFree(context);
}

static void redis_lose_everything(struct broker *broker) {
    command(broker, "FLUSHALL");
}

static void redis_lose_stream(struct broker *broker, const char *stream) {
    command(broker, "DEL %s", stream);
}

static void redis_lose_group(struct broker *broker, const char *stream, const char *group) {
    command(broker, "XGROUP DESTROY %s %s", stream, group);
}

static void redis_lose_records(
    struct broker *broker, const char *stream, uint64_t first, uint64_t last) {
    for (uint64_t sequence = first; sequence <= last; sequence++)
        command(broker, "XDEL %s %llu-0", stream, (unsigned long long)sequence);
}

static void redis_move_group(
    struct broker *broker, const char *stream, const char *group, uint64_t sequence) {
    command(broker, "XGROUP SETID %s %s %llu-0", stream, group, (unsigned long long)sequence);
}

static void redis_add_foreign(struct broker *broker, const char *stream, uint64_t after) {
    command(broker, "XADD %s %llu-1 greeting hello", stream, (unsigned long long)after);
}

static void redis_set_full(struct broker *broker, bool is_full) {
    command(broker, "CONFIG SET maxmemory %s", is_full ? "1" : "0");
}

const struct broker_kind redis_broker = {
    .name = "redis",
    .is_installed = redis_server_is_installed,
    .start = redis_start,
    .stop = redis_stop,
    .kill = redis_kill,
    .restart = redis_restart,
    .freeze = redis_freeze,
    .thaw = redis_thaw,
    .lose_everything = redis_lose_everything,
    .lose_stream = redis_lose_stream,
    .lose_group = redis_lose_group,
    .lose_records = redis_lose_records,
    .move_group = redis_move_group,
    .add_foreign = redis_add_foreign,
    .set_full = redis_set_full,
};
